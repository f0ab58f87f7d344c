/** What outlives the process, where the settings say. */
import { openPostgres } from '../adapters/postgres/open-postgres.ts'
import { runProgram } from '../adapters/sandbox/run-program.ts'
import type { Clock } from '../ports/clock.ts'
import type { Durable } from '../ports/durable.ts'
import type { Log } from '../ports/log.ts'
import type { WebSettings } from './web/settings.ts'

export interface DurableOptions extends Pick<WebSettings, 'database' | 'stateRoot'> {
  readonly clock: Clock
  readonly log: Log
}

/** Throws UserError where it can't be had, with what to do; RetryableError where the database is away. */
export function openDurable({ database, stateRoot, clock, log }: DurableOptions): Promise<Durable> {
  const where = database.kind === 'url' ? { databaseUrl: database.url } : { stateRoot, run: runProgram }
  return openPostgres({ where, clock, log })
}
