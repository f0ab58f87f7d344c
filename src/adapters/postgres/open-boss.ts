/** pg-boss with our two queues: which policy each has, and every number with its reason. */
import { createHash } from 'node:crypto'
import { PgBoss } from 'pg-boss'
import type { Log } from '../../ports/log.ts'
import type { Address } from './address.ts'
import { APPLICATION, CONNECT_MS, STATEMENT_MS } from './open-database.ts'
import type { Database } from './open-database.ts'

export const EVENTS = 'events'
export const WORK = 'work'
export type QueueName = typeof EVENTS | typeof WORK

/** Apart from ours, and from a pg-boss that somebody else may have in the same database. */
export const QUEUE_SCHEMA = 'millwright_queue'

/** What is stored of a job. The payload as text: the column is jsonb, which refuses characters that issues can hold. */
export interface StoredJob {
  readonly id: string
  readonly key: string
  readonly payload: string
  readonly group?: string
  /** How often it was put off; absent is never. */
  readonly waited?: number
  /** How often a process died with it; absent is never. */
  readonly deaths?: number
}

/** pg-boss takes nothing shorter. A worker that is silent for this long is taken for dead. */
const HEARTBEAT_S = 10
const DAY_S = 24 * 3600

export interface Retries {
  /** How often a job is tried again after a failure or a death, before it is given up. */
  readonly limit: number
  /** Seconds before the second try; twice as long each time, with jitter, and never longer than `longest`. */
  readonly delay: number
  readonly longest: number
}

const SHARED = {
  notify: true,
  heartbeatSeconds: HEARTBEAT_S,
  // pg-boss deletes jobs nobody took in time. Nothing of ours is ever too old: a year is the most it allows.
  retentionSeconds: 365 * DAY_S,
  // Ended jobs are the memory of which deliveries and effects there were; GitHub redelivers for three days.
  deleteAfterSeconds: 30 * DAY_S,
  // Ours to compute (`job-table.ts`); this is for the little that pg-boss gives back by itself.
  retryDelay: 1,
}

/** Throws what the driver throws while the database is away. */
export async function openBoss(
  { address, database, log }: { address: Address; database: Database; log: Log },
  retries: Retries,
): Promise<PgBoss> {
  const options = {
    ...address,
    schema: QUEUE_SCHEMA,
    application_name: `${APPLICATION} queue`,
    max: 8,
    keepAlive: true,
    // A server that vanished without closing the connection is noticed by this alone.
    connectionTimeoutMillis: CONNECT_MS,
    query_timeout: STATEMENT_MS,
    useListenNotify: true,
    notifyHeartbeatIntervalMs: 4000,
    notifyHeartbeatTimeoutMs: 3000,
    // Counting jobs is for dashboards; dead claims are looked for by `sweep-queue.ts`.
    superviseIntervalSeconds: 300,
    monitorIntervalSeconds: 1,
    schedule: false,
  }
  const boss = new PgBoss(options)
  boss.on('error', (error) => log.warn('queue_error', { why: error.message.slice(0, 300) }))
  boss.on('warning', ({ message }) => log.warn('queue_warning', { why: message.slice(0, 300) }))
  try {
    await boss.start()
    await keepQueues({ boss, database }, retries)
  } catch (error) {
    await boss.stop({ graceful: false })
    throw error
  }
  return boss
}

async function keepQueues(
  { boss, database }: { boss: PgBoss; database: Database },
  retries: Retries,
): Promise<void> {
  const tries = { retryLimit: retries.limit }
  // An event waits through GitHub's outages, which takes half an hour at most; work is bounded by its own caps.
  await keepQueue(boss, EVENTS, { ...SHARED, ...tries, expireInSeconds: 2 * 3600, policy: 'key_strict_fifo' })
  await keepQueue(boss, WORK, { ...SHARED, ...tries, expireInSeconds: DAY_S })
  // pg-boss has no index for the few jobs that are not over among the many that are. Under a lock: IF NOT EXISTS alone
  // fails where two processes start at the same moment. Both statements are one transaction, being sent as one.
  await database.query(
    `SELECT pg_advisory_xact_lock(hashtextextended('${QUEUE_SCHEMA}:index', 0));
     CREATE INDEX IF NOT EXISTS millwright_open_jobs ON ${QUEUE_SCHEMA}.job_common (name, singleton_key)
      WHERE state IN ('created', 'retry', 'active', 'failed')`,
  )
}

async function keepQueue(
  boss: PgBoss,
  name: QueueName,
  { policy, ...rest }: { policy?: string; retryLimit: number } & Record<string, string | number | boolean>,
): Promise<void> {
  // Does nothing where the queue is there; its settings are those of the newest version that started.
  await boss.createQueue(name, policy === undefined ? rest : { ...rest, policy })
  await boss.updateQueue(name, rest)
}

/** pg-boss wants UUIDs; the same job has the same one on every machine. */
export function jobUuid(queue: QueueName, id: string): string {
  const hex = createHash('sha256').update(`${queue}:${id}`).digest('hex')
  // Version 8: made by a rule of our own. Variant 10, as RFC 9562 wants it.
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20, 32)}`
}
