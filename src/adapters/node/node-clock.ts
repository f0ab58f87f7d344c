/** The machine's clock and randomness. */
import { randomBytes } from 'node:crypto'
import { setTimeout as wait } from 'node:timers/promises'
import type { Clock, Random } from '../../ports/clock.ts'

export function createNodeClock(): Clock {
  return {
    now: () => new Date().toISOString(),
    sleep: async (ms, signal) => {
      await wait(ms, undefined, signal ? { signal } : {})
    },
  }
}

export function createNodeRandom(): Random {
  return { hex: (bytes) => randomBytes(bytes).toString('hex') }
}
