/** What several steps share: loading a run with what is still to be done for it, and what follows from a saved state. */
import { issueKey } from '../core/ids.ts'
import type { IssueRef } from '../core/ids.ts'
import type { Effect, WorkKind } from '../core/effect.ts'
import { between } from '../core/say/figures.ts'
import { isTerminal } from '../core/stage.ts'
import type { RunState } from '../core/state.ts'
import type { LockProof } from '../ports/lock.ts'
import type { EngineDeps } from './deps.ts'
import { loadRun } from './run-comment.ts'
import type { Loaded } from './run-comment.ts'

/**
 * Loads the run and does what is still to be done for it: where an earlier try stored a state and lost GitHub's answer
 * to the edit, nobody was told of that state and what follows from it was never asked for.
 */
export async function loadSettled(deps: EngineDeps, issue: IssueRef, proof: LockProof): Promise<Loaded> {
  const known = await deps.store.intent(proof.key)
  const loaded = await loadRun(deps, issue, proof)
  if (!known || known.confirmed || loaded.kind === 'none') return loaded
  if (loaded.kind === 'run') {
    const { state } = loaded
    await follow(deps, state, state.pending)
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
  if (isTerminal(state.at.stage) || state.at.stage === 'integrating') await record(deps, state)
  await enqueue(deps, state, effects)
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
  for (const effect of effects) {
    if (effect.kind === 'cancel_work') continue
    const work = { id: effect.id, kind: effect.kind satisfies WorkKind }
    await deps.queue.addWork({
      id: effect.id,
      key: issueKey(state.issue),
      payload: { kind: 'effect', issue: state.issue, run: state.run, rev: state.rev, effect: work },
    })
  }
}

/** `cause` makes the job's name: two looks for one cause are one. */
export async function askForLook(deps: EngineDeps, state: RunState, cause: string): Promise<void> {
  const { issue, run } = state
  const key = issueKey(issue)
  await deps.queue.addWork({ id: `look.${key}.${cause}`, key, payload: { kind: 'look', issue, run } })
}
