/** A pull request of ours that something happened to. The branch says whose it is; only branches of the repository count. */
import { z } from 'zod'
import { issueOfBranch } from '../core/branch-name.ts'
import type { RepoRef } from '../core/ids.ts'
import { isPerson, maybeAccount, repository, repoOf } from './payload-parts.ts'
import { incoming, nothing } from './translation.ts'
import type { Translation } from './translation.ts'

/** A fork that was deleted leaves no repository behind. */
const head = z.object({ ref: z.string(), repo: z.object({ id: z.int() }).nullish() })

/** What all events about a pull request have. */
export const pullPayload = z.object({
  repository,
  sender: maybeAccount,
  pull_request: z.object({ number: z.int().positive(), head }),
})

/** The pull requests that a check's payload lists: those of the repository itself, perhaps none. */
export const listedPulls = z.array(z.object({ number: z.int().positive(), head })).nullish()

export const NOT_OURS = 'the branch is not one of ours'

export function touchedPull({
  repository: at,
  pull_request: pull,
}: z.infer<typeof pullPayload>): Translation {
  const repo = repoOf(at)
  if (pull.head.repo?.id !== repo.id) return nothing("a fork's branch is nobody's")
  return touchedBranch(repo, pull.head.ref, pull.number)
}

/** The same where only a person can have caused it: what bots say about a change is not answered. */
export function touchedByPerson(payload: z.infer<typeof pullPayload>): Translation {
  return isPerson(payload.sender)
    ? touchedPull(payload)
    : nothing('what bots say about a change is not heard')
}

/** `pull` undefined: whichever has this head. */
function touchedBranch(repo: RepoRef, branch: string | null, pull: number | undefined): Translation {
  const number = branch === null ? undefined : issueOfBranch(branch)
  if (number === undefined) return nothing(NOT_OURS)
  return incoming({ kind: 'pull_touched', issue: { repo, number }, pull })
}

/** Something about a commit ended: the branch it was pushed to is given, the pull request only if there is one yet. */
export function touchedHead(
  at: z.infer<typeof repository>,
  branch: string | null,
  pulls: z.infer<typeof listedPulls>,
): Translation {
  const pull = pulls?.find(({ head: its }) => its.ref === branch && its.repo?.id === at.id)
  return touchedBranch(repoOf(at), branch, pull?.number)
}
