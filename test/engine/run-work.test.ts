import { describe, expect, it } from '@jest/globals'
import { GitError } from '../../src/adapters/git/git.ts'
import { createMemoryJournal } from '../../src/adapters/memory/memory-journal.ts'
import { createMemoryStore } from '../../src/adapters/memory/memory-store.ts'
import { RetryableError, StageFailure, UserError, WorkCancelled } from '../../src/core/errors.ts'
import type { StageOutcome } from '../../src/core/event.ts'
import { addSpend, NO_CONTINUITY, NO_SPEND } from '../../src/core/spend.ts'
import type { Caps, Spend } from '../../src/core/spend.ts'
import type { EngineDeps } from '../../src/engine/deps.ts'
import { startEngine } from '../../src/engine/engine.ts'
import { runWork } from '../../src/engine/run-work.ts'
import type { Incoming, Work } from '../../src/ports/incoming.ts'
import type { Curb } from '../../src/ports/curb.ts'
import type { Handler, Job, TakenJob } from '../../src/ports/queue.ts'
import { SILENT } from '../../src/ports/progress.ts'
import type { StageContext } from '../../src/ports/stage.ts'
import { specOf } from '../../src/core/state.ts'
import type { RunState } from '../../src/core/state.ts'
import { ISSUE, later, stateAt } from '../support/states.ts'

const WORK: Extract<Work, { kind: 'effect' }> = {
  kind: 'effect',
  issue: ISSUE,
  run: 'abcde12345',
  rev: 3,
  effect: { id: 'abcde12345.3.0', kind: 'write_code' },
}

type EffectWork = typeof WORK

const taken = (payload: EffectWork = WORK, waited = 0): TakenJob<EffectWork> => ({
  id: payload.effect.id,
  key: '7#12',
  payload,
  again: waited > 0,
  waited,
})

