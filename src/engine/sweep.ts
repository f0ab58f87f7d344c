/** The sweep: what webhooks lost is looked for, and nothing that is open lies idle. It only asks; steps act. */
import { RetryableError, UserError } from '../core/errors.ts'
import { issueKey } from '../core/ids.ts'
import type { RepoRef } from '../core/ids.ts'
import { overlapping } from '../core/overlapping.ts'
import { pullOf } from '../core/state.ts'
import type { RunState } from '../core/state.ts'
import type { ChangedIssue } from '../ports/app-forge.ts'
import type { EngineDeps } from './deps.ts'
import { redeliver } from './redeliver.ts'
import { workOf } from './settle.ts'
import { foundJob } from './take-found.ts'

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
  await patiently(deps, 'deliveries', () => redeliver(deps, due.at))
  const open = await deps.store.allOpenRuns()
  for (const repo of await repositories(deps, open)) {
    const runs = open.filter(({ issue }) => issue.repo.id === repo.id)
    await patiently(deps, `${repo.owner}/${repo.name}`, () => lookAround(deps, due, { repo, runs }))
  }
  for (const state of open) await keepGoing(deps, state, due)
  for (const state of open) await setFree(deps, { state, open }, due)
  for (const issue of await deps.store.unsettled()) await deps.queue.addEvent(foundJob(due.at, issue))
  const { at } = due
  await onceADay(deps, 'met', { at, work: () => meetAll(deps, open, due) })
  await onceADay(deps, 'forgotten', { at, work: () => forget(deps) })
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
  for (const each of seen) await meet(deps, { at, since, each, runs, isOpen: numbers.has(each.ref.number) })
  if (since === undefined) for (const { issue } of runs) await deps.queue.addEvent(foundJob(at, issue))
  const newest = seen.reduce((most, { updatedAt }) => (updatedAt > most ? updatedAt : most), since ?? '')
  // By the forge's clock where it told us one; ours may differ.
  await deps.store.saveWatermark(subject, newest === '' ? at : newest)
}

async function firstSight(deps: EngineDeps, repo: RepoRef): Promise<readonly ChangedIssue[]> {
  return deps.forge.issues.labelled(repo, await deps.startLabel(repo))
}

interface Sight {
  readonly at: string
  readonly since: string | undefined
  readonly each: ChangedIssue
  readonly runs: readonly RunState[]
  readonly isOpen: boolean
}

async function meet(deps: EngineDeps, { at, since, each, runs, isOpen }: Sight): Promise<void> {
  // The newest of the last look is listed again, and met once more: GitHub tells time in seconds, and what changed in the
  // rest of that one looks the same.
  const sight = each.updatedAt === since ? '.again' : ''
  if (!each.isPull) {
    if (each.state === 'closed') await wakeBlocked(deps, { at, runs, number: each.ref.number })
    // Most issues have neither label nor run; they cost no job.
    if (!isOpen && (each.state === 'closed' || each.labels.length === 0)) return
    const job = foundJob(at, each)
    await deps.queue.addEvent({ ...job, id: `${job.id}${sight}` })
    return
  }
  const run = runs.find((state) => pullOf(state)?.number === each.ref.number)
  if (!run) return
  const key = issueKey(run.issue)
  await deps.queue.addEvent({
    id: `found.${key}.pull.${each.updatedAt}${sight}`,
    key,
    payload: { kind: 'pull_touched', issue: run.issue, pull: each.ref.number },
  })
  // Commands may be given there, too.
  await deps.queue.addEvent(foundJob(at, run.issue))
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
async function keepGoing(deps: EngineDeps, state: RunState, { at }: Sweep): Promise<void> {
  for (const job of workOf(state, state.pending)) {
    const payload = { ...job.payload, revived: at }
    if (await deps.queue.reviveWork({ ...job, payload })) deps.log.warn('work_revived', { effect: job.id })
  }
}

/** A run that waits for the files of others, where the news that they are free came to nothing. */
async function setFree(
  { queue }: EngineDeps,
  { state, open }: { state: RunState; open: readonly RunState[] },
  { at }: Sweep,
): Promise<void> {
  const { issue, run, rev, at: position } = state
  if (position.stage !== 'blocked' || position.reason.code !== 'waits_for_run') return
  if (overlapping(state, open).length > 0) return
  const payload = { kind: 'run_event', issue, event: { kind: 'files_free', at } } as const
  await queue.addEvent({ id: `${run}.${rev}.free.${at}`, key: issueKey(issue), payload })
}

async function onceADay(
  { store }: EngineDeps,
  what: string,
  { at, work }: { at: string; work: () => Promise<void> },
): Promise<void> {
  const last = await store.watermark(what)
  if (last !== undefined && Date.parse(at) - Date.parse(last) < DAY_MS) return
  await work()
  await store.saveWatermark(what, at)
}

/** No list of GitHub's has an issue that is gone, and its run would wait for ever for what nobody can say there. */
async function meetAll({ queue }: EngineDeps, open: readonly RunState[], { at }: Sweep): Promise<void> {
  for (const { issue } of open) await queue.addEvent(foundJob(at, issue))
}

async function forget({ store, log }: EngineDeps): Promise<void> {
  const rows = await store.forgetOlderThan(KEEP_DAYS)
  if (rows > 0) log.info('forgotten', { rows })
}
