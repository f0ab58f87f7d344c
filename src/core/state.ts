/** The state of one run: a small common part, and a position that carries exactly what is known at that stage. */
import { z } from 'zod'
import { effect } from './effect.ts'
import { evidence, lockedTests, proofFailure } from './evidence.ts'
import { actorRef, issueRef, objectId, runId, textHash } from './ids.ts'
import { plan, quote } from './plan.ts'
import { judgedFinding, verdict } from './review.ts'
import { caps, continuity, spend } from './spend.ts'
import { STAGES } from './stage.ts'
import { taskSpec } from './task-spec.ts'

/** What the repository's config decided when the run began. A later change of config does not change a running run. */
export const policy = z.strictObject({
  trust: z.int().min(1).max(5),
  plan_gate: z.enum(['auto', 'human']),
  max_rounds: z.int().min(0).max(10),
  caps,
  config_hash: textHash,
})
export type Policy = z.infer<typeof policy>

/** What every stage after intake knows. */
const spec = z.strictObject({
  task: taskSpec,
  base: z.strictObject({ branch: z.string().min(1), commit: objectId }),
  policy,
})
export type Spec = z.infer<typeof spec>

/** The change as the coder left it: a commit in the app's own git directory, not yet on the forge. */
export const change = z.strictObject({
  commit: objectId,
  tree: objectId,
  diff_hash: textHash,
  summary: z.string().max(3000),
  not_done: z.array(z.string().max(500)).max(10),
})
export type Change = z.infer<typeof change>

export const published = z.strictObject({
  number: z.int().positive(),
  url: z.string(),
  branch: z.string(),
  head: objectId,
})

const planned = { spec, plan, quote }
const specified = { ...planned, tests: lockedTests }
const changed = { ...specified, change }
const proved = { ...changed, evidence }
const reviewed = { ...proved, verdict }

/** Why the change went back to the coder; shown to it word for word. */
const feedback = z.strictObject({
  failures: z.array(proofFailure).max(20),
  findings: z.array(judgedFinding).max(20),
})
export type Feedback = z.infer<typeof feedback>

const workingPosition = z.discriminatedUnion('stage', [
  z.strictObject({ stage: z.literal('intake') }),
  z.strictObject({ stage: z.literal('planning'), spec, remarks: z.string().max(4000).nullable() }),
  z.strictObject({ stage: z.literal('awaiting_approval'), ...planned, plan_hash: textHash }),
  z.strictObject({ stage: z.literal('specifying'), ...planned }),
  z.strictObject({
    stage: z.literal('coding'),
    ...specified,
    previous: change.nullable(),
    feedback: feedback.nullable(),
  }),
  z.strictObject({ stage: z.literal('verifying'), ...changed }),
  z.strictObject({ stage: z.literal('reviewing'), ...proved }),
  z.strictObject({ stage: z.literal('publishing'), ...reviewed }),
  z.strictObject({ stage: z.literal('integrating'), ...reviewed, pull: published }),
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

export const SCHEMA_VERSION = 1

export const runState = z.strictObject({
  schema: z.literal(SCHEMA_VERSION),
  /** Grows by one with every saved change; a comment whose rev is older than the one last saved was tampered with. */
  rev: z.int().nonnegative(),
  run: runId,
  issue: issueRef,
  requester: actorRef,
  label: z.string().min(1),
  /** Where the model's answers come from. A recording says so wherever its work shows. */
  source: z.enum(['live', 'recorded']),
  started_at: z.string(),
  /** When the current stage was entered. */
  entered_at: z.string(),
  spent: spend,
  continuity,
  /** Returns to coding after a failed proof or review; never reset, so no stage change restarts the count. */
  rounds: z.int().nonnegative(),
  /** What the progress breaker has seen: diff hashes, failing tests, findings. */
  seen: z.array(z.string()).max(200),
  visits: z.array(visit).max(100),
  /** Effects asked for and not answered yet: the outbox. */
  pending: z.array(effect).max(10),
  at: position,
})
export type RunState = z.infer<typeof runState>

/** The working position a run is at, or would go on from. */
export function workingPositionOf(state: RunState): WorkingPosition {
  return 'from' in state.at ? state.at.from : state.at
}

/** The spec of a run that is past intake. */
export function specOf(state: RunState): Spec | undefined {
  const from = workingPositionOf(state)
  return from.stage === 'intake' ? undefined : from.spec
}
