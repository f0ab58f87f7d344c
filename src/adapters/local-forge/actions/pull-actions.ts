/** Pull requests: opened, moved along with their branch, closed, turned into drafts and back. */
import type { ObjectId } from '../../../core/ids.ts'
import { invalid, unprocessable } from '../api-error.ts'
import { renderAccount } from '../render/account.ts'
import { type PullFigures, type PullIssue, renderFullPull } from '../render/pull.ts'
import { renderRepository } from '../render/repository.ts'
import type { Issue, Repo } from '../world.ts'
import { followLines } from './follow-lines.ts'
import { editIssue, type IssueEdit, newIssue, record, type Scene, setState } from './issue-actions.ts'

export interface PullRequestInput {
  readonly title: string
  readonly body: string | null
  /** `branch` or `owner:branch` of the same repository; forks are not served. */
  readonly head: string
  readonly base: string
  readonly draft: boolean
}

/** The pull request of an issue, where it is one. */
export function asPull(issue: Issue): PullIssue | undefined {
  return issue.pull ? (issue as PullIssue) : undefined
}

function openPulls(repo: Repo): PullIssue[] {
  return [...repo.issues.values()].flatMap((issue) => {
    const pull = asPull(issue)
    return pull && pull.state === 'open' && !pull.deleted ? [pull] : []
  })
}

export async function openPull(scene: Scene, input: PullRequestInput): Promise<PullIssue> {
  const { repo } = scene
  const [owner, branch] = input.head.includes(':') ? splitOnce(input.head) : [repo.owner.login, input.head]
  if (owner.toLowerCase() !== repo.owner.login.toLowerCase()) throw invalid('PullRequest', 'head')
  const head = await repo.git.ref(`refs/heads/${branch}`)
  const base = await repo.git.ref(`refs/heads/${input.base}`)
  if (!head) throw invalid('PullRequest', 'head')
  if (!base) throw invalid('PullRequest', 'base')
  if (input.draft && !repo.drafts)
    throw unprocessable('Draft pull requests are not supported in this repository.')
  await checkNew(repo, { branch, base: input.base, head, baseCommit: base })
  const pull = {
    headBranch: branch,
    baseBranch: input.base,
    head,
    base,
    draft: input.draft,
    reviews: [],
    resolved: new Map(),
  }
  const issue = newIssue(scene, { ...input, pull: { ...pull, merged: undefined } }) as PullIssue
  await repo.git.moveRef(`refs/pull/${issue.number}/head`, undefined, head)
  await announcePull(scene, issue, { action: 'opened' })
  return issue
}

async function checkNew(
  repo: Repo,
  wanted: { branch: string; base: string; head: ObjectId; baseCommit: ObjectId },
): Promise<void> {
  const same = openPulls(repo).find(
    ({ pull }) => pull.headBranch === wanted.branch && pull.baseBranch === wanted.base,
  )
  const said = `${repo.owner.login}:${wanted.branch}`
  if (same) throw invalid('PullRequest', 'base', { message: `A pull request already exists for ${said}.` })
  if (await repo.git.isAncestor(wanted.head, wanted.baseCommit))
    throw invalid('PullRequest', 'head', {
      message: `No commits between ${wanted.base} and ${wanted.branch}`,
    })
}

function splitOnce(text: string): [string, string] {
  const at = text.indexOf(':')
  return [text.slice(0, at), text.slice(at + 1)]
}

/** The head branch moved: so does the pull request. */
export async function followHead(scene: Scene, issue: Issue, to: ObjectId): Promise<void> {
  const pull = asPull(issue)
  if (!pull || pull.pull.head === to) return
  const before = pull.pull.head
  pull.pull.head = to
  pull.updatedAt = scene.world.clock.now()
  await scene.repo.git.moveRef(`refs/pull/${pull.number}/head`, before, to)
  await followLines(scene.repo, pull)
  await announcePull(scene, pull, { action: 'synchronize', before, after: to })
}

export async function closePull(scene: Scene, issue: Issue): Promise<void> {
  const pull = asPull(issue)
  if (!pull) return
  setState(scene, pull, { state: 'closed' })
  await announcePull(scene, pull, { action: 'closed' })
}

/** A pull request that was closed did not follow its branch; opened again it is where the branch is now. */
async function catchUp(repo: Repo, issue: PullIssue): Promise<void> {
  const { number, pull } = issue
  const head = await repo.git.ref(`refs/heads/${pull.headBranch}`)
  if (!head)
    throw invalid('PullRequest', 'state', {
      message: 'state cannot be changed. The head branch was deleted.',
    })
  pull.base = (await repo.git.ref(`refs/heads/${pull.baseBranch}`)) ?? pull.base
  if (head === pull.head) return
  await repo.git.moveRef(`refs/pull/${number}/head`, pull.head, head)
  pull.head = head
  await followLines(repo, issue)
}

