import { describe, expect, it } from '@jest/globals'
import { ALICE, BOB, later } from '../support/states.ts'
import { eventOf, everywhere, NO_RUN, outcomeOf, OVER, RUN_AT, say } from './command-bench.ts'

describe('/mill hold', () => {
  it('is noted at every stage, and the work goes on', () => {
    expect(everywhere('/mill hold')).toEqual({
      intake: 'hold_requested → intake',
      planning: 'hold_requested → planning',
      awaiting_approval: 'hold_requested → awaiting_approval',
      specifying: 'hold_requested → specifying',
      coding: 'hold_requested → coding',
      verifying: 'hold_requested → verifying',
      reviewing: 'hold_requested → reviewing',
      publishing: 'hold_requested → publishing',
      integrating: 'hold_requested → integrating',
      needs_info: 'hold_requested → needs_info',
      blocked: 'hold_requested → blocked',
      paused: 'hold_requested → paused',
      publish_gate: 'hold_requested → paused',
      ...OVER,
    })
  })

  it('says who said it, and when they wrote it', () => {
    const said = say('/mill hold', { run: RUN_AT.coding(), at: later(40) })
    expect(eventOf(said)).toEqual({ kind: 'hold_requested', at: later(40), by: BOB })
  })

  it('is said once', () => {
    const run = { ...RUN_AT.coding(), hold: { by: ALICE, at: later(35) } }
    expect(outcomeOf(say('/mill hold', { run }))).toBe(
      'It is on hold already, since 2026-11-20 10:00 UTC, by alice; `/mill unhold` lifts that.',
    )
  })

  it('takes no words, and says so rather than guess', () => {
    expect(outcomeOf(say('/mill hold until Monday', { run: RUN_AT.coding() }))).toBe(
      'I did not take `until Monday` behind `/mill hold` to mean anything, so I did nothing: `/mill hold` stands alone; notes for people go on the lines below it.',
    )
    expect(outcomeOf(say('/mill hold\n\nuntil Monday', { run: RUN_AT.coding() }))).toBe(
      'hold_requested → coding',
    )
  })

  it('says where there is no run', () => {
    expect(outcomeOf(say('/mill hold'))).toBe(NO_RUN)
  })
})
