/** The named conditions of the table. Each is total: for an event it knows nothing of, it does not hold. */
import { isStuck } from './breaker.ts'
import type { RunEvent } from './event.ts'
import { lowerPosition } from './lower-policy.ts'
import { rewound } from './rewind.ts'
import { isSameLabel } from './same-label.ts'
import { blockingFindings } from './review.ts'
import type { Stage } from './stage.ts'
import { isPastPlanning, pullOf, specOf, workingPositionOf } from './state.ts'
import type { RunState } from './state.ts'
import type { GuardName } from './transitions.ts'

type Guard = (state: RunState, event: RunEvent) => boolean

const GUARD: Record<GuardName, Guard> = {
  // Absent means deny: without a policy a person must approve.
  plan_needs_person: (state) => (specOf(state)?.policy.plan_gate ?? 'human') === 'human',
  plan_hash_matches: (state, event) =>
    event.kind === 'plan_approved' &&
    state.at.stage === 'awaiting_approval' &&
    state.at.plan_hash.startsWith(event.plan_hash),
  stuck: (state, event) => isStuck(state.seen, event),
  rounds_left: hasRoundsLeft,
  nothing_blocks: (_state, event) =>
    event.kind === 'change_reviewed' && blockingFindings(event.verdict).length === 0,
  resumable: (_state, event) => event.kind === 'stage_failed' && event.resumable,
  label_is_ours: (state, event) => event.kind === 'label_removed' && isSameLabel(event.label, state.label),
  issue_text_differs: (state, event) => event.kind === 'issue_edited' && event.hash !== textHashOf(state),
  stage_reached: (state, event) =>
    event.kind === 'retry_requested' &&
    !waitsForPublishing(state) &&
    rewound(workingPositionOf(state), event.stage) !== undefined,
  publish_needs_person: (state, event) =>
    event.kind === 'change_reviewed' &&
    blockingFindings(event.verdict).length === 0 &&
    (specOf(state)?.policy.publish_gate ?? 'human') === 'human',
  tree_matches: (state, event) => {
    const at = workingPositionOf(state)
    return (
      event.kind === 'publish_approved' &&
      waitsForPublishing(state) &&
      at.stage === 'publishing' &&
      at.evidence.tree.startsWith(event.tree)
    )
  },
  waits_for_person: (state) => !waitsForPublishing(state),
  change_can_be_revised: (state, event) => waitsForPublishing(state) && hasRoundsLeft(state, event),
  waits_for_it: (state, event) =>
    event.kind === 'blocker_closed' &&
    state.at.stage === 'blocked' &&
    state.at.reason.code === 'waits_for_issues' &&
    state.at.reason.detail.split('\n').includes(`#${event.number}`),
  waits_for_files: waitsForRun,
  must_be_confirmed: (state) =>
    (!('from' in state.at) || waitsForRun(state)) && (specOf(state)?.policy.trust ?? 0) > 2,
  plans_anew: (state, event) => !('from' in state.at) && plansAnew(state, event),
  files_needed: (state, event) =>
    lacksFiles(event) && FILE_STAGES.has(state.at.stage) && pullOf(state) !== undefined,
  pull_is_ours: (state, event) =>
    (event.kind === 'pull_merged' || event.kind === 'pull_closed') && pullOf(state)?.number === event.number,
  head_is_ours: isOfHead,
  decision_differs: (state, event) =>
    event.kind === 'merge_decided' &&
    isOfHead(state, event) &&
    state.at.stage === 'integrating' &&
    JSON.stringify(state.at.decision) !== JSON.stringify(event.decision),
  conflicts: (state, event) =>
    event.kind === 'base_taken_in' && event.conflicts.length > 0 && hasRoundsLeft(state, event),
  merges_cleanly: (state, event) =>
    event.kind === 'base_taken_in' && event.conflicts.length === 0 && hasRoundsLeft(state, event),
  // An issue can have a new run by now; what the old one spent is not its own.
  attempt_is_ours: (state, event) => 'attempt' in event && event.attempt.startsWith(`${state.run}.`),
  run_is_ours: (state, event) => 'run' in event && event.run === state.run,
  is_lower: (state, event) =>
    event.kind === 'config_lowered' &&
    event.run === state.run &&
    lowerPosition(state.at, event) !== undefined,
  is_held: (state) => state.hold !== null,
  is_not_held: (state) => state.hold === null,
}

function hasRoundsLeft(state: RunState, event: RunEvent): boolean {
  return isOfHead(state, event) && state.rounds < (specOf(state)?.policy.max_rounds ?? 0)
}

/** Looks at a pull request name the head they looked at; what names none concerns the one that is there. */
function isOfHead(state: RunState, event: RunEvent): boolean {
  return !('head' in event) || pullOf(state)?.head === event.head
}

/** Of the text that the run works from; before intake is done, of what was there when work was asked for. */
function textHashOf(state: RunState): string | undefined {
  const at = workingPositionOf(state)
  return at.stage === 'intake' ? at.asked?.hash : at.spec.task.hash
}

function waitsForPublishing({ at }: RunState): boolean {
  return at.stage === 'paused' && at.reason.code === 'publish_gate'
}

/** Stages whose work begins with commits of the run's own. */
const FILE_STAGES: ReadonlySet<Stage> = new Set(['coding', 'verifying', 'reviewing', 'publishing'])

function lacksFiles(event: RunEvent): boolean {
  return event.kind === 'files_lost' || (event.kind === 'state_rebuilt' && event.files === 'gone')
}

/**
 * What was built is gone, and nothing of it is published: it is planned again. At trust level 1 nothing leaves the
 * machine, so that nobody can say whether what is found there is what the lost database knew.
 */
export function plansAnew(state: RunState, event: RunEvent): boolean {
  const from = workingPositionOf(state)
  const alone = event.kind === 'state_rebuilt' && specOf(state)?.policy.trust === 1
  return (lacksFiles(event) || alone) && isPastPlanning(from) && pullOf(state) === undefined
}

function waitsForRun({ at }: RunState): boolean {
  return at.stage === 'blocked' && at.reason.code === 'waits_for_run'
}

export function guardHolds(name: GuardName, state: RunState, event: RunEvent): boolean {
  return GUARD[name](state, event)
}
