/** Claims jobs by pg-boss's workers, and lets its own be run by ours. */
import type { PgBoss } from 'pg-boss'
import type { Handler } from '../../ports/queue.ts'
import type { Gate } from './gate.ts'
import type { QueueName, StoredJob } from './open-boss.ts'
import type { RunningJobs } from './running-jobs.ts'

interface Parts {
  readonly boss: PgBoss
  readonly running: RunningJobs
  readonly gate: Gate
}

export interface Taking<T> {
  readonly queue: QueueName
  readonly slots: number
  readonly groupSlots: number
  readonly handler: Handler<T>
}

/** How soon a job whose time has come is found; everything else is announced and found at once. */
const POLL_S = 1
/** Five chances to be heard before a process is taken for dead, also where the database restarts every few seconds. */
const HEARTBEAT_EVERY_S = 2

/** Until the workers are taken off by the name that it returns, at once. */
export function takeJobs<T>(
  { boss, running }: Pick<Parts, 'boss' | 'running'>,
  { queue, slots, groupSlots, handler }: Taking<T>,
): Promise<string> {
  const polling = {
    batchSize: 1,
    localConcurrency: slots,
    localGroupConcurrency: groupSlots,
    pollingIntervalSeconds: POLL_S,
    notifyPollingIntervalSeconds: POLL_S,
    heartbeatRefreshSeconds: HEARTBEAT_EVERY_S,
  }
  return boss.work<StoredJob>(queue, polling, async ([claimed]) => {
    if (!claimed) return
    try {
      await running.run(queue, claimed, handler)
    } finally {
      // Otherwise they would sleep out their interval, although the next job of this key or group may have waited for
      // this one.
      for (const { id, name } of boss.getWipData()) if (name === queue) boss.notifyWorker(id)
    }
  })
}

/** While the gate is open, until it is closed; what runs when it shuts goes on. */
export async function takeJobsWhileOpen<T>(parts: Parts, taking: Taking<T>): Promise<void> {
  const { boss, gate } = parts
  while (await gate.opened()) {
    const id = await takeJobs(parts, taking)
    // Workers that are taken off end with their jobs. They are waited for, else more would run than there are slots.
    if (await gate.shutAgain()) await boss.offWork(taking.queue, { id, wait: true })
  }
}
