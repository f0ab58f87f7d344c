/** What work had cost when it was ended from outside, put on the run's account. */
import type { RunEvent } from '../core/event.ts'
import { reduce } from '../core/reduce.ts'
import { isTerminal } from '../core/stage.ts'
import type { LockProof } from '../ports/lock.ts'
import type { EngineDeps } from './deps.ts'
import { record } from './settle.ts'

/**
 * No edit of the comment by itself: whoever said stop has read its end, and where the App was taken off there is nobody
 * to tell. The next edit shows it, and the caps count it from now on. The revision stays: what is signed did not change.
 */
export async function chargeRun(
  deps: EngineDeps,
  event: Extract<RunEvent, { kind: 'work_cancelled' }>,
  proof: LockProof,
): Promise<void> {
  const known = await deps.store.intent(proof.key)
  const charged = known && reduce(known.state, event)
  if (!known || !charged?.ok) return
  const state = { ...charged.state, rev: known.state.rev }
  await deps.store.saveIntent(proof.key, { ...known, state })
  if (isTerminal(state.at.stage)) await record(deps, state)
}
