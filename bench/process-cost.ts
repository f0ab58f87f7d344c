/** What processes take of the machine, as the kernel counts it: memory and time on a core. Linux only. */
import { execFileSync } from 'node:child_process'
import { readFileSync, readdirSync } from 'node:fs'

/** How many of the kernel's ticks are a second. */
const TICKS = Number(execFileSync('getconf', ['CLK_TCK'], { encoding: 'utf8' }))

export interface Memory {
  /** MB that are resident now, and the most that ever were. */
  readonly nowMb: number
  readonly peakMb: number
}

export function memoryOf(pid: number): Memory {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8')
  const mb = (name: string): number => Number(new RegExp(`${name}:\\s+(\\d+) kB`).exec(status)?.[1]) / 1024
  return { nowMb: mb('VmRSS'), peakMb: mb('VmHWM') }
}

interface Stat {
  readonly pid: number
  readonly parent: number
  readonly ticks: number
}

/** Seconds on a core of a process, of all that it started, and of those of them that have ended. */
export function cpuSecondsOf(pid: number): number {
  return treeOf(pid).reduce((sum, { ticks }) => sum + ticks, 0) / TICKS
}

/** MB of a process and of all that it started; what they share is counted once. */
export function treeMemoryMb(pid: number): number {
  return treeOf(pid).reduce((sum, one) => sum + shareMb(one.pid), 0)
}

function shareMb(pid: number): number {
  const rollup = readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8')
  return Number(/Pss:\s+(\d+) kB/.exec(rollup)?.[1]) / 1024
}

function treeOf(pid: number): readonly Stat[] {
  const all = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map((name) => statOf(Number(name)))
    .filter((stat) => stat !== undefined)
  const tree = all.filter((stat) => stat.pid === pid)
  for (const { pid: parent } of tree) tree.push(...all.filter((stat) => stat.parent === parent))
  return tree
}

/** Undefined for one that has ended meanwhile. */
function statOf(pid: number): Stat | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8')
    // Behind the name, which may hold anything: state, parent, and from the twelfth on the ticks.
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ')
    const ticks = fields.slice(11, 15).reduce((sum, field) => sum + Number(field), 0)
    return { pid, parent: Number(fields[1]), ticks }
  } catch {
    return undefined
  }
}
