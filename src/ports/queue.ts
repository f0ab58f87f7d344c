/** The two queues: `events`, strictly first-in first-out per key and short; `work`, long, and never under the lock. */
export interface Job<T> {
  /** Deduplicates: a second job with the id of one that was ever accepted is dropped. */
  readonly id: string
  /** Events of one key run one at a time, in order. Work of one key can be cancelled together. */
  readonly key: string
  readonly payload: T
  /** Work of one group (a repository) shares a bound, so that one that floods us leaves room for the others. */
  readonly group?: string
  /** Work of a higher rank is taken first, of the same rank in the order in which it came; 0 where absent. */
  readonly rank?: number
  /** Milliseconds from now; it is not begun before. */
  readonly after?: number
}

export interface TakenJob<T> extends Job<T> {
  /** An earlier try of it failed, was cut off, or died with its process; what it did may be there. */
  readonly again: boolean
  /** Tries that ended with "later", this one not counted. A job that was handed back or taken over is not counted. */
  readonly waited: number
}

/**
 * Resolves when the job is done; a job whose handler rejects is not. With RetryableError it is tried again after the
 * error's `retryAfterMs` (5 s where it says none), as often as it takes: for how long is the handler's to say. With
 * anything else it is tried a few times more, later each time, and then given up. Work whose signal was aborted is not
 * done either, whatever its handler says. The signal is aborted when the work is cancelled, when the process stops, and
 * when another process has taken the job over.
 */
export type Handler<T> = (job: TakenJob<T>, signal: AbortSignal) => Promise<void>

export interface Queue<E, W> {
  /**
   * Accepted means it will be handled at least once: by this process, or, where jobs outlive processes, by any. Throws
   * RetryableError where it could not be accepted.
   */
  addEvent(job: Job<E>): Promise<void>
  addWork(job: Job<W>): Promise<void>
  /**
   * Puts in anew work whose job is over or was never there. Nothing happens, and false is answered, while anything of
   * its key waits or runs on either queue.
   */
  reviveWork(job: Job<W>): Promise<boolean>
  /** Aborts the signal of running work of `key` and drops what waits. Resolves when none of it runs any more. */
  cancelWork(key: string): Promise<void>
  start(handlers: { event: Handler<E>; work: Handler<W> }): void
  /** Takes no more work until `takeWork`, before `start` too; other processes may. What runs goes on, and so do events. */
  holdWork(): void
  takeWork(): void
  /** Resolves when nothing runs and nothing waits. */
  idle(): Promise<void>
  /** Stops claiming, aborts running work, resolves when it has ended. */
  stop(): Promise<void>
}

/** A job that failed as often as it may, or that killed every process which took it. */
export interface GivenUpJob<T> extends Job<T> {
  readonly queue: 'events' | 'work'
  /** What its last try failed with. Raw. */
  readonly why: string
}

export interface QueueOptions<E, W> {
  /** How much work runs at once in this process; a run uses one slot at a time. */
  readonly workSlots: number
  /** Of these, how many one group may have; all of them where nobody else waits is not promised. */
  readonly groupSlots?: number
  /** Milliseconds that running jobs get to end in when the process stops. */
  readonly graceMs: number
  /** Told at least once; the jobs behind it go on afterwards, whatever happens. */
  readonly onGivenUp: (job: GivenUpJob<E | W>) => Promise<void>
}
