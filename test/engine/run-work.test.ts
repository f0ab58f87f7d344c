import { describe, expect, it } from '@jest/globals'
import { createMemoryJournal } from '../../src/adapters/memory/memory-journal.ts'
import { createMemoryStore } from '../../src/adapters/memory/memory-store.ts'
import { RetryableError, StageFailure, UserError } from '../../src/core/errors.ts'
import type { StageOutcome } from '../../src/core/event.ts'
import { addSpend, NO_CONTINUITY, NO_SPEND } from '../../src/core/spend.ts'
import type { Spend } from '../../src/core/spend.ts'
import type { EngineDeps } from '../../src/engine/deps.ts'
import { runWork } from '../../src/engine/run-work.ts'
import type { Incoming, Work } from '../../src/ports/incoming.ts'
import type { Job } from '../../src/ports/queue.ts'
import { SILENT } from '../../src/ports/progress.ts'
import type { RunState } from '../../src/core/state.ts'
import { ISSUE, later, stateAt } from '../support/states.ts'

const WORK: Extract<Work, { kind: 'effect' }> = {
  kind: 'effect',
  issue: ISSUE,
  run: 'abcde12345',
  rev: 3,
  effect: { id: 'abcde12345.3.0', kind: 'write_code' },
}

/** The parts of the engine that one piece of work touches; whatever it does not touch is not there. */
async function bench(
  stage: (tried: number, signal: AbortSignal) => Promise<StageOutcome>,
  used: Spend = NO_SPEND,
) {
  const events: Job<Incoming>[] = []
  const waits: number[] = []
  const bugs: unknown[] = []
  let tried = 0
  const store = createMemoryStore()
  const state = stateAt('coding')
  await store.saveIntent('7#12', { comment: 1, state, body: '', confirmed: true, spilled: [] })
  const journal = createMemoryJournal()
  const told: unknown[] = []
  const deps = {
    store,
    journal,
    queue: { addEvent: async (job: Job<Incoming>) => void events.push(job) },
    clock: { now: () => later(99), sleep: async (ms: number) => void waits.push(ms) },
    log: { info: () => {}, warn: () => {}, error: (_event: string, cause: unknown) => void bugs.push(cause) },
    stages: { write_code: ({ signal }: { signal: AbortSignal }) => stage((tried += 1), signal) },
    createMeter: ({ spent }: RunState) => ({
      add: (...call: unknown[]) => void told.push(call),
      spent: () => addSpend(spent, used),
      continuity: () => NO_CONTINUITY,
    }),
    observer: { moved: () => {}, progress: () => SILENT },
    defaultCaps: { usd: 1, turns: 1 },
  } as unknown as EngineDeps
  return { deps, events, waits, bugs, journal, told, pending: state.pending, tried: () => tried }
}

const outcomeOf = (events: readonly Job<Incoming>[]): unknown => {
  const payload = events[0]?.payload
  return payload?.kind === 'run_event' ? payload.event : undefined
}

