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
] as const
export type GuardName = (typeof GUARDS)[number]

/**
 * One edge. The first whose guard holds is taken. `held` is the stage the run was held at; arriving there asks again
 * for that stage's own work. `because` names the reason written into `blocked` and `failed`.
 */
export interface Edge {
  readonly to: Stage | 'held'
  readonly guard?: GuardName
  readonly emit?: readonly EffectKind[]
  readonly because?: 'no_progress' | 'rounds_spent' | 'issue_changed' | 'state_tampered'
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

/** What a person may do to a run at any stage that is not an end. */
const anywhere = {
  label_removed: [{ to: 'stopped', guard: 'label_is_ours', emit: ['cancel_work'] }],
  issue_closed: stop,
  stop_requested: stop,
  state_refused: tampered,
} satisfies Row

/** What else may happen while the factory works. */
const working = {
  ...anywhere,
  issue_edited: edited,
  pause_requested: [{ to: 'paused', emit: ['cancel_work'] }],
  stage_failed: [{ to: 'blocked', guard: 'resumable' }, { to: 'failed' }],
} satisfies Row

const backToCoding: readonly Edge[] = [
  { to: 'blocked', guard: 'stuck', because: 'no_progress' },
  { to: 'coding', guard: 'rounds_left', emit: ['write_code'] },
  { to: 'blocked', because: 'rounds_spent' },
]

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
  },
  coding: {
    ...working,
    code_written: [
      { to: 'blocked', guard: 'stuck', because: 'no_progress' },
      { to: 'verifying', emit: ['prove_change'] },
    ],
  },
  verifying: {
    ...working,
    proof_passed: [{ to: 'reviewing', emit: ['review_change'] }],
    proof_failed: backToCoding,
  },
  reviewing: {
    ...working,
    change_reviewed: [
      { to: 'publishing', guard: 'nothing_blocks', emit: ['publish_change'] },
      ...backToCoding,
    ],
  },
  publishing: {
    ...working,
    change_published: [{ to: 'integrating' }],
  },
  integrating: {
    ...anywhere,
    issue_closed: [],
    pull_merged: [{ to: 'merged' }],
    pull_closed: [{ to: 'closed' }],
  },
  needs_info: {
    ...anywhere,
    facts_given: [{ to: 'held' }],
  },
  blocked: {
    ...anywhere,
    retry_requested: [{ to: 'held' }],
    resume_requested: [{ to: 'held' }],
  },
  paused: {
    ...anywhere,
    resume_requested: [{ to: 'held' }],
  },
  merged: {},
  closed: {},
  stopped: {},
  failed: {},
} as const satisfies Record<Stage, Row>

/** The edges for an event at a stage; none means the event is refused there. */
export function edgesFor(stage: Stage, event: EventKind): readonly Edge[] {
  const row: Row = TRANSITIONS[stage]
  return row[event] ?? []
}
