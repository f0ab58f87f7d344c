/** The two queues on pg-boss: jobs outlive processes, and any process may take over what another one left. */
import type { PgBoss } from 'pg-boss'
import { RetryableError } from '../../core/errors.ts'
import type { Clock } from '../../ports/clock.ts'
import type { Log } from '../../ports/log.ts'
import type { GivenUpJob, Job, Queue, QueueOptions } from '../../ports/queue.ts'
import type { Address } from './address.ts'
import { createGate } from './gate.ts'
import { hearCancels } from './hear-cancels.ts'
import { createJobTable } from './job-table.ts'
import type { FailedJob, JobTable } from './job-table.ts'
import { EVENTS, jobUuid, WORK } from './open-boss.ts'
import type { QueueName, Retries, StoredJob } from './open-boss.ts'
import type { Database } from './open-database.ts'
import { keepGoing } from './keep-going.ts'
import { keepPresence } from './presence.ts'
import type { Presence } from './presence.ts'
import { readJob, RunningJobs } from './running-jobs.ts'
import { sweepQueue } from './sweep-queue.ts'
import { takeJobs, takeJobsWhileOpen } from './take-jobs.ts'
import type { Taking } from './take-jobs.ts'

export interface QueueParts {
  readonly address: Address
  readonly boss: PgBoss
  readonly database: Database
  readonly clock: Clock
  readonly log: Log
  readonly retries: Retries
}

/** Events are short; this many issues are heard at once. */
const EVENT_SLOTS = 4
const LOOK_AGAIN_MS = { first: 10, most: 200 }

export function createPostgresQueue<E, W>(parts: QueueParts, options: QueueOptions<E, W>): Queue<E, W> {
  const { boss, database, clock, log, retries } = parts
  const table = createJobTable(database, retries)
  const { workSlots, groupSlots = workSlots } = options
  const running = new RunningJobs({ boss, table, database, log })
  const stopped = new AbortController()
  const gate = createGate()
  let ending: Promise<unknown> = Promise.resolve()
  let presence: Presence | undefined
  return {
    async addEvent(job) {
      await add(parts, EVENTS, job)
    },
    async addWork(job) {
      await add(parts, WORK, job)
    },
    reviveWork: (job) => revive(parts, table, job),
    cancelWork: (key) => cancelWork({ table, running, clock }, key),
    start(handlers) {
      const onGivenUp = (job: FailedJob): Promise<void> => options.onGivenUp(readGivenUp<E | W>(job))
      const living = keepPresence(parts)
      presence = living
      const groups = Math.min(workSlots, groupSlots)
      const taking = { boss, running, gate }
      const take = async <T>(what: Taking<T>): Promise<void> => {
        await living.joined
        if (stopped.signal.aborted) return
        await (what.queue === WORK ? takeJobsWhileOpen(taking, what) : takeJobs(taking, what))
      }
      const loops = [
        () => take({ queue: EVENTS, slots: EVENT_SLOTS, groupSlots: EVENT_SLOTS, handler: handlers.event }),
        () => take({ queue: WORK, slots: workSlots, groupSlots: groups, handler: handlers.work }),
        () => hearCancels({ boss, running, clock, log }, stopped.signal),
        () => sweepQueue({ table, clock, log, onGivenUp }, stopped.signal),
      ]
      ending = Promise.all(loops.map((loop) => keepGoing(loop, { clock, log }, stopped.signal)))
    },
    holdWork: () => gate.shut(),
    takeWork: () => gate.open(),
    async idle() {
      for (let pause = LOOK_AGAIN_MS.first; !stopped.signal.aborted; pause = longer(pause)) {
        if (!(await table.isBusy())) return
        await clock.sleep(pause, stopped.signal).catch(() => undefined)
      }
    },
    async stop() {
      if (stopped.signal.aborted) return
      stopped.abort(new Error('the app is stopping'))
      gate.close()
      await end({ boss, running, clock }, options.graceMs, async () => {
        await Promise.all([presence?.leave(), ending])
      })
    },
  }
}

/** `leave` only then: while anything of ours may run, nobody else is alone. */
async function end(
  { boss, running, clock }: Pick<QueueParts, 'boss' | 'clock'> & { running: RunningJobs },
  graceMs: number,
  leave: () => Promise<void>,
): Promise<void> {
  const ended = new AbortController()
  const grace = clock.sleep(graceMs, ended.signal).catch(() => undefined)
  const off = Promise.all([EVENTS, WORK].map((name) => boss.offWork(name, { wait: true })))
  await running.stop(grace)
  await Promise.race([Promise.all([leave(), off]), grace])
  ended.abort()
}

function longer(pause: number): number {
  return Math.min(LOOK_AGAIN_MS.most, pause * 2)
}

/** A process that stops still accepts: what its last steps ask for is done by the next one. False where it was known. */
async function add<T>(
  { boss, database, clock }: QueueParts,
  queue: QueueName,
  job: Job<T>,
): Promise<boolean> {
  const { id, key, group, rank, after = 0 } = job
  const options = {
    id: jobUuid(queue, id),
    singletonKey: key,
    ...(group === undefined ? {} : { group: { id: group } }),
    ...(rank === undefined ? {} : { priority: rank }),
    // The server's clock, to the millisecond.
    ...(after > 0 ? { startAfter: `${after} milliseconds` } : {}),
  }
  const sent = database.patiently(() => boss.send(queue, storedJob(job), options))
  return (await inTime(clock, sent)) !== null
}

function storedJob<T>({ id, key, payload, group }: Job<T>): StoredJob {
  return { id, key, payload: JSON.stringify(payload), ...(group === undefined ? {} : { group }) }
}

async function revive<T>(parts: QueueParts, table: JobTable, job: Job<T>): Promise<boolean> {
  if (await table.isOpen(job.key)) return false
  // Its row may be gone or never have been there; where somebody else was faster, it is theirs.
  return (await table.revive(jobUuid(WORK, job.id), storedJob(job))) || add(parts, WORK, job)
}

/** GitHub gives a webhook ten seconds; what is put in later all the same is there under its id. */
const LATEST_MS = 9000

async function inTime<T>(clock: Clock, sent: Promise<T>): Promise<T> {
  const over = new AbortController()
  const late = clock.sleep(LATEST_MS, over.signal).then((): never => {
    throw new RetryableError('store_unavailable', 'the database did not answer in time')
  })
  // The one that comes second is nobody's concern.
  for (const either of [sent, late]) either.catch(() => undefined)
  return Promise.race([sent, late]).finally(() => over.abort())
}

function readGivenUp<T>({ queue, job, why }: FailedJob): GivenUpJob<T> {
  return { ...readJob<T>(job), queue, why }
}

/** Jobs that were there when it was asked for; what is added meanwhile is somebody's newer wish. */
async function cancelWork(
  { table, running, clock }: { table: JobTable; running: RunningJobs; clock: Clock },
  key: string,
): Promise<void> {
  const meant = await table.openWork(key)
  for (const uuid of meant) running.cancel(uuid)
  let left = meant
  for (let pause = LOOK_AGAIN_MS.first; left.length > 0; pause = longer(pause)) {
    // Again and again: a job may be claimed between two looks, or its process may have missed the call.
    left = await table.cancel(left)
    if (left.length > 0) await clock.sleep(pause)
  }
  await running.ended(meant)
}
