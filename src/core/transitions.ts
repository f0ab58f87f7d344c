/** The line as data: for each stage and each event, where a run goes, under which guard, and what is asked for. */
import type { EffectKind } from './effect.ts'
import type { EventKind } from './event.ts'
import type { Stage, WorkingStage } from './stage.ts'

const GUARDS = [
  'plan_needs_person',
  'plan_hash_matches',
  'stuck',
  'rounds_left',
  'nothing_blocks',
  'resumable',
  'issue_text_differs',
  'label_is_ours',
  'stage_reached',
  'publish_needs_person',
  'tree_matches',
  'waits_for_person',
  'change_can_be_revised',
  'waits_for_it',
  'waits_for_files',
  'must_be_confirmed',
  'plans_anew',
  'files_needed',
  'pull_is_ours',
  'head_is_ours',
  'decision_differs',
  'conflicts',
  'merges_cleanly',
  'attempt_is_ours',
  'run_is_ours',
  'is_lower',
  'is_held',
  'is_not_held',
] as const
export type GuardName = (typeof GUARDS)[number]

/**
 * One edge. The first whose guard holds is taken. `held` is the stage the run was held at; arriving there asks again
 * for that stage's own work. `here` notes something and leaves the stage and its work as they are. `because` names the reason written into `blocked` and `failed`.
 */
export interface Edge {
  readonly to: Stage | 'held' | 'here'
  readonly guard?: GuardName
  readonly emit?: readonly EffectKind[]
  readonly because?:
    | 'no_progress'
    | 'rounds_spent'
    | 'issue_changed'
    | 'state_tampered'
    | 'publish_gate'
    | 'waits_for_run'
    | 'rebuilt'
    | 'files_gone'
    | 'gave_up'
}
export type Row = Partial<Record<EventKind, readonly Edge[]>>

/** The work that a stage does by itself when a run arrives. */
export const WORK_OF: Record<WorkingStage, EffectKind | undefined> = {
  intake: 'check_intake',
  planning: 'make_plan',
  awaiting_approval: undefined,
  specifying: 'write_tests',
  coding: 'write_code',
  verifying: 'prove_change',
  reviewing: 'review_change',
  publishing: 'publish_change',
  integrating: undefined,
}

const stop: readonly Edge[] = [{ to: 'stopped', emit: ['cancel_work'] }]
const tampered: readonly Edge[] = [{ to: 'blocked', because: 'state_tampered', emit: ['cancel_work'] }]
const edited: readonly Edge[] = [
  { to: 'paused', guard: 'issue_text_differs', because: 'issue_changed', emit: ['cancel_work'] },
]

/** What is not known any more is asked of a person, made again, or missed, in this order. */
const rebuilt: readonly Edge[] = [
  { to: 'blocked', guard: 'files_needed', because: 'files_gone', emit: ['cancel_work'] },
  { to: 'paused', guard: 'must_be_confirmed', because: 'rebuilt', emit: ['cancel_work'] },
  { to: 'planning', guard: 'plans_anew', emit: ['cancel_work', 'make_plan'] },
  { to: 'here' },
]

/** Nobody can merge or close a pull request that is not there: the guard holds only for the run's own. */
const pullEnded = {
  pull_merged: [{ to: 'merged', guard: 'pull_is_ours', emit: ['cancel_work'] }],
  pull_closed: [{ to: 'closed', guard: 'pull_is_ours', emit: ['cancel_work'] }],
} satisfies Row

/** What was spent is spent, also on a run that has ended since. */
const charged = { work_cancelled: [{ to: 'here', guard: 'attempt_is_ours' }] } satisfies Row

/** What the run may do by now, looked up before each stage and at each look. */
const curbed = {
  work_forbidden: [{ to: 'paused', guard: 'run_is_ours' }],
  config_lowered: [{ to: 'here', guard: 'is_lower' }],
} satisfies Row

/** What a person may do to a run at any stage that is not an end. */
const anywhere = {
  ...pullEnded,
  ...charged,
  hold_requested: [{ to: 'here', guard: 'is_not_held' }],
  unhold_requested: [{ to: 'here', guard: 'is_held' }],
  issue_locked: stop,
  label_removed: [{ to: 'stopped', guard: 'label_is_ours', emit: ['cancel_work'] }],
  issue_closed: stop,
  issue_deleted: stop,
  issue_moved: stop,
  stop_requested: stop,
  state_refused: tampered,
  state_rebuilt: rebuilt,
  event_given_up: [{ to: 'blocked', because: 'gave_up', emit: ['cancel_work'] }],
} satisfies Row

