/** The intake agent: reads the issue, and says what it asks for, or what is missing to plan it. */
import { z } from 'zod'
import { TASK_KINDS } from '../../../core/task-spec.ts'
import type { AgentSpec } from '../../../ports/agents.ts'

const intakeAnswer = z.strictObject({
  problem: z.string().min(1).max(1500),
  wanted: z.string().min(1).max(800),
  kind: z.enum(TASK_KINDS),
  hints: z.array(z.string().min(1).max(300)).max(15),
  links: z.array(z.string().min(1).max(500)).max(15),
  assumptions: z.array(z.string().min(1).max(150)).max(4),
  duplicates: z.array(z.strictObject({ number: z.int().positive(), why: z.string().min(1).max(300) })).max(5),
  questions: z.array(z.string().min(1).max(400)).max(5),
})
export type IntakeAnswer = z.infer<typeof intakeAnswer>

/** Limits: one answer; the rest is for a result that missed its schema. An issue of 15,000 tokens costs cents. */
export function intakeSpec(prompt: string): AgentSpec<IntakeAnswer> {
  return {
    role: 'intake',
    prompt,
    variables: ['round'],
    output: intakeAnswer,
    allowed: [],
    limits: { turns: 4, usd: 0.5, maxTokens: 4_000 },
  }
}
