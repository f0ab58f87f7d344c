/** How long the engine waits when the world says "later": the same for events and for work. */
import type { RetryableError } from '../core/errors.ts'

/** Tries of one job: about ten minutes with the waits below, as the fault matrix asks. */
export const TRIES = 8
const FIRST_WAIT_MS = 5_000
/** Whatever a server asks for, somebody who wants to stop the run waits no longer than this for an answer. */
const LONGEST_WAIT_MS = 300_000

/** Milliseconds before the next try, after `tried` of them: as long as we were told, else twice as long each time. */
export function waitAfter(error: RetryableError, tried: number): number {
  return Math.min(LONGEST_WAIT_MS, error.retryAfterMs ?? FIRST_WAIT_MS * 2 ** (tried - 1))
}
