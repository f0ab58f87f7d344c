/** What travels on the two queues: events in, work out. */
import type { WorkKind } from '../core/effect.ts'
import type { RunEvent } from '../core/event.ts'
import type { ActorRef, IssueRef, RepoRef } from '../core/ids.ts'
import type { RunState } from '../core/state.ts'
import type { ChangedIssue } from './app-forge.ts'

/** An issue's text as a delivery carried it. Raw. */
export interface IssueText {
  readonly title: string
  readonly body: string
  /** Null for a deleted account. */
  readonly author: ActorRef | null
}

/** What comes in by the events queue. */
export type Incoming =
  /** A label was added; whether it is the one, and whether whoever did it may, is looked up later. */
  | {
      readonly kind: 'run_requested'
      readonly at: string
      readonly issue: IssueRef
      readonly requester: ActorRef
      readonly labelledBy: RunState['labelled_by']
      readonly label: string
      /** As it was when the label was added; undefined where nobody could tell. */
      readonly text: IssueText | undefined
    }
  | { readonly kind: 'run_event'; readonly issue: IssueRef; readonly event: RunEvent }
  | {
      readonly kind: 'text_edited'
      readonly at: string
      readonly issue: IssueRef
      readonly by: ActorRef | null
      readonly text: IssueText
    }
  /** A comment whose first line begins with `/mill`. */
  | {
      readonly kind: 'command_given'
      readonly at: string
      /** The run's issue; for a pull request that is none of ours, the pull request itself. */
      readonly issue: IssueRef
      readonly place: 'issue' | 'pull'
      /** Where the comment is, and where the answer goes: the issue's number or the pull request's. */
      readonly thread: number
      readonly comment: number
      readonly by: ActorRef
      /** When it was written, by the forge's clock. */
      readonly writtenAt: string
      readonly body: string
    }
  /** Something about a pull request changed. Says only that it is worth a look; `pull` undefined: whichever it is. */
  | { readonly kind: 'pull_touched'; readonly issue: IssueRef; readonly pull: number | undefined }
  /** A branch moved, for whoever has it as base. */
  | { readonly kind: 'branch_pushed'; readonly repo: RepoRef; readonly branch: string }
  /** The App was taken off these repositories: nothing there can be read or said any more. */
  | { readonly kind: 'access_lost'; readonly repos: readonly RepoRef[] }
  /**
   * An issue that may have the label or a run, met by looking and not by a webhook. `found` is how a list showed it;
   * null where only its state is to be put right.
   */
  | {
      readonly kind: 'issue_found'
      readonly at: string
      readonly issue: IssueRef
      readonly found: ChangedIssue | null
    }
  /** Time to look for what webhooks lost, and to see that nothing lies idle. `full`: as if nothing were known. */
  | { readonly kind: 'sweep_due'; readonly at: string; readonly full: boolean }

/** What goes out by the work queue: one effect of one saved revision, or a look at a published change. */
export type Work =
  | {
      readonly kind: 'effect'
      readonly issue: IssueRef
      readonly run: string
      readonly rev: number
      readonly effect: { readonly id: string; readonly kind: WorkKind }
      /** When it was put in anew, because what it told before came to nothing: it tells under another name then. */
      readonly revived?: string
    }
  | { readonly kind: 'look'; readonly issue: IssueRef; readonly run: string }

/** The name of the job for what a comment says: the same whether its delivery or a look brings it. Unique at GitHub. */
export function saidJob(comment: number): string {
  return `said.${comment}`
}

/** The key under which an incoming event is queued: its issue, or the repository for what concerns all of them. */
export function incomingKey(incoming: Incoming): string {
  if (incoming.kind === 'branch_pushed') return `${incoming.repo.id}`
  if (incoming.kind === 'access_lost') return incoming.repos.map(({ id }) => id).join(',')
  if (incoming.kind === 'sweep_due') return 'sweep'
  return `${incoming.issue.repo.id}#${incoming.issue.number}`
}
