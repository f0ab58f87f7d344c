/** A look at a published change, outside the lock. What it finds comes back as an event of its own. */
import { RetryableError, UserError } from '../core/errors.ts'
import { issueKey } from '../core/ids.ts'
import { isTerminal } from '../core/stage.ts'
import { pullOf } from '../core/state.ts'
import type { RunState } from '../core/state.ts'
import type { Work } from '../ports/incoming.ts'
import type { Sighting } from '../ports/look.ts'
import { confirmGone } from './confirm-gone.ts'
import type { EngineDeps } from './deps.ts'
import { blameDisk } from './full-disk.ts'

interface Asked {
  readonly work: Extract<Work, { kind: 'look' }>
  readonly job: string
  /** An earlier try failed, or said "later". */
  readonly again: boolean
}

/**
 * `job` names the result, so that a look that is done twice says it once. One at a time for each issue: of two, either
 * would take the other's answer for one of earlier, and its remark for one that was made again. Throws RetryableError
 * for "later".
 */
export async function runLook(deps: EngineDeps, asked: Asked, signal: AbortSignal): Promise<void> {
  try {
    // Not the issue's own lock, which events need meanwhile.
    await deps.locks.withLock(`look.${issueKey(asked.work.issue)}`, () => lookOnce(deps, asked, signal))
  } catch (caught) {
    if (signal.aborted) return
    const error = await blameDisk(deps, caught)
    if (error instanceof RetryableError) throw error
    // The next webhook looks again, so a look that fails for good harms nothing but our knowledge.
    failed(deps, error, asked.job)
  }
}

async function lookOnce(deps: EngineDeps, { work, job, again }: Asked, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return
  const state = (await deps.store.intent(issueKey(work.issue)))?.state
  if (!state || state.run !== work.run || isTerminal(state.at.stage)) return
  const seen = await look(deps, state, signal)
  if (seen?.kind === 'pull_closed' && seen.by === null)
    await confirmClosed(deps, { state, number: seen.number, again })
  if (seen && !signal.aborted) await tell(deps, { state, seen, job })
}

/** A pull request that is not there ends its run like one that was closed, so it is asked for once more. */
async function confirmClosed(
  deps: EngineDeps,
  { state, number, again }: { state: RunState; number: number; again: boolean },
): Promise<void> {
  const { repo } = state.issue
  const pull = await deps.forge.pulls.pull(repo, number)
  if (pull?.state === 'closed') return
  const what = `pull request ${issueKey({ repo, number })}`
  if (!pull) return confirmGone(deps, { what, again })
  throw new RetryableError('forge_unavailable', `GitHub said that ${what} is not there, and it is.`)
}

function failed(deps: EngineDeps, error: unknown, job: string): void {
  if (error instanceof UserError)
    deps.log.warn('look_failed', { job, code: error.code, why: error.message.slice(0, 300) })
  else deps.log.error('bug', error, { job })
}

/** While the change is reworked only its end is of interest: what people say meanwhile is read when it is published. */
async function look(deps: EngineDeps, run: RunState, signal: AbortSignal): Promise<Sighting | undefined> {
  if (run.at.stage === 'integrating')
    return deps.look({ run, signal, progress: deps.observer.progress(run.issue) })
  const known = pullOf(run)
  if (!known) return undefined
  const pull = await deps.forge.pulls.pull(run.issue.repo, known.number)
  const { number } = known
  if (pull?.merged) return { kind: 'pull_merged', number, commit: pull.mergeCommit ?? pull.head }
  if (!pull || pull.state === 'closed') return { kind: 'pull_closed', number, by: pull?.closedBy ?? null }
  const issue = await deps.forge.issues.issue(run.issue)
  return issue.state === 'closed' ? { kind: 'issue_closed', by: null } : undefined
}

async function tell(
  deps: EngineDeps,
  { state, seen, job }: { state: RunState; seen: Sighting; job: string },
): Promise<void> {
  await deps.queue.addEvent({
    id: job,
    key: issueKey(state.issue),
    payload: { kind: 'run_event', issue: state.issue, event: { ...seen, at: deps.clock.now() } },
  })
}
