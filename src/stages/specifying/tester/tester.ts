/** The tester: writes the criterion tests, and says which test is for which criterion. */
import { z } from 'zod'
import { criterionTest } from '../../../core/evidence.ts'
import type { AgentSpec } from '../../../ports/agents.ts'

const testerAnswer = z.strictObject({
  tests: z.array(criterionTest).max(40),
  /** Why a criterion can't be tested red; null when all can. */
  cannot: z.string().max(1500).nullable().default(null),
})
export type TesterAnswer = z.infer<typeof testerAnswer>

/** Limits: a handful of reads, the tests, some runs of them, and two rounds of mending. */
export function testerSpec(prompt: string): AgentSpec<TesterAnswer> {
  return {
    role: 'tester',
    prompt,
    variables: ['criteria'],
    output: testerAnswer,
    allowed: ['bash', 'read', 'write', 'edit', 'glob', 'grep'],
    limits: { turns: 60, usd: 4, maxTokens: 16_000 },
  }
}
