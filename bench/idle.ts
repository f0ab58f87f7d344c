/** What it costs that nothing happens: one `web` and one `worker` at rest, on their database. */
import { setTimeout as sleep } from 'node:timers/promises'
import { openFleetFloor } from '../test/support/fleet-floor.ts'
import { rounded } from './figures.ts'
import { cpuSecondsOf, memoryOf, treeMemoryMb } from './process-cost.ts'
import { query, serverPid } from './query.ts'
import type { Idle } from './results.ts'

/** For the first sweep, and what starts lazily. */
const SETTLES_MS = 5000
/** Shorter than it takes until the next sweep. */
const SECONDS = 20

export async function idle(): Promise<Idle> {
  const floor = await openFleetFloor({ repositories: [{ end: 'proved', issues: 1 }], folders: 'shared' })
  try {
    const worker = await floor.startWorker()
    const pids = {
      worker: worker.child.pid ?? 0,
      web: floor.web.child.pid ?? 0,
      database: await serverPid(floor.databaseUrl),
    }
    await sleep(SETTLES_MS)
    const requests = floor.forge.requests.length
    const before = await look(floor.databaseUrl, pids)
    await sleep(SECONDS * 1000)
    const after = await look(floor.databaseUrl, pids)
    const percent = (name: keyof typeof pids): number =>
      rounded(((after.cpu[name] - before.cpu[name]) / SECONDS) * 100)
    const perMinute = (count: number): number => rounded((count / SECONDS) * 60)
    return {
      seconds: SECONDS,
      cpu: { worker: percent('worker'), web: percent('web'), database: percent('database') },
      memoryMb: {
        worker: rounded(memoryOf(pids.worker).nowMb),
        web: rounded(memoryOf(pids.web).nowMb),
        database: rounded(treeMemoryMb(pids.database)),
      },
      transactionsPerMinute: perMinute(after.transactions - before.transactions),
      forgeRequestsPerMinute: perMinute(floor.forge.requests.length - requests),
      forgeRequestsAtStart: requests,
    }
  } finally {
    await floor.close()
  }
}

interface Look {
  readonly transactions: number
  readonly cpu: Readonly<Record<'worker' | 'web' | 'database', number>>
}

async function look(url: string, pids: Readonly<Record<keyof Look['cpu'], number>>): Promise<Look> {
  const [row] = await query<{ transactions: number }>(
    url,
    `SELECT (xact_commit + xact_rollback)::float8 AS transactions FROM pg_stat_database
      WHERE datname = current_database()`,
  )
  return {
    transactions: row?.transactions ?? 0,
    cpu: {
      worker: cpuSecondsOf(pids.worker),
      web: cpuSecondsOf(pids.web),
      database: cpuSecondsOf(pids.database),
    },
  }
}
