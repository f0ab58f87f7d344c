/** A clock that stands still until it is told otherwise: forge and factory live by it, and a story of hours takes none. */
import type { Clock } from '../../src/ports/clock.ts'

export interface StoryClock extends Clock {
  /** Milliseconds. Whoever's sleep is over by then wakes up. */
  pass(ms: number): void
  /** Moves on to where the next sleeper wakes; false where nobody sleeps. */
  passToNext(): boolean
}

interface Sleeper {
  readonly until: number
  readonly wake: () => void
}

export function createStoryClock(start: string): StoryClock {
  let time = Date.parse(start)
  const sleepers = new Set<Sleeper>()
  const passTo = (until: number): void => {
    time = Math.max(time, until)
    for (const sleeper of [...sleepers].toSorted((a, b) => a.until - b.until)) {
      if (sleeper.until > time) continue
      sleepers.delete(sleeper)
      sleeper.wake()
    }
  }
  return {
    now: () => new Date(time).toISOString(),
    sleep: (ms, signal) =>
      new Promise((resolve, reject) => {
        if (signal?.aborted) return reject(signal.reason as Error)
        const sleeper = { until: time + ms, wake: resolve }
        sleepers.add(sleeper)
        const left = (): void => {
          sleepers.delete(sleeper)
          reject(signal?.reason as Error)
        }
        signal?.addEventListener('abort', left, { once: true })
      }),
    pass: (ms) => passTo(time + ms),
    passToNext() {
      const next = Math.min(...[...sleepers].map(({ until }) => until))
      if (next === Infinity) return false
      passTo(next)
      return true
    },
  }
}
