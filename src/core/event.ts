/** Events: what happened, in our words. Time and actor are in the event; the reducer reads no clock. */
import { z } from 'zod'
import { evidence, lockedTests, proofFailure } from './evidence.ts'
import { actorRef, objectId, runId, textHash } from './ids.ts'
import { plan, quote } from './plan.ts'
import { verdict } from './review.ts'
import { caps, continuity, spend } from './spend.ts'
import { mergeDecision } from './merge-decision.ts'
import { change, feedback, policy, published } from './state.ts'
import { WORKING_STAGES } from './stage.ts'
import { taskSpec } from './task-spec.ts'

const at = z.string()

/** What every result of a work effect carries: which attempt it answers, and what that attempt used. */
const result = { at, attempt: z.string(), spent: spend, continuity }

/** Every reason for which the factory itself stops or holds a run. `say/` has one sentence for each. */
export const FAILURE_CODES = [
  'issue_empty',
  'issue_changed',
  'issue_gone',
  'repository_empty',
  'repository_archived',
  'path_too_long',
  'issue_locked',
  'not_permitted',
  'not_by_person',
  'author_not_permitted',
  'waits_for_issues',
  'waits_for_run',
  'permission_lost',
  'not_by_config',
  'config_changed',
  'config_invalid',
  'no_test_command',
  'red_baseline',
  'setup_failed',
  'no_plan',
  'plan_invalid',
  'plan_returned_twice',
  'tests_not_red',
  'tests_not_locked',
  'tests_edited',
  'nothing_changed',
  'protected_path',
  'unsupported_file',
  'criteria_not_green',
  'regressions',
  'no_progress',
  'rounds_spent',
  'budget_usd',
  'budget_turns',
  'budget_day',
  'role_limit',
  'model_no_answer',
  'model_bad_answer',
  'model_refused',
  'model_cut_off',
  'model_loop',
  'model_unavailable',
  'model_rejected',
  'recording_left',
  'sandbox_unavailable',
  'sandbox_timeout',
  'forge_refused',
  'forge_unavailable',
  'draft_refused',
  'publish_gate',
  'patch_too_long',
  'branch_moved',
  'text_too_long',
  'store_unavailable',
  'disk_full',
  'state_tampered',
  'rebuilt',
  'files_gone',
  'gave_up',
  'internal',
] as const
export type FailureCode = (typeof FAILURE_CODES)[number]

const workResult = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('intake_accepted'),
    ...result,
    task: taskSpec,
    base: z.strictObject({ branch: z.string().min(1), commit: objectId }),
    policy,
  }),
  z.strictObject({
    kind: z.literal('facts_missing'),
    ...result,
    questions: z.array(z.string()).min(1).max(10),
  }),
  z.strictObject({ kind: z.literal('plan_made'), ...result, plan, quote, plan_hash: textHash }),
  z.strictObject({ kind: z.literal('tests_written'), ...result, tests: lockedTests }),
  z.strictObject({ kind: z.literal('code_written'), ...result, change }),
  z.strictObject({ kind: z.literal('proof_passed'), ...result, evidence }),
  z.strictObject({
    kind: z.literal('proof_failed'),
    ...result,
    failures: z.array(proofFailure).min(1).max(20),
  }),
  z.strictObject({ kind: z.literal('change_reviewed'), ...result, verdict }),
  z.strictObject({
    kind: z.literal('change_published'),
    ...result,
    pull: published,
    decision: mergeDecision,
  }),
  /** Trust level 1: the patch is in a comment. */
  z.strictObject({ kind: z.literal('patch_proposed'), ...result, url: z.string().max(500) }),
  /** What people said about the published change asks for no other change; `change` is the same but for its answers. */
  z.strictObject({ kind: z.literal('remarks_answered'), ...result, change }),
  /** The stage ended without its artefact. `resumable`: a person can mend the cause, so the run is held, not ended. */
  z.strictObject({
    kind: z.literal('stage_failed'),
    ...result,
    code: z.enum(FAILURE_CODES),
    detail: z.string().max(2000),
    resumable: z.boolean(),
  }),
])
export type WorkResult = z.infer<typeof workResult>
/** A result as a stage makes it: the engine adds time, attempt, and what the attempt used. */
export type StageOutcome = WorkResult extends infer R
  ? R extends WorkResult
    ? Omit<R, 'at' | 'attempt' | 'spent' | 'continuity'>
    : never
  : never

