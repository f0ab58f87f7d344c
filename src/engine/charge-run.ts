/** What work had cost when it was ended from outside, put on the run's account. */
import type { RunEvent } from '../core/event.ts'
import { issueKey } from '../core/ids.ts'
import { reduce } from '../core/reduce.ts'
import { addContinuity, addSpend, NO_CONTINUITY, NO_SPEND } from '../core/spend.ts'
import { isTerminal } from '../core/stage.ts'
import type { RunState } from '../core/state.ts'
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
  const mark = `charged ${event.attempt}`
  // Nothing else of the issue is handled between two tries, so the mark of the first is there for the second.
  const isCharged = known.state.seen.includes(mark)
  const seen = [...known.state.seen, mark].slice(-200)
  const state = isCharged ? known.state : { ...charged.state, rev: known.state.rev, seen }
  await deps.store.saveIntent(proof.key, { ...known, state })
  if (isTerminal(state.at.stage)) await record(deps, state)
}

/**
 * Work that ends without an account of its own (dropped while it waited, given up, or killed) has paid all the same: the
 * journal knows what. Told under the name that the work itself would tell it by, and so counted once.
 */
export async function chargeUntold(
  deps: EngineDeps,
  { before, after, event }: { before: RunState; after: RunState; event: RunEvent },
): Promise<void> {
  if ('spent' in event && event.spent.turns > 0) return
  const kept = new Set(after.pending.map(({ id }) => id))
  for (const { id } of before.pending) {
    const { calls } = kept.has(id) ? { calls: [] } : await deps.journal.read(before.run, id)
    const spent = calls.reduce((sum, call) => addSpend(sum, call.spend), NO_SPEND)
    if (spent.turns === 0) continue
    const continuity = calls.reduce((sum, call) => addContinuity(sum, call.continuity), NO_CONTINUITY)
    const cancelled: RunEvent = { kind: 'work_cancelled', at: event.at, attempt: id, spent, continuity }
    const payload = { kind: 'run_event', issue: before.issue, event: cancelled } as const
    await deps.queue.addEvent({ id: `${id}.cancelled`, key: issueKey(before.issue), payload })
  }
}
