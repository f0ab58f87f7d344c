/** The task spec: one normalised issue, whatever source it came from. */
import { z } from 'zod'
import { textHash } from './ids.ts'

export const TASK_KINDS = ['bug', 'feature', 'documentation', 'chore', 'unknown'] as const

/** Stands between what is wanted and what was taken for granted to get there; people are shown what follows it. */
export const ASSUMED = '\n\nAssumed, since the issue leaves it open:\n'

/** What the factory works from: cleaned text, never the raw issue. `hash` binds it to the text the labeller saw. */
export const taskSpec = z.strictObject({
  title: z.string().min(1).max(300),
  body: z.string().max(80_000),
  kind: z.enum(TASK_KINDS),
  /** What goes wrong or is missing, and what should be instead, as the intake agent understood it; cleaned. */
  problem: z.string().max(1500),
  wanted: z.string().max(1500),
  /** Files, functions, versions, errors that the issue names. */
  hints: z.array(z.string().max(300)).max(15),
  /** Addresses in the issue that hold evidence: a log, a playground, another issue. Nobody opens them. */
  links: z.array(z.string().max(500)).max(15),
  /** Open issues and pull requests about the same; named on the issue, and no reason to stop. */
  duplicates: z.array(z.strictObject({ number: z.int().positive(), why: z.string().max(300) })).max(5),
  hash: textHash,
  /** Characters that render as nothing and were made visible; more than none is said on the issue. */
  hidden_characters: z.int().nonnegative(),
  /** Characters of the body left out because the issue is longer than the dossier gives room for. */
  cut_characters: z.int().nonnegative(),
})
export type TaskSpec = z.infer<typeof taskSpec>
