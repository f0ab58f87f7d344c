/** Every second: claims of processes that died go back to the queue, and jobs that were given up are told and buried. */
import type { Clock } from '../../ports/clock.ts'
import type { Log } from '../../ports/log.ts'
import type { FailedJob, JobTable } from './job-table.ts'

export interface SweepOptions {
  readonly table: JobTable
  readonly clock: Clock
  readonly log: Log
  /** Told at least once of every job that failed as often as it may; a second time where this process dies meanwhile. */
  readonly onGivenUp: (job: FailedJob) => Promise<void>
}

/** Two statements that find nothing cost a fraction of a millisecond; a dead worker's job waits this much longer. */
const EVERY_MS = 1000

/** Returns once `signal` is aborted. */
export async function sweepQueue(options: SweepOptions, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    try {
      await sweepOnce(options)
    } catch (error) {
      // The database is away, which has been said; the next pass finds what this one left.
      if (!signal.aborted) options.log.warn('sweep_failed', { why: String(error).slice(0, 200) })
    }
    await options.clock.sleep(EVERY_MS, signal).catch(() => undefined)
  }
}

async function sweepOnce({ table, log, onGivenUp }: SweepOptions): Promise<void> {
  const jobs = await table.takeFromDead()
  if (jobs > 0) log.warn('worker_died', { jobs })
  for (const job of await table.failed()) {
    const { queue, why } = job
    log.error('job_given_up', new Error(why), { job: job.job.id, key: job.job.key, queue })
    // Whoever is told may fail too; the events behind this one must not wait for that.
    await onGivenUp(job).catch((error: unknown) => log.error('not_told', error, { job: job.job.id }))
    await table.bury(job.uuid)
  }
}
