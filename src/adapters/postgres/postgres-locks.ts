/** Locks over processes: session advisory locks, each on a connection of its own, so that the server frees them. */
import pg from 'pg'
import type { LockProof, Locks } from '../../ports/lock.ts'
import type { Log } from '../../ports/log.ts'
import { withSettings } from './address.ts'
import type { Address } from './address.ts'
import { APPLICATION, CONNECT_MS, STATEMENT_MS } from './open-database.ts'
import type { Database } from './open-database.ts'

export interface PostgresLocksOptions {
  readonly address: Address
  /** For its patience: a lock is waited for through a short absence of the database. */
  readonly database: Database
  readonly log: Log
  /** Called after the work has ended whose lock was lost meanwhile. */
  readonly onLost: (key: string) => void
}

export interface PostgresLocks extends Locks {
  close(): Promise<void>
}

/**
 * A process that stands still (stopped, swapped out, a machine asleep) keeps its connections, and would keep its locks:
 * the server ends a holder's session that says nothing for this long.
 */
export const SILENT_MS = 15_000
export const SAY_MS = 4000
const PORTION_MS = 2000
/**
 * A look for each slot, of which there are 64 at most, and four events with two locks each hold or await one. Too few, and
 * no event of any issue would be handled while that many look. They are opened as they are needed.
 */
const CONNECTIONS = 80

export function createPostgresLocks({ address, database, log, onLost }: PostgresLocksOptions): PostgresLocks {
  const pool = new pg.Pool({
    ...withSettings(address, `-c idle_session_timeout=${SILENT_MS} -c lock_timeout=${PORTION_MS}`),
    application_name: `${APPLICATION} lock`,
    max: CONNECTIONS,
    keepAlive: true,
    connectionTimeoutMillis: CONNECT_MS,
    // A server that vanished without closing the connection is noticed by this alone; waiting for a lock is in portions.
    query_timeout: STATEMENT_MS,
    // Before the server would end it as silent.
    idleTimeoutMillis: SILENT_MS / 3,
  })
  pool.on('error', () => undefined)
  return {
    async withLock(key, work) {
      const session = await database.patiently(() => takeLock(pool, key))
      try {
        return await work({ key } as LockProof)
      } finally {
        // Nothing is undone: whoever came after read what we had stored, and the store refuses what is older.
        if (!(await session.release())) {
          log.warn('lock_lost', { key })
          onLost(key)
        }
      }
    },
    close: () => pool.end(),
  }
}

interface Session {
  /** False where the lock was lost before. */
  release(): Promise<boolean>
}

/** SQLSTATE of a lock that was not had within lock_timeout. */
const NOT_AVAILABLE = '55P03'
const KEY = `hashtextextended('millwright:' || $1, 0)`

async function takeLock(pool: pg.Pool, key: string): Promise<Session> {
  const client = await pool.connect()
  let lost = false
  const lose = (): void => void (lost = true)
  client.on('error', lose)
  try {
    while (!(await isTaken(client, key)));
  } catch (error) {
    client.removeListener('error', lose)
    client.release(true)
    throw error
  }
  const saying = setInterval(() => {
    client.query('SELECT 1').catch(lose)
  }, SAY_MS)
  return {
    async release() {
      clearInterval(saying)
      const freed =
        !lost &&
        (await client.query(`SELECT pg_advisory_unlock(${KEY})`, [key]).then(
          () => true,
          () => false,
        ))
      client.removeListener('error', lose)
      // A connection that could not give its lock back must not be handed to the next one with it.
      client.release(!freed)
      return freed
    },
  }
}

async function isTaken(client: pg.PoolClient, key: string): Promise<boolean> {
  try {
    await client.query(`SELECT pg_advisory_lock(${KEY})`, [key])
    return true
  } catch (error) {
    if (error instanceof pg.DatabaseError && error.code === NOT_AVAILABLE) return false
    throw error
  }
}
