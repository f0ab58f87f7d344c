/** What people do on GitHub's pages, for scenario tests and the demo: same rules, same webhooks as through the API. */
import type { ObjectId } from '../../core/ids.ts'
import { demand } from './access.ts'
import { addComment, deleteComment, editComment } from './actions/comment-actions.ts'
import {
  addLabels,
  deleteIssue,
  editIssue,
  openIssue,
  removeLabel,
  type Scene,
} from './actions/issue-actions.ts'
import { mergePull } from './actions/merge-actions.ts'
import { announcePull, asPull, openPull, setDraft } from './actions/pull-actions.ts'
import { moveRef } from './actions/ref-actions.ts'
import { addReview } from './actions/review-actions.ts'
import type { Need } from './call.ts'
import type { PullIssue } from './render/pull.ts'
import { findRepo, type Account, type Issue, type Repo, type Role, type World } from './world.ts'

/** `owner/name` everywhere. Everything throws ApiError where GitHub would refuse this person. */
export interface Person {
  /** Returns the issue's number. Labels need triage. */
  openIssue(repo: string, issue: { title: string; body?: string; labels?: readonly string[] }): number
  editIssue(repo: string, number: number, edit: { title?: string; body?: string }): void
  closeIssue(repo: string, number: number): Promise<void>
  reopenIssue(repo: string, number: number): Promise<void>
  deleteIssue(repo: string, number: number): void
  lockIssue(repo: string, number: number): void
  label(repo: string, number: number, name: string): void
  unlabel(repo: string, number: number, name: string): void
  /** Returns the comment's id. */
  comment(repo: string, number: number, body: string): number
  editComment(repo: string, id: number, body: string): void
  deleteComment(repo: string, id: number): void
  /** One commit on a branch (made from the default branch where it is not there); content undefined deletes. */
  push(repo: string, change: Push): Promise<ObjectId>
  openPull(repo: string, pull: { title: string; head: string; base?: string; body?: string }): Promise<number>
  review(
    repo: string,
    number: number,
    review: { state: 'APPROVED' | 'CHANGES_REQUESTED' | 'COMMENTED'; body: string },
  ): Promise<void>
  markReady(repo: string, number: number): Promise<void>
  merge(repo: string, number: number): Promise<ObjectId>
}

interface Push {
  readonly branch: string
  readonly message: string
  readonly files: Readonly<Record<string, string | undefined>>
}

export function personIn(world: World, account: Account): Person {
  const at = (name: string, role: Role, permission = 'issues') =>
    sceneFor({ world, account }, name, { role, permission })
  return {
    ...issueDeeds(at),
    ...pullDeeds(at),
    push: (repo, change) => push(at(repo, 'write', 'contents'), change),
  }
}

type At = (repo: string, role: Role, permission?: string) => Scene

function issueDeeds(at: At) {
  const issue = (scene: Scene, number: number) => issueIn(scene.repo, number)
  return {
    openIssue: (
      repo: string,
      { title, body, labels }: { title: string; body?: string; labels?: readonly string[] },
    ) =>
      openIssue(at(repo, labels?.length ? 'triage' : 'read'), {
        title,
        body: body ?? null,
        labels: labels ?? [],
      }).number,
    editIssue: (repo: string, number: number, edit: { title?: string; body?: string }) =>
      editIssue(at(repo, 'read'), issue(at(repo, 'read'), number), edit),
    closeIssue: (repo: string, number: number) => setState(at(repo, 'read'), number, 'closed'),
    reopenIssue: (repo: string, number: number) => setState(at(repo, 'read'), number, 'open'),
    deleteIssue: (repo: string, number: number) =>
      deleteIssue(at(repo, 'admin'), issue(at(repo, 'admin'), number)),
    lockIssue: (repo: string, number: number) => void (issue(at(repo, 'write'), number).locked = true),
    label: (repo: string, number: number, name: string) =>
      addLabels(at(repo, 'triage'), issue(at(repo, 'triage'), number), [name]),
    unlabel: (repo: string, number: number, name: string) =>
      removeLabel(at(repo, 'triage'), issue(at(repo, 'triage'), number), name),
    comment: (repo: string, number: number, body: string) =>
      addComment(at(repo, 'read'), issue(at(repo, 'read'), number), body).id,
    editComment(repo: string, id: number, body: string) {
      const scene = at(repo, 'read')
      const found = commentIn(scene.repo, id)
      editComment(scene, found.issue, { comment: found.comment, body })
    },
    deleteComment(repo: string, id: number) {
      const scene = at(repo, 'read')
      const found = commentIn(scene.repo, id)
      deleteComment(scene, found.issue, found.comment)
    },
  }
}