const outsideEvent = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('label_removed'), at, by: actorRef.nullable(), label: z.string() }),
  z.strictObject({ kind: z.literal('issue_closed'), at, by: actorRef.nullable() }),
  z.strictObject({ kind: z.literal('issue_deleted'), at, by: actorRef.nullable() }),
  /** To another repository, where it has another number. */
  z.strictObject({ kind: z.literal('issue_moved'), at, by: actorRef.nullable() }),
  z.strictObject({ kind: z.literal('issue_locked'), at, by: actorRef.nullable() }),
  /** `difference`: lines with `-` and `+`, cleaned and cut. */
  z.strictObject({
    kind: z.literal('issue_edited'),
    at,
    by: actorRef.nullable(),
    hash: textHash,
    difference: z.string().max(2000),
  }),
  /** An issue that this one was said to wait for was closed. */
  z.strictObject({ kind: z.literal('blocker_closed'), at, number: z.int().positive() }),
  z.strictObject({ kind: z.literal('facts_given'), at, by: actorRef }),
  /** Somebody edited or deleted a bot's comment. It moves no run; reading the state afresh is all that it asks for. */
  z.strictObject({ kind: z.literal('comment_touched'), at, by: actorRef }),
  /** `plan_hash`: at least the first seven characters; the approval holds for that plan alone. */
  z.strictObject({
    kind: z.literal('plan_approved'),
    at,
    by: actorRef,
    plan_hash: z.string().regex(/^[0-9a-f]{7,64}$/),
  }),
  /** The same for the proved tree, where `gates.publish` is `human`. */
  z.strictObject({
    kind: z.literal('publish_approved'),
    at,
    by: actorRef,
    tree: z.string().regex(/^[0-9a-f]{7,40}$/),
  }),
  z.strictObject({ kind: z.literal('plan_revised'), at, by: actorRef, remarks: z.string().min(1).max(4000) }),
  z.strictObject({ kind: z.literal('stop_requested'), at, by: actorRef }),
  z.strictObject({ kind: z.literal('pause_requested'), at, by: actorRef }),
  z.strictObject({ kind: z.literal('resume_requested'), at, by: actorRef }),
  /** `stage`: where to begin again, at or before the one it is held at; null is that one itself. */
  z.strictObject({
    kind: z.literal('retry_requested'),
    at,
    by: actorRef,
    stage: z.enum(WORKING_STAGES).nullable(),
  }),
  z.strictObject({ kind: z.literal('hold_requested'), at, by: actorRef }),
  z.strictObject({ kind: z.literal('unhold_requested'), at, by: actorRef }),
  /** `/mill revise` on a published change. */
  z.strictObject({
    kind: z.literal('change_revised'),
    at,
    by: actorRef,
    remarks: z.string().min(1).max(4000),
  }),
  z.strictObject({ kind: z.literal('pull_merged'), at, number: z.int().positive(), commit: objectId }),
  z.strictObject({ kind: z.literal('pull_closed'), at, number: z.int().positive(), by: actorRef.nullable() }),
  /** What a look at the published change found. `head`: what was looked at; a look at an older one means nothing. */
  z.strictObject({ kind: z.literal('change_returned'), at, head: objectId, feedback }),
  z.strictObject({
    kind: z.literal('base_taken_in'),
    at,
    head: objectId,
    base: objectId,
    tests: lockedTests,
    change,
    conflicts: z.array(z.string().max(4096)).max(60),
  }),
  /** Work that was ended from outside had cost something by then: nobody may pause their way past a cap. */
  z.strictObject({ kind: z.literal('work_cancelled'), ...result }),
  z.strictObject({ kind: z.literal('merge_decided'), at, head: objectId, decision: mergeDecision }),
  z.strictObject({ kind: z.literal('state_refused'), at, detail: z.string().max(500) }),
  /** The work was told to come back later; it is tried again at `until`. `detail` is for the log. */
  z.strictObject({
    kind: z.literal('work_delayed'),
    at,
    attempt: z.string(),
    until: z.string(),
    code: z.enum(FAILURE_CODES),
    detail: z.string().max(2000),
  }),
  /** Who asked may not ask any more, or the config forbids it by now. `run`: not another one of the same issue. */
  z.strictObject({
    kind: z.literal('work_forbidden'),
    at,
    run: runId,
    code: z.enum(['permission_lost', 'config_changed']),
    detail: z.string().max(2000),
  }),
  /** The config allows less than the run was told; where one of them is more, what the run was told stays. */
  z.strictObject({ kind: z.literal('config_lowered'), at, run: runId, trust: policy.shape.trust, caps }),
  /** Other open runs of the repository change the same files. */
  z.strictObject({
    kind: z.literal('files_taken'),
    at,
    runs: z.array(z.strictObject({ issue: z.int().positive(), run: runId })).min(1),
    files: z.array(z.string()).min(1),
  }),
  /** None of them does any more. */
  z.strictObject({ kind: z.literal('files_free'), at }),
  /** The database was lost, and the run was found again by its comment. `files`: whether its commits were found too. */
  z.strictObject({ kind: z.literal('state_rebuilt'), at, files: z.enum(['there', 'gone']) }),
  /** The commits that the state names are neither on this machine nor at the forge. */
  z.strictObject({ kind: z.literal('files_lost'), at, attempt: z.string() }),
  /** Something about this run was tried as often as it may be, and is done by nobody. `what` is cleaned. */
  z.strictObject({ kind: z.literal('event_given_up'), at, what: z.string().max(2000) }),
])
type OutsideEvent = z.infer<typeof outsideEvent>

export type RunEvent = WorkResult | OutsideEvent
export type EventKind = RunEvent['kind']

const runEvent = z.discriminatedUnion('kind', [...workResult.options, ...outsideEvent.options])
export const EVENT_KINDS: readonly EventKind[] = runEvent.options.map((option) => option.shape.kind.value)
