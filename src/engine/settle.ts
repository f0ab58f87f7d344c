/** What several steps share: loading a run with what is still to be done for it, and what follows from a saved state. */
import { issueKey } from '../core/ids.ts'
import type { IssueRef } from '../core/ids.ts'
import { EFFECT_KINDS } from '../core/effect.ts'
import type { Effect, WorkKind } from '../core/effect.ts'
import { between } from '../core/say/figures.ts'
import { isTerminal } from '../core/stage.ts'
import type { RunState } from '../core/state.ts'
import type { Work } from '../ports/incoming.ts'
import type { LockProof } from '../ports/lock.ts'
import type { Job } from '../ports/queue.ts'
import type { EngineDeps } from './deps.ts'
import { loadRun } from './run-comment.ts'
import type { Loaded } from './run-comment.ts'

export interface Arrival {
  readonly issue: IssueRef
  /** An earlier try of the same event failed, perhaps only in that GitHub's answer was lost. */
  readonly again: boolean
}

/**
 * Loads the run and does what is still to be done for it: where an earlier try stored a state and lost GitHub's answer
 * to the edit, or died before it had asked for what follows (`again`), nobody was told and nothing is under way.
 */
export async function loadSettled(
  deps: EngineDeps,
  { issue, again }: Arrival,
  proof: LockProof,
): Promise<Loaded> {
  const known = await deps.store.intent(proof.key)
  const loaded = await loadRun(deps, { issue, again }, proof)
  const isNews = loaded.kind === 'run' && loaded.isNews
  if (!known || loaded.kind === 'none' || (known.confirmed && !again && !isNews)) return loaded
  if (loaded.kind === 'run') {
    const { state } = loaded
    // Whoever watches was told by the try that confirmed it.
    if (!known.confirmed || isNews) deps.observer.moved(state)
    await askFor(deps, state, state.pending)
    // Whatever led there may have asked for a look; one that finds nothing new does nothing.
    if (state.at.stage === 'integrating') await askForLook(deps, state, `${state.run}.${state.rev}`)
  }
  // Somebody else changed the comment of a run that is over: nothing leaves an end, so it is left as it is.
  else if (isTerminal(loaded.state.at.stage)) {
    await follow(deps, loaded.state, [])
    if (!loaded.gone) await deps.store.saveIntent(proof.key, { ...known, confirmed: true })
  }
  return loaded
}

/** What comes of a state that GitHub has kept. Doing it twice does no harm: effects and figures have ids. */
export async function follow(deps: EngineDeps, state: RunState, effects: readonly Effect[]): Promise<void> {
  deps.observer.moved(state)
  await askFor(deps, state, effects)
}

/** The same where whoever watches was told: an earlier try may have died on its way here. */
export async function askFor(deps: EngineDeps, state: RunState, effects: readonly Effect[]): Promise<void> {
  const ended = isTerminal(state.at.stage)
  if (ended || state.at.stage === 'integrating') await record(deps, state)
  if (ended) await wakeWaiting(deps, state)
  await enqueue(deps, state, effects)
}

/** Runs that wait for the files of this one look again whether they are free. */
async function wakeWaiting(deps: EngineDeps, ended: RunState): Promise<void> {
  for (const { issue, run, at, rev } of await deps.store.openRuns(ended.issue.repo.id)) {
    if (at.stage !== 'blocked' || at.reason.code !== 'waits_for_run') continue
    await deps.queue.addEvent({
      id: `${run}.${rev}.free.${ended.run}`,
      key: issueKey(issue),
      payload: { kind: 'run_event', issue, event: { kind: 'files_free', at: deps.clock.now() } },
    })
  }
}

/** Figures of an ended run: what later quotes are made from. */
export async function record(deps: EngineDeps, state: RunState): Promise<void> {
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
  for (const job of workOf(state, effects)) await deps.queue.addWork(job)
}

/**
 * The jobs that effects of a state are carried out by. What is further along goes first: of many issues some are ready
 * soon, and the stages of a run follow each other while the model's cache still knows what they share.
 */
export function workOf(state: RunState, effects: readonly Effect[]): readonly Job<Work>[] {
  const { issue, run, rev } = state
  const key = issueKey(issue)
  return effects.flatMap(({ id, kind }) => {
    if (kind === 'cancel_work') return []
    const effect = { id, kind: kind satisfies WorkKind }
    const payload: Work = { kind: 'effect', issue, run, rev, effect }
    return [{ id, key, group: String(issue.repo.id), rank: EFFECT_KINDS.indexOf(kind), payload }]
  })
}

/** `cause` makes the job's name: two looks for one cause are one. They are short, and people wait for them. */
export async function askForLook(deps: EngineDeps, state: RunState, cause: string): Promise<void> {
  const { issue, run } = state
  const key = issueKey(issue)
  const payload: Work = { kind: 'look', issue, run }
  const rank = EFFECT_KINDS.length
  await deps.queue.addWork({ id: `look.${key}.${cause}`, key, group: String(issue.repo.id), rank, payload })
}