describe('one piece of work', () => {
  it('is what the state waits for, or it is not begun', async () => {
    const { deps, events, tried, pending } = await bench(async () => ({
      kind: 'facts_missing',
      questions: ['?'],
    }))
    expect(pending).toEqual([{ id: 'abcde12345.3.0', kind: 'write_code' }])
    await runWork(
      deps,
      { ...WORK, effect: { id: 'abcde12345.2.0', kind: 'write_code' } },
      new AbortController().signal,
    )
    await runWork(deps, { ...WORK, run: 'zzzzz12345' }, new AbortController().signal)
    expect([tried(), events]).toEqual([0, []])
  })

  it('answers with an event under its own id, once', async () => {
    const { deps, events } = await bench(async () => ({ kind: 'facts_missing', questions: ['?'] }))
    await runWork(deps, WORK, new AbortController().signal)
    expect(events.map((job) => job.id)).toEqual(['abcde12345.3.0.result'])
    expect(outcomeOf(events)).toMatchObject({
      kind: 'facts_missing',
      attempt: 'abcde12345.3.0',
      at: later(99),
    })
  })

  it('that was ended from outside tells what it had cost by then, and nothing where that is nothing', async () => {
    const used = { ...NO_SPEND, usd: 0.3, turns: 2 }
    const ended = new AbortController()
    const stop = async (): Promise<StageOutcome> => {
      ended.abort(new Error('the run was stopped'))
      throw new Error('the run was stopped')
    }
    const { deps, events } = await bench(stop, used)
    await runWork(deps, WORK, ended.signal)
    expect(events.map((job) => job.id)).toEqual(['abcde12345.3.0.cancelled'])
    expect(outcomeOf(events)).toMatchObject({
      kind: 'work_cancelled',
      attempt: 'abcde12345.3.0',
      spent: used,
    })
    const free = await bench(stop)
    await runWork(free.deps, WORK, ended.signal)
    expect(free.events).toEqual([])
  })

  it('tells what it used itself, not what the run had spent before', async () => {
    const used = { ...NO_SPEND, usd: 0.3, turns: 2 }
    const done = async (): Promise<StageOutcome> => ({ kind: 'facts_missing', questions: ['?'] })
    const { deps, events } = await bench(done, used)
    await runWork(deps, WORK, new AbortController().signal)
    expect(stateAt('coding').spent.turns).toBeGreaterThan(0)
    expect(outcomeOf(events)).toMatchObject({ spent: used })
  })

  it('begins with what attempts before a crash have paid, whether or not it can use that', async () => {
    const { deps, journal, told } = await bench(async () => ({ kind: 'facts_missing', questions: ['?'] }))
    const spend = { ...NO_SPEND, usd: 0.2, turns: 1 }
    const call = {
      at: 0,
      identity: '',
      outcome: 'received',
      reply: '{}',
      spend,
      continuity: NO_CONTINUITY,
    } as const
    const place = { run: WORK.run, effect: WORK.effect.id, role: 'coder', nth: 1 } as const
    const ids = [await journal.addCall(place, call), await journal.addCall(place, call)]
    await journal.addCall({ ...place, effect: 'abcde12345.2.0' }, call)
    await runWork(deps, WORK, new AbortController().signal)
    expect(told).toEqual(ids.map((id) => [spend, NO_CONTINUITY, id]))
  })

  it('waits as long as it is told to, or twice as long each time, and then goes on', async () => {
    const { deps, events, waits } = await bench(async (tried) => {
      if (tried === 1) throw new RetryableError('model_unavailable', 'overloaded', { retryAfterMs: 1234 })
      if (tried <= 3) throw new RetryableError('model_unavailable', 'overloaded')
      return { kind: 'facts_missing', questions: ['?'] }
    })
    await runWork(deps, WORK, new AbortController().signal)
    expect(waits).toEqual([1234, 10_000, 20_000])
    expect(outcomeOf(events)).toMatchObject({ kind: 'facts_missing' })
  })

  it('gives up waiting in the end, and the run can be resumed', async () => {
    const { deps, events, tried } = await bench(() =>
      Promise.reject(new RetryableError('model_unavailable', 'the model is overloaded')),
    )
    await runWork(deps, WORK, new AbortController().signal)
    expect(tried()).toBe(8)
    expect(outcomeOf(events)).toMatchObject({
      kind: 'stage_failed',
      code: 'model_unavailable',
      resumable: true,
    })
  })

  it('never waits longer than five minutes, whatever it is told', async () => {
    const { deps, waits } = await bench(async (tried) => {
      if (tried === 1) throw new RetryableError('forge_unavailable', 'later', { retryAfterMs: 86_400_000 })
      return { kind: 'facts_missing', questions: ['?'] }
    })
    await runWork(deps, WORK, new AbortController().signal)
    expect(waits).toEqual([300_000])
  })

  it.each([
    [
      new StageFailure('nothing_changed', 'no diff'),
      { code: 'nothing_changed', detail: 'no diff', resumable: false },
    ],
    [
      new UserError('config_invalid', 'line 3'),
      { code: 'config_invalid', detail: 'line 3', resumable: true },
    ],
  ])('turns %p into the outcome that people are told', async (error, outcome) => {
    const { deps, events, bugs } = await bench(() => Promise.reject(error))
    await runWork(deps, WORK, new AbortController().signal)
    expect(outcomeOf(events)).toMatchObject({ kind: 'stage_failed', ...outcome })
    expect(bugs).toEqual([])
  })

  it('shows people a run id and operators the cause when the mistake is ours', async () => {
    const bug = new TypeError('x is undefined')
    const { deps, events, bugs } = await bench(() => Promise.reject(bug))
    await runWork(deps, WORK, new AbortController().signal)
    expect(outcomeOf(events)).toMatchObject({
      kind: 'stage_failed',
      code: 'internal',
      detail: 'run abcde12345',
    })
    expect(bugs).toEqual([bug])
  })

  it('says nothing when it was cancelled', async () => {
    const stop = new AbortController()
    const { deps, events } = await bench(async () => {
      stop.abort(new Error('stopped'))
      throw new Error('aborted')
    })
    await runWork(deps, WORK, stop.signal)
    expect(events).toEqual([])
  })
})
