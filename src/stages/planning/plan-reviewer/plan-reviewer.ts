/** The plan reviewer: judges a plan against the issue in a conversation of its own, without tools. */
import { planReview } from '../../../core/plan.ts'
import type { PlanReview } from '../../../core/plan.ts'
import type { AgentSpec } from '../../../ports/agents.ts'

/** Limits: one answer; the rest is for a result that missed its schema. */
export function planReviewerSpec(prompt: string): AgentSpec<PlanReview> {
  return {
    role: 'plan_reviewer',
    prompt,
    variables: [],
    output: planReview,
    allowed: [],
    limits: { turns: 6, usd: 1, maxTokens: 8_000 },
  }
}
