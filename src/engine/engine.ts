/** The engine: two handlers on two queues. Events step runs under their lock; work runs stages outside it. */
import { RetryableError } from '../core/errors.ts'
import type { Job } from '../ports/queue.ts'
import type { Incoming, Work } from '../ports/incoming.ts'
import type { EngineDeps } from './deps.ts'
import { TRIES, waitAfter } from './patience.ts'
import { runLook } from './run-look.ts'
import { runWork } from './run-work.ts'
import { step } from './step.ts'

/**
 * Events that GitHub was away for longer than our patience, per issue, oldest first. Their ids are used up, so nobody
 * sends them again; without them the run would wait for ever. The next event of the issue brings them along.
 */
type Left = Map<string, readonly Job<Incoming>[]>

export function startEngine(deps: EngineDeps): void {
  const left: Left = new Map()
  deps.queue.start({
    event: (job, signal) => handleEvents(deps, { job, left }, signal),
    work: (job, signal) => handleWork(deps, job, signal),
  })
}

async function handleEvents(
  deps: EngineDeps,
  { job, left }: { job: Job<Incoming>; left: Left },
  signal: AbortSignal,
): Promise<void> {
  const before = left.get(job.key) ?? []
  left.delete(job.key)
  const jobs = [...before, job]
  for (const [index, each] of jobs.entries()) {
    if (await handleEvent(deps, { job: each, again: index < before.length }, signal)) continue
    // In order: a later event may only make sense after an earlier one.
    left.set(job.key, jobs.slice(index))
    return
  }
}

/** False when GitHub said "later" until our patience ended, so that the event is still to be handled. */
async function handleEvent(
  deps: EngineDeps,
  { job, again }: { job: Job<Incoming>; again: boolean },
  signal: AbortSignal,
): Promise<boolean> {
  for (let tried = 1; ; tried += 1) {
    try {
      await step(deps, job, { again: again || tried > 1 })
      return true
    } catch (error) {
      const later = error instanceof RetryableError
      if (!later || tried >= TRIES || signal.aborted) {
        deps.log.error('event_failed', error, { job: job.id, tried, kept: later })
        return !later
      }
      const wait = waitAfter(error, tried)
      deps.log.warn('event_waits', { job: job.id, code: error.code, ms: wait, tried })
      await deps.clock.sleep(wait, signal).catch(() => undefined)
      if (signal.aborted) return false
    }
  }
}

async function handleWork(deps: EngineDeps, job: Job<Work>, signal: AbortSignal): Promise<void> {
  const { payload } = job
  if (payload.kind === 'look') await runLook(deps, { work: payload, job: job.id }, signal)
  else await runWork(deps, payload, signal)
}
