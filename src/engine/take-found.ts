/** An issue met by looking: what a lost webhook would have said of it happens now, and a lost run is found again. */
import type { RunEvent } from '../core/event.ts'
import { issueKey } from '../core/ids.ts'
import type { IssueRef } from '../core/ids.ts'
import { isSameLabel } from '../core/same-label.ts'
import { isTerminal } from '../core/stage.ts'
import { workingPositionOf } from '../core/state.ts'
import type { RunState } from '../core/state.ts'
import type { ChangedIssue } from '../ports/app-forge.ts'
import type { Incoming } from '../ports/incoming.ts'
import type { LockProof } from '../ports/lock.ts'
import type { Intent } from '../ports/store.ts'
import { currentRun } from './apply-event.ts'
import { beginRun, holdUntilRead, isAnswered } from './begin-run.ts'
import type { EngineDeps } from './deps.ts'
import { askForMissedWords } from './missed-words.ts'
import { rebuildRun } from './rebuild-run.ts'
import { loadRun } from './run-comment.ts'

export type Found = Extract<Incoming, { kind: 'issue_found' }>
type Missed = Extract<Incoming, { kind: 'run_event' | 'text_edited' }>

/**
 * The event that was missed, for an open run; undefined where there is none, or where a run was found, begun or put
 * right here.
 */
export async function takeFound(
  deps: EngineDeps,
  { given, again }: { given: Found; again: boolean },
  proof: LockProof,
): Promise<Missed | undefined> {
  const { issue, found } = given
  const intent = await deps.store.intent(proof.key)
  const known = intent?.state
  if (known && !isTerminal(known.at.stage)) return missedBy(deps, { given, again }, proof)
  if (known) {
    // An end that nobody could be told of.
    await currentRun(deps, { issue, again }, proof)
    if (found) await beginIfAsked(deps, { given, again, after: intent }, proof)
    // Looked for by name: who stood still may have written over it. What it said is not kept for ever, though.
    else if (intent.body !== '') await loadRun(deps, { issue, again }, proof)
    return undefined
  }
  if (!found || found.state === 'closed') return undefined
  const label = await deps.startLabel(issue.repo)
  if (!found.labels.some((name) => isSameLabel(name, label))) return undefined
  const rebuilt = await rebuildRun(deps, issue, proof)
  if (rebuilt.kind === 'run' && !isTerminal(rebuilt.state.at.stage)) return undefined
  if (rebuilt.kind === 'not_believed') return undefined
  const after = rebuilt.kind === 'run' ? await deps.store.intent(proof.key) : undefined
  // A comment that was posted and never came to carry a state is written over.
  await beginIfAsked(deps, { given, again: again || rebuilt.kind === 'bare', after }, proof)
  return undefined
}

async function missedBy(
  deps: EngineDeps,
  { given, again }: { given: Found; again: boolean },
  proof: LockProof,
): Promise<Missed | undefined> {
  const { at, issue, found } = given
  // Read afresh: whoever changed our comment, or a late edit of a process that should be dead, is seen here.
  const state = await currentRun(deps, { issue, again }, proof)
  if (!state || isTerminal(state.at.stage)) return undefined
  await askForMissedWords(deps, state, at)
  if (!found) return undefined
  const missed = (event: RunEvent): Missed => ({ kind: 'run_event', issue, event })
  // The list may be older than the run: by now the label may be on again, or the text be the one that was asked for.
  const { state: is, locked, labels, title, body, author } = await deps.forge.issues.issue(issue)
  if (is === 'closed') return missed({ kind: 'issue_closed', at, by: null })
  if (!labels.some((name) => isSameLabel(name, state.label)))
    return missed({ kind: 'label_removed', at, by: null, label: state.label })
  if (locked) return missed({ kind: 'issue_locked', at, by: null })
  // Somebody asked to read it anew, and until that is done there is nothing to hold it against.
  if (isReadAnew(state)) return undefined
  return { kind: 'text_edited', at, issue, by: null, text: { title, body, author } }
}

function isReadAnew(state: RunState): boolean {
  const from = workingPositionOf(state)
  return from.stage === 'intake' && from.asked === null
}

/** The label is what asks for a run, and who put it on and when is looked up, since nobody told us. */
async function beginIfAsked(
  deps: EngineDeps,
  asked: { given: Found; again: boolean; after: Intent | undefined },
  proof: LockProof,
): Promise<void> {
  const { given, again, after } = asked
  const { issue, found } = given
  if (!found || found.state === 'closed' || found.isPull) return
  const label = await deps.startLabel(issue.repo)
  if (!found.labels.some((name) => isSameLabel(name, label))) return
  const labelling = await deps.forge.issues.labelling(issue, label)
  // Nobody to ask for rights, or asked for before the last run ended: that one was its answer.
  if (!labelling?.by || (after && isBeforeEnd(labelling.at, after.state))) return
  if (after && (await isAnswered(deps, after, labelling.at))) return
  deps.log.info('label_found', { issue: issueKey(issue), by: labelling.by.login, at: labelling.at })
  const { title, body, author } = found
  const request = {
    kind: 'run_requested',
    at: labelling.at,
    issue,
    requester: labelling.by,
    labelledBy: labelling.labeller,
    label,
    text: { title, body, author },
  } as const
  if (labelling.editedSince) await holdUntilRead(deps, { request, again }, proof)
  else await beginRun(deps, { request, again }, proof)
}

/** A label that is there after one was taken off was put on after that, also in the same second. */
function isBeforeEnd(labelledAt: string, { at, entered_at: ended }: RunState): boolean {
  const [put, end] = [Date.parse(labelledAt), Date.parse(ended)]
  const forLabel = 'reason' in at && at.reason.code === 'label_removed'
  return forLabel ? put < end : put <= end
}

/** The jobs' names for what a sweep finds: the same sight twice is one. */
export function foundJob(
  at: string,
  seen: ChangedIssue | IssueRef,
): { id: string; key: string; payload: Found } {
  const found = 'ref' in seen ? seen : null
  const issue = 'ref' in seen ? seen.ref : seen
  const key = issueKey(issue)
  const id = found ? `found.${key}.${found.updatedAt}` : `found.${key}.at.${at}`
  return { id, key, payload: { kind: 'issue_found', at, issue, found } }
}
