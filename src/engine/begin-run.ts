/** A label was added: a run begins, or what is there already goes on. */
import { issueText } from '../core/issue-hash.ts'
import { isSameLabel } from '../core/same-label.ts'
import { isTerminal } from '../core/stage.ts'
import { NO_CONTINUITY, NO_SPEND } from '../core/spend.ts'
import type { AskedText, RunState } from '../core/state.ts'
import { SCHEMA_VERSION } from '../core/state.ts'
import type { Incoming, IssueText } from '../ports/incoming.ts'
import type { LockProof } from '../ports/lock.ts'
import type { Intent } from '../ports/store.ts'
import type { EngineDeps } from './deps.ts'
import { openRun } from './run-comment.ts'
import { follow, loadSettled } from './settle.ts'

type Requested = Extract<Incoming, { kind: 'run_requested' }>

/** GitHub's own limits, doubled: a text over them did not come from GitHub. */
const TITLE = 1000
const BODY = 70_000

export async function beginRun(
  deps: EngineDeps,
  { request, again }: { request: Requested; again: boolean },
  proof: LockProof,
): Promise<void> {
  const known = await deps.store.intent(proof.key)
  // An end that nobody could be told of is told before the next run takes its place.
  if (known && (again || !known.confirmed)) await loadSettled(deps, { issue: request.issue, again }, proof)
  if (known && !isTerminal(known.state.at.stage)) {
    deps.log.info('run_already_there', { issue: proof.key, run: known.state.run })
    return
  }
  if (!isSameLabel(request.label, await deps.startLabel(request.issue.repo))) return
  if (known && (await isToldAlready(deps, known.state, request))) return
  if (known) {
    // A delivery that is brought days late, or a second time, tells of a label that a run was the answer to.
    const put = await deps.forge.issues.labelling(request.issue, request.label)
    if (put ? await isAnswered(deps, known, put.at) : await isOff(deps, request)) return
  }
  // The first thing people see: somebody is at home.
  await deps.forge.issues.react(request.issue, 'eyes')
  const state = newRun(deps, request)
  await openRun(deps, { state, again }, proof)
  await follow(deps, state, state.pending)
}

/**
 * The text was changed after the label was put on, while nobody listened: what was agreed to cannot be told any more, so
 * the run waits until somebody with the right to start one has read what is there.
 */
export async function holdUntilRead(
  deps: EngineDeps,
  { request, again }: { request: Requested; again: boolean },
  proof: LockProof,
): Promise<void> {
  await deps.forge.issues.react(request.issue, 'eyes')
  const state: RunState = {
    ...newRun(deps, request),
    pending: [],
    at: {
      stage: 'paused',
      by: null,
      reason: { code: 'issue_changed', detail: '' },
      from: { stage: 'intake', asked: null },
    },
  }
  await openRun(deps, { state, again }, proof)
  await follow(deps, state, [])
}

function newRun(deps: EngineDeps, request: Requested): RunState {
  const run = deps.random.hex(5)
  return {
    schema: SCHEMA_VERSION,
    rev: 0,
    run,
    issue: request.issue,
    requester: request.requester,
    label: request.label,
    labelled_by: request.labelledBy,
    source: deps.source,
    started_at: request.at,
    entered_at: request.at,
    spent: NO_SPEND,
    continuity: NO_CONTINUITY,
    rounds: 0,
    hold: null,
    seen: [],
    visits: [],
    waits: null,
    pending: [{ id: `${run}.0.0`, kind: 'check_intake' }],
    at: { stage: 'intake', asked: request.text ? askedText(deps, request.text) : null },
  }
}

function askedText(deps: Pick<EngineDeps, 'signer'>, { title, body, author }: IssueText): AskedText {
  const hash = deps.signer.hash(issueText({ title, body }))
  return { title: title.slice(0, TITLE), body: body.slice(0, BODY), hash, author }
}

/** Told of so late that the label is gone again; the run that it asked for was begun and stopped meanwhile. */
async function isOff({ forge }: EngineDeps, { issue, label }: Requested): Promise<boolean> {
  const { labels } = await forge.issues.issue(issue)
  return !labels.some((name) => isSameLabel(name, label))
}

/** By the forge's clock on both sides, since ours may be wrong: the label was there before the run's comment was. */
export async function isAnswered(
  deps: Pick<EngineDeps, 'forge'>,
  { comment, state }: Pick<Intent, 'comment' | 'state'>,
  labelledAt: string,
): Promise<boolean> {
  const written = await deps.forge.issues.comment(state.issue.repo, comment)
  return written !== undefined && Date.parse(labelledAt) <= Date.parse(written.createdAt)
}

/** Somebody who may not start work, and was told so on this issue, is not told again at every click. */
async function isToldAlready(deps: EngineDeps, last: RunState, request: Requested): Promise<boolean> {
  const { at } = last
  if (at.stage !== 'failed' || last.requester.id !== request.requester.id) return false
  if (at.reason.code === 'not_by_person') return request.labelledBy === last.labelled_by
  if (at.reason.code !== 'not_permitted') return false
  const permission = await deps.forge.issues.permission(request.issue.repo, request.requester)
  return permission !== 'write' && permission !== 'admin'
}
