/** What follows when a ref moved, by REST, GraphQL or git itself: pull requests keep up and webhooks tell of it. */
import type { ObjectId } from '../../../core/ids.ts'
import type { GitCommit } from '../../../ports/git-host.ts'
import { accountOf } from '../render/commit.ts'
import { nodeId, renderAccount } from '../render/account.ts'
import { pageUrl, renderRepository } from '../render/repository.ts'
import { fullName, type Repo, type World } from '../world.ts'
import type { Scene } from './issue-actions.ts'
import { closePull, followHead } from './pull-actions.ts'

export interface RefMove {
  readonly ref: string
  readonly from: ObjectId | undefined
  readonly to: ObjectId | undefined
}

const NOTHING = '0'.repeat(40)
/** GitHub lists at most this many commits in a push payload. */
const MAX_COMMITS = 2048

/** Moves a ref and tells everybody. False when it was not at `from`. */
export async function moveRef(scene: Scene, move: RefMove): Promise<boolean> {
  if (!(await scene.repo.git.moveRef(move.ref, move.from, move.to))) return false
  await refMoved(scene, move)
  return true
}

/** For refs that are moved already, as git's own push does. */
export async function refMoved(scene: Scene, move: RefMove): Promise<void> {
  const { repo } = scene
  if (/^refs\/(heads|tags)\//.test(move.ref)) await announcePush(scene, move)
  const branch = /^refs\/heads\/(.+)$/.exec(move.ref)?.[1]
  repo.pushedAt = scene.world.clock.now()
  if (branch === undefined) return
  for (const issue of repo.issues.values()) {
    if (issue.state !== 'open' || !issue.pull) continue
    if (issue.pull.baseBranch === branch && move.to) issue.pull.base = move.to
    if (issue.pull.headBranch !== branch) continue
    if (move.to) await followHead(scene, issue, move.to)
    else await closePull(scene, issue)
  }
}

/** The refs that differ between two moments. */
export function movesBetween(
  before: ReadonlyMap<string, ObjectId>,
  after: ReadonlyMap<string, ObjectId>,
): RefMove[] {
  const names = [...new Set([...before.keys(), ...after.keys()])]
  return names
    .map((ref) => ({ ref, from: before.get(ref), to: after.get(ref) }))
    .filter((move) => move.from !== move.to)
}

async function announcePush(scene: Scene, { ref, from, to }: RefMove): Promise<void> {
  const { world, repo, actor } = scene
  const commits = to ? await newCommits(repo, from, to) : []
  const rendered = await Promise.all(commits.map((commit) => renderPushed(scene, commit)))
  const forced = from !== undefined && to !== undefined && !(await repo.git.isAncestor(from, to))
  world.emit(repo, 'push', {
    ref,
    before: from ?? NOTHING,
    after: to ?? NOTHING,
    created: from === undefined,
    deleted: to === undefined,
    forced,
    base_ref: null,
    compare: `${pageUrl(world, repo)}/compare/${(from ?? to ?? NOTHING).slice(0, 12)}...${(to ?? NOTHING).slice(0, 12)}`,
    commits: rendered,
    head_commit: to ? await renderPushed(scene, await repo.git.readCommit(to)) : null,
    repository: pushedRepository(world, repo),
    pusher: { name: actor.account.login, email: actor.account.email },
    sender: renderAccount(world, actor.account),
  })
}

/** Oldest first. A new branch counts from where it left the default branch. */
async function newCommits(repo: Repo, from: ObjectId | undefined, to: ObjectId): Promise<GitCommit[]> {
  const trunk = await repo.git.ref(`refs/heads/${repo.defaultBranch}`)
  const not = from ?? (trunk === to ? undefined : trunk)
  return [...(await repo.git.log(to, { limit: MAX_COMMITS, ...(not && { not }) }))].reverse()
}

/** In push payloads times are seconds, for reasons of GitHub's past. */
function pushedRepository(world: World, repo: Repo): Record<string, unknown> {
  const seconds = (at: string) => Math.floor(Date.parse(at) / 1000)
  return {
    ...renderRepository(world, repo),
    created_at: seconds(repo.createdAt),
    pushed_at: seconds(repo.pushedAt),
    master_branch: repo.defaultBranch,
    stargazers: 0,
  }
}

async function renderPushed({ world, repo }: Scene, commit: GitCommit): Promise<Record<string, unknown>> {
  const parent = commit.parents[0]
  const changes = parent ? await repo.git.diff(parent, commit.id) : []
  const paths = (...wanted: string[]) =>
    changes.filter((change) => wanted.includes(change.status)).map((change) => change.path)
  const person = ({ name, email, date }: GitCommit['author']) => ({
    name,
    email,
    date,
    username: accountOf(world, email)?.login,
  })
  return {
    id: commit.id,
    tree_id: commit.tree,
    distinct: true,
    message: commit.message,
    timestamp: commit.committer.date,
    url: `${world.base}/${fullName(repo)}/commit/${commit.id}`,
    author: person(commit.author),
    committer: person(commit.committer),
    added: paths('added', 'renamed'),
    removed: paths('removed'),
    modified: paths('modified', 'changed'),
    node_id: nodeId('C', commit.id),
  }
}
