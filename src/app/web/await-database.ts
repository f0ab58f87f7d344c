/** Opens what outlives the process, and waits for a database that is away: a deploy may start it last. */
import { RetryableError, UserError } from '../../core/errors.ts'
import { between, duration } from '../../core/say/figures.ts'
import type { Clock } from '../../ports/clock.ts'
import type { Durable } from '../../ports/durable.ts'
import type { Log } from '../../ports/log.ts'
import { causeCode } from '../error-code.ts'
import type { DurableOptions } from '../open-durable.ts'
import type { Readiness } from '../readiness.ts'
import { createWatch, type Watch } from '../watch.ts'
import type { Problem } from './problem.ts'
import { databaseName, type WebSettings } from './settings.ts'

export interface DatabaseParts {
  readonly openDurable: (options: DurableOptions) => Promise<Durable>
  readonly clock: Clock
  readonly say: (text: string) => void
  /** Aborted when somebody has had enough of waiting. */
  readonly stop: AbortSignal
}

type Place = Pick<WebSettings, 'database' | 'stateRoot'>

export type DatabaseAnswer =
  | { readonly kind: 'open'; readonly durable: Durable }
  | { readonly kind: 'refused'; readonly problem: Problem }
  | { readonly kind: 'away'; readonly reason: string }

/** A restarted server is back within seconds. Milliseconds. */
const PAUSE = 5_000
/** Milliseconds. */
const SAID_EVERY = 60_000

export async function askDatabase(
  { openDurable, clock }: Pick<DatabaseParts, 'openDurable' | 'clock'>,
  place: Place,
  log: Log,
): Promise<DatabaseAnswer> {
  try {
    return { kind: 'open', durable: await openDurable({ ...place, clock, log }) }
  } catch (error) {
    if (error instanceof RetryableError) return { kind: 'away', reason: awayReason(error) }
    if (!(error instanceof UserError)) throw error
    const [what = '', ...fix] = error.message.split('\n')
    const mend = fix.join(' ') || 'Correct DATABASE_URL, or the database that it names.'
    return { kind: 'refused', problem: { what, fix: mend } }
  }
}

interface Waiting {
  readonly place: Place
  readonly first: DatabaseAnswer
  readonly log: Log
  readonly readiness: Pick<Readiness, 'starting'>
}

/** Undefined when somebody stopped the wait. */
export async function awaitDatabase(
  parts: DatabaseParts,
  { place, first, log, readiness }: Waiting,
): Promise<Exclude<DatabaseAnswer, { kind: 'away' }> | undefined> {
  const { clock, say, stop } = parts
  let answer = first
  let saidAt: string | undefined
  while (answer.kind === 'away') {
    const sentence = databaseAway(answer.reason, place)
    readiness.starting(sentence)
    const now = clock.now()
    if (saidAt === undefined || between(saidAt, now) >= SAID_EVERY) {
      say(`${sentence} Asking again every ${duration(PAUSE)}.`)
      saidAt = now
    }
    await clock.sleep(PAUSE, stop).catch(() => undefined)
    if (stop.aborted) return undefined
    answer = await askDatabase(parts, place, log)
  }
  return answer
}

/** From then on, what is said of it. */
export function watchDatabase(
  { clock, say }: Pick<DatabaseParts, 'clock' | 'say'>,
  durable: Pick<Durable, 'ping'>,
  { place, log }: { place: Place; log: Log },
): Watch {
  return createWatch({
    ask: () => pinged(durable),
    lost: (reason) =>
      `${databaseAway(reason, place)} Deliveries are told to come again, and work waits until it is back.`,
    back: 'The database answers again.',
    say,
    onBug: (error) => log.error('bug', error),
    clock,
    everyMs: 10_000,
  })
}

async function pinged(durable: Pick<Durable, 'ping'>): Promise<string | undefined> {
  try {
    await durable.ping()
    return undefined
  } catch (error) {
    if (error instanceof RetryableError) return awayReason(error)
    throw error
  }
}

export const databaseAway = (reason: string, place: Place): string =>
  `The database (${databaseName(place)}) can't be reached (${reason}).`

/** The system's code or the server's own, since our sentence says no more than that it is away. */
const awayReason = (error: RetryableError): string => causeCode(error) ?? 'it does not answer'
