/** The two queues: `events`, strictly first-in first-out per key and short; `work`, long, and never under the lock. */
export interface Job<T> {
  /** Deduplicates: a second job with the id of one that was ever accepted is dropped. */
  readonly id: string
  /** Events of one key run one at a time, in order. Work of one key can be cancelled together. */
  readonly key: string
  readonly payload: T
}

export interface TakenJob<T> extends Job<T> {
  /** An earlier try of it failed, was cut off, or died with its process; what it did may be there. */
  readonly again: boolean
}

/**
 * Resolves when the job is done; a job whose handler rejects is not. Work whose signal was aborted is not done either,
 * whatever its handler says. The signal is aborted when the work is cancelled, when the process stops, and when another
 * process has taken the job over.
 */
export type Handler<T> = (job: TakenJob<T>, signal: AbortSignal) => Promise<void>

export interface Queue<E, W> {
  /**
   * Accepted means it will be handled at least once: by this process, or, where jobs outlive processes, by any. Throws
   * RetryableError where it could not be accepted.
   */
  addEvent(job: Job<E>): Promise<void>
  addWork(job: Job<W>): Promise<void>
  /** Aborts the signal of running work of `key` and drops what waits. Resolves when none of it runs any more. */
  cancelWork(key: string): Promise<void>
  start(handlers: { event: Handler<E>; work: Handler<W> }): void
  /** Resolves when nothing runs and nothing waits. */
  idle(): Promise<void>
  /** Stops claiming, aborts running work, resolves when it has ended. */
  stop(): Promise<void>
}
