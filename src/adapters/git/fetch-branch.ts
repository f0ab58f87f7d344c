/** Fetches one branch into the mirror, under a name of our own. */
import { createHash } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { UserError } from '../../core/errors.ts'
import type { ObjectId } from '../../core/ids.ts'
import { connect } from './connection.ts'
import type { Connection, Network } from './connection.ts'
import { explainFetch, isMissingRef, repoName } from './explain-remote.ts'
import { git, GitError } from './git.ts'
import type { Mirror } from './mirror.ts'
import { clearStaleLock } from './refs.ts'

/** Another process that fetches the same branch holds its ref for a moment; a killed one until its lock is stale. */
const WAITS = [100, 400, 1500, 4000, 6000]

/** Incrementally, without tags and submodules; answers the commit that it points to now. */
export async function fetchBranch(mirror: Mirror, network: Network, branch: string): Promise<ObjectId> {
  await checkBranchName(branch)
  const connection = await connect(network, mirror.repo, 'read')
  const ref = syncedRef(branch)
  try {
    await fetchInto(mirror, { connection, ref, branch })
  } catch (error) {
    if (isMissingRef(error)) throw await branchMissing(mirror, connection, branch)
    throw explainFetch(error, mirror.repo)
  }
  return (await git(mirror.dir, ['rev-parse', '--verify', '--quiet', `${ref}^{commit}`])).text
}

async function fetchInto(
  mirror: Mirror,
  { connection, ref, branch }: { connection: Connection; ref: string; branch: string },
): Promise<void> {
  const args = ['fetch', '--quiet', '--no-tags', '--no-write-fetch-head', '--no-recurse-submodules']
  for (let tried = 0; ; tried += 1) {
    try {
      await git(mirror.dir, [...args, connection.url, `+refs/heads/${branch}:${ref}`], connection.options)
      return
    } catch (error) {
      const wait = WAITS[tried]
      // All arrived, but the ref is locked or was moved meanwhile.
      if (!(error instanceof GitError) || error.code !== 1 || wait === undefined) throw error
      await sleep(wait)
      await clearStaleLock(mirror.dir, ref)
    }
  }
}

/** A flat name per branch: `a` may be deleted and `a/b` appear, which ref folders cannot hold together. */
function syncedRef(branch: string): string {
  return `refs/synced/${createHash('sha256').update(branch).digest('hex')}`
}

async function checkBranchName(branch: string): Promise<void> {
  const checked = await git(undefined, ['check-ref-format', `refs/heads/${branch}`], { accept: [1] })
  if (checked.code !== 0)
    throw new UserError('config_invalid', `\`${branch}\` cannot be a branch name. Name a branch that exists.`)
}

async function branchMissing(
  { repo }: Mirror,
  { url, options }: Connection,
  branch: string,
): Promise<UserError> {
  const name = repoName(repo)
  const branches = await git(undefined, ['ls-remote', '--heads', url], options)
  if (branches.text === '')
    return new UserError(
      'repository_empty',
      `${name} has no commit yet. Push a first commit, then start again.`,
    )
  return new UserError('forge_refused', `${name} has no branch \`${branch}\`. Push it, or name another.`)
}
