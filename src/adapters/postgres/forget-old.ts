/** What is let go of by age: payloads of ended jobs, what runs that ended unheard left, bodies of ended intents. */
import type { Intent } from '../../ports/store.ts'
import { SCHEMA } from './migrations.ts'
import { JOBS, OURS } from './job-table.ts'
import type { Database } from './open-database.ts'

/** A statement has seconds; what is left is the next one's. */
const AT_ONCE = 500
const OLD = `now() - $1 * interval '1 day'`

/**
 * pg-boss deletes the rows of ended jobs after 30 days, and until then their ids are our memory of deliveries: only what
 * they were about goes.
 */
const BLANK_JOBS = `
  UPDATE ${JOBS}
     SET data = jsonb_build_object('id', data->'id', 'key', data->'key', 'payload', 'null'), output = NULL
   WHERE ${OURS} AND id IN (
     SELECT id FROM ${JOBS}
      WHERE ${OURS} AND state IN ('completed', 'cancelled') AND completed_on < ${OLD}
        AND data->>'payload' <> 'null' LIMIT ${AT_ONCE})
  RETURNING 1`

const DROP_CALLS = dropUnheard('journal_call', 'id')
const DROP_PACKS = dropUnheard('run_pack', 'run')

function dropUnheard(table: string, key: string): string {
  return `
    DELETE FROM ${SCHEMA}.${table} WHERE ${key} IN (
      SELECT ${key} FROM ${SCHEMA}.${table} AS one
       WHERE saved_at < ${OLD}
         AND NOT EXISTS (SELECT FROM ${SCHEMA}.intent WHERE intent.run = one.run AND open) LIMIT ${AT_ONCE})
    RETURNING 1`
}

/** Answers how many rows that was. */
export async function forgetOld(database: Database, days: number): Promise<number> {
  const jobs = await untilDone(async () => (await database.query(BLANK_JOBS, [days])).length)
  const calls = await untilDone(async () => (await database.query(DROP_CALLS, [days])).length)
  const packs = await untilDone(async () => (await database.query(DROP_PACKS, [days])).length)
  return jobs + calls + packs + (await untilDone(() => blankIntents(database, days)))
}

async function untilDone(some: () => Promise<number>): Promise<number> {
  let all = 0
  for (;;) {
    const done = await some()
    all += done
    if (done < AT_ONCE) return all
  }
}

/** Here and not in SQL, whose functions refuse JSON in which a NUL is written anywhere. */
async function blankIntents(database: Database, days: number): Promise<number> {
  const isOld = `NOT open AND confirmed AND NOT forgotten AND saved_at < ${OLD}`
  const rows = await database.query<{ key: string; intent: Intent }>(
    `SELECT key, intent FROM ${SCHEMA}.intent WHERE ${isOld} LIMIT ${AT_ONCE}`,
    [days],
  )
  for (const { key, intent } of rows) {
    await database.query(
      `UPDATE ${SCHEMA}.intent SET intent = $3, forgotten = true WHERE key = $2 AND ${isOld}`,
      [days, key, JSON.stringify({ ...intent, body: '' })],
    )
  }
  return rows.length
}
