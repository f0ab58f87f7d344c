/** Everything that outlives a process, where a process is all there is: the demo, `mill run` and tests. */
import type { Durable } from '../../ports/durable.ts'
import { createMemoryJournal } from './memory-journal.ts'
import { createMemoryLocks } from './memory-locks.ts'
import { createMemoryQueue } from './memory-queue.ts'
import type { MemoryQueueParts } from './memory-queue.ts'
import { createMemoryStore } from './memory-store.ts'

export function createMemoryDurable(parts: MemoryQueueParts): Durable {
  return {
    store: createMemoryStore(),
    locks: createMemoryLocks(),
    journal: createMemoryJournal(),
    createQueue: (options) => createMemoryQueue(parts, options),
    // A lock of this process lives as long as the process does.
    watchLocks: () => undefined,
    ping: async () => undefined,
    close: async () => undefined,
  }
}