/** Title, body and state of an issue or a pull request, told as what it is. */
export async function changeIssue(scene: Scene, issue: Issue, edit: IssueEdit): Promise<void> {
  const pull = asPull(issue)
  const before = issue.state
  if (edit.state === 'open' && before === 'closed' && pull) {
    if (pull.pull.merged)
      throw invalid('PullRequest', 'state', {
        message: 'state cannot be changed. The pull request was merged.',
      })
    await catchUp(scene.repo, pull)
  }
  const changes = editIssue(scene, issue, edit)
  if (!pull) return
  if (Object.keys(changes).length > 0) await announcePull(scene, pull, { action: 'edited', changes })
  if (before !== pull.state)
    await announcePull(scene, pull, { action: pull.state === 'open' ? 'reopened' : 'closed' })
}

/** Draft to ready and back: at GitHub by GraphQL only. */
export async function setDraft(scene: Scene, pull: PullIssue, draft: boolean): Promise<void> {
  if (pull.pull.draft === draft) return
  if (draft && !scene.repo.drafts)
    throw unprocessable('Draft pull requests are not supported in this repository.')
  pull.pull.draft = draft
  const action = draft ? 'converted_to_draft' : 'ready_for_review'
  record(scene, pull, { event: draft ? 'convert_to_draft' : 'ready_for_review' })
  await announcePull(scene, pull, { action })
}

export async function announcePull(
  scene: Scene,
  pull: PullIssue,
  more: { event?: string; action: string; [key: string]: unknown },
): Promise<void> {
  const { world, repo, actor } = scene
  const { event = 'pull_request', ...rest } = more
  const rendered = renderFullPull({ world, repo }, pull, await pullFigures(repo, pull))
  world.emit(repo, event, {
    ...rest,
    ...(event === 'pull_request' && { number: pull.number }),
    pull_request: rendered,
    repository: renderRepository(world, repo),
    sender: renderAccount(world, actor.account),
  })
}

/** GitHub compares with the merge base, not with where the base is now. */
export async function mergeBaseOf(repo: Repo, { pull }: PullIssue): Promise<ObjectId> {
  return (await repo.git.mergeBase(pull.base, pull.head)) ?? pull.base
}

/** GitHub's own committer for what is made on its side. */
export const GITHUB = { name: 'GitHub', email: 'noreply@github.com' }

/** More commits than anybody will look at; GitHub stops at 250. */
const MAX_COMMITS = 250

export async function pullFigures(repo: Repo, issue: PullIssue): Promise<PullFigures> {
  const { pull } = issue
  const from = await mergeBaseOf(repo, issue)
  const [files, commits] = await Promise.all([
    repo.git.diff(from, pull.head),
    repo.git.log(pull.head, { limit: MAX_COMMITS, not: from }),
  ])
  const open = issue.state === 'open'
  const tree = open ? await repo.git.mergeTree(pull.base, pull.head) : undefined
  const mergeable = open ? tree !== undefined : null
  return {
    commits: commits.length,
    additions: files.reduce((sum, file) => sum + file.additions, 0),
    deletions: files.reduce((sum, file) => sum + file.deletions, 0),
    changedFiles: files.length,
    mergeable,
    mergeableState: stateOf(repo, issue, mergeable),
    mergeCommit: pull.merged?.commit ?? (tree ? await trialMerge(repo, issue, tree) : null),
  }
}

/** What GitHub shows as `merge_commit_sha` of an open pull request: a merge that it made to try, and that is on no branch. */
async function trialMerge(repo: Repo, { pull, title }: PullIssue, tree: ObjectId): Promise<ObjectId> {
  // The head's own date, so that the same two commits always make the same merge.
  const { date } = (await repo.git.readCommit(pull.head)).committer
  const github = { ...GITHUB, date }
  const parents = [pull.base, pull.head]
  return repo.git.writeCommit({ tree, parents, message: title, author: github, committer: github })
}

function stateOf(repo: Repo, { pull }: PullIssue, mergeable: boolean | null): string {
  if (mergeable === null) return 'unknown'
  if (!mergeable) return 'dirty'
  if (pull.draft) return 'draft'
  return repo.protection.has(pull.baseBranch) ? 'blocked' : 'clean'
}