/** What else may happen while the factory works. */
const working = {
  ...anywhere,
  ...curbed,
  issue_edited: edited,
  pause_requested: [{ to: 'paused', emit: ['cancel_work'] }],
  stage_failed: [{ to: 'blocked', guard: 'resumable' }, { to: 'failed' }],
  work_delayed: [{ to: 'here' }],
  files_lost: [
    { to: 'planning', guard: 'plans_anew', emit: ['make_plan'] },
    { to: 'blocked', because: 'files_gone' },
  ],
} satisfies Row

const backToCoding: readonly Edge[] = [
  { to: 'blocked', guard: 'stuck', because: 'no_progress' },
  { to: 'coding', guard: 'rounds_left', emit: ['write_code'] },
  { to: 'blocked', because: 'rounds_spent' },
]

/** Back to the coder with what people or checks said; the caps hold over all rounds. */
const reworked: readonly Edge[] = [
  { to: 'coding', guard: 'rounds_left', emit: ['write_code'] },
  { to: 'blocked', guard: 'head_is_ours', because: 'rounds_spent' },
]

const again: readonly Edge[] = [{ to: 'held', guard: 'stage_reached' }]

export const TRANSITIONS = {
  intake: {
    ...working,
    intake_accepted: [{ to: 'planning', emit: ['make_plan'] }],
    facts_missing: [{ to: 'needs_info' }],
  },
  planning: {
    ...working,
    plan_made: [
      { to: 'awaiting_approval', guard: 'plan_needs_person' },
      { to: 'specifying', emit: ['write_tests'] },
    ],
  },
  awaiting_approval: {
    ...working,
    plan_approved: [{ to: 'specifying', guard: 'plan_hash_matches', emit: ['write_tests'] }],
    plan_revised: [{ to: 'planning', emit: ['make_plan'] }],
  },
  specifying: {
    ...working,
    tests_written: [{ to: 'coding', emit: ['write_code'] }],
    files_taken: [{ to: 'blocked', because: 'waits_for_run', emit: ['cancel_work'] }],
  },
  coding: {
    ...working,
    code_written: [
      { to: 'blocked', guard: 'stuck', because: 'no_progress' },
      { to: 'verifying', emit: ['prove_change'] },
    ],
    remarks_answered: [{ to: 'integrating' }],
  },
  verifying: {
    ...working,
    proof_passed: [{ to: 'reviewing', emit: ['review_change'] }],
    proof_failed: backToCoding,
  },
  reviewing: {
    ...working,
    change_reviewed: [
      { to: 'paused', guard: 'publish_needs_person', because: 'publish_gate' },
      { to: 'publishing', guard: 'nothing_blocks', emit: ['publish_change'] },
      ...backToCoding,
    ],
  },
  publishing: {
    ...working,
    change_published: [{ to: 'integrating' }],
    patch_proposed: [{ to: 'proposed' }],
  },
  integrating: {
    ...anywhere,
    ...curbed,
    pause_requested: [{ to: 'paused', emit: ['cancel_work'] }],
    change_returned: reworked,
    change_revised: reworked,
    base_taken_in: [
      { to: 'coding', guard: 'conflicts', emit: ['write_code'] },
      { to: 'verifying', guard: 'merges_cleanly', emit: ['prove_change'] },
      { to: 'blocked', guard: 'head_is_ours', because: 'rounds_spent' },
    ],
    merge_decided: [{ to: 'here', guard: 'decision_differs' }],
  },
  needs_info: {
    ...anywhere,
    facts_given: [{ to: 'held' }],
    // Many answer by editing the issue; what they wrote is read when a writer asks for it.
    issue_edited: edited,
    retry_requested: again,
  },
  blocked: {
    ...anywhere,
    blocker_closed: [{ to: 'held', guard: 'waits_for_it' }],
    files_free: [{ to: 'held', guard: 'waits_for_files' }],
    retry_requested: again,
    resume_requested: [{ to: 'held' }],
  },
  paused: {
    ...anywhere,
    publish_approved: [{ to: 'held', guard: 'tree_matches' }],
    change_revised: [{ to: 'coding', guard: 'change_can_be_revised', emit: ['write_code'] }],
    retry_requested: again,
    // Where a person has to approve, going on by another word would be a way round it.
    resume_requested: [{ to: 'held', guard: 'waits_for_person' }],
  },
  merged: charged,
  proposed: charged,
  closed: charged,
  stopped: charged,
  failed: charged,
} as const satisfies Record<Stage, Row>

/** The edges for an event at a stage; none means the event is refused there. */
export function edgesFor(stage: Stage, event: EventKind): readonly Edge[] {
  const row: Row = TRANSITIONS[stage]
  return row[event] ?? []
}
