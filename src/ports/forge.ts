/**
 * The forge: GitHub, or the local stand-in for it.
 *
 * Every method throws RetryableError for "later" (rate limits, 5xx, lost connections) and UserError for what people can
 * mend (missing permission, archived repository). Answers that are part of normal life are values.
 */
import type { ActorRef, IssueRef, ObjectId, RepoRef } from '../core/ids.ts'
import type { AppForge, ChangedIssue, Labelling } from './app-forge.ts'

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

/** An open issue or pull request, as a list shows it. The title is raw. */
export interface OpenWork {
  readonly number: number
  readonly title: string
  readonly isPull: boolean
}

/** An issue that must be closed before another can be worked on (GitHub's "blocked by"). */
export interface Blocker {
  /** `#12`, or `owner/name#12` in another repository. */
  readonly name: string
  readonly title: string
}

export interface Comment {
  readonly id: number
  readonly body: string
  readonly author: ActorRef | null
  /** Written through an App or with an App's token for a person (`performed_via_github_app`): not by a person's hand. */
  readonly viaApp: boolean
  /** True only when this App wrote it (App id and bot user), never by login alone. */
  readonly ours: boolean
  readonly createdAt: string
  readonly updatedAt: string
  readonly url: string
}

/** Role on the repository right now, in GitHub's four classes (maintain counts as write, triage as read). */
export type Permission = 'admin' | 'write' | 'read' | 'none'

export type Reaction = 'eyes' | '+1' | 'confused'

/** One entry of the tree to publish, relative to its base. `content` absent means deleted. */
export interface FileEntry {
  readonly path: string
  readonly mode: '100644' | '100755' | '120000'
  readonly content: Uint8Array | undefined
}

export interface CommitRequest {
  readonly branch: string
  /** First parent, and what the branch must point to when it exists already. */
  readonly parent: ObjectId
  /** Second parent, of a merge commit that takes a moved base in; must be on the forge already. */
  readonly alsoParent?: ObjectId
  /** The tree that must come out; a different one is an error of ours and nothing is moved. */
  readonly tree: ObjectId
  readonly message: string
  /** Relative to the tree of the last parent: of a merge, to the base that is taken in, so that its files are not sent. */
  readonly files: readonly FileEntry[]
}

/**
 * `moved`: the branch exists and points elsewhere, so nothing was written to it (never forced). `signed`: GitHub shows
 * the commit as verified; a person's token signs only what has no file modes and no second parent.
 */
export type CommitOutcome =
  | { readonly kind: 'created' | 'already_there'; readonly commit: ObjectId; readonly signed: boolean }
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

/** A pull request read anew, with what merging would need to know. */
export interface PullDetail extends PullRequest {
  readonly base: { readonly branch: string; readonly commit: ObjectId }
  /** Null while GitHub has not worked it out; asked for again later. */
  readonly mergeable: boolean | null
  /** The merge commit, once merged. */
  readonly mergeCommit: ObjectId | null
  readonly closedBy: ActorRef | null
}

/** What a person said about the change: a thread on a line, or the text of a review. */
export interface Remark {
  /**
   * The thread's first comment, or the review. Unique together with `kind` and `author`: where several people spoke in
   * a thread, each has a remark of their own, since what one may ask for another may not.
   */
  readonly id: number
  readonly kind: 'thread' | 'review'
  /** Null for a deleted account, which has no say. */
  readonly author: ActorRef | null
  readonly byBot: boolean
  readonly ours: boolean
  /** Raw. Of a thread: everything that `author` said in it after our last answer, oldest first. */
  readonly body: string
  readonly path: string | null
  readonly line: number | null
  readonly url: string
  readonly createdAt: string
  /** Of a review: what it asks for; an approval counts at most for people. */
  readonly verdict: 'approved' | 'changes_requested' | 'commented'
  /** The thread is resolved, or ours is the last word; a review whose text we answered, or that has none. */
  readonly settled: boolean
}

