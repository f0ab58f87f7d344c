/**
 * Every process that takes jobs shares one lock for as long as it lives. Who comes and finds it free knows that nobody
 * else lives, and takes what the dead were doing at once instead of waiting for their heartbeats to grow old.
 */
import pg from 'pg'
import type { Clock } from '../../ports/clock.ts'
import type { Log } from '../../ports/log.ts'
import { withSettings } from './address.ts'
import type { Address } from './address.ts'
import { HEARD_AGAIN, takeJobsFrom } from './job-table.ts'
import { APPLICATION, CONNECT_MS, STATEMENT_MS } from './open-database.ts'
import { SAY_MS, SILENT_MS } from './postgres-locks.ts'

export interface PresenceOptions {
  readonly address: Address
  readonly clock: Clock
  readonly log: Log
}

export interface Presence {
  /** Resolves once the lock is held for the first time, or was given up on: jobs may be taken from then on. */
  readonly joined: Promise<void>
  leave(): Promise<void>
}

const KEY = `hashtextextended('millwright:living', 0)`
/** Less than anybody needs to start, so that a lost session is no chance to take us for dead. */
const AGAIN_MS = 200

export function keepPresence(options: PresenceOptions): Presence {
  const leaving = new AbortController()
  const { promise, resolve } = Promise.withResolvers<void>()
  const staying = stay(options, leaving.signal, resolve).finally(resolve)
  return {
    joined: promise,
    async leave() {
      leaving.abort()
      await staying
    },
  }
}

async function stay({ address, clock, log }: PresenceOptions, signal: AbortSignal, onJoined: () => void) {
  let isFirst = true
  while (!signal.aborted) {
    const session = openSession(address)
    try {
      await session.client.connect()
      const taken = await join(session.client, isFirst)
      if (taken > 0) log.warn('jobs_taken_over', { jobs: taken })
      isFirst = false
      onJoined()
      await Promise.race([session.lost, aborted(signal)])
    } catch (error) {
      log.warn('presence_lost', { why: String(error).slice(0, 200) })
    } finally {
      await session.end()
    }
    await clock.sleep(AGAIN_MS, signal).catch(() => undefined)
  }
}

interface Session {
  readonly client: pg.Client
  /** Rejects when the connection is gone. */
  readonly lost: Promise<never>
  end(): Promise<void>
}

function openSession(address: Address): Session {
  const client = new pg.Client({
    ...withSettings(address, `-c idle_session_timeout=${SILENT_MS}`),
    application_name: `${APPLICATION} presence`,
    keepAlive: true,
    connectionTimeoutMillis: CONNECT_MS,
    query_timeout: STATEMENT_MS,
  })
  const { promise: lost, reject } = Promise.withResolvers<never>()
  lost.catch(() => undefined)
  client.on('error', reject)
  client.on('end', () => reject(new Error('the connection was closed')))
  const saying = setInterval(() => void client.query('SELECT 1').catch(reject), SAY_MS)
  return {
    client,
    lost,
    async end() {
      clearInterval(saying)
      // One that vanished does not answer a good-bye either.
      await Promise.race([client.end().catch(() => undefined), lost.catch(() => undefined)])
    },
  }
}

/** Answers how many jobs were taken over. Who lost its session and comes back has jobs of its own, and takes none. */
async function join(client: pg.Client, isFirst: boolean): Promise<number> {
  let jobs = 0
  const { rows } = await client.query<{ alone: boolean }>(`SELECT pg_try_advisory_lock(${KEY}) AS alone`)
  const alone = rows[0]?.alone === true
  if (alone && isFirst) {
    // A server that has just come back holds nobody's lock yet; there heartbeats decide.
    const taken = await client.query<{ count: number }>(takeJobsFrom(HEARD_AGAIN))
    jobs = taken.rows.reduce((sum, { count }) => sum + count, 0)
  }
  // Whoever holds it alone does so for milliseconds.
  await client.query(`SELECT pg_advisory_lock_shared(${KEY})`)
  if (alone) await client.query(`SELECT pg_advisory_unlock(${KEY})`)
  return jobs
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve()
    signal.addEventListener('abort', () => resolve(), { once: true })
  })
}
