/** status: something outside GitHub reported on a commit that is on branches of ours. */
import { z } from 'zod'
import { issueOfBranch } from '../core/branch-name.ts'
import { OWN_CHECK } from '../core/own-check.ts'
import { repository, repoOf } from './payload-parts.ts'
import { NOT_OURS } from './touched-pull.ts'
import { incoming, nothing, reads } from './translation.ts'
import type { Translate, Translation } from './translation.ts'

const payload = z.object({
  repository,
  state: z.string(),
  context: z.string(),
  branches: z.array(z.object({ name: z.string() })),
})

const read = reads(payload, statusSet)

/** This event has no actions. */
export const status: Translate = (delivered, _action, at) => read(delivered, at)

function statusSet({ repository: at, ...its }: z.infer<typeof payload>): Translation {
  if (its.context === OWN_CHECK) return nothing('the status is our own')
  if (its.state === 'pending') return nothing('a check that has only begun decides nothing yet')
  const repo = repoOf(at)
  const numbers = new Set(its.branches.flatMap(({ name }) => issueOfBranch(name) ?? []))
  if (numbers.size === 0) return nothing(NOT_OURS)
  const touched = [...numbers].map(
    (number) => ({ kind: 'pull_touched', issue: { repo, number }, pull: undefined }) as const,
  )
  return incoming(...touched)
}
