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

const reply = z.strictObject({
  /** The name that the remark has in the prompt. */
  remark: z.string().max(20),
  done: z.boolean(),
  text: change.shape.answers.element.shape.text,
})
export type Reply = z.infer<typeof reply>

const reworkAnswer = coderAnswer.extend({ answers: z.array(reply).max(40).default([]) })

export type CoderAnswer = z.infer<typeof coderAnswer> & { readonly answers?: readonly Reply[] }

/**
 * Limits: the work itself, three rounds of mending, and the refactor pass. The run's own caps are usually lower. Only
 * what came back from a pull request is answered: a field that means nothing yet invites words.
 */
export function coderSpec(prompt: string, on: 'plan' | 'rework' = 'plan'): AgentSpec<CoderAnswer> {
  return {
    role: 'coder',
    prompt,
    variables: ['feedback'],
    output: on === 'plan' ? coderAnswer : reworkAnswer,
    allowed: ['bash', 'read', 'write', 'edit', 'glob', 'grep'],
    limits: { turns: 120, usd: 10, maxTokens: 32_000 },
  }
}
