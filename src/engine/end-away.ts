/** An issue that was deleted or moved away took our comment along: its run ends all the same, and says so if it can. */
import { UserError } from '../core/errors.ts'
import type { RunEvent } from '../core/event.ts'
import type { IssueRef } from '../core/ids.ts'
import { reduce } from '../core/reduce.ts'
import { isTerminal } from '../core/stage.ts'
import type { LockProof } from '../ports/lock.ts'
import { chargeUntold } from './charge-run.ts'
import type { EngineDeps } from './deps.ts'
import { openRun } from './run-comment.ts'
import { askFor, follow } from './settle.ts'

export type GoneEvent = Extract<RunEvent, { kind: 'issue_deleted' | 'issue_moved' }>

export function isGone(event: RunEvent): event is GoneEvent {
  return event.kind === 'issue_deleted' || event.kind === 'issue_moved'
}

/** From what we know ourselves: there is no comment any more to read the state from. */
export async function endAway(
  deps: EngineDeps,
  { issue, event, again }: { issue: IssueRef; event: GoneEvent; again: boolean },
  proof: LockProof,
): Promise<void> {
  const known = await deps.store.intent(proof.key)
  const reduced = known && reduce(known.state, event)
  if (known && again && isTerminal(known.state.at.stage)) return askFor(deps, known.state, [])
  if (!known || !reduced?.ok) return
  await deps.queue.cancelWork(proof.key)
  await chargeUntold(deps, { before: known.state, after: reduced.state, event })
  const state = { ...reduced.state, issue }
  try {
    // GitHub forwards what is said about a moved issue to where it is now.
    if (event.kind === 'issue_moved') await openRun(deps, { state, again }, proof)
    else await deps.store.saveIntent(proof.key, { ...known, state, confirmed: true })
  } catch (error) {
    if (!(error instanceof UserError)) throw error
    deps.log.warn('end_not_told', { issue: proof.key, run: state.run, why: error.message.slice(0, 300) })
    await deps.store.saveIntent(proof.key, { ...known, state, confirmed: true })
  }
  await follow(deps, state, [])
}
