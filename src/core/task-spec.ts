/** The task spec: one normalised issue, whatever source it came from. */
import { z } from 'zod'
import { textHash } from './ids.ts'

export const TASK_KINDS = ['bug', 'feature', 'documentation', 'chore', 'unknown'] as const

/** What the factory works from: cleaned text, never the raw issue. `hash` binds it to the text the labeller saw. */
export const taskSpec = z.strictObject({
  title: z.string().min(1).max(300),
  body: z.string().max(80_000),
  kind: z.enum(TASK_KINDS),
  hash: textHash,
  /** Characters that render as nothing and were made visible; more than none is said on the issue. */
  hidden_characters: z.int().nonnegative(),
  /** Characters of the body left out because the issue is longer than the dossier gives room for. */
  cut_characters: z.int().nonnegative(),
})
export type TaskSpec = z.infer<typeof taskSpec>
