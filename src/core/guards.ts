/** The named conditions of the table. Each is total: for an event it knows nothing of, it does not hold. */
import { isStuck } from './breaker.ts'
import type { RunEvent } from './event.ts'
import { blockingFindings } from './review.ts'
import { specOf } from './state.ts'
import type { RunState } from './state.ts'
import type { GuardName } from './transitions.ts'

type Guard = (state: RunState, event: RunEvent) => boolean

const GUARD: Record<GuardName, Guard> = {
  // Absent means deny: without a policy a person must approve.
  plan_needs_person: (state) => (specOf(state)?.policy.plan_gate ?? 'human') === 'human',
  plan_hash_matches: (state, event) =>
    event.kind === 'plan_approved' &&
    state.at.stage === 'awaiting_approval' &&
    event.plan_hash === state.at.plan_hash,
  stuck: (state, event) => isStuck(state.seen, event),
  rounds_left: (state) => state.rounds < (specOf(state)?.policy.max_rounds ?? 0),
  nothing_blocks: (_state, event) =>
    event.kind === 'change_reviewed' && blockingFindings(event.verdict).length === 0,
  resumable: (_state, event) => event.kind === 'stage_failed' && event.resumable,
  label_is_ours: (state, event) => event.kind === 'label_removed' && event.label === state.label,
  issue_text_differs: (state, event) =>
    event.kind === 'issue_edited' && event.hash !== specOf(state)?.task.hash,
}

export function guardHolds(name: GuardName, state: RunState, event: RunEvent): boolean {
  return GUARD[name](state, event)
}
