/** One step of one run, under its lock: load, reduce, save, enqueue. Nothing else changes a run's state. */
import { StageFailure } from '../core/errors.ts'
import { isTerminal } from '../core/stage.ts'
import { issueKey } from '../core/ids.ts'
import type { IssueRef } from '../core/ids.ts'
import type { RunEvent } from '../core/event.ts'
import type { Effect, WorkKind } from '../core/effect.ts'
import { reduce } from '../core/reduce.ts'
import { between } from '../core/say/figures.ts'
import { NO_CONTINUITY, NO_SPEND } from '../core/spend.ts'
import type { RunState } from '../core/state.ts'
import { SCHEMA_VERSION, workingPositionOf } from '../core/state.ts'
import type { LockProof } from '../ports/lock.ts'
import type { Incoming } from '../ports/incoming.ts'
import type { EngineDeps } from './deps.ts'
import { loadRun, openRun, saveRun } from './run-comment.ts'
import type { Loaded } from './run-comment.ts'

const STOPS: ReadonlySet<RunEvent['kind']> = new Set(['label_removed', 'issue_closed', 'stop_requested'])

type Requested = Extract<Incoming, { kind: 'run_requested' }>

interface Try {
  /** An earlier try of the same event failed, perhaps only in that GitHub's answer was lost. */
  readonly again: boolean
}

/** Handles one incoming event. Refusals are normal life and only logged. Throws RetryableError for "later". */
export async function step(deps: EngineDeps, incoming: Incoming, { again }: Try): Promise<void> {
  const key = issueKey(incoming.issue)
  await deps.locks.withLock(key, (proof) =>
    incoming.kind === 'run_requested'
      ? begin(deps, { request: incoming, again }, proof)
      : advance(deps, { incoming, again }, proof),
  )
}

async function begin(
  deps: EngineDeps,
  { request, again }: Try & { request: Requested },
  proof: LockProof,
): Promise<void> {
  const known = await deps.store.intent(proof.key)
  // An end that nobody could be told of is told before the next run takes its place.
  if (known && !known.confirmed) await loadSettled(deps, request.issue, proof)
  if (known && !isTerminal(known.state.at.stage)) {
    deps.log.info('run_already_there', { issue: proof.key, run: known.state.run })
    return
  }
  if (request.label !== (await deps.startLabel(request.issue.repo))) return
  // The first thing people see: somebody is at home.
  await deps.forge.issues.react(request.issue, 'eyes')
  const run = deps.random.hex(5)
  const state: RunState = {
    schema: SCHEMA_VERSION,
    rev: 0,
    run,
    issue: request.issue,
    requester: request.requester,
    label: request.label,
    source: deps.source,
    started_at: request.at,
    entered_at: request.at,
    spent: NO_SPEND,
    continuity: NO_CONTINUITY,
    rounds: 0,
    seen: [],
    visits: [],
    pending: [{ id: `${run}.0.0`, kind: 'check_intake' }],
    at: { stage: 'intake' },
  }
  await openRun(deps, { state, again }, proof)
  deps.observer.moved(state)
  await enqueue(deps, state, state.pending)
}

async function advance(
  deps: EngineDeps,
  { incoming, again }: Try & { incoming: Extract<Incoming, { kind: 'run_event' }> },
  proof: LockProof,
): Promise<void> {
  const known = await deps.store.intent(proof.key)
  // Nothing leaves an end, so there is nothing to look up for it: people comment on issues for years.
  if (known?.confirmed && isTerminal(known.state.at.stage)) return
  const loaded = await loadSettled(deps, incoming.issue, proof)
  if (loaded.kind === 'none') {
    deps.log.info('no_run', { issue: proof.key, event: incoming.event.kind })
    return
  }
  if (loaded.kind === 'tampered') {
    // Nothing can be written into a comment that is not there; people must see what happened all the same.
    if (loaded.gone) await openRun(deps, { state: loaded.state, again }, proof)
    const refused: RunEvent = { kind: 'state_refused', at: deps.clock.now(), detail: loaded.detail }
    const held = await apply(deps, { state: loaded.state, event: refused }, proof)
    // A stop needs no state to be trusted, and asking for it twice would be no stop at all.
    if (STOPS.has(incoming.event.kind)) await apply(deps, { state: held, event: incoming.event }, proof)
    return
  }
  await apply(deps, { state: loaded.state, event: incoming.event }, proof)
}

