/** The architect: reads the repository and answers with a plan, or with why there can be none. */
import { z } from 'zod'
import { plan } from '../../../core/plan.ts'
import type { AgentSpec } from '../../../ports/agents.ts'

const architectAnswer = z.discriminatedUnion('outcome', [
  z.strictObject({ outcome: z.literal('plan'), plan }),
  z.strictObject({ outcome: z.literal('cannot'), reason: z.string().min(1).max(1500) }),
])
export type ArchitectAnswer = z.infer<typeof architectAnswer>

/** Limits: about ten reads and two returned plans, with room for a model that looks around more. */
export function architectSpec(prompt: string): AgentSpec<ArchitectAnswer> {
  return {
    role: 'architect',
    prompt,
    variables: ['remarks'],
    output: architectAnswer,
    allowed: ['read', 'glob', 'grep'],
    limits: { turns: 40, usd: 3, maxTokens: 16_000 },
  }
}
