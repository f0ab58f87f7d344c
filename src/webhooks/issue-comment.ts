/** issue_comment: a person's new comment may be the answer a run waits for; a changed comment of a bot may be our state. */
import type { IssuePayload, Translation } from './translation.ts'
import { actorOf, isPersonOnIssue, issueOf } from './translation.ts'

type CommentPayload = IssuePayload & { comment?: { user?: { type?: string } | null } }

/** Whose answer counts is looked up when intake reads the comments; here only bots and pull requests are left out. */
export function issueCommentCreated(payload: CommentPayload, at: string): Translation {
  if (!isPersonOnIssue(payload)) return undefined
  return {
    kind: 'run_event',
    issue: issueOf(payload),
    event: { kind: 'facts_given', at, by: actorOf(payload) },
  }
}

/** Edited or deleted by a person: the engine reads its comment again, and sees at once whether it is still its own. */
export function issueCommentChanged(payload: CommentPayload, at: string): Translation {
  if (!isPersonOnIssue(payload) || payload.comment?.user?.type !== 'Bot') return undefined
  return {
    kind: 'run_event',
    issue: issueOf(payload),
    event: { kind: 'comment_touched', at, by: actorOf(payload) },
  }
}
