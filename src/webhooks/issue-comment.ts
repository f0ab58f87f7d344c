/** issue_comment: a command, the answer that a run may wait for, or somebody's hand on a comment of a bot. */
import { z } from 'zod'
import { parseCommand } from '../core/command-grammar.ts'
import type { IssueRef } from '../core/ids.ts'
import { issueOfPull } from '../core/pull-marker.ts'
import {
  account,
  actorOf,
  anything,
  isPerson,
  isThere,
  issueOf,
  maybeAccount,
  repository,
} from './payload-parts.ts'
import { byAction, incoming, nothing, reads } from './translation.ts'
import type { Translation } from './translation.ts'

const about = z.object({
  repository,
  sender: account,
  issue: z.object({
    number: z.int().positive(),
    pull_request: anything,
    body: z.string().nullish(),
    user: maybeAccount,
  }),
  comment: z.object({
    id: z.int().positive(),
    body: z.string(),
    user: maybeAccount,
    created_at: z.iso.datetime({ offset: true }),
    performed_via_github_app: anything,
  }),
})
type About = z.infer<typeof about>

export const issueComment = byAction({
  created: reads(about, commentCreated),
  // An edit is never a command: what was agreed to could be turned into something else afterwards.
  edited: reads(about, commentTouched),
  deleted: reads(about, commentTouched),
})

function commentCreated(payload: About, at: string): Translation {
  const { sender, comment, issue } = payload
  if (!isByHand(payload)) return nothing("the comment is not by a person's own hand")
  const onPull = isPull(payload)
  // What it asks for, and whether that verb is known, is answered where the reply is written.
  if (parseCommand(comment.body).kind !== 'none')
    return incoming({
      kind: 'command_given',
      at,
      issue: onPull ? runsIssue(payload) : issueOf(payload),
      place: onPull ? 'pull' : 'issue',
      thread: issue.number,
      comment: comment.id,
      by: actorOf(sender),
      writtenAt: comment.created_at,
      body: comment.body,
    })
  if (onPull) return nothing('on a pull request, reviews and commands are heard, and other talk is not')
  // Whose answer counts is looked up when intake reads the comments.
  const event = { kind: 'facts_given', at, by: actorOf(sender) } as const
  return incoming({ kind: 'run_event', issue: issueOf(payload), event })
}

/** Edited or deleted by a person: the engine reads its comment again, and sees at once whether it is still its own. */
function commentTouched(payload: About, at: string): Translation {
  const { sender, comment } = payload
  if (comment.user?.type !== 'Bot') return nothing('only newly written comments are heard')
  if (!isPerson(sender)) return nothing("a bot's comment was changed by a bot")
  if (isPull(payload)) return nothing('no state is kept in comments on pull requests')
  const event = { kind: 'comment_touched', at, by: actorOf(sender) } as const
  return incoming({ kind: 'run_event', issue: issueOf(payload), event })
}

/** Not by a bot, not through an App that writes for a person, and not by one account in another's name. */
function isByHand({ sender, comment }: About): boolean {
  return (
    isPerson(sender) &&
    isPerson(comment.user) &&
    sender.id === comment.user.id &&
    !isThere(comment.performed_via_github_app)
  )
}

function isPull({ issue }: About): boolean {
  return isThere(issue.pull_request)
}

/** Anybody may write our marker into a pull request of their own; it counts in those that a bot opened. */
function runsIssue(payload: About): IssueRef {
  const { issue } = payload
  const number = issue.user?.type === 'Bot' ? issueOfPull(issue.body ?? '') : undefined
  return issueOf({ repository: payload.repository, issue: { number: number ?? issue.number } })
}
