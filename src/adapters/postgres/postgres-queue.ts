/** The two queues on pg-boss: jobs outlive processes, and any process may take over what another one left. */
import type { PgBoss } from 'pg-boss'
import type { Clock } from '../../ports/clock.ts'
import type { Log } from '../../ports/log.ts'
import type { Handler, Job, Queue } from '../../ports/queue.ts'
import { CANCEL_CHANNEL, createJobTable } from './job-table.ts'
import type { FailedJob, JobTable } from './job-table.ts'
import { EVENTS, jobUuid, WORK } from './open-boss.ts'
import type { QueueName, StoredJob } from './open-boss.ts'
import type { Database } from './open-database.ts'
import { RunningJobs } from './running-jobs.ts'
import { sweepQueue } from './sweep-queue.ts'

export interface GivenUpJob<T> extends Job<T> {
  readonly queue: QueueName
  /** What its last try failed with. Raw. */
  readonly why: string
}

export interface PostgresQueueOptions<E, W> {
  /** How much work runs at once in this process; a run uses one slot at a time. */
  readonly workSlots: number
  /** Milliseconds that running jobs get to end in when the process stops. */
  readonly graceMs: number
  /** A job that failed as often as it may. Told at least once; the jobs behind it go on afterwards, whatever happens. */
  readonly onGivenUp: (job: GivenUpJob<E | W>) => Promise<void>
}

export interface QueueParts {
  readonly boss: PgBoss
  readonly database: Database
  readonly clock: Clock
  readonly log: Log
}

/** Events are short; this many issues are heard at once. */
const EVENT_SLOTS = 4
/** How soon a job whose time has come is found; everything else is announced and found at once. */
const POLL_S = 1
/** Five chances to be heard before a process is taken for dead, also where the database restarts every few seconds. */
const HEARTBEAT_EVERY_S = 2
const LOOK_AGAIN_MS = { first: 10, most: 200 }

export function createPostgresQueue<E, W>(
  parts: QueueParts,
  options: PostgresQueueOptions<E, W>,
): Queue<E, W> {
  const { boss, database, clock, log } = parts
  const table = createJobTable(database)
  const running = new RunningJobs({ boss, table, database, log })
  const stopped = new AbortController()
  let ending: Promise<unknown> = Promise.resolve()
  return {
    addEvent: (job) => add(parts, EVENTS, job),
    addWork: (job) => add(parts, WORK, job),
    cancelWork: (key) => cancelWork({ table, running, clock }, key),
    start(handlers) {
      const onGivenUp = (job: FailedJob): Promise<void> => options.onGivenUp(readGivenUp<E | W>(job))
      const loops = [
        takeJobs({ boss, running }, { queue: EVENTS, slots: EVENT_SLOTS, handler: handlers.event }),
        takeJobs({ boss, running }, { queue: WORK, slots: options.workSlots, handler: handlers.work }),
        hearCancels({ boss, running, log }, stopped.signal),
        sweepQueue({ boss, table, clock, log, onGivenUp }, stopped.signal),
      ]
      ending = Promise.allSettled(
        loops.map((loop) => loop.catch((error: unknown) => log.error('queue_loop_ended', error))),
      )
    },
    async idle() {
      for (let pause = LOOK_AGAIN_MS.first; !stopped.signal.aborted; pause = longer(pause)) {
        if (!(await table.isBusy())) return
        await clock.sleep(pause, stopped.signal).catch(() => undefined)
      }
    },
    async stop() {
      if (stopped.signal.aborted) return
      stopped.abort(new Error('the app is stopping'))
      const ended = new AbortController()
      const grace = clock.sleep(options.graceMs, ended.signal).catch(() => undefined)
      const off = Promise.all([EVENTS, WORK].map((name) => boss.offWork(name, { wait: true })))
      await running.stop(grace)
      await Promise.race([Promise.all([off, ending]), grace])
      ended.abort()
    },
  }
}

function longer(pause: number): number {
  return Math.min(LOOK_AGAIN_MS.most, pause * 2)
}

/** A process that stops still accepts: what its last steps ask for is done by the next one. */
async function add<T>({ boss, database }: QueueParts, queue: QueueName, job: Job<T>): Promise<void> {
  const { id, key } = job
  const data: StoredJob = { id, key, payload: JSON.stringify(job.payload) }
  await database.patiently(() => boss.send(queue, data, { id: jobUuid(queue, id), singletonKey: key }))
}

function readGivenUp<T>({ queue, job, why }: FailedJob): GivenUpJob<T> {
  return { id: job.id, key: job.key, payload: JSON.parse(job.payload) as T, queue, why }
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

interface Taking<T> {
  readonly queue: QueueName
  readonly slots: number
  readonly handler: Handler<T>
}

async function takeJobs<T>(
  { boss, running }: { boss: PgBoss; running: RunningJobs },
  { queue, slots, handler }: Taking<T>,
): Promise<void> {
  const polling = {
    batchSize: 1,
    pollingIntervalSeconds: POLL_S,
    notifyPollingIntervalSeconds: POLL_S,
    heartbeatRefreshSeconds: HEARTBEAT_EVERY_S,
  }
  for (let slot = 0; slot < slots; slot += 1) {
    const worker: string = await boss.work<StoredJob>(queue, polling, async ([claimed]) => {
      if (!claimed) return
      try {
        await running.run(queue, claimed, handler)
      } finally {
        // Otherwise it would sleep out its interval, although the next job of this key may have waited for this one.
        boss.notifyWorker(worker)
      }
    })
  }
}

async function hearCancels(
  { boss, running, log }: { boss: PgBoss; running: RunningJobs; log: Log },
  signal: AbortSignal,
): Promise<void> {
  const hear = (uuid: string): void => running.cancel(uuid)
  // pg-boss's own listener: it reconnects by itself. What is missed meanwhile is called out again.
  const handle = await boss.getDb().listen?.(CANCEL_CHANNEL, hear, () => undefined)
  if (!handle) throw new Error('the connection of pg-boss cannot listen')
  if (!signal.aborted)
    await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }))
  await handle.close().catch((error: unknown) => log.warn('listener_not_closed', { why: String(error) }))
}
