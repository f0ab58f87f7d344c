/** What pg-boss has no call for, said to its table of jobs. The version of pg-boss is pinned, and tests run all of it. */
import { EVENTS, QUEUE_SCHEMA, WORK } from './open-boss.ts'
import type { QueueName, Retries, StoredJob } from './open-boss.ts'
import type { Database } from './open-database.ts'

/** One claim of a job. The count goes up with every claim, so that who lost a job can't settle it any more. */
export interface Attempt {
  readonly id: string
  readonly retryCount: number
}

export interface FailedJob {
  readonly uuid: string
  readonly queue: QueueName
  readonly job: StoredJob
  readonly why: string
}

export interface JobTable {
  /** Whether any job waits, runs, or was given up without anybody having been told. */
  isBusy(): Promise<boolean>
  /** The work of a key that is not over. */
  openWork(key: string): Promise<readonly string[]>
  /** Cancels those of `uuids` that nobody runs, tells every process to abort the rest, and says which those are. */
  cancel(uuids: readonly string[]): Promise<readonly string[]>
  /** Whether anything of a key waits or runs, on either queue. */
  isOpen(key: string): Promise<boolean>
  /** Puts ended work in anew, unless anything of its key is open. False as well where there is no such work. */
  revive(uuid: string, job: StoredJob): Promise<boolean>
  /** Gives a claim back, uncounted, as if it had not been taken; false where it was lost already. */
  handBack(queue: QueueName, attempt: Attempt, ms?: number): Promise<boolean>
  /** Gives a claim back for later because it said so, uncounted as well; false where it was lost already. */
  postpone(queue: QueueName, attempt: Attempt, ms: number): Promise<boolean>
  /** Counts a try that failed: the job is tried again, later each time, or given up. False where the claim was lost. */
  fail(queue: QueueName, attempt: Attempt, why: string): Promise<boolean>
  /** Gives back, or up, what is claimed by somebody who was not heard of for too long. Says how many jobs. */
  takeFromDead(): Promise<number>
  failed(): Promise<readonly FailedJob[]>
  /** Ends a failed job for good: it no longer holds up its key, and its id stays known. */
  bury(uuid: string): Promise<void>
}

export const CANCEL_CHANNEL = 'millwright_cancel'

export const JOBS = `${QUEUE_SCHEMA}.job_common`
export const OURS = `name IN ('${EVENTS}', '${WORK}')`
const CLAIM = `name = $1 AND id = $2::uuid AND retry_count = $3 AND state = 'active'`
const OPEN = `state IN ('created', 'retry', 'active')`

/**
 * Every claim counts up, because that is what fences the one before it off. What was no failure moves the limit along,
 * so the limit less the count is how many failures and deaths are left.
 */
const UNCOUNTED = `state = 'retry', retry_limit = retry_limit + 1, heartbeat_on = NULL`
const COUNTED = `
  state = (CASE WHEN retry_count < retry_limit THEN 'retry' ELSE 'failed' END)::${QUEUE_SCHEMA}.job_state,
  completed_on = CASE WHEN retry_count < retry_limit THEN NULL ELSE now() END,
  heartbeat_on = NULL`

/** The channel on which pg-boss hears that a queue has something to do. */
const WAKE = `pg_notify('pgboss_' || left(encode(sha224('${QUEUE_SCHEMA}'::bytea), 'hex'), 24), name)`

function oneMore(count: keyof StoredJob): string {
  return `jsonb_set(data, '{${count}}', to_jsonb(COALESCE((data->>'${count}')::int, 0) + 1))`
}

/** Puts active jobs that `where` names back for the next taker; a job that killed too many is given up. */
export function takeJobsFrom(where: string): string {
  return `
    WITH taken AS (
      UPDATE ${JOBS} SET ${COUNTED}, start_after = now(), data = ${oneMore('deaths')},
             output = jsonb_build_object('message', 'the process that ran it died')
       WHERE ${OURS} AND state = 'active' AND ${where}
      RETURNING name
    )
    SELECT count, ${WAKE} FROM (SELECT name, count(*)::int AS count FROM taken GROUP BY name) AS each`
}

type Query = Database['query']

export function createJobTable(database: Database, retries: Retries): JobTable {
  const query: Query = (text, values) => database.query(text, values)
  return { ...looks(query, retries), ...settlements(query, retries), ...takeover(query), ...burial(query) }
}

async function idsOf(rows: Promise<readonly { id: string }[]>): Promise<readonly string[]> {
  return (await rows).map(({ id }) => id)
}

