/** One event on one run, under its lock: reduce, stop what has to stop, save, follow. Nothing else changes a state. */
import { StageFailure } from '../core/errors.ts'
import type { RunEvent } from '../core/event.ts'
import { issueKey } from '../core/ids.ts'
import type { IssueRef } from '../core/ids.ts'
import { reduce } from '../core/reduce.ts'
import type { Refusal } from '../core/refusal.ts'
import { isTerminal } from '../core/stage.ts'
import type { RunState } from '../core/state.ts'
import { workingPositionOf } from '../core/state.ts'
import type { LockProof } from '../ports/lock.ts'
import { chargeUntold } from './charge-run.ts'
import type { EngineDeps } from './deps.ts'
import { isAway } from './is-away.ts'
import { openRun, saveRun } from './run-comment.ts'
import { askFor, askForLook, follow, loadSettled } from './settle.ts'
import type { Arrival } from './settle.ts'
import { takeFiles } from './take-files.ts'

/** What came of an event. `state` is the one before where the event means nothing there. */
export type Applied =
  | { readonly kind: 'moved'; readonly state: RunState }
  | { readonly kind: 'refused'; readonly state: RunState; readonly refusal: Refusal }

/**
 * The run as it can be worked on: read fresh, put right, or held where somebody else changed its comment. Undefined
 * where the issue has none, or is away itself. A run that has ended is given as it ended, without a look at GitHub:
 * people comment on issues for years.
 */
export async function currentRun(
  deps: EngineDeps,
  { issue, again }: Arrival,
  proof: LockProof,
): Promise<RunState | undefined> {
  const known = await deps.store.intent(proof.key)
  if (known?.confirmed && isTerminal(known.state.at.stage)) {
    if (again) await askFor(deps, known.state, [])
    return known.state
  }
  const loaded = await loadSettled(deps, { issue, again }, proof)
  if (loaded.kind === 'none') return undefined
  const state = renamed(loaded.state, issue)
  if (loaded.kind === 'run') return state
  if (loaded.gone && (await isAway(deps, state))) return undefined
  // Nothing can be written into a comment that is not there; people must see what happened all the same.
  if (loaded.gone) await openRun(deps, { state, again }, proof)
  const refused: RunEvent = { kind: 'state_refused', at: deps.clock.now(), detail: loaded.detail }
  return (await applyEvent(deps, { state, event: refused }, proof)).state
}

/** A repository keeps its number when it is renamed; what we say and ask from then on goes by the new name. */
function renamed(state: RunState, { repo }: IssueRef): RunState {
  const known = state.issue.repo
  if (known.id !== repo.id || (known.owner === repo.owner && known.name === repo.name)) return state
  return { ...state, issue: { ...state.issue, repo } }
}

export async function applyEvent(
  deps: EngineDeps,
  subject: { state: RunState; event: RunEvent },
  proof: LockProof,
): Promise<Applied> {
  const reduced = reduce(subject.state, subject.event)
  if (!reduced.ok) {
    deps.log.info('refused', { issue: proof.key, event: subject.event.kind, code: reduced.refusal.code })
    return { kind: 'refused', state: subject.state, refusal: reduced.refusal }
  }
  // Work is stopped before people read that it is: the comment must not be ahead of the truth.
  if (reduced.effects.some((effect) => effect.kind === 'cancel_work')) await deps.queue.cancelWork(proof.key)
  const before = subject.state
  await chargeUntold(deps, { before, after: reduced.state, event: subject.event })
  const { saved, effects } = await takeFiles(deps, { event: subject.event, reduced }, async (next) => ({
    saved: await saveOrFail(deps, { before, next: next.state }, proof),
    effects: next.effects,
  }))
  await follow(deps, saved, isTerminal(saved.at.stage) ? [] : effects)
  await lookForBlockers(deps, saved)
  if (asksForLook(subject.event, saved)) await askForLook(deps, saved, `${saved.run}.${saved.rev}`)
  return { kind: 'moved', state: saved }
}

/** The last of them may have been closed while intake was at work, when nobody waited for it yet. */
async function lookForBlockers(deps: EngineDeps, { at, issue, run, rev }: RunState): Promise<void> {
  if (at.stage !== 'blocked' || at.reason.code !== 'waits_for_issues') return
  const number = Number(/^#(\d+)$/m.exec(at.reason.detail)?.[1])
  if (!number || (await deps.forge.issues.blockers(issue)).length > 0) return
  await deps.queue.addEvent({
    id: `${run}.${rev}.unblocked`,
    key: issueKey(issue),
    payload: { kind: 'run_event', issue, event: { kind: 'blocker_closed', at: deps.clock.now(), number } },
  })
}

/** Below it people merge, and what stands against it is for them to see. */
const FIRST_MERGING_LEVEL = 3

/**
 * Whoever comes back to a pull request looks at once: answers are due, and people spoke meanwhile. A new one has
 * nothing to see yet; its checks will tell.
 */
function asksForLook(event: RunEvent, { at, rounds }: RunState): boolean {
  if (at.stage !== 'integrating' || event.kind === 'merge_decided') return false
  if (event.kind !== 'change_published' || rounds > 0) return true
  // Whoever would merge says so only when it has looked.
  return at.spec.policy.trust >= FIRST_MERGING_LEVEL
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