/** A check run or commit status of somebody else's on a commit. */
export interface ForeignCheck {
  readonly name: string
  readonly state: 'pending' | 'passed' | 'failed' | 'skipped'
  readonly url: string | null
  /** What it reported, raw, cut to 4,000 characters; empty where it says nothing. */
  readonly text: string
}

/** What guards a branch, from branch protection and rulesets together. */
export interface BaseRules {
  /** Branches must be up to date with the base before merging. */
  readonly upToDate: boolean
  readonly mergeQueue: boolean
  /** Names of checks that must pass. */
  readonly requiredChecks: readonly string[]
  readonly approvals: number
}

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
  /** Where it is by now. `unseen`: the whole repository is gone, or not ours to see any more. */
  whereabouts(issue: IssueRef): Promise<'there' | 'moved' | 'deleted' | 'unseen'>
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
  /** The same on a comment of an issue's or pull request's conversation. */
  reactToComment(repo: RepoRef, commentId: number, reaction: Reaction): Promise<void>
  /** Open issues and pull requests, newest first, at most 100: one request. */
  openWork(repo: RepoRef): Promise<readonly OpenWork[]>
  /** Open issues that block this one; empty where the forge does not know such links (404, 410). */
  blockers(issue: IssueRef): Promise<readonly Blocker[]>
  /**
   * Issues and pull requests, open or closed, that changed at or after `since`, oldest change first; pages until there
   * are no more, and at most 1,000, of which the caller can go on from the last one's `updatedAt`.
   */
  changedSince(repo: RepoRef, since: string): Promise<readonly ChangedIssue[]>
  /** Open issues that carry a label. */
  labelled(repo: RepoRef, label: string): Promise<readonly ChangedIssue[]>
  /** Who put a label on last and whether the text was changed since; undefined where the label is not there. */
  labelling(issue: IssueRef, label: string): Promise<Labelling | undefined>
  /** Idempotent. For runs that a person starts from a terminal. */
  addLabel(issue: IssueRef, label: string): Promise<void>
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
  /** Undefined when it is gone (a deleted repository). */
  pull(repo: RepoRef, number: number): Promise<PullDetail | undefined>
  /** Remarks of reviews and threads, oldest first; ours and bots' included and marked. */
  remarks(repo: RepoRef, pull: number): Promise<readonly Remark[]>
  /**
   * Answers a remark where it was made: in its thread, or for a review by a comment that links to it. `marker` is part
   * of the body; an answer of ours that holds it is looked for first, and then nothing is posted
   * and `already_there` said: a remark that is open all the same was added to since.
   */
  answer(
    repo: RepoRef,
    pull: number,
    answer: { remark: Pick<Remark, 'id' | 'kind'>; body: string; marker: string },
  ): Promise<'posted' | 'already_there'>
  /** Check runs and statuses on a commit, without ours; the newest of each name. */
  checks(repo: RepoRef, head: ObjectId): Promise<readonly ForeignCheck[]>
  /** Undefined when nothing guards the branch, or when we may not look. */
  baseRules(repo: RepoRef, branch: string): Promise<BaseRules | undefined>
  /** Title and body of a pull request of ours, after its change was reworked. Nothing is written where they are the same. */
  describe(repo: RepoRef, pull: number, text: { title: string; body: string }): Promise<void>
}

/** What git is let in for: to fetch, or to push as well. */
export type GitRight = 'read' | 'write'

/** Where git fetches from. The header is made at the moment of the call and never stored, logged or put in argv. */
export interface GitAccess {
  remote(repo: RepoRef, right: GitRight): Promise<{ url: string; authorization: string | undefined }>
}

export interface Forge {
  readonly issues: IssuesForge
  readonly pulls: PullsForge
  /** Undefined where a person's token stands for the App. */
  readonly app: AppForge | undefined
  readonly git: GitAccess
}