function looks(
  query: Query,
  retries: Retries,
): Pick<JobTable, 'isBusy' | 'openWork' | 'cancel' | 'isOpen' | 'revive'> {
  return {
    async isBusy() {
      const states = `state IN ('created', 'retry', 'active', 'failed')`
      return (await query(`SELECT 1 FROM ${JOBS} WHERE ${OURS} AND ${states} LIMIT 1`)).length > 0
    },
    openWork: (key) =>
      idsOf(query(`SELECT id FROM ${JOBS} WHERE name = '${WORK}' AND singleton_key = $1 AND ${OPEN}`, [key])),
    async cancel(uuids) {
      await query(
        `UPDATE ${JOBS} SET state = 'cancelled', completed_on = now()
          WHERE name = '${WORK}' AND id = ANY($1::uuid[]) AND state IN ('created', 'retry')`,
        [uuids],
      )
      return idsOf(
        query(
          `SELECT id, pg_notify('${CANCEL_CHANNEL}', id::text) FROM ${JOBS}
            WHERE name = '${WORK}' AND id = ANY($1::uuid[]) AND ${OPEN}`,
          [uuids],
        ),
      )
    },
    isOpen: async (key) =>
      (await query(`SELECT 1 FROM ${JOBS} WHERE ${openOf('$1')} LIMIT 1`, [key])).length > 0,
    async revive(uuid, job) {
      // The row that was there and not a new one: the count of its claims goes on, so that none of old can settle it.
      const rows = await query(
        `WITH revived AS (
           UPDATE ${JOBS} SET state = 'retry', start_after = now(), completed_on = NULL, output = NULL,
                  data = $3::text::jsonb, retry_limit = retry_count + $4, keep_until = now() + interval '1 year'
            WHERE name = '${WORK}' AND id = $1::uuid AND state IN ('completed', 'cancelled')
              AND NOT EXISTS (SELECT FROM ${JOBS} WHERE ${openOf('$2')})
           RETURNING name)
         SELECT ${WAKE} FROM revived`,
        [uuid, job.key, JSON.stringify(job), retries.limit + 1],
      )
      return rows.length > 0
    },
  }
}

function openOf(key: string): string {
  return `${OURS} AND singleton_key = ${key} AND (${OPEN} OR state = 'failed')`
}

function settlements(query: Query, retries: Retries): Pick<JobTable, 'handBack' | 'postpone' | 'fail'> {
  const met = async (text: string, values: readonly (string | number)[]): Promise<boolean> =>
    (await query(text, values)).length > 0
  return {
    handBack: (queue, { id, retryCount }, ms = 0) =>
      met(
        `WITH given AS (
           UPDATE ${JOBS} SET ${UNCOUNTED}, start_after = now() + $4 * interval '1 millisecond'
            WHERE ${CLAIM} RETURNING name)
         SELECT ${WAKE} FROM given`,
        [queue, id, retryCount, ms],
      ),
    postpone: (queue, { id, retryCount }, ms) =>
      met(
        `UPDATE ${JOBS} SET ${UNCOUNTED}, start_after = now() + $4 * interval '1 millisecond',
                data = ${oneMore('waited')}
          WHERE ${CLAIM} RETURNING 1`,
        [queue, id, retryCount, ms],
      ),
    fail: (queue, { id, retryCount }, why) => {
      const failures = `GREATEST(0, $5 - retry_limit + retry_count)`
      const seconds = `LEAST($6, $7 * 2 ^ ${failures} * (1 + random() / 2))`
      return met(
        `UPDATE ${JOBS} SET ${COUNTED}, start_after = now() + ${seconds} * interval '1 second',
                output = jsonb_build_object('message', $4::text)
          WHERE ${CLAIM} RETURNING 1`,
        [queue, id, retryCount, legible(why), retries.limit, retries.longest, retries.delay],
      )
    },
  }
}

/** The column refuses half of a surrogate pair, and a parameter NUL; it is for people to read. */
function legible(why: string): string {
  return why.toWellFormed().replaceAll('\0', '')
}

/**
 * A server that was away has heard of nobody: whoever lives says so every two seconds, so it is given that time first.
 */
export const HEARD_AGAIN = `pg_postmaster_start_time() < now() - interval '5 seconds'`
const SILENT = `heartbeat_on + heartbeat_seconds * interval '1 second' < now()`

function takeover(query: Query): Pick<JobTable, 'takeFromDead'> {
  return {
    async takeFromDead() {
      const rows = await query<{ count: number }>(takeJobsFrom(`${SILENT} AND ${HEARD_AGAIN}`))
      return rows.reduce((sum, { count }) => sum + count, 0)
    },
  }
}

function burial(query: Query): Pick<JobTable, 'failed' | 'bury'> {
  return {
    async failed() {
      const rows = await query<{ id: string; name: QueueName; data: StoredJob; why: string | null }>(
        `SELECT id, name, data, COALESCE(output->>'message', output->'value'->>'message') AS why
           FROM ${JOBS} WHERE ${OURS} AND state = 'failed' ORDER BY completed_on`,
      )
      return rows.map(({ id, name, data, why }) => ({
        uuid: id,
        queue: name,
        job: data,
        why: why ?? 'nothing is known of why',
      }))
    },
    async bury(uuid) {
      await query(
        `UPDATE ${JOBS} SET state = 'cancelled' WHERE ${OURS} AND id = $1::uuid AND state = 'failed'`,
        [uuid],
      )
    },
  }
}
