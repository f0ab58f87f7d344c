/** Locks of one process: each key is a chain of promises. */
import type { LockProof, Locks } from '../../ports/lock.ts'

export function createMemoryLocks(): Locks {
  const tails = new Map<string, Promise<unknown>>()
  return {
    async withLock(key, work) {
      const before = tails.get(key) ?? Promise.resolve()
      const mine = before.then(() => work({ key } as LockProof))
      const tail = mine.catch(() => undefined)
      tails.set(key, tail)
      try {
        return await mine
      } finally {
        if (tails.get(key) === tail) tails.delete(key)
      }
    },
  }
}
