/** Processes of the machine, found by a marker in their command line. */
import { randomInt } from 'node:crypto'
import { readFile, readdir } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'

/** Seconds for `sleep` that no other process on the machine sleeps. */
export function uniqueSeconds(): string {
  return `${randomInt(100_000, 999_999)}.${randomInt(100_000, 999_999)}`
}

export async function processesWith(marker: string): Promise<number[]> {
  const found: number[] = []
  for (const name of await readdir('/proc')) {
    if (!/^\d+$/.test(name) || Number(name) === process.pid) continue
    const words = (await readFile(`/proc/${name}/cmdline`, 'utf8').catch(() => '')).split('\0')
    // As a word of its own: shells and bwrap carry it inside a longer one.
    if (words.includes(marker)) found.push(Number(name))
  }
  return found
}

export async function waitUntil(check: () => Promise<boolean>, ms = 10_000): Promise<void> {
  const until = Date.now() + ms
  while (!(await check())) {
    if (Date.now() > until) throw new Error('waited in vain')
    await sleep(20)
  }
}
