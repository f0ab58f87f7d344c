/**
 * The forge: GitHub, or the local stand-in for it.
 *
 * Every method throws RetryableError for "later" (rate limits, 5xx, lost connections) and UserError for what people can
 * mend (missing permission, archived repository). Answers that are part of normal life are values.
 */
import type { ActorRef, IssueRef, ObjectId, RepoRef } from '../core/ids.ts'

export interface Repository {
  readonly ref: RepoRef
  readonly defaultBranch: string
  readonly archived: boolean
  readonly empty: boolean
  readonly private: boolean
  /** Kilobytes, as GitHub reports it. */
  readonly size: number
}

export interface Issue {
  readonly ref: IssueRef
  readonly title: string
  /** Raw Markdown; an absent body is the empty string. Never shown to a model before core/untrusted cleaned it. */
  readonly body: string
  readonly state: 'open' | 'closed'
  readonly locked: boolean
  readonly author: ActorRef | null
  readonly labels: readonly string[]
  readonly url: string
}

export interface Comment {
  readonly id: number
  readonly body: string
  readonly author: ActorRef | null
  /** True only when this App wrote it (App id and bot user), never by login alone. */
  readonly ours: boolean
  readonly createdAt: string
  readonly updatedAt: string
  readonly url: string
}

/** Role on the repository right now, in GitHub's four classes (maintain counts as write, triage as read). */
export type Permission = 'admin' | 'write' | 'read' | 'none'

type Reaction = 'eyes' | '+1' | 'confused'

/** One entry of the tree to publish, relative to its base. `content` absent means deleted. */
export interface FileEntry {
  readonly path: string
  readonly mode: '100644' | '100755' | '120000'
  readonly content: Uint8Array | undefined
}

export interface CommitRequest {
  readonly branch: string
  /** Parent, and what the branch must point to when it exists already. */
  readonly parent: ObjectId
  /** The tree that must come out; a different one is an error of ours and nothing is moved. */
  readonly tree: ObjectId
  readonly message: string
  readonly files: readonly FileEntry[]
}

/** `moved`: the branch exists and points elsewhere, so nothing was written to it (never forced). */
export type CommitOutcome =
  | { readonly kind: 'created'; readonly commit: ObjectId }
  | { readonly kind: 'already_there'; readonly commit: ObjectId }
  | { readonly kind: 'moved'; readonly found: ObjectId }

export interface PullRequest {
  readonly number: number
  readonly url: string
  readonly head: ObjectId
  readonly branch: string
  readonly draft: boolean
  readonly state: 'open' | 'closed'
  readonly merged: boolean
  readonly ours: boolean
}

/** `draft_refused`: GitHub's 422 on plans without drafts; a ready pull request is never opened instead. */
export type PullOutcome =
  | { readonly kind: 'opened' | 'already_there'; readonly pull: PullRequest }
  | { readonly kind: 'draft_refused' }

export interface ReviewNote {
  readonly path: string
  /** Line of the file on head; must be a line of the diff. */
  readonly line: number
  readonly body: string
}

export interface CheckRun {
  readonly name: string
  readonly head: ObjectId
  readonly conclusion: 'success' | 'failure' | 'neutral' | 'action_required'
  readonly title: string
  readonly summary: string
  /** Effect id; looked for before a second one is made. */
  readonly externalId: string
  readonly detailsUrl?: string
}

export interface IssuesForge {
  repository(repo: RepoRef): Promise<Repository>
  issue(issue: IssueRef): Promise<Issue>
  /** Looked up now, by login for the call and checked against the numeric id; anything unknown is `none`. */
  permission(repo: RepoRef, actor: ActorRef): Promise<Permission>
  /** A text file on a branch or commit; undefined where there is none. `limit` in bytes; larger is a UserError. */
  textFile(repo: RepoRef, where: { path: string; ref: string; limit: number }): Promise<string | undefined>
  comments(issue: IssueRef): Promise<readonly Comment[]>
  /** Conditional (ETag), so an unchanged comment costs no request of the quota. Undefined when it is gone. */
  comment(repo: RepoRef, id: number): Promise<Comment | undefined>
  addComment(issue: IssueRef, body: string): Promise<Comment>
  editComment(repo: RepoRef, id: number, body: string): Promise<Comment>
  /** Who edited the comment last, from GraphQL; null when never edited. `ours` as in Comment. */
  lastEditor(repo: RepoRef, commentId: number): Promise<{ login: string; ours: boolean } | null>
  /** Idempotent: GitHub answers 200 for a reaction that is there already. */
  react(issue: IssueRef, reaction: Reaction): Promise<void>
}

export interface PullsForge {
  branchHead(repo: RepoRef, branch: string): Promise<ObjectId | undefined>
  /** Blobs, tree, commit without author fields (so GitHub signs it), ref created or moved without force. */
  commit(repo: RepoRef, request: CommitRequest): Promise<CommitOutcome>
  /** Looks for an open pull request by head branch first; opens a draft otherwise. */
  openDraft(
    repo: RepoRef,
    pull: { title: string; body: string; branch: string; base: string },
  ): Promise<PullOutcome>
  /**
   * Always event COMMENT: an App cannot approve or request changes on its own pull request (422). `marker` is part of
   * the body; a review of ours that holds it already is looked for first, and then nothing is posted.
   */
  comment(
    repo: RepoRef,
    pull: number,
    review: { body: string; commit: ObjectId; notes: readonly ReviewNote[]; marker: string },
  ): Promise<void>
  checkRun(repo: RepoRef, check: CheckRun): Promise<void>
}

/** Where git fetches from. The header is made at the moment of the call and never stored, logged or put in argv. */
export interface GitAccess {
  remote(repo: RepoRef): Promise<{ url: string; authorization: string | undefined }>
}

export interface Forge {
  readonly issues: IssuesForge
  readonly pulls: PullsForge
  readonly git: GitAccess
}
