/** push: a branch moved, and changes that are based on it may have to take it in. */
import { z } from 'zod'
import { issueOfBranch } from '../core/branch-name.ts'
import { repository, repoOf } from './payload-parts.ts'
import { incoming, nothing, reads } from './translation.ts'
import type { Translate, Translation } from './translation.ts'

const payload = z.object({ repository, ref: z.string(), deleted: z.boolean() })

const BRANCH = 'refs/heads/'

const read = reads(payload, branchMoved)

/** This event has no actions. */
export const push: Translate = (delivered, _action, at) => read(delivered, at)

function branchMoved({ repository: at, ref, deleted }: z.infer<typeof payload>): Translation {
  if (!ref.startsWith(BRANCH)) return nothing('tags are not built upon')
  if (deleted) return nothing('a branch that is gone cannot be taken in')
  const branch = ref.slice(BRANCH.length)
  if (issueOfBranch(branch) !== undefined)
    return nothing("of our own branches the pull request's events tell")
  return incoming({ kind: 'branch_pushed', repo: repoOf(at), branch })
}
