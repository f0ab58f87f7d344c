/** What pg-boss has no call for, said to its table of jobs. The version of pg-boss is pinned, and tests run all of it. */
import { EVENTS, QUEUE_SCHEMA, WORK } from './open-boss.ts'
import type { QueueName, StoredJob } from './open-boss.ts'
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
  /** Gives a claim back at once, uncounted; false where it was lost already. */
  handBack(queue: QueueName, attempt: Attempt): Promise<boolean>
  /** Gives a claim back for later; counted, as a try that failed. False where it was lost or was the last one. */
  postpone(queue: QueueName, attempt: Attempt, ms: number): Promise<boolean>
  /** Whether some claim has not been heard of for too long. */
  hasDeadClaims(): Promise<boolean>
  failed(): Promise<readonly FailedJob[]>
  /** Ends a failed job for good: it no longer holds up its key, and its id stays known. */
  bury(uuid: string): Promise<void>
}

export const CANCEL_CHANNEL = 'millwright_cancel'

const JOBS = `${QUEUE_SCHEMA}.job_common`
const OURS = `name IN ('${EVENTS}', '${WORK}')`
const CLAIM = `name = $1 AND id = $2::uuid AND retry_count = $3 AND state = 'active'`

export function createJobTable(database: Database): JobTable {
  const ids = async (text: string, values: Parameters<Database['query']>[1]): Promise<readonly string[]> =>
    (await database.query<{ id: string }>(text, values)).map(({ id }) => id)
  return {
    async isBusy() {
      const states = `state IN ('created', 'retry', 'active', 'failed')`
      return (await ids(`SELECT id FROM ${JOBS} WHERE ${OURS} AND ${states} LIMIT 1`, [])).length > 0
    },
    openWork: (key) =>
      ids(
        `SELECT id FROM ${JOBS}
          WHERE name = '${WORK}' AND singleton_key = $1 AND state IN ('created', 'retry', 'active')`,
        [key],
      ),
    async cancel(uuids) {
      await database.query(
        `UPDATE ${JOBS} SET state = 'cancelled', completed_on = now()
          WHERE name = '${WORK}' AND id = ANY($1::uuid[]) AND state IN ('created', 'retry')`,
        [uuids],
      )
      return ids(
        `SELECT id, pg_notify('${CANCEL_CHANNEL}', id::text) FROM ${JOBS}
          WHERE name = '${WORK}' AND id = ANY($1::uuid[]) AND state IN ('created', 'retry', 'active')`,
        [uuids],
      )
    },
    async handBack(queue, { id, retryCount }) {
      // `retry` and not `created`: only then does the next claim count up, which is what fences this one off.
      const given = await ids(
        `UPDATE ${JOBS} SET state = 'retry', start_after = now(), retry_limit = retry_limit + 1
          WHERE ${CLAIM} RETURNING id`,
        [queue, id, retryCount],
      )
      return given.length > 0
    },
    async postpone(queue, { id, retryCount }, ms) {
      const given = await ids(
        `UPDATE ${JOBS} SET state = 'retry', start_after = now() + $4 * interval '1 millisecond'
          WHERE ${CLAIM} AND retry_count < retry_limit RETURNING id`,
        [queue, id, retryCount, ms],
      )
      return given.length > 0
    },
    ...burial(database, ids),
  }
}

/**
 * A server that was away has heard of nobody: whoever lives says so every two seconds, so it is given that time first.
 */
const HEARD_AGAIN = `pg_postmaster_start_time() < now() - interval '5 seconds'`

function burial(
  database: Database,
  ids: (text: string, values: readonly string[]) => Promise<readonly string[]>,
): Pick<JobTable, 'hasDeadClaims' | 'failed' | 'bury'> {
  return {
    async hasDeadClaims() {
      const silent = `heartbeat_on + heartbeat_seconds * interval '1 second' < now()`
      const found = await ids(
        `SELECT id FROM ${JOBS} WHERE ${OURS} AND state = 'active' AND ${silent} AND ${HEARD_AGAIN} LIMIT 1`,
        [],
      )
      return found.length > 0
    },
    async failed() {
      const rows = await database.query<{ id: string; name: QueueName; data: StoredJob; why: string | null }>(
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
      await database.query(
        `UPDATE ${JOBS} SET state = 'cancelled' WHERE ${OURS} AND id = $1::uuid AND state = 'failed'`,
        [uuid],
      )
    },
  }
}
