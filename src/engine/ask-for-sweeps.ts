/** Asks for a sweep at the start and every few minutes; however many processes ask, each time has one. */
import { RetryableError } from '../core/errors.ts'
import type { Clock } from '../ports/clock.ts'
import type { Incoming, Work } from '../ports/incoming.ts'
import type { Log } from '../ports/log.ts'
import type { Queue } from '../ports/queue.ts'

/** Long enough to cost little (a request per repository and sweep), short enough that nobody opens an issue about it. */
const EVERY_MS = 5 * 60_000

interface Parts {
  readonly queue: Pick<Queue<Incoming, Work>, 'addEvent'>
  readonly clock: Clock
  readonly log: Log
}

/** Returns once `signal` is aborted. */
export async function askForSweeps({ queue, clock, log }: Parts, signal: AbortSignal): Promise<void> {
  let first = true
  while (!signal.aborted) {
    const at = clock.now()
    // A start always looks: who was away knows nothing of the time in between.
    const time = first ? `start.${at}` : String(Math.floor(Date.parse(at) / EVERY_MS))
    try {
      await queue.addEvent({
        id: `sweep.${time}`,
        key: 'sweep',
        payload: { kind: 'sweep_due', at, full: false },
      })
      first = false
    } catch (error) {
      if (!(error instanceof RetryableError)) log.error('bug', error, { sweep: time })
    }
    await clock.sleep(EVERY_MS, signal).catch(() => undefined)
  }
}
