/** One incoming event, under the lock of its issue. Refusals are normal life and only logged. */
import type { RunEvent } from '../core/event.ts'
import { issueKey } from '../core/ids.ts'
import { issueText } from '../core/issue-hash.ts'
import { isTerminal } from '../core/stage.ts'
import { pullOf } from '../core/state.ts'
import type { RunState } from '../core/state.ts'
import { textDifference } from '../core/text-difference.ts'
import type { Incoming } from '../ports/incoming.ts'
import type { LockProof } from '../ports/lock.ts'
import type { TakenJob } from '../ports/queue.ts'
import { applyEvent, currentRun } from './apply-event.ts'
import { beginRun } from './begin-run.ts'
import { chargeRun } from './charge-run.ts'
import type { EngineDeps } from './deps.ts'
import { endAway, isGone } from './end-away.ts'
import type { GoneEvent } from './end-away.ts'
import { letGo } from './let-go.ts'
import { isUndoable, textNow, weigh } from './old-news.ts'
import type { Weight } from './old-news.ts'
import { askForLook } from './settle.ts'
import { sweep } from './sweep.ts'
import { takeCommand } from './take-command.ts'
import { foundJob, takeFound } from './take-found.ts'
import type { Found } from './take-found.ts'

const COUNTS: Weight = { kind: 'counts' }

interface Try {
  readonly job: string
  /** An earlier try of the same event failed, perhaps only in that GitHub's answer was lost. */
  readonly again: boolean
}

/** Handles one incoming event. Throws RetryableError for "later". */
export async function step(
  deps: EngineDeps,
  { payload, id, again, waited }: TakenJob<Incoming>,
): Promise<void> {
  const tried = { job: id, again: again || waited > 0 }
  if (payload.kind === 'sweep_due') return sweep(deps, payload)
  if (payload.kind === 'branch_pushed') return lookAtAll(deps, payload, tried)
  if (payload.kind === 'access_lost') return letGo(deps, payload)
  if (payload.kind === 'run_event' && unblocks(payload.event))
    await wake(deps, { ...payload, event: payload.event }, tried)
  await deps.locks.withLock(issueKey(payload.issue), (proof) => route(deps, { payload, tried }, proof))
}

type OfIssue = Exclude<Incoming, { kind: 'branch_pushed' | 'access_lost' | 'sweep_due' }>

async function route(
  deps: EngineDeps,
  { payload, tried }: { payload: OfIssue; tried: Try },
  proof: LockProof,
): Promise<void> {
  switch (payload.kind) {
    case 'run_requested':
      return beginRun(deps, { request: payload, again: tried.again }, proof)
    case 'command_given':
      return takeCommand(deps, { given: payload, again: tried.again }, proof)
    case 'text_edited':
      return compareText(deps, { edited: payload, tried }, proof)
    case 'pull_touched':
      return lookAtPull(deps, { touched: payload, tried }, proof)
    case 'issue_found':
      return lookInto(deps, { given: payload, tried }, proof)
    case 'run_event':
      return advance(deps, { happened: payload, tried }, proof)
  }
}

/** What a webhook would have said goes the way that it would have gone. */
async function lookInto(
  deps: EngineDeps,
  { given, tried }: { given: Found; tried: Try },
  proof: LockProof,
): Promise<void> {
  const missed = await takeFound(deps, { given, again: tried.again }, proof)
  if (missed?.kind === 'text_edited') return compareText(deps, { edited: missed, tried }, proof)
  if (missed?.kind === 'run_event') return advance(deps, { happened: missed, tried }, proof)
}

