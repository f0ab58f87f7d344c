/** A branch: the commit it points to, and making one. */
import type { ObjectId, RepoRef } from '../../core/ids.ts'
import type { GithubApi } from './github-api.ts'
import { at, nameOf } from './repository-path.ts'
import { refusedWith } from './translate-error.ts'

interface Branch {
  readonly head: ObjectId
  /** GraphQL's name for it, which a renamed repository does not change. */
  readonly nodeId: string
}

/** Undefined where there is no such branch (or no commit at all). */
export async function readBranch(api: GithubApi, repo: RepoRef, branch: string): Promise<Branch | undefined> {
  const intent = { doing: `to look at branch \`${branch}\` of ${nameOf(repo)}`, needs: 'Contents: read' }
  try {
    const found = await api.readIfThere(repo, intent, (request) =>
      request('GET /repos/{owner}/{repo}/git/ref/{ref}', { ...at(repo), ref: `heads/${branch}` }),
    )
    return found && { head: found.data.object.sha, nodeId: found.data.node_id }
  } catch (error) {
    // An empty repository answers 409.
    if (refusedWith(error) === 409) return undefined
    throw error
  }
}

export async function createBranch(
  api: GithubApi,
  repo: RepoRef,
  { branch, head }: { branch: string; head: ObjectId },
): Promise<Branch> {
  const { data } = await api.write(repo, moving(repo, branch), (request) =>
    request('POST /repos/{owner}/{repo}/git/refs', { ...at(repo), ref: `refs/heads/${branch}`, sha: head }),
  )
  return { head, nodeId: data.node_id }
}

/** Only forwards: without force GitHub compares, and refuses what is no descendant. */
export async function moveBranch(
  api: GithubApi,
  repo: RepoRef,
  { branch, head }: { branch: string; head: ObjectId },
): Promise<void> {
  await api.write(repo, moving(repo, branch), (request) =>
    request('PATCH /repos/{owner}/{repo}/git/refs/{ref}', {
      ...at(repo),
      ref: `heads/${branch}`,
      sha: head,
      force: false,
    }),
  )
}

function moving(repo: RepoRef, branch: string): { doing: string; needs: string } {
  return { doing: `to move branch \`${branch}\` of ${nameOf(repo)}`, needs: 'Contents: write' }
}
