/** What the engine makes of rights and config that changed since a run began. */
import { describe, expect, it } from '@jest/globals'
import { openEngineBench } from '../support/engine-bench.ts'
import type { EngineBench } from '../support/engine-bench.ts'
import type { RunEvent } from '../../src/core/event.ts'
import { ALICE, BOB, ISSUE, later, mustReduce, stateAt } from '../support/states.ts'

const forbidden = {
  kind: 'work_forbidden',
  at: later(99),
  run: 'abcde12345',
  code: 'permission_lost',
  detail: 'alice has the permission "read" now; "write" is needed.',
} as const
const lowered = {
  kind: 'config_lowered',
  at: later(99),
  run: 'abcde12345',
  trust: 2,
  caps: { usd: 3, turns: 900 },
} as const

async function happens(bench: EngineBench, event: RunEvent): Promise<void> {
  const payload = { kind: 'run_event', issue: ISSUE, event } as const
  await bench.handle({ id: `job.${event.kind}`, key: '7#12', payload })
}

describe('a run that may not go on', () => {
  it('F-49: is gone on with by whoever has the right, in whose name it works from then on', async () => {
    const bench = await openEngineBench(stateAt('coding'), { permissions: { alice: 'read', bob: 'write' } })
    await happens(bench, forbidden)
    expect((await bench.state()).at.stage).toBe('paused')
    await bench.handle(bench.say('/mill resume', ALICE))
    expect(bench.replies()).toEqual([
      '`/mill resume` is for people with write access to this repository, and alice has only read access.',
    ])
    await bench.handle(bench.say('/mill resume', BOB))
    const state = await bench.state()
    expect([state.at.stage, state.requester]).toEqual(['coding', BOB])
    expect(bench.work.map(({ payload }) => payload.kind === 'effect' && payload.effect.kind)).toEqual([
      'write_code',
    ])
    expect(bench.comments.get(101)?.body).toContain('Asked for by bob.')
  })
})

describe('a run that the config allows less', () => {
  it('F-51: says so in its comment, and its work goes on', async () => {
    const bench = await openEngineBench(stateAt('coding'))
    await happens(bench, lowered)
    expect(bench.comments.get(101)?.body).toContain('Limit: $3.00.')
    expect([bench.work, bench.cancelled]).toEqual([[], []])
  })

  it('F-51: is looked at again where its change is published, by what it may now', async () => {
    const published = mustReduce(stateAt('integrating'), { ...lowered, caps: { usd: 4, turns: 900 } })
    const bench = await openEngineBench(published)
    await happens(bench, lowered)
    expect(bench.work.map(({ payload }) => payload.kind)).toEqual(['look'])
    await happens(bench, lowered)
    expect(bench.work).toHaveLength(1)
  })
})
