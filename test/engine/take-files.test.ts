import { describe, expect, it } from '@jest/globals'
import { applyEvent } from '../../src/engine/apply-event.ts'
import { RetryableError } from '../../src/core/errors.ts'
import type { RunEvent } from '../../src/core/event.ts'
import type { RunState } from '../../src/core/state.ts'
import { KEY, openEngineBench } from '../support/engine-bench.ts'
import type { EngineBench } from '../support/engine-bench.ts'
import { FORWARD, intakeState, ISSUE, later, result, stateAt } from '../support/states.ts'

const OTHER = '7#13'

/** A second run of the same repository, whose plan names the same files. */
async function withOther(bench: EngineBench, other: RunState): Promise<void> {
  await bench.deps.store.saveIntent(OTHER, {
    comment: 900,
    state: other,
    body: '',
    confirmed: true,
    spilled: [],
  })
}

const otherAt = (stage: Parameters<typeof stateAt>[0]): RunState =>
  stateAt(stage, intakeState({ run: 'other12345', issue: { ...ISSUE, number: 13 } }))

async function apply(bench: EngineBench, event: RunEvent): Promise<RunState> {
  const state = await bench.state()
  return bench.deps.locks.withLock(
    KEY,
    async (proof) => (await applyEvent(bench.deps, { state, event }, proof)).state,
  )
}

describe('a run whose plan names files of another that is being written', () => {
  it('waits before its first line is written, and asks for no work', async () => {
    const bench = await openEngineBench(stateAt('planning'))
    await withOther(bench, otherAt('coding'))
    const state = await apply(bench, result(await bench.state(), FORWARD.specifying()))
    expect(state.at).toMatchObject({
      stage: 'blocked',
      reason: { code: 'waits_for_run' },
      from: { stage: 'specifying' },
    })
    expect([state.pending, bench.work]).toEqual([[], []])
  })

  it('goes on by itself when that one ends', async () => {
    const bench = await openEngineBench(stateAt('planning'))
    await withOther(bench, otherAt('coding'))
    await apply(bench, result(await bench.state(), FORWARD.specifying()))
    const waiting = await bench.state()
    await withOther(bench, {
      ...otherAt('coding'),
      rev: 99,
      at: { stage: 'closed', by: null, from: otherAt('coding').at as never },
    })
    const state = await apply(bench, { kind: 'files_free', at: later(900) })
    expect([waiting.at.stage, state.at.stage]).toEqual(['blocked', 'specifying'])
    expect(bench.work.map(({ payload }) => payload.kind === 'effect' && payload.effect.kind)).toEqual([
      'write_tests',
    ])
  })

  it('waits on where another of those that waited was quicker', async () => {
    const bench = await openEngineBench(stateAt('planning'))
    await withOther(bench, otherAt('coding'))
    await apply(bench, result(await bench.state(), FORWARD.specifying()))
    const state = await apply(bench, { kind: 'files_free', at: later(900) })
    expect(state.at).toMatchObject({ stage: 'blocked', reason: { code: 'waits_for_run' } })
  })

  it('is not held up by one that still plans, or that waits itself', async () => {
    const bench = await openEngineBench(stateAt('planning'))
    await withOther(bench, otherAt('planning'))
    expect((await apply(bench, result(await bench.state(), FORWARD.specifying()))).at.stage).toBe(
      'specifying',
    )
  })

  it('wakes those that wait when it ends itself', async () => {
    const bench = await openEngineBench(stateAt('planning'))
    await withOther(bench, otherAt('coding'))
    await apply(bench, result(await bench.state(), FORWARD.specifying()))
    const waits = await bench.state()
    const ending = await openEngineBench(stateAt('coding'))
    await ending.deps.store.saveIntent(OTHER, {
      comment: 900,
      state: { ...waits, run: 'other12345', issue: { ...ISSUE, number: 13 } },
      body: '',
      confirmed: true,
      spilled: [],
    })
    await apply(ending, { kind: 'issue_closed', at: later(950), by: null })
    expect(
      ending.events.map(({ key, payload }) => [key, payload.kind === 'run_event' && payload.event.kind]),
    ).toEqual([[OTHER, 'files_free']])
  })

  it('wakes them also where the try that ended it was cut off before it came to that', async () => {
    const waits = stateAt('specifying', intakeState({ run: 'other12345', issue: { ...ISSUE, number: 13 } }))
    const reason = { code: 'waits_for_run', detail: '12\n1\nindex.js' }
    const blocked = { ...waits, pending: [], at: { stage: 'blocked', reason, from: waits.at } } as RunState
    for (const kind of ['issue_closed', 'issue_deleted'] as const) {
      const ending = await openEngineBench(stateAt('coding'))
      await withOther(ending, blocked)
      const { queue } = ending.deps
      const add = queue.addEvent.bind(queue)
      queue.addEvent = async () => {
        throw new RetryableError('store_unavailable', 'away')
      }
      const event = { kind, at: later(950), by: null } as const
      const job = { id: 'd', key: KEY, payload: { kind: 'run_event', issue: ISSUE, event } } as const
      // The first news of it is for runs that wait for the issue itself; here there are none.
      await expect(ending.handle(job)).rejects.toThrow('away')
      queue.addEvent = add
      await ending.handle(job, true)
      expect(ending.events.map(({ key, id }) => [key, id])).toEqual([
        [OTHER, `other12345.${blocked.rev}.free.abcde12345`],
      ])
    }
  })
})
