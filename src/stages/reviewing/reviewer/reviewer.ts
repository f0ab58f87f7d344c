/** The reviewer: reads the change it did not write, and says what is wrong with it. */
import { review } from '../../../core/review.ts'
import type { Review } from '../../../core/review.ts'
import type { AgentSpec } from '../../../ports/agents.ts'

/** Limits: about ten reads around the diff, with room for a larger one. */
export function reviewerSpec(prompt: string): AgentSpec<Review> {
  return {
    role: 'reviewer',
    prompt,
    variables: [],
    output: review,
    allowed: ['read', 'glob', 'grep'],
    limits: { turns: 40, usd: 4, maxTokens: 16_000 },
  }
}
