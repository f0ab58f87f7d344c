/** The state of one run: a small common part, and a position that carries exactly what is known at that stage. */
import { z } from 'zod'
import { effect } from './effect.ts'
import { evidence, lockedTests, proofFailure } from './evidence.ts'
import { actorRef, issueRef, objectId, runId, textHash } from './ids.ts'
import type { Plan } from './plan.ts'
import { plan, quote } from './plan.ts'
import { mergeDecision } from './merge-decision.ts'
import { judgedFinding, verdict } from './review.ts'
import { caps, continuity, spend } from './spend.ts'
import { STAGES } from './stage.ts'
import { taskSpec } from './task-spec.ts'

/** What the repository's config decided when the run began. Of later changes only a lower level or lower caps count. */
export const policy = z.strictObject({
  trust: z.int().min(1).max(5),
  plan_gate: z.enum(['auto', 'human']),
  publish_gate: z.enum(['auto', 'human']),
  max_rounds: z.int().min(0).max(10),
  caps,
  config_hash: textHash,
  /** Where every stage reads the config: the base, or an older commit where the base's own has mistakes. */
  config_commit: objectId,
  /** Mistakes of the base's own config, where an older one is used; said on the issue. */
  config_problems: z.array(z.string().max(300)).max(10),
  /** Where the config was lowered since: what the run began with. */
  began_with: z.strictObject({ trust: z.int().min(1).max(5), caps }).optional(),
})
export type Policy = z.infer<typeof policy>

/** What every stage after intake knows. */
const spec = z.strictObject({
  task: taskSpec,
  base: z.strictObject({ branch: z.string().min(1), commit: objectId }),
  policy,
})
export type Spec = z.infer<typeof spec>

/** What the coder answers to one remark of a person, posted where the remark was made once the change is published. */
const answer = z.strictObject({
  kind: z.enum(['thread', 'review']),
  id: z.int().positive(),
  text: z.string().min(1).max(2000),
  /** The change does what the remark asks for; otherwise it is answered, and no more. */
  done: z.boolean(),
  /** Characters of the remark as it was heard: a longer one was added to since, and is heard again instead. */
  heard: z.int().nonnegative(),
})
export type Answer = z.infer<typeof answer>

/** The change as the coder left it: a commit in the app's own git directory, not yet on the forge. */
export const change = z.strictObject({
  commit: objectId,
  tree: objectId,
  diff_hash: textHash,
  summary: z.string().max(3000),
  not_done: z.array(z.string().max(500)).max(10),
  answers: z.array(answer).max(30),
})
export type Change = z.infer<typeof change>

export const published = z.strictObject({
  number: z.int().positive(),
  url: z.string(),
  branch: z.string(),
  head: objectId,
  /** The base commit that the published head has taken in. */
  base: objectId,
})
export type Published = z.infer<typeof published>

const planned = { spec, plan, quote }
const specified = { ...planned, tests: lockedTests }
/** `pull` is there from the second round on: the pull request whose change is being reworked. */
const opened = { pull: published.nullable() }
const changed = { ...specified, ...opened, change }
const proved = { ...changed, evidence }
const reviewed = { ...proved, verdict }

/** What a person with write permission said about the published change; cleaned. */
const heardRemark = z.strictObject({
  /** `command`: said with `/mill revise`, and answered by the state comment. */
  kind: z.enum(['thread', 'review', 'command']),
  id: z.int().positive(),
  by: z.string().max(100),
  path: z.string().max(4096).nullable(),
  line: z.int().nullable(),
  text: z.string().max(4000),
  heard: z.int().nonnegative(),
})
export type HeardRemark = z.infer<typeof heardRemark>

/** A check of the repository's own that failed on the published head; its text is cleaned. */
const failedCheck = z.strictObject({ name: z.string().max(200), text: z.string().max(4000) })

/** Why the change went back to the coder; shown to it word for word. */
export const feedback = z.strictObject({
  failures: z.array(proofFailure).max(20),
  findings: z.array(judgedFinding).max(20),
  remarks: z.array(heardRemark).max(20),
  checks: z.array(failedCheck).max(10),
  /** Files with conflict markers, after the base was taken in. */
  conflicts: z.array(z.string().max(4096)).max(60),
})
export type Feedback = z.infer<typeof feedback>
export const NO_FEEDBACK: Feedback = { failures: [], findings: [], remarks: [], checks: [], conflicts: [] }

/** The issue's text when work was asked for: what the factory works from, whatever is edited afterwards. Raw. */
const askedText = z.strictObject({
  title: z.string().max(1000),
  body: z.string().max(70_000),
  hash: textHash,
  /** Null for a deleted account. */
  author: actorRef.nullable(),
})
export type AskedText = z.infer<typeof askedText>

/** Who put the label on. A person's rights are looked up at intake; anything else starts nothing. */
export const LABELLERS = ['person', 'bot', 'issue_form'] as const

