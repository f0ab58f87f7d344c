/** What a program can tell about a plan: whether it holds together, and whether it fits the files that are there. */
import { planProblems } from '../../core/plan.ts'
import type { Plan } from '../../core/plan.ts'

/** One sentence per problem, each with its place; empty means the plan may be judged. */
export function checkPlan(
  plan: Plan,
  subject: { paths: ReadonlySet<string>; isProtected: Matcher; hasTests: boolean },
): string[] {
  const problems = planProblems(plan)
  if (!subject.hasTests && plan.criteria.some((criterion) => criterion.proof.kind === 'test'))
    problems.push('criteria: nothing can be run in this repository, so each is proved by inspection')
  for (const file of plan.files) {
    const exists = subject.paths.has(file.path)
    if (file.change === 'add' && exists)
      problems.push(`files: ${file.path} exists already; its change is edit`)
    if (file.change !== 'add' && !exists)
      problems.push(`files: ${file.path} does not exist; ${file.change} needs a file that does`)
    if (subject.isProtected(file.path))
      problems.push(`files: ${file.path} is protected here, and no run may change it`)
  }
  return problems
}

export type Matcher = (path: string) => boolean
