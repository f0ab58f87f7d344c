/** The jobs that this process runs: each with a signal, and settled in the database by what became of it. */
import type { CommandResponse, Job as BossJob, PgBoss } from 'pg-boss'
import { z } from 'zod'
import { RetryableError, WorkCancelled } from '../../core/errors.ts'
import type { Log } from '../../ports/log.ts'
import type { Handler, Job } from '../../ports/queue.ts'
import type { Attempt, JobTable } from './job-table.ts'
import { WORK } from './open-boss.ts'
import type { QueueName, StoredJob } from './open-boss.ts'
import type { Database } from './open-database.ts'

export interface RunningJobsOptions {
  readonly boss: PgBoss
  readonly table: JobTable
  readonly database: Database
  readonly log: Log
}

/** Why the signal of a job was aborted by us; a claim that was lost is pg-boss's to tell. */
type Cut = 'cancelled' | 'stopping' | undefined

interface Running {
  readonly queue: QueueName
  readonly attempt: Attempt
  readonly abort: AbortController
  readonly isSuspect: boolean
  cut: Cut
  ended: Promise<void>
}

/** Where "later" comes without a time. */
const LATER_MS = 5000

/**
 * A process that dies takes what runs beside the culprit down with it. Most jobs die once, by a deploy or a power cut, and
 * go on side by side; from the second death on no two of them run in one process, so that what kills it is found alone.
 */
const SUSPECT = 2
const ALONE_MS = 5000

/** pg-boss says how many claims a settlement met, but not in its types. */
const settled = z.object({ affected: z.number() })

export class RunningJobs {
  readonly #options: RunningJobsOptions
  readonly #running = new Set<Running>()
  #stopping = false
  #graceOver = false

  constructor(options: RunningJobsOptions) {
    this.#options = options
  }

  /** Resolves once the job is settled. Rejects where it could not be, so that pg-boss does not take it for done. */
  async run<T>(queue: QueueName, claimed: BossJob<StoredJob>, handler: Handler<T>): Promise<void> {
    const { id, retryCount, data } = claimed
    const job: Running = {
      queue,
      attempt: { id, retryCount },
      abort: new AbortController(),
      isSuspect: (data.deaths ?? 0) >= SUSPECT,
      cut: undefined,
      ended: Promise.resolve(),
    }
    // Claimed at the moment that everything stops: it goes back untouched.
    if (this.#stopping) return this.#giveBack(job)
    if (job.isSuspect && this.#isBesideSuspect(queue)) {
      this.#options.log.info('suspect_waits', { job: id, queue })
      return this.#giveBack(job, ALONE_MS)
    }
    const signal = AbortSignal.any([job.abort.signal, claimed.signal])
    const taken = {
      ...readJob<T>(data),
      again: retryCount > 0,
      waited: data.waited ?? 0,
    }
    const over = Promise.resolve()
      .then(() => handler(taken, signal))
      .then(
        () => undefined,
        (error: unknown) => ({ error }),
      )
      .then((failure) => this.#settle(job, { failure, lost: claimed.signal.aborted }))
      .finally(() => this.#running.delete(job))
    job.ended = over.catch(() => undefined)
    this.#running.add(job)
    await over
  }

  /** An event is over in a moment, and may be the one that stops the work: it does not wait for that. */
  #isBesideSuspect(queue: QueueName): boolean {
    return [...this.#running].some((other) => other.isSuspect && (queue === WORK || other.queue === queue))
  }

  /** Aborts the job if it runs here. */
  cancel(uuid: string): void {
    for (const job of this.#running) {
      if (job.attempt.id === uuid && job.queue === WORK)
        this.#cut(job, 'cancelled', new WorkCancelled('the run was stopped'))
    }
  }

  /** Resolves when none of these jobs runs here any more. */
  async ended(uuids: readonly string[]): Promise<void> {
    const meant = [...this.#running].filter(({ attempt }) => uuids.includes(attempt.id))
    await Promise.all(meant.map(({ ended }) => ended))
  }

  /** Aborts everything; what has not ended when `grace` is over is given back all the same. */
  async stop(grace: Promise<unknown>): Promise<void> {
    this.#stopping = true
    for (const job of this.#running) this.#cut(job, 'stopping', new Error('the app is stopping'))
    const all = Promise.all([...this.#running].map(({ ended }) => ended))
    await Promise.race([all, grace])
    this.#graceOver = true
    const left = [...this.#running].map((job) => {
      this.#options.log.warn('job_cut_off', { job: job.attempt.id, queue: job.queue })
      // Where the database is away too, others take it over once its heartbeat is old.
      return this.#giveBack(job).catch(() => undefined)
    })
    await Promise.all(left)
  }

  #cut(job: Running, cut: Cut, why: Error): void {
    // A run that was stopped for good stays stopped, whatever comes on top.
    if (job.cut !== 'cancelled') job.cut = cut
    job.abort.abort(why)
  }

  async #settle(
    job: Running,
    end: { failure: { error: unknown } | undefined; lost: boolean },
  ): Promise<void> {
    const { boss, log } = this.#options
    const { queue, attempt, cut } = job
    if (cut === 'cancelled') return this.#keep(job, async () => metClaim(await boss.cancel(queue, attempt)))
    if (end.lost) return log.warn('claim_lost', { job: attempt.id, queue })
    if (cut === 'stopping' && (queue === WORK || end.failure)) return this.#giveBack(job)
    if (!end.failure) return this.#keep(job, async () => metClaim(await boss.complete(queue, attempt)))
    await this.#fail(job, end.failure.error)
  }

  async #fail(job: Running, error: unknown): Promise<void> {
    const { table, log } = this.#options
    const { queue, attempt } = job
    const { id, retryCount } = attempt
    const why = error instanceof Error ? error.message : String(error)
    if (error instanceof RetryableError) {
      const ms = error.retryAfterMs ?? LATER_MS
      log.warn('job_waits', { job: id, queue, ms, why: why.slice(0, 200) })
      return this.#keep(job, () => table.postpone(queue, attempt, ms))
    }
    log.error('job_failed', error, { job: id, queue, tried: retryCount + 1 })
    await this.#keep(job, () => table.fail(queue, attempt, why.slice(0, 2000)))
  }

  #giveBack(job: Running, ms = 0): Promise<void> {
    return this.#keep(job, () => this.#options.table.handBack(job.queue, job.attempt, ms))
  }

  /** Until the database has it: a job that was done and could not be ticked off would be done again. */
  async #keep(job: Running, settle: () => Promise<boolean>): Promise<void> {
    for (let tried = 1; ; tried += 1) {
      try {
        const held = await this.#options.database.patiently(settle)
        // On a later try, an earlier one may have done it and lost its answer.
        if (!held && tried === 1)
          this.#options.log.warn('claim_lost', { job: job.attempt.id, queue: job.queue })
        return
      } catch (error) {
        if (!(error instanceof RetryableError) || this.#graceOver) throw error
      }
    }
  }
}

export function readJob<T>({ id, key, payload, group }: StoredJob): Job<T> {
  return { id, key, payload: JSON.parse(payload) as T, ...(group === undefined ? {} : { group }) }
}

function metClaim(response: CommandResponse): boolean {
  return settled.parse(response).affected > 0
}