/**
 * Loads the run and does what is still to be done for it: where an earlier try stored a state and lost GitHub's answer
 * to the edit, nobody was told of that state and what follows from it was never asked for.
 */
async function loadSettled(deps: EngineDeps, issue: IssueRef, proof: LockProof): Promise<Loaded> {
  const known = await deps.store.intent(proof.key)
  const loaded = await loadRun(deps, issue, proof)
  if (!known || known.confirmed || loaded.kind === 'none') return loaded
  if (loaded.kind === 'run') await follow(deps, loaded.state, loaded.state.pending)
  // Somebody else changed the comment of a run that is over: nothing leaves an end, so it is left as it is.
  else if (isTerminal(loaded.state.at.stage)) {
    await follow(deps, loaded.state, [])
    if (!loaded.gone) await deps.store.saveIntent(proof.key, { ...known, confirmed: true })
  }
  return loaded
}

/** What comes of a state that GitHub has kept. Doing it twice does no harm: effects and figures have ids. */
async function follow(deps: EngineDeps, state: RunState, effects: readonly Effect[]): Promise<void> {
  deps.observer.moved(state)
  if (isTerminal(state.at.stage) || state.at.stage === 'integrating') await record(deps, state)
  await enqueue(deps, state, effects)
}

/** The state afterwards, which is the one before where the event means nothing there. */
async function apply(
  deps: EngineDeps,
  subject: { state: RunState; event: RunEvent },
  proof: LockProof,
): Promise<RunState> {
  const reduced = reduce(subject.state, subject.event)
  if (!reduced.ok) {
    deps.log.info('refused', { issue: proof.key, event: subject.event.kind, code: reduced.refusal.code })
    return subject.state
  }
  // Work is stopped before people read that it is: the comment must not be ahead of the truth.
  if (reduced.effects.some((effect) => effect.kind === 'cancel_work')) await deps.queue.cancelWork(proof.key)
  const saved = await saveOrFail(deps, { before: subject.state, next: reduced.state }, proof)
  await follow(deps, saved, saved === reduced.state ? reduced.effects : [])
  return saved
}

/** A state that cannot be written ends the run with the reason, on the last state that could be. */
async function saveOrFail(
  deps: EngineDeps,
  states: { before: RunState; next: RunState },
  proof: LockProof,
): Promise<RunState> {
  try {
    await saveRun(deps, states.next, proof)
    return states.next
  } catch (error) {
    if (!(error instanceof StageFailure)) throw error
    const failed: RunState = {
      ...states.before,
      rev: states.next.rev,
      entered_at: states.next.entered_at,
      pending: [],
      at: {
        stage: 'failed',
        reason: { code: error.code, detail: error.message.slice(0, 2000) },
        from: workingPositionOf(states.before),
      },
    }
    await saveRun(deps, failed, proof)
    return failed
  }
}

/** Figures of an ended run: what later quotes are made from. */
async function record(deps: EngineDeps, state: RunState): Promise<void> {
  await deps.store.saveRun({
    repo: state.issue.repo.id,
    run: state.run,
    ended: state.entered_at,
    outcome: state.at.stage,
    spent: state.spent,
    continuity: state.continuity,
    minutes: between(state.started_at, state.entered_at) / 60_000,
  })
}

async function enqueue(deps: EngineDeps, state: RunState, effects: readonly Effect[]): Promise<void> {
  for (const effect of effects) {
    if (effect.kind === 'cancel_work') continue
    const work = { id: effect.id, kind: effect.kind satisfies WorkKind }
    await deps.queue.addWork({
      id: effect.id,
      key: issueKey(state.issue),
      payload: { issue: state.issue, run: state.run, rev: state.rev, effect: work },
    })
  }
}
