/** A loop of the queue that ends by a bug of ours is told of and begun again: a process without it would do nothing. */
import type { Clock } from '../../ports/clock.ts'
import type { Log } from '../../ports/log.ts'

/** Long enough that a lasting bug does not fill the log. */
const AGAIN_MS = 5000

/** Returns when the loop does, or once `signal` is aborted. */
export async function keepGoing(
  loop: () => Promise<void>,
  { clock, log }: { readonly clock: Clock; readonly log: Log },
  signal: AbortSignal,
): Promise<void> {
  while (!signal.aborted) {
    try {
      return await loop()
    } catch (error) {
      log.error('queue_loop_ended', error)
      await clock.sleep(AGAIN_MS, signal).catch(() => undefined)
    }
  }
}
