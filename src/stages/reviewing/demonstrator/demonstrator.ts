/** The demonstrator: makes one finding visible in a run, or says that it could not. */
import { z } from 'zod'
import { repoPath } from '../../../core/plan.ts'
import type { AgentSpec } from '../../../ports/agents.ts'
import type { Demonstration } from '../../../ports/proof.ts'

/** A command needs a control run to show that it can tell right from wrong; a test has its assertion for that. */
const demonstration = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('command'),
    command: z.string().min(1).max(4000),
    expect: z.string().min(3).max(400),
    control: z.string().min(1).max(4000),
  }),
  z.strictObject({
    kind: z.literal('test'),
    file: z.strictObject({ path: repoPath, content: z.string().min(1).max(40_000) }),
  }),
])

const demonstratorAnswer = z.strictObject({
  shown: z.boolean(),
  reason: z.string().min(1).max(1500),
  demonstration: demonstration.nullable().default(null),
})
export type DemonstratorAnswer = z.infer<typeof demonstratorAnswer>

/** Limits: a few commands per finding; whatever needs more is no clear defect. */
export function demonstratorSpec(prompt: string): AgentSpec<DemonstratorAnswer> {
  return {
    role: 'demonstrator',
    prompt,
    variables: ['finding'],
    output: demonstratorAnswer,
    allowed: ['bash', 'read', 'write', 'edit', 'glob', 'grep'],
    limits: { turns: 25, usd: 2, maxTokens: 12_000 },
  }
}

/** What the runner carries out; undefined where there is nothing to run, which shows nothing. */
export function demonstrationOf(answer: DemonstratorAnswer): Demonstration | undefined {
  const made = answer.demonstration
  if (!answer.shown || made === null) return undefined
  return made.kind === 'command'
    ? { ...made, file: undefined }
    : { kind: 'test', file: made.file, command: '', expect: '', control: undefined }
}
