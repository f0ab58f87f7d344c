import { describe, expect, it } from '@jest/globals'
import { ALICE, intakeState, later } from '../support/states.ts'
import { FOREIGN_PULL, NO_RUN, outcomeOf, replyOf, RUN_AT, say } from './command-bench.ts'

const REST = 'everything else is in my comment on #12.'

describe('/mill status', () => {
  it.each([
    [
      'intake',
      `- **intake** (reading the issue and running the tests there are), since 2026-11-20 10:00 UTC (10 min).
- Cost so far: $0.00 (0 model turns, 10 min).
- Run \`abcde12345\`, asked for by alice; ${REST}`,
    ],
    [
      'coding',
      `- **coding** (the smallest change that turns them green), since 2026-11-20 10:00 UTC (10 min).
- Cost so far: $0.30 (9 model turns, 10 min). Limit: $5.00.
- Run \`abcde12345\`, asked for by alice; ${REST}`,
    ],
    [
      'integrating',
      `- **integrating** (a person decides), since 2026-11-20 10:01 UTC (9 min).
- Cost so far: $0.70 (21 model turns, 10 min). Limit: $5.00.
- Pull request: #13.
- Run \`abcde12345\`, asked for by alice; ${REST}`,
    ],
    [
      'blocked',
      `- **blocked** at \`coding\`, since 2026-11-20 10:00 UTC (9 min).
- Cost so far: $0.40 (12 model turns, 10 min). Limit: $5.00.
- Run \`abcde12345\`, asked for by alice; ${REST}`,
    ],
    [
      'stopped',
      `- **stopped**, since 2026-11-20 10:01 UTC (8 min).
- Cost so far: $0.30 (9 model turns, 2 min). Limit: $5.00.
- Run \`abcde12345\`, asked for by alice; ${REST}`,
    ],
  ] as const)('at %s says where, since when, and for how much', (spot, text) => {
    expect(replyOf(say('/mill status', { run: RUN_AT[spot]() }))).toBe(text)
  })

  it('names a hold, and says where a recorded model answered', () => {
    const run = intakeState({ source: 'recorded', hold: { by: ALICE, at: later(5) } })
    expect(replyOf(say('/mill status', { run }))).toBe(
      `- **intake** (reading the issue and running the tests there are), since 2026-11-20 10:00 UTC (10 min).
- Cost so far: nothing was charged: a recorded model answered (0 model turns, 10 min; the same requests would cost about $0.00 live).
- On hold since 2026-11-20 10:00 UTC: alice asked that nothing is merged, until somebody says \`/mill unhold\`.
- Run \`abcde12345\`, asked for by alice; ${REST}`,
    )
  })

  it('answers where there is no run', () => {
    expect(replyOf(say('/mill status'))).toBe(NO_RUN)
    expect(replyOf(say('/mill status', { place: 'pull' }))).toBe(FOREIGN_PULL)
  })

  it('takes no words', () => {
    expect(outcomeOf(say('/mill status now', { run: RUN_AT.coding() }))).toBe(
      'I did not take `now` behind `/mill status` to mean anything, so I did nothing: `/mill status` stands alone; notes for people go on the lines below it.',
    )
  })
})
