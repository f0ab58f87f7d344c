/** How long it takes until another worker has claimed what one was at that was killed, or stopped, in the middle of it. */
import { setTimeout as sleep } from 'node:timers/promises'
import { openFleetFloor } from '../test/support/fleet-floor.ts'
import type { FleetFloor } from '../test/support/fleet-floor.ts'
import { waitUntil } from '../test/support/host-processes.ts'
import type { MillProcess } from '../test/support/mill-process.ts'
import { spread } from './figures.ts'
import type { Spread } from './figures.ts'
import { query } from './query.ts'
import type { Takeover } from './results.ts'

const TIMES = 5
/** A job that killed more workers than that is given up. */
const DEATHS = 3
/** Longer than any worker is asked to wait here. */
const THINKS_MS = 3_600_000
/** Heartbeats come every two seconds and are looked at every second, so who falls silent first is also missed first. */
const BETWEEN_MS = 3500
const PATIENCE_MS = 60_000

export async function takeover(): Promise<Takeover> {
  return { ...(await byOthers()), restarted: await bySuccessor() }
}

/** As many workers at work as there are to be missed, each with one job, and as many with nothing to do. */
async function byOthers(): Promise<Pick<Takeover, 'killed' | 'stopped'>> {
  const floor = await openThinkingFloor(TIMES)
  try {
    const first = await startWorkers(floor, TIMES)
    floor.labelAll()
    await claims(floor, TIMES)
    const second = await startWorkers(floor, TIMES)
    const killed = await missed(floor, first, 'SIGKILL')
    // These are now the ones at work.
    const third = await startWorkers(floor, TIMES)
    const stopped = await missed(floor, second, 'SIGSTOP')
    end([...second, ...third])
    return { killed, stopped }
  } finally {
    await floor.close()
  }
}

/** Seconds, in the order in which they fell silent. */
async function missed(
  floor: FleetFloor,
  workers: readonly MillProcess[],
  signal: 'SIGKILL' | 'SIGSTOP',
): Promise<Spread> {
  const silent: number[] = []
  const before = Date.now()
  for (const { child } of workers) {
    silent.push(Date.now())
    child.kill(signal)
    await sleep(BETWEEN_MS)
  }
  const taken = await claims(floor, workers.length, before)
  return spread(taken.map((at, index) => (at - (silent[index] ?? Number.NaN)) / 1000))
}

/** The only worker is killed, and started again at once: nobody is there to wait for. */
async function bySuccessor(): Promise<Spread> {
  const floor = await openThinkingFloor(1)
  try {
    let workers = await startWorkers(floor, 1)
    floor.labelAll()
    await claims(floor, 1)
    const seconds: number[] = []
    for (let death = 0; death < DEATHS; death += 1) {
      const killed = Date.now()
      end(workers)
      workers = await startWorkers(floor, 1)
      const [at = Number.NaN] = await claims(floor, 1, killed)
      seconds.push((at - killed) / 1000)
    }
    end(workers)
    return spread(seconds)
  } finally {
    await floor.close()
  }
}

/** What they wait for never comes, and who is stopped hears nothing else. */
function end(workers: readonly MillProcess[]): void {
  for (const { child } of workers) child.kill('SIGKILL')
}

function openThinkingFloor(repositories: number): Promise<FleetFloor> {
  return openFleetFloor({
    repositories: Array.from({ length: repositories }, () => ({ end: 'proved', issues: 1 })),
    folders: 'shared',
    workSlots: 1,
    modelMs: THINKS_MS,
  })
}

function startWorkers(floor: FleetFloor, count: number): Promise<readonly MillProcess[]> {
  return Promise.all(Array.from({ length: count }, () => floor.startWorker()))
}

/** When the work that is claimed was claimed, by the database's clock, which is this machine's: once so many are. */
async function claims(floor: FleetFloor, count: number, since = 0): Promise<readonly number[]> {
  let found: readonly { at: number }[] = []
  await waitUntil(async () => {
    found = await query<{ at: number }>(
      floor.databaseUrl,
      `SELECT extract(epoch FROM started_on)::float8 * 1000 AS at FROM millwright_queue.job_common
        WHERE name = 'work' AND state = 'active' AND started_on > to_timestamp(${since / 1000}) ORDER BY 1`,
    )
    return found.length >= count
  }, PATIENCE_MS)
  return found.map(({ at }) => at)
}
