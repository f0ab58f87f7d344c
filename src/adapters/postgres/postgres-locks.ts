/** Locks over processes: session advisory locks, each on a connection of its own, so that the server frees them. */
import pg from 'pg'
import type { LockProof, Locks } from '../../ports/lock.ts'
import type { Log } from '../../ports/log.ts'
import type { Address } from './address.ts'
import { APPLICATION } from './open-database.ts'
import type { Database } from './open-database.ts'

export interface PostgresLocksOptions {
  readonly address: Address
  /** For its patience: a lock is waited for through a short absence of the database. */
  readonly database: Database
  readonly log: Log
}

export interface PostgresLocks extends Locks {
  close(): Promise<void>
}

/**
 * A process that stands still (stopped, swapped out, a machine asleep) keeps its connections, and would keep its locks:
 * the server ends a holder's session that says nothing for this long.
 */
const SILENT_MS = 15_000
const SAY_MS = 4000
/** A process handles a handful of events at once; each of them holds or awaits one lock. */
const CONNECTIONS = 20

export function createPostgresLocks({ address, database, log }: PostgresLocksOptions): PostgresLocks {
  const pool = new pg.Pool({
    ...address,
    application_name: `${APPLICATION} lock`,
    max: CONNECTIONS,
    keepAlive: true,
    connectionTimeoutMillis: 5000,
    // Before the server would end it as silent.
    idleTimeoutMillis: SILENT_MS / 3,
    options: `-c idle_session_timeout=${SILENT_MS}`,
  })
  pool.on('error', () => undefined)
  return {
    async withLock(key, work) {
      const session = await database.patiently(() => takeLock(pool, key))
      try {
        return await work({ key } as LockProof)
      } finally {
        // Nothing is undone: whoever came after read what we had stored, and the store refuses what is older.
        if (session.isLost()) log.warn('lock_lost', { key })
        await session.release()
      }
    },
    close: () => pool.end(),
  }
}

interface Session {
  isLost(): boolean
  release(): Promise<void>
}

const KEY = `hashtextextended('millwright:' || $1, 0)`

async function takeLock(pool: pg.Pool, key: string): Promise<Session> {
  const client = await pool.connect()
  let lost = false
  const lose = (): void => void (lost = true)
  client.on('error', lose)
  try {
    await client.query(`SELECT pg_advisory_lock(${KEY})`, [key])
  } catch (error) {
    client.removeListener('error', lose)
    client.release(true)
    throw error
  }
  const saying = setInterval(() => {
    client.query('SELECT 1').catch(lose)
  }, SAY_MS)
  return {
    isLost: () => lost,
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
    },
  }
}
