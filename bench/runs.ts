/** How many runs a minute go from label to draft with 1, 2 and 4 workers, and what a run and a worker take of the machine. */
import { setTimeout as sleep } from 'node:timers/promises'
import { openFleetFloor } from '../test/support/fleet-floor.ts'
import type { FleetFloor } from '../test/support/fleet-floor.ts'
import { FLEET_ENDS } from '../test/support/fleet-work.ts'
import type { MillProcess } from '../test/support/mill-process.ts'
import { rounded, spread, sum } from './figures.ts'
import { cpuSecondsOf, memoryOf } from './process-cost.ts'
import { serverPid } from './query.ts'
import type { RunsRow } from './results.ts'

const WORKERS = [1, 2, 4]
/** One for each slot of four workers. */
const REPOSITORIES = 4
const ISSUES = 2
/** Milliseconds until each answer of the model: a real one takes longer still. */
const THINKS_MS = 2000
const LOOK_MS = 50
/** Three times as long as on a machine that others keep busy. */
const PATIENCE_S = 900
/** What a worker still holds after that, it keeps. */
const REST_MS = 3000

export async function runs(): Promise<readonly RunsRow[]> {
  const rows: RunsRow[] = []
  for (const workers of WORKERS) rows.push(await runsWith(workers))
  return rows
}

async function runsWith(count: number): Promise<RunsRow> {
  const repositories = Array.from({ length: REPOSITORIES }, () => ({
    end: 'proved' as const,
    issues: ISSUES,
  }))
  const floor = await openFleetFloor({ repositories, folders: 'shared', modelMs: THINKS_MS })
  try {
    const workers = await Promise.all(Array.from({ length: count }, () => floor.startWorker()))
    const database = await serverPid(floor.databaseUrl)
    const before = cpu(workers, database)
    const seconds = await labelToDraft(floor)
    const after = cpu(workers, database)
    await floor.ended()
    await sleep(REST_MS)
    const memory = workers.map(({ child }) => memoryOf(child.pid ?? 0))
    const perRun = (name: keyof Cpu): number => rounded((after[name] - before[name]) / seconds.length)
    return {
      workers: count,
      runs: seconds.length,
      perMinute: rounded((seconds.length / Math.max(...seconds)) * 60),
      seconds: spread(seconds),
      cpu: { workers: perRun('workers'), database: perRun('database'), bench: perRun('bench') },
      peakMb: spread(memory.map(({ peakMb }) => peakMb)),
      afterMb: spread(memory.map(({ nowMb }) => nowMb)),
    }
  } finally {
    await floor.close()
  }
}

/** Of each run, from the moment at which all were labelled; the longest is how long all of them took. */
async function labelToDraft(floor: FleetFloor): Promise<readonly number[]> {
  const began = performance.now()
  let left = floor.labelAll()
  const seconds: number[] = []
  while (left.length > 0) {
    await sleep(LOOK_MS)
    const open = left.filter((issue) => !(floor.ours(issue)[0] ?? '').includes(FLEET_ENDS.proved.headline))
    const ended = left.length - open.length
    seconds.push(...Array.from({ length: ended }, () => (performance.now() - began) / 1000))
    left = open
    // Throws, and says how far each has come.
    if (performance.now() - began > PATIENCE_S * 1000) await floor.ended(0)
  }
  return seconds
}

/** Seconds on a core so far. */
interface Cpu {
  readonly workers: number
  readonly database: number
  readonly bench: number
}

function cpu(workers: readonly MillProcess[], database: number): Cpu {
  const { user, system } = process.cpuUsage()
  return {
    workers: sum(workers.map(({ child }) => cpuSecondsOf(child.pid ?? 0))),
    database: cpuSecondsOf(database),
    bench: (user + system) / 1e6,
  }
}
