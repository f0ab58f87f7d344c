/** What outlives a process, as one thing: on PostgreSQL, or in memory where a process is all there is. */
import type { Journal } from './journal.ts'
import type { Locks } from './lock.ts'
import type { Queue, QueueOptions } from './queue.ts'
import type { Store } from './store.ts'

export interface Durable {
  readonly store: Store
  readonly locks: Locks
  readonly journal: Journal
  /** Once per process. Stop it before `close`; until then a stopped queue still accepts. */
  createQueue<E, W>(options: QueueOptions<E, W>): Queue<E, W>
  /** From now on told of every key whose lock was lost while it was held: who held it may have written too late. */
  watchLocks(told: (key: string) => void): void
  /** Resolves when it answers, throws RetryableError when it does not. */
  ping(): Promise<void>
  close(): Promise<void>
}
