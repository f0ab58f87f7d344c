import { afterAll, beforeAll, expect, it } from '@jest/globals'
import { readFile } from 'node:fs/promises'
import { openCrashFloor } from '../support/crash-floor.ts'
import type { CrashFloor } from '../support/crash-floor.ts'

const PATIENCE_MS = 240_000
/** Long enough for the server to be back and for something to happen before it goes again. */
const EVERY_MS = 3000

let floor: CrashFloor

beforeAll(async () => {
  floor = await openCrashFloor(2)
  await floor.start()
}, PATIENCE_MS)

afterAll(async () => {
  await floor.close()
}, PATIENCE_MS)

/** Ends every session at once, as a restart does; the app starts its own server again. */
async function stopServer(): Promise<boolean> {
  const pid = Number((await readFile(floor.serverPid, 'utf8').catch(() => '')).split('\n')[0])
  if (!pid) return false
  try {
    return process.kill(pid, 'SIGINT')
  } catch {
    return false
  }
}

it(
  'F-57: a run ends, and nothing is done twice, while the database goes away every few seconds',
  async () => {
    const undisturbed = await floor.published(floor.begin())
    const asked = floor.model.asked.length
    let stops = 0
    const stopping = setInterval(
      () => void stopServer().then((stopped) => (stops += Number(stopped))),
      EVERY_MS,
    )
    try {
      expect(await floor.published(floor.begin())).toEqual(undisturbed)
    } finally {
      clearInterval(stopping)
    }
    expect(stops).toBeGreaterThan(1)
    expect(floor.askedTwice(asked)).toEqual([])
    expect(floor.model.asked.length - asked).toBe(6)
  },
  PATIENCE_MS,
)
