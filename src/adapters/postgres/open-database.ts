/** The database: a pool that waits through short absences, and our own schema, brought up to date at the start. */
import pg from 'pg'
import { RetryableError, UserError } from '../../core/errors.ts'
import type { Clock } from '../../ports/clock.ts'
import type { Log } from '../../ports/log.ts'
import type { Address } from './address.ts'
import { MIGRATIONS, SCHEMA } from './migrations.ts'
import type { Migration } from './migrations.ts'
import { translateError } from './translate-error.ts'

type Value = string | number | boolean | null | readonly string[]

export interface Database {
  /**
   * Runs a statement that may be run twice: where the connection is lost, nobody knows whether it was. Waits through a
   * short absence of the database, then throws RetryableError (`store_unavailable`).
   */
  query<Row>(text: string, values?: readonly Value[]): Promise<readonly Row[]>
  /** The same patience for what somebody else asks of the same database. */
  patiently<T>(attempt: () => Promise<T>): Promise<T>
  close(): Promise<void>
}

export interface DatabaseOptions {
  readonly address: Address
  readonly clock: Clock
  readonly log: Log
  /** Called when the database is away, before the next try. */
  readonly revive?: () => Promise<void>
}

/** What every connection of ours says of itself in `pg_stat_activity`. */
export const APPLICATION = 'millwright'

// GitHub gives a webhook ten seconds for its answer, and must be told "later" within them.
const PATIENCE_MS = 6000
const FIRST_PAUSE_MS = 50
const LONGEST_PAUSE_MS = 500
/** No statement of ours takes longer than a lost network; one that does holds up everything behind it. */
export const STATEMENT_MS = 5000
export const CONNECT_MS = 4000
/** A migration may have to rewrite a table. */
const MIGRATION_MS = 600_000
/** idle_session_timeout, which our locks need, came with PostgreSQL 14. */
const OLDEST = 140_000

/** Throws UserError where the database can't be used, RetryableError where it is not there. */
export async function openDatabase(options: DatabaseOptions): Promise<Database> {
  const pool = new pg.Pool({
    ...options.address,
    application_name: APPLICATION,
    max: 8,
    keepAlive: true,
    connectionTimeoutMillis: CONNECT_MS,
    statement_timeout: STATEMENT_MS,
    // The client's own limit, for a server that vanished without closing the connection.
    query_timeout: STATEMENT_MS + 500,
    idle_in_transaction_session_timeout: STATEMENT_MS,
  })
  // Idle connections of a server that went away; the next query makes a new one.
  pool.on('error', () => undefined)
  const patiently = patience(options)
  try {
    await patiently(() => bringUpToDate(pool, options.log))
  } catch (error) {
    await pool.end()
    throw unusable(error) ?? error
  }
  return {
    query: <Row>(text: string, values: readonly Value[] = []) =>
      patiently(async () => (await pool.query(text, [...values])).rows as readonly Row[]),
    patiently,
    close: () => pool.end(),
  }
}

function patience({ clock, log, revive }: DatabaseOptions): Database['patiently'] {
  return async (attempt) => {
    const began = performance.now()
    for (let pause = FIRST_PAUSE_MS; ; pause = Math.min(LONGEST_PAUSE_MS, pause * 2)) {
      try {
        return await attempt()
      } catch (thrown) {
        const error = translateError(thrown)
        if (!(error instanceof RetryableError)) throw error
        if (performance.now() - began > PATIENCE_MS) throw error
        if (pause === FIRST_PAUSE_MS) log.warn('database_away', { why: reason(thrown) })
        await clock.sleep(pause)
        if (pause === LONGEST_PAUSE_MS) await revive?.()
      }
    }
  }
}

function reason(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).slice(0, 200)
}

/** What only the person who set DATABASE_URL can mend: SQLSTATE 28 is a refused login, 3D000 no such database. */
function unusable(error: unknown): UserError | undefined {
  if (!(error instanceof pg.DatabaseError)) return undefined
  const { code = '', message } = error
  if (!code.startsWith('28') && code !== '3D000' && code !== '42501') return undefined
  return new UserError('store_unavailable', `The database of DATABASE_URL can't be used: ${message}.`, {
    cause: error,
  })
}

/** One process at a time: the others wait for the lock and then find nothing left to do. */
async function bringUpToDate(pool: pg.Pool, log: Log): Promise<void> {
  const client = await pool.connect()
  // The statement under way fails by itself; without a listener the process would end as well.
  client.on('error', () => undefined)
  try {
    await mustBeKnown(client)
    await client.query('BEGIN')
    await client.query(`SET LOCAL statement_timeout = ${MIGRATION_MS}`)
    await client.query(slowly(`SELECT pg_advisory_xact_lock(hashtextextended('${SCHEMA}:migrations', 0))`))
    await client.query(`CREATE SCHEMA IF NOT EXISTS ${SCHEMA}`)
    await client.query(
      `CREATE TABLE IF NOT EXISTS ${SCHEMA}.migration (
         number integer PRIMARY KEY, applied_at timestamptz NOT NULL DEFAULT now())`,
    )
    for (const migration of await missing(client)) {
      await client.query(slowly(migration.sql))
      await client.query(`INSERT INTO ${SCHEMA}.migration (number) VALUES ($1)`, [migration.number])
      log.info('database_migrated', { number: migration.number })
    }
    await client.query('COMMIT')
    client.release()
  } catch (error) {
    // Closed, not put back: its transaction ends with it.
    client.release(true)
    throw error
  }
}

/** The driver takes a limit per statement, and its types do not know it. */
function slowly(text: string): pg.QueryConfig & { query_timeout: number } {
  return { text, query_timeout: MIGRATION_MS }
}

async function mustBeKnown(client: pg.PoolClient): Promise<void> {
  const { rows } = await client.query<{ number: number }>(
    `SELECT current_setting('server_version_num')::int AS number`,
  )
  if ((rows[0]?.number ?? 0) < OLDEST)
    throw new UserError(
      'store_unavailable',
      'DATABASE_URL leads to a PostgreSQL older than 14. Use a newer one.',
    )
}

async function missing(client: pg.PoolClient): Promise<readonly Migration[]> {
  const { rows } = await client.query<{ number: number }>(`SELECT number FROM ${SCHEMA}.migration`)
  const applied = new Set(rows.map(({ number }) => number))
  const newest = MIGRATIONS.at(-1)?.number ?? 0
  if (rows.some(({ number }) => number > newest)) {
    throw new UserError(
      'store_unavailable',
      `The database was used by a newer Millwright (its tables are at ${Math.max(...applied)}, this one knows ${newest}). Update this one.`,
    )
  }
  return MIGRATIONS.filter(({ number }) => !applied.has(number))
}