/** The parts of the engine that one piece of work touches; whatever it does not touch is not there. */
async function bench(
  stage: (tried: number, signal: AbortSignal) => Promise<StageOutcome>,
  used: Spend = NO_SPEND,
  {
    files = 'there',
    curb,
    shortage,
  }: { files?: 'there' | 'gone'; curb?: Curb | (() => never); shortage?: string } = {},
) {
  const shared: number[] = []
  const events: Job<Incoming>[] = []
  const bugs: unknown[] = []
  let tried = 0
  const store = createMemoryStore()
  const state = stateAt('coding')
  await store.saveIntent('7#12', { comment: 1, state, body: '', confirmed: true, spilled: [] })
  const journal = createMemoryJournal()
  const told: unknown[] = []
  const runs: RunState[] = []
  const limits: Caps[] = []
  const deps = {
    store,
    journal,
    queue: { addEvent: async (job: Job<Incoming>) => void events.push(job) },
    clock: { now: () => later(99), sleep: async () => undefined },
    random: { hex: () => '0000' },
    disk: { shortage: async () => shortage },
    findCurb: async () => (typeof curb === 'function' ? curb() : curb),
    files: {
      bring: async () => files,
      share: async ({ rev }: RunState) => void shared.push(rev),
    },
    log: { info: () => {}, warn: () => {}, error: (_event: string, cause: unknown) => void bugs.push(cause) },
    stages: {
      write_code: ({ run, signal }: StageContext) => {
        runs.push(run)
        return stage((tried += 1), signal)
      },
    },
    createMeter: ({ spent }: RunState, limit: Caps) => ({
      limit: void limits.push(limit),
      add: (...call: unknown[]) => void told.push(call),
      spent: () => addSpend(spent, used),
      continuity: () => NO_CONTINUITY,
    }),
    observer: { moved: () => {}, progress: () => SILENT },
    defaultCaps: { usd: 1, turns: 1 },
  } as unknown as EngineDeps
  return {
    deps,
    events,
    shared,
    bugs,
    journal,
    told,
    runs,
    limits,
    state,
    pending: state.pending,
    tried: () => tried,
  }
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
    const older: EffectWork = { ...WORK, effect: { id: 'abcde12345.2.0', kind: 'write_code' } }
    await runWork(deps, taken(older), new AbortController().signal)
    await runWork(deps, taken({ ...WORK, run: 'zzzzz12345' }), new AbortController().signal)
    expect([tried(), events]).toEqual([0, []])
  })

  it('answers with an event under its own id, once', async () => {
    const { deps, events } = await bench(async () => ({ kind: 'facts_missing', questions: ['?'] }))
    await runWork(deps, taken(), new AbortController().signal)
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
      ended.abort(new WorkCancelled('the run was stopped'))
      throw new Error('the run was stopped')
    }
    const { deps, events } = await bench(stop, used)
    await runWork(deps, taken(), ended.signal)
    expect(events.map((job) => job.id)).toEqual(['abcde12345.3.0.cancelled'])
    expect(outcomeOf(events)).toMatchObject({
      kind: 'work_cancelled',
      attempt: 'abcde12345.3.0',
      spent: used,
    })
    const free = await bench(stop)
    await runWork(free.deps, taken(), ended.signal)
    expect(free.events).toEqual([])
  })

  it('tells what it used itself, not what the run had spent before', async () => {
    const used = { ...NO_SPEND, usd: 0.3, turns: 2 }
    const done = async (): Promise<StageOutcome> => ({ kind: 'facts_missing', questions: ['?'] })
    const { deps, events } = await bench(done, used)
    await runWork(deps, taken(), new AbortController().signal)
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
    await runWork(deps, taken(), new AbortController().signal)
    expect(told).toEqual(ids.map((id) => [spend, NO_CONTINUITY, id]))
  })

  it('F-22, F-24: that is told "later" is left to the queue, for as long as it was told or twice as long each time', async () => {
    const told = new RetryableError('model_unavailable', 'the model is overloaded', { retryAfterMs: 1234 })
    const first = await bench(() => Promise.reject(told))
    await expect(runWork(first.deps, taken(), new AbortController().signal)).rejects.toMatchObject({
      code: 'model_unavailable',
      retryAfterMs: 1234,
    })
    const waits: unknown[] = []
    for (const waited of [0, 1, 2, 5, 6, 99]) {
      const { deps } = await bench(() => Promise.reject(new RetryableError('model_unavailable', 'busy')))
      await runWork(deps, taken(WORK, waited), new AbortController().signal).catch((error: unknown) =>
        waits.push((error as RetryableError).retryAfterMs),
      )
    }
    expect(waits).toEqual([5_000, 10_000, 20_000, 160_000, 900_000, 900_000])
    expect(first.events).toEqual([])
  })

  it('tells people what it waits for where that takes a minute or more', async () => {
    const { deps, events } = await bench(() =>
      Promise.reject(new RetryableError('model_unavailable', 'the model is overloaded')),
    )
    await expect(runWork(deps, taken(WORK, 5), new AbortController().signal)).rejects.toThrow('overloaded')
    expect(events.map((job) => job.id)).toEqual(['abcde12345.3.0.waits.5'])
    expect(outcomeOf(events)).toEqual({
      kind: 'work_delayed',
      at: later(99),
      attempt: 'abcde12345.3.0',
      until: new Date(Date.parse(later(99)) + 160_000).toISOString(),
      code: 'model_unavailable',
      detail: 'the model is overloaded',
    })
  })

  it('says nothing of waiting where GitHub is what is away', async () => {
    const { deps, events } = await bench(() =>
      Promise.reject(new RetryableError('forge_unavailable', 'away')),
    )
    await expect(runWork(deps, taken(WORK, 6), new AbortController().signal)).rejects.toThrow('away')
    expect(events).toEqual([])
  })

  it('F-24: gives up waiting after about a day, and the run can be resumed', async () => {
    const { deps, events } = await bench(() =>
      Promise.reject(new RetryableError('model_unavailable', 'the model is overloaded')),
    )
    await runWork(deps, taken(WORK, 100), new AbortController().signal)
    expect(outcomeOf(events)).toMatchObject({
      kind: 'stage_failed',
      code: 'model_unavailable',
      resumable: true,
    })
  })

  it('never waits longer than an hour, whatever it is told', async () => {
    const { deps } = await bench(() =>
      Promise.reject(new RetryableError('forge_unavailable', 'later', { retryAfterMs: 86_400_000 })),
    )
    await expect(runWork(deps, taken(), new AbortController().signal)).rejects.toMatchObject({
      retryAfterMs: 3_600_000,
    })
  })

  it.each([
    ['the system says so', Object.assign(new Error('write'), { code: 'ENOSPC' }), undefined],
    ['a quota says so, behind another error', new Error('no', { cause: { code: 'EDQUOT' } }), undefined],
    [
      'git says so',
      new GitError({ verb: 'worktree', code: 128, stderr: 'fatal: No space left on device' }),
      undefined,
    ],
    ['it is nearly full, whatever failed', new StageFailure('setup_failed', 'npm'), '5 MB left'],
    ['it is nearly full, and a bug may come of that', new TypeError('x is undefined'), '5 MB left'],
  ])('F-36: is done later where the disk is full: %s', async (_who, error, shortage) => {
    const { deps, events, bugs } = await bench(
      () => Promise.reject(error),
      NO_SPEND,
      shortage === undefined ? {} : { shortage },
    )
    await expect(runWork(deps, taken(), new AbortController().signal)).rejects.toMatchObject({
      name: 'RetryableError',
      code: 'disk_full',
      message: `the disk is full (${shortage ?? 'nothing more could be written'})`,
    })
    expect([events, bugs]).toEqual([[], []])
  })

  it('F-36: does not take a proof for failed that a full disk may have made fail', async () => {
    const failures = [{ kind: 'criterion_not_green', subject: 'C1', detail: '' }] as const
    const proof = async (): Promise<StageOutcome> => ({ kind: 'proof_failed', failures: [...failures] })
    const { deps, events } = await bench(proof, NO_SPEND, { shortage: '5 MB left' })
    await expect(runWork(deps, taken(), new AbortController().signal)).rejects.toMatchObject({
      code: 'disk_full',
    })
    expect(events).toEqual([])
    const good = await bench(async () => ({ kind: 'facts_missing', questions: ['?'] }), NO_SPEND, {
      shortage: '5 MB left',
    })
    await runWork(good.deps, taken(), new AbortController().signal)
    expect(outcomeOf(good.events)).toMatchObject({ kind: 'facts_missing' })
  })

  it('F-36: is told to people where it waits for room for a minute or more', async () => {
    const { deps, events } = await bench(() => Promise.reject({ code: 'ENOSPC' }))
    await expect(runWork(deps, taken(WORK, 5), new AbortController().signal)).rejects.toThrow('disk')
    expect(outcomeOf(events)).toMatchObject({ kind: 'work_delayed', code: 'disk_full' })
  })

  it('is pushed before its result is told, so that the next stage may run elsewhere', async () => {
    const { deps, events, shared } = await bench(async () => {
      throw new StageFailure('nothing_changed', 'no diff')
    })
    const order: string[] = []
    const queue = { addEvent: async (job: Job<Incoming>) => void order.push(job.id) }
    const files = { ...deps.files, share: async () => void order.push('shared') }
    await runWork({ ...deps, files, queue } as unknown as EngineDeps, taken(), new AbortController().signal)
    expect(order).toEqual(['shared', 'abcde12345.3.0.result'])
    expect([events, shared]).toEqual([[], []])
  })

  it('whose commits are nowhere to be found is not begun, and says so', async () => {
    const { deps, events, tried } = await bench(() => Promise.reject(new Error('begun')), NO_SPEND, {
      files: 'gone',
    })
    await runWork(deps, taken(), new AbortController().signal)
    expect(tried()).toBe(0)
    expect(outcomeOf(events)).toEqual({ kind: 'files_lost', at: later(99), attempt: 'abcde12345.3.0' })
  })

  it('F-49, F-51: that is forbidden by now is not begun, and says why', async () => {
    const curb = {
      kind: 'work_forbidden',
      run: 'abcde12345',
      code: 'permission_lost',
      detail: 'read',
    } as const
    const { deps, events, tried } = await bench(() => Promise.reject(new Error('begun')), NO_SPEND, { curb })
    await runWork(deps, taken(), new AbortController().signal)
    expect(tried()).toBe(0)
    expect(events.map((job) => job.id)).toEqual(['abcde12345.3.0.result'])
    expect(outcomeOf(events)).toEqual({ ...curb, at: later(99) })
  })

  it('F-51: is done within what the config allows by now, and the run is told so', async () => {
    const allowed = { trust: 1, caps: { usd: 2, turns: 900 } }
    const curb = { kind: 'config_lowered', run: 'abcde12345', ...allowed } as const
    const done = async (): Promise<StageOutcome> => ({ kind: 'facts_missing', questions: ['?'] })
    const { deps, events, runs, limits, state } = await bench(done, NO_SPEND, { curb })
    await runWork(deps, taken(), new AbortController().signal)
    expect(events.map((job) => job.id)).toEqual(['abcde12345.3.0.lowered.1.2.900', 'abcde12345.3.0.result'])
    expect(outcomeOf(events)).toEqual({ ...curb, at: later(99) })
    expect(limits).toEqual([{ usd: 2, turns: 150 }])
    const [run] = runs
    expect(run && specOf(run)?.policy).toEqual({
      ...specOf(state)?.policy,
      trust: 1,
      caps: { usd: 2, turns: 150 },
      began_with: { trust: 2, caps: { usd: 5, turns: 150 } },
    })
  })

  it('F-52: waits where nobody can say what is allowed', async () => {
    const curb = (): never => {
      throw new RetryableError('forge_unavailable', 'GitHub is away')
    }
    const { deps, events, tried } = await bench(() => Promise.reject(new Error('begun')), NO_SPEND, { curb })
    await expect(runWork(deps, taken(), new AbortController().signal)).rejects.toThrow('GitHub is away')
    expect([tried(), events]).toEqual([0, []])
  })

  it('that is handed back tells nothing, and leaves its files for whoever goes on', async () => {
    const stop = new AbortController()
    const used = { ...NO_SPEND, usd: 0.3, turns: 2 }
    const { deps, events, shared } = await bench(async () => {
      stop.abort(new Error('the app is stopping'))
      throw new Error('aborted')
    }, used)
    await runWork(deps, taken(), stop.signal)
    expect([events, shared]).toEqual([[], [3]])
  })

  it('F-59: that was taken over and ended meanwhile leaves no files either', async () => {
    const lost = new AbortController()
    const { deps, events, shared } = await bench(async () => {
      const state = stateAt('verifying')
      await deps.store.saveIntent('7#12', { comment: 1, state, body: '', confirmed: true, spilled: [] })
      lost.abort(new Error('the claim was lost'))
      throw new Error('aborted')
    })
    await runWork(deps, taken(), lost.signal)
    expect([events, shared]).toEqual([[], []])
  })

  it('fails for good where it was told "later" a hundred times before it came to its stage', async () => {
    const { deps } = await bench(async () => ({ kind: 'facts_missing', questions: ['?'] }))
    let work: Handler<Work> | undefined
    const away = async (): Promise<never> => {
      throw new RetryableError('store_unavailable', 'the database is away')
    }
    const queue = { start: (handlers: { work: Handler<Work> }) => void (work = handlers.work) }
    startEngine({ ...deps, queue, store: { intent: away } } as unknown as EngineDeps)
    const signal = new AbortController().signal
    await expect(work?.(taken(WORK, 99), signal)).rejects.toBeInstanceOf(RetryableError)
    await expect(work?.(taken(WORK, 100), signal)).rejects.toThrow('It said "later" 100 times')
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
    await runWork(deps, taken(), new AbortController().signal)
    expect(outcomeOf(events)).toMatchObject({ kind: 'stage_failed', ...outcome })
    expect(bugs).toEqual([])
  })

  it('shows people a run id and operators the cause when the mistake is ours', async () => {
    const bug = new TypeError('x is undefined')
    const { deps, events, bugs } = await bench(() => Promise.reject(bug))
    await runWork(deps, taken(), new AbortController().signal)
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
    await runWork(deps, taken(), stop.signal)
    expect(events).toEqual([])
  })
})