async function setState(scene: Scene, number: number, state: 'open' | 'closed'): Promise<void> {
  const issue = issueIn(scene.repo, number)
  if (issue.state === state) return
  editIssue(scene, issue, { state })
  const pull = asPull(issue)
  if (pull) await announcePull(scene, pull, { action: state === 'open' ? 'reopened' : 'closed' })
}

function pullDeeds(at: At) {
  return {
    async openPull(repo: string, pull: { title: string; head: string; base?: string; body?: string }) {
      const scene = at(repo, 'read', 'pull_requests')
      const base = pull.base ?? scene.repo.defaultBranch
      return (await openPull(scene, { ...pull, base, body: pull.body ?? null, draft: false })).number
    },
    async review(
      repo: string,
      number: number,
      review: { state: 'APPROVED' | 'CHANGES_REQUESTED' | 'COMMENTED'; body: string },
    ) {
      const scene = at(repo, 'read', 'pull_requests')
      await addReview(scene, pullIn(scene.repo, number), { ...review, commit: undefined, comments: [] })
    },
    async markReady(repo: string, number: number) {
      const scene = at(repo, 'write', 'pull_requests')
      await setDraft(scene, pullIn(scene.repo, number), false)
    },
    merge(repo: string, number: number) {
      const scene = at(repo, 'write', 'contents')
      const plain = { method: 'merge', sha: undefined, title: undefined, message: undefined }
      return mergePull(scene, pullIn(scene.repo, number), plain)
    },
  }
}

function sceneFor(
  { world, account }: { world: World; account: Account },
  name: string,
  { role, permission }: { role: Role; permission: string },
): Scene {
  const [owner = '', short = ''] = name.split('/')
  const repo = findRepo(world, owner, short)
  if (!repo) throw new Error(`The local forge has no repository "${name}"`)
  const need: Need = { permission, level: 'write', role }
  demand({ kind: 'user', token: '', account }, repo, need)
  return { world, repo, actor: { account, app: null } }
}

function issueIn(repo: Repo, number: number): Issue {
  const issue = repo.issues.get(number)
  if (!issue || issue.deleted) throw new Error(`There is no issue or pull request #${number} in ${repo.name}`)
  return issue
}

function pullIn(repo: Repo, number: number): PullIssue {
  const pull = asPull(issueIn(repo, number))
  if (!pull) throw new Error(`#${number} in ${repo.name} is no pull request`)
  return pull
}

function commentIn(repo: Repo, id: number) {
  for (const issue of repo.issues.values()) {
    const comment = issue.comments.find((known) => known.id === id)
    if (comment) return { issue, comment }
  }
  throw new Error(`There is no comment ${id} in ${repo.name}`)
}

async function push(scene: Scene, change: Push): Promise<ObjectId> {
  const { world, repo, actor } = scene
  const ref = `refs/heads/${change.branch}`
  const from = await repo.git.ref(ref)
  const parent = from ?? (await repo.git.ref(`refs/heads/${repo.defaultBranch}`))
  const tree = parent && (await repo.git.readCommit(parent)).tree
  const known = tree ? await repo.git.readTree(tree, true) : []
  const entries = await Promise.all(
    Object.entries(change.files).map(async ([path, content]) => {
      const id = content === undefined ? undefined : await repo.git.writeBlob(Buffer.from(content))
      // What is executable stays so, as when a person edits the file.
      return { path, mode: known.find((file) => file.path === path)?.mode ?? '100644', id }
    }),
  )
  const person = { name: actor.account.name, email: actor.account.email, date: world.clock.now() }
  const to = await repo.git.writeCommit({
    tree: await repo.git.writeTree(tree, entries),
    parents: parent ? [parent] : [],
    message: change.message,
    author: person,
    committer: person,
  })
  if (!(await moveRef(scene, { ref, from, to })))
    throw new Error(`${change.branch} was moved by somebody else`)
  return to
}
