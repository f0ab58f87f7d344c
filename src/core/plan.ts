/** The plan: what will be built and how each acceptance criterion will be proved. */
import { z } from 'zod'

/**
 * How a criterion is proved. `test`: a named test, red on base and green on head. `introduces` names the new symbol the
 * test needs; only then may "red" be a load error, and it is marked weak. `inspection`: no test can show it; the
 * reviewer looks, and the pull request lists it under what was not proved.
 */
const criterionProof = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('test'), introduces: z.string().max(200).nullable() }),
  z.strictObject({ kind: z.literal('inspection'), how: z.string().min(1).max(500) }),
])

const criterion = z.strictObject({
  id: z.string().regex(/^C[1-9][0-9]?$/, 'an id such as C1'),
  text: z.string().min(1).max(600),
  proof: criterionProof,
})
export type Criterion = z.infer<typeof criterion>

/** A path inside the repository: relative, forward slashes, no climbing out, no control characters. */
export const repoPath = z
  .string()
  .min(1)
  .max(4096)
  .refine(
    (path) =>
      !path.startsWith('/') && !path.split('/').some((part) => part === '..' || part === '.' || part === ''),
    {
      message: 'a path inside the repository, relative and without .. parts',
    },
  )

export const RISKS = ['low', 'medium', 'high'] as const
const risk = z.enum(RISKS)

export const plan = z.strictObject({
  /** Imperative, for the pull request and the branch name. */
  title: z.string().min(4).max(100),
  /** Why: the problem in one to three sentences, in the words of its user. */
  problem: z.string().min(1).max(1500),
  /** What will change, and why this way and no smaller one. */
  approach: z.string().min(1).max(4000),
  criteria: z.array(criterion).min(1).max(12),
  files: z
    .array(
      z.strictObject({ path: repoPath, change: z.enum(['add', 'edit', 'delete']), why: z.string().max(300) }),
    )
    .min(1)
    .max(60),
  risk,
  risks: z.array(z.string().max(400)).max(10),
  /** Where the tests go and how they are run, in the repository's own manner. */
  test_strategy: z.string().min(1).max(2000),
  out_of_scope: z.array(z.string().max(300)).max(10),
})
export type Plan = z.infer<typeof plan>

/** What is wrong with a plan that its shape does not show; empty means valid. */
export function planProblems(candidate: Plan): string[] {
  const problems: string[] = []
  const ids = candidate.criteria.map((c) => c.id)
  for (const id of new Set(ids.filter((id, index) => ids.indexOf(id) !== index))) {
    problems.push(`criteria: ${id} is used twice`)
  }
  if (!candidate.criteria.some((c) => c.proof.kind === 'test') && candidate.risk !== 'low') {
    problems.push('criteria: none is proved by a test, which only a low-risk change may do')
  }
  const paths = candidate.files.map((f) => f.path)
  for (const path of new Set(paths.filter((path, index) => paths.indexOf(path) !== index))) {
    problems.push(`files: ${path} is listed twice`)
  }
  return problems
}

/** The plan reviewer's answer. `return` sends the plan back once, with the notes. */
export const planReview = z.strictObject({
  verdict: z.enum(['accept', 'return']),
  problem_fit: z.string().min(1).max(1200),
  assumptions: z.array(z.string().max(400)).max(10),
  smaller_way: z.string().max(1200).nullable(),
  notes: z.array(z.string().max(600)).max(10),
})
export type PlanReview = z.infer<typeof planReview>

/** What the run is expected to cost. `basis` is how many past runs of this repository it rests on. */
export const quote = z.strictObject({
  usd: z.tuple([z.number(), z.number()]),
  minutes: z.tuple([z.number(), z.number()]),
  basis: z.int().nonnegative(),
})
export type Quote = z.infer<typeof quote>
