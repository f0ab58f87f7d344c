/** issues: the label asks for a run; taking it off, closing, moving or locking the issue ends one; an edit pauses it. */
import { z } from 'zod'
import type { RunEvent } from '../core/event.ts'
import { isByForm } from '../core/issue-form.ts'
import type { RunState } from '../core/state.ts'
import type { IssueText } from '../ports/incoming.ts'
import {
  account,
  actorOf,
  anything,
  isPerson,
  isThere,
  issueOf,
  maybeAccount,
  maybeActor,
  repository,
} from './payload-parts.ts'
import { byAction, incoming, nothing, reads } from './translation.ts'
import type { Translation } from './translation.ts'

const about = z.object({
  repository,
  sender: maybeAccount,
  issue: z.object({
    number: z.int().positive(),
    pull_request: anything,
    updated_at: z.iso.datetime({ offset: true }).optional(),
  }),
})
type About = z.infer<typeof about>

/** An issue with its text, as it was when the delivery was made. */
const withText = z.object({
  ...about.shape,
  issue: z.object({
    ...about.shape.issue.shape,
    title: z.string(),
    body: z.string().nullable(),
    user: maybeAccount,
    created_at: z.iso.datetime({ offset: true }),
    updated_at: z.iso.datetime({ offset: true }),
  }),
})
type WithText = z.infer<typeof withText>

/** GitHub deletes a label by taking it off every issue, and then there is no label to name. */
const label = z.object({ name: z.string() }).optional()
const labelled = z.object({ ...withText.shape, sender: account, label })
const unlabelled = z.object({ ...about.shape, sender: account, label })
const edited = z.object({
  ...withText.shape,
  changes: z.object({ title: anything, body: anything }),
})

const PULL = 'labels, texts and states of pull requests steer nothing'
const NO_LABEL = 'the label does not exist any more'

export const issues = byAction({
  labeled: reads(labelled, runRequested),
  unlabeled: reads(unlabelled, labelRemoved),
  edited: reads(edited, textEdited),
  closed: reads(about, issueClosed),
  deleted: reads(about, issueDeleted),
  transferred: reads(about, issueMoved),
  locked: reads(about, issueLocked),
  opened: 'each label that it was opened with is told of by a delivery of its own',
  reopened: 'only the label starts a run',
  unlocked: 'only the label starts a run',
})

function runRequested(payload: z.infer<typeof labelled>, at: string): Translation {
  if (isPull(payload)) return nothing(PULL)
  if (!payload.label) return nothing(NO_LABEL)
  return incoming({
    kind: 'run_requested',
    at,
    issue: issueOf(payload),
    requester: actorOf(payload.sender),
    labelledBy: labeller(payload),
    label: payload.label.name,
    text: textOf(payload),
  })
}

function labeller({ sender, issue }: z.infer<typeof labelled>): RunState['labelled_by'] {
  if (!isPerson(sender)) return 'bot'
  return isByForm({ opened: issue.created_at, labelled: issue.updated_at }) ? 'issue_form' : 'person'
}

/** Whoever takes it off: stopping needs no right. The engine checks that it is the run's label. */
function labelRemoved(payload: z.infer<typeof unlabelled>, at: string): Translation {
  if (isPull(payload)) return nothing(PULL)
  if (!payload.label) return nothing(NO_LABEL)
  const { name } = payload.label
  return toRun(payload, {
    kind: 'label_removed',
    at: whenDone(payload, at),
    by: actorOf(payload.sender),
    label: name,
  })
}

function textEdited(payload: z.infer<typeof edited>, at: string): Translation {
  if (isPull(payload)) return nothing(PULL)
  const { title, body } = payload.changes
  if (!isThere(title) && !isThere(body)) return nothing('neither title nor text was changed')
  const by = maybeActor(payload.sender)
  return incoming({ kind: 'text_edited', at, issue: issueOf(payload), by, text: textOf(payload) })
}

function issueClosed(payload: About, at: string): Translation {
  if (isPull(payload)) return nothing(PULL)
  return toRun(payload, { kind: 'issue_closed', at: whenDone(payload, at), by: maybeActor(payload.sender) })
}

function issueDeleted(payload: About, at: string): Translation {
  if (isPull(payload)) return nothing(PULL)
  return toRun(payload, { kind: 'issue_deleted', at, by: maybeActor(payload.sender) })
}

function issueMoved(payload: About, at: string): Translation {
  if (isPull(payload)) return nothing(PULL)
  return toRun(payload, { kind: 'issue_moved', at, by: maybeActor(payload.sender) })
}

function issueLocked(payload: About, at: string): Translation {
  if (isPull(payload)) return nothing(PULL)
  return toRun(payload, { kind: 'issue_locked', at: whenDone(payload, at), by: maybeActor(payload.sender) })
}

function toRun(payload: About, event: RunEvent): Translation {
  return incoming({ kind: 'run_event', issue: issueOf(payload), event })
}

/** By the forge's clock: deliveries come late, and by then it may be undone and a new run be there. */
function whenDone({ issue }: About, at: string): string {
  return issue.updated_at === undefined ? at : new Date(issue.updated_at).toISOString()
}

function isPull({ issue }: About): boolean {
  return isThere(issue.pull_request)
}

function textOf({ issue }: WithText): IssueText {
  return { title: issue.title, body: issue.body ?? '', author: maybeActor(issue.user) }
}
