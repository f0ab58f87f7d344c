/** Aborts work that runs here when another process, or this one, calls out that it is cancelled. */
import type { PgBoss } from 'pg-boss'
import type { Clock } from '../../ports/clock.ts'
import type { Log } from '../../ports/log.ts'
import { CANCEL_CHANNEL } from './job-table.ts'
import type { RunningJobs } from './running-jobs.ts'

interface Parts {
  readonly boss: Pick<PgBoss, 'getDb'>
  readonly running: Pick<RunningJobs, 'cancel'>
  readonly clock: Clock
  readonly log: Log
}

const AGAIN_MS = 1000

/** Returns once `signal` is aborted. */
export async function hearCancels({ boss, running, clock, log }: Parts, signal: AbortSignal): Promise<void> {
  const db = boss.getDb()
  if (!db.listen) throw new Error('the connection of pg-boss cannot listen')
  const hear = (uuid: string): void => running.cancel(uuid)
  while (!signal.aborted) {
    try {
      // pg-boss's own listener: it reconnects by itself. What is missed meanwhile is called out again.
      const handle = await db.listen(CANCEL_CHANNEL, hear, () => undefined)
      await aborted(signal)
      await handle.close().catch((error: unknown) => log.warn('listener_not_closed', { why: String(error) }))
    } catch (error) {
      // Once it was connected, that is. Whoever stops here would work on what was stopped for as long as it lives.
      log.warn('cancels_not_heard', { why: String(error).slice(0, 200) })
      await clock.sleep(AGAIN_MS, signal).catch(() => undefined)
    }
  }
}

async function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return
  await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }))
}
