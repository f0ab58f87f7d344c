/** What people do on the pages of issues, and on the conversation of pull requests. */
import { addComment, deleteComment, editComment, react } from '../actions/comment-actions.ts'
import {
  addLabels,
  blockIssue,
  deleteIssue,
  editIssue,
  lockIssue,
  openIssue,
  removeLabel,
  unlockIssue,
} from '../actions/issue-actions.ts'
import { changeIssue } from '../actions/pull-actions.ts'
import { transferIssue } from '../actions/transfer-issue.ts'
import { atLeast, type Repo, roleOf } from '../world.ts'
import { ApiError } from '../api-error.ts'
import { type At, issueIn } from './where.ts'

export interface IssueDeeds {
  /** Returns the issue's number. Labels need triage, unless an issue form brings them: then anybody's issue has them. */
  openIssue(
    repo: string,
    issue: {
      title: string
      body?: string
      labels?: readonly string[]
      byForm?: boolean
      /** When it was opened, for an issue that is there for a while; now unless told. */
      createdAt?: string
    },
  ): number
  editIssue(repo: string, number: number, edit: { title?: string; body?: string }): void
  /** An issue or a pull request. Authors may, and triage. */
  closeIssue(repo: string, number: number): Promise<void>
  reopenIssue(repo: string, number: number): Promise<void>
  deleteIssue(repo: string, number: number): void
  lockIssue(repo: string, number: number): void
  unlockIssue(repo: string, number: number): void
  /** Returns its number there. Repositories of one owner only; write access to both. */
  transferIssue(repo: string, number: number, target: string): number
  /** `by` is `12` or `owner/name#12`. */
  blockedBy(repo: string, number: number, by: number | string): void
  unblock(repo: string, number: number, by: number | string): void
  label(repo: string, number: number, name: string): void
  unlabel(repo: string, number: number, name: string): void
  /** Returns the comment's id. */
  comment(repo: string, number: number, body: string): number
  editComment(repo: string, id: number, body: string): void
  deleteComment(repo: string, id: number): void
  /** Of GitHub's eight, for instance `+1` or `eyes`. */
  react(repo: string, comment: number, content: string): void
}

export function issueDeeds(at: At): IssueDeeds {
  return {
    openIssue(repo, { title, body, labels = [], byForm = false, createdAt }) {
      const scene = at(repo, labels.length > 0 && !byForm ? 'triage' : 'read')
      return openIssue(scene, { title, body: body ?? null, labels, createdAt }).number
    },
    ...changes(at),
    ...conversation(at),
    label: (repo, number, name) =>
      addLabels(at(repo, 'triage'), issueIn(at(repo, 'triage').repo, number), [name]),
    unlabel: (repo, number, name) =>
      removeLabel(at(repo, 'triage'), issueIn(at(repo, 'triage').repo, number), name),
  }
}

type Changes =
  | 'editIssue'
  | 'closeIssue'
  | 'reopenIssue'
  | 'deleteIssue'
  | 'lockIssue'
  | 'unlockIssue'
  | 'transferIssue'
  | 'blockedBy'
  | 'unblock'

function changes(at: At): Pick<IssueDeeds, Changes> {
  const set = async (repo: string, number: number, state: 'open' | 'closed') => {
    const scene = ownOr(at, repo, number)
    await changeIssue(scene, issueIn(scene.repo, number), { state })
  }
  const link = (repo: string, by: number | string) => {
    const [, elsewhere = repo, number = ''] = /^(?:([^#]+)#)?(\d+)$/.exec(String(by)) ?? []
    const other = at(elsewhere, 'read').repo
    return { repo: other, issue: issueIn(other, Number(number)) }
  }
  return {
    editIssue(repo, number, edit) {
      const scene = ownOr(at, repo, number)
      const issue = issueIn(scene.repo, number)
      if (issue.pull) throw new Error(`#${number} is a pull request: editPull`)
      editIssue(scene, issue, edit)
    },
    closeIssue: (repo, number) => set(repo, number, 'closed'),
    reopenIssue: (repo, number) => set(repo, number, 'open'),
    deleteIssue(repo, number) {
      const scene = at(repo, 'admin')
      deleteIssue(scene, issueIn(scene.repo, number))
    },
    lockIssue(repo, number) {
      const scene = at(repo, 'write')
      lockIssue(scene, issueIn(scene.repo, number), null)
    },
    unlockIssue(repo, number) {
      const scene = at(repo, 'write')
      unlockIssue(scene, issueIn(scene.repo, number))
    },
    transferIssue(repo, number, target) {
      const scene = at(repo, 'write')
      return transferIssue(scene, issueIn(scene.repo, number), at(target, 'write').repo).number
    },
    blockedBy(repo, number, by) {
      const scene = at(repo, 'triage')
      blockIssue(scene, issueIn(scene.repo, number), link(repo, by))
    },
    unblock(repo, number, by) {
      const { blockedBy } = issueIn(at(repo, 'triage').repo, number)
      const { issue } = link(repo, by)
      blockedBy.splice(0, blockedBy.length, ...blockedBy.filter((known) => known.issue !== issue))
    },
  }
}

/** Editing, closing and opening again: authors may do it with theirs, triage with all. */
export function ownOr(at: At, name: string, number: number): ReturnType<At> {
  const scene = at(name, 'read')
  const { author } = issueIn(scene.repo, number)
  const { account, app } = scene.actor
  if (app || author.account === account || atLeast(roleOf(scene.repo, account), 'triage')) return scene
  throw new ApiError(403, 'Must have admin rights to Repository.')
}

function conversation(at: At): Pick<IssueDeeds, 'comment' | 'editComment' | 'deleteComment' | 'react'> {
  return {
    comment(repo, number, body) {
      const scene = at(repo, 'read')
      return addComment(scene, issueIn(scene.repo, number), body).id
    },
    editComment(repo, id, body) {
      const scene = at(repo, 'read')
      const found = commentIn(scene.repo, id)
      editComment(scene, found.issue, { comment: found.comment, body })
    },
    deleteComment(repo, id) {
      const scene = at(repo, 'read')
      const found = commentIn(scene.repo, id)
      deleteComment(scene, found.issue, found.comment)
    },
    react(repo, id, content) {
      const scene = at(repo, 'read')
      react(scene, commentIn(scene.repo, id).comment.reactions, content)
    },
  }
}

function commentIn(repo: Repo, id: number) {
  for (const issue of repo.issues.values()) {
    const comment = issue.comments.find((known) => known.id === id)
    if (comment) return { issue, comment }
  }
  throw new Error(`There is no comment ${id} in ${repo.name}`)
}
