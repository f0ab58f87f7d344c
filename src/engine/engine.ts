/** The engine: two handlers on two queues. Events step runs under their lock; work runs stages outside it. */
import { RetryableError, UserError } from '../core/errors.ts'
import type { Incoming, Work } from '../ports/incoming.ts'
import type { TakenJob } from '../ports/queue.ts'
import type { EngineDeps } from './deps.ts'
import { blameDisk } from './full-disk.ts'
import { MOST_WAITS, waitAfter } from './patience.ts'
import { runLook } from './run-look.ts'
import { runWork } from './run-work.ts'
import { step } from './step.ts'

export function startEngine(deps: EngineDeps): void {
  deps.queue.start({
    event: (job) => handleEvent(deps, job),
    work: (job, signal) => handleWork(deps, job, signal),
  })
}

/** Rejects where it is not done: the queue brings it again, before anything else of its issue. */
async function handleEvent(deps: EngineDeps, job: TakenJob<Incoming>): Promise<void> {
  try {
    await step(deps, job)
  } catch (error) {
    // What people have to mend first: a state that could not be written is stored, and the sweep writes it once it can.
    if (error instanceof UserError) return deps.log.error('event_failed', error, { job: job.id })
    throw later(deps, await blameDisk(deps, error), job)
  }
}

async function handleWork(deps: EngineDeps, job: TakenJob<Work>, signal: AbortSignal): Promise<void> {
  const { payload } = job
  try {
    if (payload.kind === 'look') {
      const again = job.again || job.waited > 0
      await runLook(deps, { work: payload, job: job.id, again }, signal)
    } else await runWork(deps, { ...job, payload }, signal)
  } catch (error) {
    throw later(deps, error, job)
  }
}

/** "Later" with our own patience put on it; anything else as it is. */
function later(deps: EngineDeps, error: unknown, job: TakenJob<unknown>): unknown {
  if (!(error instanceof RetryableError)) return error
  if (job.waited >= MOST_WAITS)
    return new Error(`It said "later" ${MOST_WAITS} times: ${error.message}`, { cause: error })
  const retryAfterMs = waitAfter(error, job.waited, deps.random)
  deps.log.warn('job_waits', { job: job.id, code: error.code, ms: retryAfterMs, waited: job.waited })
  return new RetryableError(error.code, error.message, { cause: error, retryAfterMs })
}
