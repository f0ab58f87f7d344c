/** News that would end a run may come late: what is there now is looked at first, and what was undone is weighed. */
import { UserError } from '../core/errors.ts'
import type { RunEvent } from '../core/event.ts'
import type { IssueRef } from '../core/ids.ts'
import { isSameLabel } from '../core/same-label.ts'
import { isTerminal } from '../core/stage.ts'
import type { RunState } from '../core/state.ts'
import type { ChangedIssue } from '../ports/app-forge.ts'
import type { Issue } from '../ports/forge.ts'
import type { IssueText } from '../ports/incoming.ts'
import type { LockProof } from '../ports/lock.ts'
import { isAnswered } from './begin-run.ts'
import type { EngineDeps } from './deps.ts'

type Undoable = Extract<RunEvent, { kind: 'label_removed' | 'issue_closed' | 'issue_locked' }>

export function isUndoable(event: RunEvent): event is Undoable {
  return event.kind === 'label_removed' || event.kind === 'issue_closed' || event.kind === 'issue_locked'
}

export type Weight =
  | { readonly kind: 'counts' }
  /** Undone before this run was asked for: it is about the run before, or about none. */
  | { readonly kind: 'old' }
  /** Undone since, and the label was put on again after this run began: a new run is asked for. */
  | { readonly kind: 'asked_again'; readonly found: ChangedIssue }

/** Two requests, and one where what is told of still holds. What can't be looked at counts. */
export async function weigh(
  deps: EngineDeps,
  { state, event }: { state: RunState; event: Undoable },
  proof: LockProof,
): Promise<Weight> {
  const { issue: ref, label } = state
  const now = await issueNow(deps, ref)
  const known = await deps.store.intent(proof.key)
  if (!now || !known || isOver(now, label)) return { kind: 'counts' }
  const put = await deps.forge.issues.labelling(ref, label)
  if (!put) return { kind: 'counts' }
  // A label that is there was put on after it was taken off, whatever two clocks say.
  const isBefore = event.kind === 'label_removed' || Date.parse(event.at) <= Date.parse(put.at)
  if (!isBefore) return { kind: 'counts' }
  if (await isAnswered(deps, known, put.at)) return { kind: 'old' }
  const { title, body, author, labels } = now
  const found = { ref, isPull: false, state: 'open', labels, title, body, author, updatedAt: put.at } as const
  return { kind: 'asked_again', found }
}

/**
 * True for a command that was written before the label was put on which this run answers, and came late: it was said to
 * the run before, or to none. A conditional request, and the label's time only where the run has no comment yet then.
 */
export async function isSaidBefore(
  deps: EngineDeps,
  { state, given }: { state: RunState; given: { place: 'issue' | 'pull'; writtenAt: string } },
  proof: LockProof,
): Promise<boolean> {
  const known = await deps.store.intent(proof.key)
  if (given.place === 'pull' || !known || isTerminal(state.at.stage)) return false
  const written = Date.parse(given.writtenAt)
  const posted = await deps.forge.issues.comment(state.issue.repo, known.comment)
  if (!posted || written >= Date.parse(posted.createdAt)) return false
  const put = await deps.forge.issues.labelling(state.issue, state.label)
  return (
    put !== undefined && written < Date.parse(put.at) && Date.parse(put.at) <= Date.parse(posted.createdAt)
  )
}

/** As it reads now. An edit that was told of late may have been taken back, or have come before the label. */
export async function textNow(
  deps: EngineDeps,
  { issue, text }: { issue: IssueRef; text: IssueText },
): Promise<IssueText> {
  const now = await issueNow(deps, issue)
  return now ?? text
}

async function issueNow(deps: EngineDeps, issue: IssueRef): Promise<Issue | undefined> {
  try {
    return await deps.forge.issues.issue(issue)
  } catch (error) {
    if (error instanceof UserError) return undefined
    throw error
  }
}

/** Whichever it was: nobody asks for a run there now. */
function isOver({ state, locked, labels }: Issue, label: string): boolean {
  if (state === 'closed' || locked) return true
  return !labels.some((name) => isSameLabel(name, label))
}
