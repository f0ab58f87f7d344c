/** Commit statuses: one line of somebody's verdict on a commit; the newest of a context counts. */
import { invalid, unprocessable } from '../api-error.ts'
import { characters } from '../fields.ts'
import { renderAccount } from '../render/account.ts'
import { renderStatus } from '../render/check.ts'
import { renderCommit } from '../render/commit.ts'
import { apiUrl, renderRepository } from '../render/repository.ts'
import { resolveCommit } from '../resolve-commit.ts'
import { fullName, type Status } from '../world.ts'
import type { Scene } from './issue-actions.ts'

const STATES = ['error', 'failure', 'pending', 'success']
/** GitHub's limit for descriptions, characters. */
export const MAX_DESCRIPTION = 140
/** GitHub names at most this many of the branches that have the commit. */
const MAX_BRANCHES = 10

export type NewStatus = Pick<Status, 'sha' | 'state' | 'context' | 'description' | 'targetUrl'>

export async function newStatus(scene: Scene, input: NewStatus): Promise<Status> {
  const { world, repo, actor } = scene
  const { sha, description } = input
  if ((await resolveCommit(repo, sha)) !== sha) throw unprocessable(`No commit found for SHA: ${sha}`)
  if (!STATES.includes(input.state)) throw invalid('Status', 'state')
  if (characters(description ?? '') > MAX_DESCRIPTION)
    throw invalid('Status', 'description', {
      message: `description is too long (maximum is ${MAX_DESCRIPTION} characters)`,
    })
  const status = { ...input, id: world.nextId(), creator: actor.account, createdAt: world.clock.now() }
  repo.statuses.push(status)
  await announce(scene, status)
  return status
}

async function announce(scene: Scene, status: Status): Promise<void> {
  const { world, repo, actor } = scene
  const { url: _, creator: __, node_id: ___, ...rendered } = renderStatus(scene, status)
  world.emit(repo, 'status', {
    ...rendered,
    sha: status.sha,
    name: fullName(repo),
    commit: renderCommit(scene, await repo.git.readCommit(status.sha)),
    branches: await branchesWith(scene, status),
    repository: renderRepository(world, repo),
    sender: renderAccount(world, actor.account),
  })
}

async function branchesWith({ world, repo }: Scene, { sha }: Status): Promise<Record<string, unknown>[]> {
  const found: Record<string, unknown>[] = []
  for (const [ref, tip] of await repo.git.refs()) {
    const name = /^refs\/heads\/(.+)$/.exec(ref)?.[1]
    if (name === undefined || found.length === MAX_BRANCHES) continue
    if (tip !== sha && !(await repo.git.isAncestor(sha, tip))) continue
    const commit = { sha: tip, url: `${apiUrl(world, repo)}/commits/${tip}` }
    found.push({ name, commit, protected: repo.protection.has(name) })
  }
  return found
}
