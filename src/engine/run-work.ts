/** Runs one work effect outside the lock and sends its result back as an event that carries the attempt's id. */
import { RetryableError, StageFailure, UserError, WorkCancelled } from '../core/errors.ts'
import type { FailureCode, RunEvent, StageOutcome } from '../core/event.ts'
import { issueKey } from '../core/ids.ts'
import { reduce } from '../core/reduce.ts'
import { NO_CONTINUITY, NO_SPEND, spendSince } from '../core/spend.ts'
import type { RunState } from '../core/state.ts'
import { specOf } from '../core/state.ts'
import type { Meter } from '../ports/agents.ts'
import type { Work } from '../ports/incoming.ts'
import type { TakenJob } from '../ports/queue.ts'
import type { EngineDeps } from './deps.ts'
import { blameDisk, checkDisk } from './full-disk.ts'
import { MOST_WAITS, waitAfter, WORTH_TELLING_MS } from './patience.ts'

type EffectWork = Extract<Work, { kind: 'effect' }>

/** Throws RetryableError for "later"; the attempt is then gone on with by whoever takes the job next. */
export async function runWork(
  deps: EngineDeps,
  job: TakenJob<EffectWork>,
  signal: AbortSignal,
): Promise<void> {
  const work = job.payload
  const state = await stateWanting(deps, work)
  if (!state) {
    deps.log.info('work_not_wanted', { effect: work.effect.id })
    return
  }
  const ready = await prepare(deps, job, state)
  if (ready.kind === 'not_begun') return tell(deps, { work, event: ready.event, as: 'result' })
  const run = ready.state
  const meter = deps.createMeter(run, specOf(run)?.policy.caps ?? deps.defaultCaps)
  // What attempts before a crash were paid, used again or not: a purse that forgets by dying would have no bottom.
  const { calls } = await deps.journal.read(work.run, work.effect.id)
  for (const { id, spend, continuity } of calls) meter.add(spend, continuity, id)
  const outcome = await attempt(deps, { job, state: run, meter }, signal)
  await end(deps, { job, state: run, meter }, { outcome, signal })
}

/** The run, where it waits for this effect. */
async function stateWanting(
  { store }: Pick<EngineDeps, 'store'>,
  { issue, run, effect }: EffectWork,
): Promise<RunState | undefined> {
  const state = (await store.intent(issueKey(issue)))?.state
  return state?.run === run && state.pending.some(({ id }) => id === effect.id) ? state : undefined
}

type Ready =
  | { readonly kind: 'ready'; readonly state: RunState }
  | { readonly kind: 'not_begun'; readonly event: RunEvent }

/** Rights and config are as old as intake, and whoever died here may have left files of a later turn than are known. */
async function prepare(
  deps: EngineDeps,
  { payload: work, again }: TakenJob<EffectWork>,
  state: RunState,
): Promise<Ready> {
  const { id } = work.effect
  const at = deps.clock.now()
  try {
    const curb = await deps.findCurb(state)
    if (curb?.kind === 'work_forbidden') return { kind: 'not_begun', event: { ...curb, at } }
    if ((await deps.files.bring(state, again)) === 'gone')
      return { kind: 'not_begun', event: { kind: 'files_lost', at, attempt: id } }
    return { kind: 'ready', state: curb ? await lower(deps, { work, state }, { ...curb, at }) : state }
  } catch (caught) {
    const error = await blameDisk(deps, caught)
    if (error instanceof RetryableError) throw error
    const outcome = failureOf(deps, error, { effect: id, run: state.run })
    const used = { at, attempt: id, spent: NO_SPEND, continuity: NO_CONTINUITY }
    return { kind: 'not_begun', event: { ...outcome, ...used } }
  }
}

/** At once, and not only when the run has been told: nothing of this attempt may do more than is allowed now. */
async function lower(
  deps: EngineDeps,
  { work, state }: { work: EffectWork; state: RunState },
  event: Extract<RunEvent, { kind: 'config_lowered' }>,
): Promise<RunState> {
  const { trust, caps } = event
  await tell(deps, { work, event, as: `lowered.${trust}.${caps.usd}.${caps.turns}` })
  const reduced = reduce(state, event)
  return reduced.ok ? reduced.state : state
}