const workingPosition = z.discriminatedUnion('stage', [
  /** Null: nobody could tell what the text was, or a person asked to read it anew; intake reads it then. */
  z.strictObject({ stage: z.literal('intake'), asked: askedText.nullable() }),
  z.strictObject({ stage: z.literal('planning'), spec, remarks: z.string().max(4000).nullable() }),
  z.strictObject({ stage: z.literal('awaiting_approval'), ...planned, plan_hash: textHash }),
  z.strictObject({ stage: z.literal('specifying'), ...planned }),
  z.strictObject({
    stage: z.literal('coding'),
    ...specified,
    ...opened,
    previous: change.nullable(),
    /** What stands for `previous` where it is the published change: so that remarks can be answered without another. */
    settled: z.strictObject({ evidence, verdict, decision: mergeDecision }).nullable(),
    feedback: feedback.nullable(),
  }),
  z.strictObject({ stage: z.literal('verifying'), ...changed }),
  z.strictObject({ stage: z.literal('reviewing'), ...proved }),
  z.strictObject({ stage: z.literal('publishing'), ...reviewed }),
  z.strictObject({
    stage: z.literal('integrating'),
    ...reviewed,
    pull: published,
    decision: mergeDecision,
  }),
])
export type WorkingPosition = z.infer<typeof workingPosition>

/** Why a run ended or waits: a code for machines, and a detail (cleaned, may be empty) for people. */
const reason = z.strictObject({ code: z.string().min(1).max(60), detail: z.string().max(2000) })
export type Reason = z.infer<typeof reason>

const position = z.discriminatedUnion('stage', [
  ...workingPosition.options,
  z.strictObject({
    stage: z.literal('needs_info'),
    questions: z.array(z.string()).min(1).max(10),
    from: workingPosition,
  }),
  z.strictObject({ stage: z.literal('blocked'), reason, from: workingPosition }),
  z.strictObject({ stage: z.literal('paused'), by: actorRef.nullable(), reason, from: workingPosition }),
  z.strictObject({ stage: z.literal('merged'), commit: objectId, from: workingPosition }),
  /** Trust level 1: plan and patch are in comments, and nothing was pushed. */
  z.strictObject({ stage: z.literal('proposed'), url: z.string().max(500), from: workingPosition }),
  z.strictObject({ stage: z.literal('closed'), by: actorRef.nullable(), from: workingPosition }),
  z.strictObject({ stage: z.literal('stopped'), by: actorRef.nullable(), reason, from: workingPosition }),
  z.strictObject({ stage: z.literal('failed'), reason, from: workingPosition }),
])
export type Position = z.infer<typeof position>

/** One finished visit of a stage, for the checklist and the cost line. */
const visit = z.strictObject({
  stage: z.enum(STAGES),
  started_at: z.string(),
  ended_at: z.string(),
  usd: z.number().nonnegative(),
  turns: z.int().nonnegative(),
})
export type Visit = z.infer<typeof visit>

export const SCHEMA_VERSION = 2

export const runState = z.strictObject({
  schema: z.literal(SCHEMA_VERSION),
  /** Grows by one with every saved change; a comment whose rev is older than the one last saved was tampered with. */
  rev: z.int().nonnegative(),
  run: runId,
  issue: issueRef,
  requester: actorRef,
  label: z.string().min(1),
  labelled_by: z.enum(LABELLERS),
  /** Where the model's answers come from. A recording says so wherever its work shows. */
  source: z.enum(['live', 'recorded']),
  started_at: z.string(),
  /** When the current stage was entered. */
  entered_at: z.string(),
  spent: spend,
  continuity,
  /** Returns to coding after a failed proof or review; never reset, so no stage change restarts the count. */
  rounds: z.int().nonnegative(),
  /** A person's `/mill hold`: nothing is merged while it is there. */
  hold: z.strictObject({ by: actorRef, at: z.string() }).nullable(),
  /** What the progress breaker has seen: diff hashes, failing tests, findings; and which ended attempts were charged. */
  seen: z.array(z.string()).max(200),
  visits: z.array(visit).max(100),
  /** Effects asked for and not answered yet: the outbox. */
  pending: z.array(effect).max(10),
  /** The work was told to come back later: since when, until when, and what said so. Null while it is done. */
  waits: z.strictObject({ until: z.string(), code: z.string().min(1).max(60), since: z.string() }).nullable(),
  /** When it was planned anew because its commits, or the database, were lost. */
  planned_anew_at: z.string().optional(),
  at: position,
})
export type RunState = z.infer<typeof runState>

/** The working position a run is at, or would go on from. */
export function workingPositionOf(state: RunState): WorkingPosition {
  return 'from' in state.at ? state.at.from : state.at
}

/** The run's pull request, once there is one; also while its change is being reworked. */
export function pullOf(state: RunState): Published | undefined {
  const from = workingPositionOf(state)
  return 'pull' in from ? (from.pull ?? undefined) : undefined
}

/** A position with a plan that nobody has to approve any more: the factory writes by it. */
export function isPastPlanning(from: WorkingPosition): from is Extract<WorkingPosition, { plan: Plan }> {
  return 'plan' in from && from.stage !== 'awaiting_approval'
}

/** The spec of a run that is past intake. */
export function specOf(state: RunState): Spec | undefined {
  const from = workingPositionOf(state)
  return from.stage === 'intake' ? undefined : from.spec
}
