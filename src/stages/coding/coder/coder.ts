/** The coder: changes files until the locked tests pass, and says what it did and left out. */
import { z } from 'zod'
import { change } from '../../../core/state.ts'
import type { AgentSpec } from '../../../ports/agents.ts'

const coderAnswer = z.strictObject({
  summary: change.shape.summary.min(1),
  not_done: change.shape.not_done.default([]),
  /** Why the locked tests or the plan cannot be satisfied; null when they can. */
  cannot: z.string().max(1500).nullable().default(null),
})
export type CoderAnswer = z.infer<typeof coderAnswer>

/** Limits: the work itself, three rounds of mending, and the refactor pass. The run's own caps are usually lower. */
export function coderSpec(prompt: string): AgentSpec<CoderAnswer> {
  return {
    role: 'coder',
    prompt,
    variables: ['feedback'],
    output: coderAnswer,
    allowed: ['bash', 'read', 'write', 'edit', 'glob', 'grep'],
    limits: { turns: 120, usd: 10, maxTokens: 32_000 },
  }
}
