/** Runs one work effect outside the lock and sends its result back as an event that carries the attempt's id. */
import { RetryableError, StageFailure, UserError } from '../core/errors.ts'
import type { FailureCode, RunEvent, StageOutcome } from '../core/event.ts'
import { issueKey } from '../core/ids.ts'
import { spendSince } from '../core/spend.ts'
import type { RunState } from '../core/state.ts'
import { specOf } from '../core/state.ts'
import type { Meter } from '../ports/agents.ts'
import type { Work } from '../ports/incoming.ts'
import type { EngineDeps } from './deps.ts'
import { TRIES, waitAfter } from './patience.ts'

type EffectWork = Extract<Work, { kind: 'effect' }>

export async function runWork(deps: EngineDeps, work: EffectWork, signal: AbortSignal): Promise<void> {
  const intent = await deps.store.intent(issueKey(work.issue))
  const state = intent?.state
  if (!state || state.run !== work.run || !state.pending.some((effect) => effect.id === work.effect.id)) {
    deps.log.info('work_not_wanted', { effect: work.effect.id })
    return
  }
  const meter = deps.createMeter(state, specOf(state)?.policy.caps ?? deps.defaultCaps)
  // What attempts before a crash were paid, used again or not: a purse that forgets by dying would have no bottom.
  const { calls } = await deps.journal.read(work.run, work.effect.id)
  for (const { id, spend, continuity } of calls) meter.add(spend, continuity, id)
  const outcome = await attempt(deps, { work, state, meter }, signal)
  const spent = spendSince(state.spent, meter.spent())
  const used = { at: deps.clock.now(), attempt: work.effect.id, spent, continuity: meter.continuity() }
  const cancelled = !outcome || signal.aborted
  if (cancelled && spent.turns === 0) return
  const event: RunEvent = cancelled ? { kind: 'work_cancelled', ...used } : { ...outcome, ...used }
  await deps.queue.addEvent({
    id: `${work.effect.id}.${cancelled ? 'cancelled' : 'result'}`,
    key: issueKey(work.issue),
    payload: { kind: 'run_event', issue: work.issue, event },
  })
}

interface Attempt {
  readonly work: EffectWork
  readonly state: RunState
  readonly meter: Meter
}

async function attempt(
  deps: EngineDeps,
  subject: Attempt,
  signal: AbortSignal,
): Promise<StageOutcome | undefined> {
  const { work, state, meter } = subject
  const stage = deps.stages[work.effect.kind]
  for (let tried = 1; ; tried += 1) {
    try {
      const progress = deps.observer.progress(work.issue)
      return await stage({ run: state, effect: work.effect, signal, progress, meter })
    } catch (error) {
      if (signal.aborted) return undefined
      if (error instanceof RetryableError && tried < TRIES) {
        const wait = waitAfter(error, tried)
        deps.log.warn('work_waits', { effect: work.effect.id, code: error.code, ms: wait, tried })
        deps.observer.progress(work.issue).step(`waiting ${Math.round(wait / 1000)} s: ${error.message}`)
        await deps.clock.sleep(wait, signal).catch(() => undefined)
        if (signal.aborted) return undefined
        continue
      }
      return failureOf(deps, error, { effect: work.effect.id, run: state.run })
    }
  }
}

/** An error as an outcome. What is not one of our kinds is a bug of ours: people get a neutral sentence and the run id. */
function failureOf(deps: EngineDeps, error: unknown, where: { effect: string; run: string }): StageOutcome {
  const failed = (code: FailureCode, detail: string, resumable: boolean): StageOutcome => ({
    kind: 'stage_failed',
    code,
    detail: detail.slice(0, 2000),
    resumable,
  })
  if (error instanceof StageFailure) return failed(error.code, error.message, error.resumable)
  if (error instanceof UserError || error instanceof RetryableError)
    return failed(error.code, error.message, true)
  deps.log.error('bug', error, where)
  return failed('internal', `run ${where.run}`, true)
}
