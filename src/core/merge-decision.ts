/** The trust gate's answer for one head: all reasons against merging, or none. Data only; `trust/` decides. */
import { z } from 'zod'
import { objectId } from './ids.ts'

/** Every reason against merging. `say/` has one sentence for each. */
export const MERGE_REASONS = [
  'trust_level',
  'risk_too_high',
  'out_of_scope',
  'protected_path',
  'own_files',
  'base_not_pinned',
  'on_hold',
  'conflicts',
  'not_known_yet',
  'head_moved',
  'base_changed',
  'checks_pending',
  'checks_failed',
  'checks_missing',
  'checks_foreign',
  'changes_requested',
  'approvals_missing',
  'remarks_open',
  'unproved_hunks',
  'findings_open',
  'not_tested',
  'hidden_text',
  'behind_base',
] as const
export type MergeReason = (typeof MERGE_REASONS)[number]

export const mergeDecision = z.strictObject({
  head: objectId,
  /** Computed from the diff by rules; a model may only raise it. */
  risk: z.enum(['low', 'medium', 'high']),
  risk_because: z.array(z.string().max(300)).max(10),
  /** Empty: every gate holds, and only this version's not merging keeps it open. */
  reasons: z.array(z.strictObject({ code: z.enum(MERGE_REASONS), detail: z.string().max(400) })).max(30),
})
export type MergeDecision = z.infer<typeof mergeDecision>
