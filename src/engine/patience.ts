/** How long the engine waits when the world says "later": the same for events, work and looks. */
import type { RetryableError } from '../core/errors.ts'
import type { Random } from '../ports/clock.ts'

const FIRST_WAIT_MS = 5_000
/** The seventh wait is past ten minutes; from then on it is a matter of asking now and then. */
const DOUBLINGS = 6
const LONG_WAIT_MS = 15 * 60_000
/** GitHub's limits reset within the hour; whoever asks for more is asked about once an hour all the same. */
const LONGEST_WAIT_MS = 3_600_000
/** Waits after which nobody believes any more that it will pass by itself: about a day (fault matrix F-24). */
export const MOST_WAITS = 100
/** Waits that people are told of. Shorter ones are over before anybody has read about them. */
export const WORTH_TELLING_MS = 60_000

/**
 * Milliseconds before the next try, after `waited` others: as long as we were told, else twice as long each time, with a
 * fifth of chance, so that a hundred runs do not come back at the same moment.
 */
export function waitAfter(error: RetryableError, waited: number, random: Random): number {
  const chance = Number.parseInt(random.hex(2), 16) / 0xffff
  const own = waited < DOUBLINGS ? FIRST_WAIT_MS * 2 ** waited : LONG_WAIT_MS
  const least = Math.max(error.retryAfterMs ?? own, error.atLeastMs ?? 0)
  // Chance comes last: all who wait for the same reset would be back in the same moment.
  return Math.round(Math.min(LONGEST_WAIT_MS, least) * (1 + chance / 5))
}
