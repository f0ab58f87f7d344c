/** Everything of ours that lives in PostgreSQL: on the server of DATABASE_URL, or on one of our own. */
import type { Clock } from '../../ports/clock.ts'
import type { Durable } from '../../ports/durable.ts'
import type { Log } from '../../ports/log.ts'
import type { RunProgram } from '../../ports/program.ts'
import type { Address } from './address.ts'
import { openEmbeddedServer } from './embedded-server.ts'
import { openBoss } from './open-boss.ts'
import type { Retries } from './open-boss.ts'
import { openDatabase } from './open-database.ts'
import type { Database } from './open-database.ts'
import type { Queue } from '../../ports/queue.ts'
import { createPostgresJournal } from './postgres-journal.ts'
import { createPostgresLocks } from './postgres-locks.ts'
import { createPostgresQueue } from './postgres-queue.ts'
import { createPostgresStore } from './postgres-store.ts'

export interface PostgresOptions {
  readonly where: { readonly databaseUrl: string } | { readonly stateRoot: string; readonly run: RunProgram }
  readonly clock: Clock
  readonly log: Log
  readonly retries?: Retries
}

/** Half a minute with the waits between: what is no "later" is a bug of ours or kills us, and rarely passes by itself. */
const RETRIES: Retries = { limit: 3, delay: 3, longest: 60 }

/** Throws UserError where it can't be had, with what to do; RetryableError where the database is away. */
export async function openPostgres(options: PostgresOptions): Promise<Durable> {
  const { where, clock, log } = options
  if ('databaseUrl' in where) return connect(options, { connectionString: where.databaseUrl })
  const server = await openEmbeddedServer({ ...where, clock, log })
  try {
    const connected = await connect(options, server.address, () => server.ensure())
    return {
      ...connected,
      close: once(async () => {
        await connected.close()
        await server.close()
      }),
    }
  } catch (error) {
    await server.close()
    throw error
  }
}

async function connect(
  options: PostgresOptions,
  address: Address,
  revive?: () => Promise<void>,
): Promise<Durable> {
  const { clock, log, retries = RETRIES } = options
  let lockLost: (key: string) => void = () => undefined
  const database = await openDatabase({ address, clock, log, ...(revive ? { revive } : {}) })
  const boss = await database
    .patiently(() => openBoss({ address, database, log }, retries))
    .catch(async (error: unknown) => {
      await database.close()
      throw error
    })
  const locks = createPostgresLocks({ address, database, log, onLost: (key) => lockLost(key) })
  const queues: Queue<never, never>[] = []
  return {
    store: createPostgresStore(database),
    locks,
    journal: createPostgresJournal(database),
    createQueue: (options) => {
      const queue = createPostgresQueue({ address, boss, database, clock, log, retries }, options)
      queues.push(queue as unknown as Queue<never, never>)
      return queue
    },
    watchLocks: (told) => void (lockLost = told),
    ping: () => ping(database),
    close: once(async () => {
      // Does nothing where that was done; what still runs would ask a database that is closed.
      await Promise.all(queues.map((queue) => queue.stop()))
      await boss.stop({ graceful: false })
      await locks.close()
      await database.close()
    }),
  }
}

/** A pool refuses to be closed a second time. */
function once(close: () => Promise<void>): () => Promise<void> {
  let closing: Promise<void> | undefined
  return () => (closing ??= close())
}

async function ping(database: Database): Promise<void> {
  await database.query('SELECT 1')
}