async function advance(
  deps: EngineDeps,
  { happened, tried }: { happened: Extract<Incoming, { kind: 'run_event' }>; tried: Try },
  proof: LockProof,
): Promise<void> {
  const { issue, event } = happened
  if (event.kind === 'work_cancelled') return chargeRun(deps, event, proof)
  if (isGone(event)) return endAway(deps, { issue, event, again: tried.again }, proof)
  const state = await currentRun(deps, { issue, again: tried.again }, proof)
  if (!state) {
    deps.log.info('no_run', { issue: proof.key, event: event.kind })
    return
  }
  if (isTerminal(state.at.stage)) return
  const told = isUndoable(event) && isTold(tried) ? await weigh(deps, { state, event }, proof) : COUNTS
  if (told.kind === 'old') return deps.log.info('old_news', { issue: proof.key, event: event.kind })
  // Merging the pull request closes the issue: which of the two it was, only a look at the pull request can tell.
  if (event.kind === 'issue_closed' && pullOf(state) && isFromOutside(tried))
    return askForLook(deps, state, tried.job)
  await applyEvent(deps, { state, event }, proof)
  if (told.kind !== 'asked_again') return
  const job = foundJob(event.at, told.found)
  await deps.queue.addEvent({ ...job, id: `${job.id}.after.${state.run}` })
}

/** What a look found carries its job's name, and must not be looked into again. */
function isFromOutside({ job }: Try): boolean {
  return !job.startsWith('look.')
}

/** By a delivery, perhaps a late one; looks and sweeps tell what they have just seen. */
function isTold({ job }: Try): boolean {
  return !/^(look|found)\./.test(job)
}

async function compareText(
  deps: EngineDeps,
  { edited, tried }: { edited: Extract<Incoming, { kind: 'text_edited' }>; tried: Try },
  proof: LockProof,
): Promise<void> {
  const known = await deps.store.intent(proof.key)
  if (!known || isTerminal(known.state.at.stage)) return
  const text = isTold(tried) ? await textNow(deps, edited) : edited.text
  const hash = deps.signer.hash(issueText(text))
  const event: RunEvent = {
    kind: 'issue_edited',
    at: edited.at,
    by: edited.by,
    hash,
    difference: textDifference(textOf(known.state), text),
  }
  await advance(deps, { happened: { kind: 'run_event', issue: edited.issue, event }, tried }, proof)
}

/** What the run works from, as far as it is known yet. */
function textOf(state: RunState): { title: string; body: string } {
  const from = 'from' in state.at ? state.at.from : state.at
  return from.stage === 'intake' ? (from.asked ?? { title: '', body: '' }) : from.spec.task
}

async function lookAtPull(
  deps: EngineDeps,
  { touched, tried }: { touched: Extract<Incoming, { kind: 'pull_touched' }>; tried: Try },
  proof: LockProof,
): Promise<void> {
  const state = (await deps.store.intent(proof.key))?.state
  const pull = state && pullOf(state)
  if (!state || !pull || isTerminal(state.at.stage)) return
  if (touched.pull !== undefined && touched.pull !== pull.number) return
  await askForLook(deps, state, tried.job)
}

/** A base moved: whoever waits for a merge on it has a look. */
async function lookAtAll(
  deps: EngineDeps,
  { repo, branch }: Extract<Incoming, { kind: 'branch_pushed' }>,
  { job }: Try,
): Promise<void> {
  for (const state of await deps.store.openRuns(repo.id)) {
    const { at } = state
    if (at.stage === 'integrating' && at.spec.base.branch === branch) await askForLook(deps, state, job)
  }
}

type Unblocking = GoneEvent | Extract<RunEvent, { kind: 'issue_closed' }>

function unblocks(event: RunEvent): event is Unblocking {
  return event.kind === 'issue_closed' || isGone(event)
}

/** Runs of other issues may wait for the one that was closed, or is not there any more. */
async function wake(
  deps: EngineDeps,
  { issue, event }: { issue: RunState['issue']; event: Unblocking },
  { job }: Try,
): Promise<void> {
  for (const state of await deps.store.openRuns(issue.repo.id)) {
    if (state.at.stage !== 'blocked' || state.at.reason.code !== 'waits_for_issues') continue
    const closed: RunEvent = { kind: 'blocker_closed', at: event.at, number: issue.number }
    const key = issueKey(state.issue)
    await deps.queue.addEvent({
      id: `${job}.wakes.${key}`,
      key,
      payload: { kind: 'run_event', issue: state.issue, event: closed },
    })
  }
}
