/** The sweep: what webhooks lost is looked for, and nothing that is open lies idle. It only asks; steps act. */
import { RetryableError, UserError } from '../core/errors.ts'
import { issueKey } from '../core/ids.ts'
import type { RepoRef } from '../core/ids.ts'
import { pullOf } from '../core/state.ts'
import type { RunState } from '../core/state.ts'
import type { ChangedIssue } from '../ports/app-forge.ts'
import type { EngineDeps } from './deps.ts'
import { workOf } from './settle.ts'
import { foundJob } from './take-found.ts'

/** GitHub keeps deliveries for three days. */
const DELIVERIES_MS = 3 * 24 * 3_600_000
/** A request each; whatever is left is there at the next sweep. */
const REDELIVERIES = 100
const DAY_MS = 24 * 3_600_000
/** Days that what nobody asks for any more is kept: long enough to look into what went wrong. */
const KEEP_DAYS = 7

interface Sweep {
  readonly at: string
  /** As if nothing were known: every open issue with the label is met. */
  readonly full: boolean
}

/** Throws RetryableError where the store is away; what GitHub refuses for one repository harms no other. */
export async function sweep(deps: EngineDeps, due: Sweep): Promise<void> {
  await patiently(deps, 'deliveries', () => redeliver(deps, due))
  const open = await deps.store.allOpenRuns()
  for (const repo of await repositories(deps, open)) {
    const runs = open.filter(({ issue }) => issue.repo.id === repo.id)
    await patiently(deps, `${repo.owner}/${repo.name}`, () => lookAround(deps, due, { repo, runs }))
  }
  for (const state of open) await keepGoing(deps, state)
  for (const issue of await deps.store.unsettled()) await deps.queue.addEvent(foundJob(due.at, issue))
  await forget(deps, due)
}

/** What GitHub has to say "later" or "no" to is said at the next sweep. */
async function patiently(deps: EngineDeps, what: string, work: () => Promise<void>): Promise<void> {
  try {
    await work()
  } catch (error) {
    const known = error instanceof UserError || error instanceof RetryableError
    if (!known || error.code === 'store_unavailable') throw error
    deps.log.warn('sweep_left_out', { what, code: error.code, why: error.message.slice(0, 300) })
  }
}

/** GitHub does not send a delivery twice by itself. What fails again is a new failure, and met at the next sweep. */
async function redeliver(deps: EngineDeps, { at }: Sweep): Promise<void> {
  const { app } = deps.forge
  if (!app) return
  const oldest = new Date(Date.parse(at) - DELIVERIES_MS).toISOString()
  const since = (await deps.store.watermark('deliveries')) ?? oldest
  const failed = await app.failedDeliveries(since < oldest ? oldest : since)
  for (const { id, guid, event } of failed.slice(0, REDELIVERIES)) {
    deps.log.info('redelivered', { guid, event })
    await app.redeliver(id)
  }
  if (failed.length <= REDELIVERIES) await deps.store.saveWatermark('deliveries', at)
}

/** All that the App is installed on; with a token, those of open runs. */
async function repositories(deps: EngineDeps, open: readonly RunState[]): Promise<readonly RepoRef[]> {
  const known = new Map(open.map(({ issue }) => [issue.repo.id, issue.repo]))
  await patiently(deps, 'installations', async () => {
    for (const repo of (await deps.forge.app?.repositories()) ?? []) known.set(repo.id, repo)
  })
  return [...known.values()]
}

async function lookAround(
  deps: EngineDeps,
  { at, full }: Sweep,
  { repo, runs }: { repo: RepoRef; runs: readonly RunState[] },
): Promise<void> {
  const subject = `issues.${repo.id}`
  const since = full ? undefined : await deps.store.watermark(subject)
  const seen =
    since === undefined ? await firstSight(deps, repo) : await deps.forge.issues.changedSince(repo, since)
  const numbers = new Set(runs.map(({ issue }) => issue.number))
  for (const each of seen) await meet(deps, { at, each, runs, isOpen: numbers.has(each.ref.number) })
  if (since === undefined) for (const { issue } of runs) await deps.queue.addEvent(foundJob(at, issue))
  const newest = seen.reduce((most, { updatedAt }) => (updatedAt > most ? updatedAt : most), since ?? '')
  // By the forge's clock where it told us one; ours may differ.
  await deps.store.saveWatermark(subject, newest === '' ? at : newest)
}

async function firstSight(deps: EngineDeps, repo: RepoRef): Promise<readonly ChangedIssue[]> {
  return deps.forge.issues.labelled(repo, await deps.startLabel(repo))
}

async function meet(
  deps: EngineDeps,
  { at, each, runs, isOpen }: { at: string; each: ChangedIssue; runs: readonly RunState[]; isOpen: boolean },
): Promise<void> {
  if (!each.isPull) {
    if (each.state === 'closed') await wakeBlocked(deps, { at, runs, number: each.ref.number })
    // Most issues have neither label nor run; they cost no job.
    if (isOpen || (each.state === 'open' && each.labels.length > 0))
      await deps.queue.addEvent(foundJob(at, each))
    return
  }
  const run = runs.find((state) => pullOf(state)?.number === each.ref.number)
  if (!run) return
  const key = issueKey(run.issue)
  await deps.queue.addEvent({
    id: `found.${key}.pull.${each.updatedAt}`,
    key,
    payload: { kind: 'pull_touched', issue: run.issue, pull: each.ref.number },
  })
}

/** Runs that were said to wait for this issue; which of them truly do, the table knows. */
async function wakeBlocked(
  deps: EngineDeps,
  { at, runs, number }: { at: string; runs: readonly RunState[]; number: number },
): Promise<void> {
  for (const { issue, run, rev, at: position } of runs) {
    if (position.stage !== 'blocked' || position.reason.code !== 'waits_for_issues') continue
    const event = { kind: 'blocker_closed', at, number } as const
    const payload = { kind: 'run_event', issue, event } as const
    await deps.queue.addEvent({ id: `${run}.${rev}.unblocked.${number}`, key: issueKey(issue), payload })
  }
}

/** Work that was asked for and is nowhere to be found, whatever became of it. */
async function keepGoing(deps: EngineDeps, state: RunState): Promise<void> {
  for (const job of workOf(state, state.pending)) {
    if (await deps.queue.reviveWork(job)) deps.log.warn('work_revived', { effect: job.id })
  }
}

async function forget(deps: EngineDeps, { at }: Sweep): Promise<void> {
  const last = await deps.store.watermark('forgotten')
  if (last !== undefined && Date.parse(at) - Date.parse(last) < DAY_MS) return
  const rows = await deps.store.forgetOlderThan(KEEP_DAYS)
  await deps.store.saveWatermark('forgotten', at)
  if (rows > 0) deps.log.info('forgotten', { rows })
}