interface Attempt {
  readonly job: TakenJob<EffectWork>
  readonly state: RunState
  readonly meter: Meter
}

async function end(
  deps: EngineDeps,
  { job, state, meter }: Attempt,
  { outcome, signal }: { outcome: StageOutcome | undefined; signal: AbortSignal },
): Promise<void> {
  const work = job.payload
  const spent = spendSince(state.spent, meter.spent())
  const used = { at: deps.clock.now(), attempt: work.effect.id, spent, continuity: meter.continuity() }
  if (signal.aborted) {
    // Handed back or taken over: what it cost is in the journal, and counted by whoever goes on with it.
    if (!(signal.reason instanceof WorkCancelled)) {
      // Who stood still may find that the run has gone on without it, or ended: then nobody clears up what it leaves.
      if (await stateWanting(deps, work)) await share(deps, state)
    } else if (spent.turns > 0)
      await tell(deps, { work, event: { kind: 'work_cancelled', ...used }, as: 'cancelled' })
    return
  }
  if (!outcome) return
  const event: RunEvent = { ...outcome, ...used }
  const next = reduce(state, event)
  // Before anybody is told: the next stage may run on another machine.
  if (next.ok) await share(deps, next.state)
  await tell(deps, { work, event, as: 'result' })
}

/**
 * A second try of the same attempt is told under the same id, and so once. Not one that the sweep had to put in again:
 * the queue remembers an event that GitHub refused as one that is done, and would take no other of its name.
 */
async function tell(
  deps: EngineDeps,
  { work, event, as }: { work: EffectWork; event: RunEvent; as: string },
): Promise<void> {
  // What was paid is told once whoever tells it.
  const anew = work.revived === undefined || as === 'cancelled' ? '' : `.${work.revived}`
  await deps.queue.addEvent({
    id: `${work.effect.id}.${as}${anew}`,
    key: issueKey(work.issue),
    payload: { kind: 'run_event', issue: work.issue, event },
  })
}

/** That another machine could go on is worth a push, and not the stage's result: the next stage's end pushes again. */
async function share(deps: EngineDeps, state: RunState): Promise<void> {
  try {
    await deps.files.share(state)
  } catch (error) {
    if (error instanceof UserError || error instanceof RetryableError)
      return deps.log.warn('files_not_shared', { run: state.run, why: error.message.slice(0, 300) })
    deps.log.error('bug', error, { run: state.run })
  }
}

async function attempt(
  deps: EngineDeps,
  { job, state, meter }: Attempt,
  signal: AbortSignal,
): Promise<StageOutcome | undefined> {
  const work = job.payload
  const stage = deps.stages[work.effect.kind]
  try {
    const progress = deps.observer.progress(work.issue)
    const outcome = await stage({ run: state, effect: work.effect, signal, progress, meter })
    await checkDisk(deps, outcome)
    return outcome
  } catch (caught) {
    if (signal.aborted) return undefined
    const error = await blameDisk(deps, caught)
    if (error instanceof RetryableError && job.waited < MOST_WAITS) throw await delayed(deps, error, job)
    return failureOf(deps, error, { effect: work.effect.id, run: state.run })
  }
}

/** People see what it waits for. Not where GitHub is what is away: there is nowhere to say it. */
async function delayed(
  deps: EngineDeps,
  error: RetryableError,
  { payload: work, waited }: TakenJob<EffectWork>,
): Promise<RetryableError> {
  const { code } = error
  const ms = waitAfter(error, waited, deps.random)
  const at = deps.clock.now()
  deps.observer.progress(work.issue).step(`waiting ${Math.round(ms / 1000)} s: ${error.message}`)
  if (ms >= WORTH_TELLING_MS && code !== 'forge_unavailable') {
    const until = new Date(Date.parse(at) + ms).toISOString()
    const detail = error.message.slice(0, 300)
    const event: RunEvent = { kind: 'work_delayed', at, attempt: work.effect.id, until, code, detail }
    await tell(deps, { work, event, as: `waits.${waited}` })
  }
  return new RetryableError(code, error.message, { cause: error, retryAfterMs: ms })
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
