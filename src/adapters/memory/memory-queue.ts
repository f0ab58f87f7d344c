/** The two queues of one process. Events: one chain per key. Work: bounded slots, cancellable by key. */
import type { Handler, Job, Queue } from '../../ports/queue.ts'

export interface MemoryQueueOptions {
  /** How much work runs at once; a run uses one slot at a time. */
  readonly workSlots: number
  /** A handler that throws is a bug of ours; the queue goes on. */
  readonly onError: (job: string, error: unknown) => void
}

export function createMemoryQueue<E, W>(options: MemoryQueueOptions): Queue<E, W> {
  const idlers: (() => void)[] = []
  // Ids are remembered for the life of the process: a redelivered webhook must not act twice.
  const seen = new Set<string>()
  let stopped = false
  const isIdle = (): boolean => events.isIdle() && work.isIdle()
  const settle = (): void => {
    if (isIdle()) for (const wake of idlers.splice(0)) wake()
  }
  const events = new EventChains<E>(options, settle)
  const work = new WorkSlots<W>(options, settle)
  const accept = (kind: string, id: string): boolean => {
    const key = `${kind}:${id}`
    if (stopped || seen.has(key)) return false
    seen.add(key)
    return true
  }
  return {
    addEvent: async (job) => {
      if (accept('event', job.id)) events.add(job)
    },
    addWork: async (job) => {
      if (accept('work', job.id)) work.add(job)
    },
    cancelWork: (key) => work.cancel((other) => other === key),
    start(handlers) {
      events.handler = handlers.event
      work.start(handlers.work)
    },
    idle: () =>
      new Promise((resolve) => {
        idlers.push(resolve)
        settle()
      }),
    async stop() {
      stopped = true
      events.stopping.abort(new Error('the app is stopping'))
      await work.cancel(() => true)
      await events.drained()
    },
  }
}

class EventChains<E> {
  handler: Handler<E> | undefined
  readonly stopping = new AbortController()
  readonly #options: MemoryQueueOptions
  readonly #settle: () => void
  readonly #chains = new Map<string, Promise<void>>()
  #open = 0

  constructor(options: MemoryQueueOptions, settle: () => void) {
    this.#options = options
    this.#settle = settle
  }

  add(job: Job<E>): void {
    this.#open += 1
    const before = this.#chains.get(job.key) ?? Promise.resolve()
    const mine: Promise<void> = before
      .then(() => this.handler?.({ ...job, again: false }, this.stopping.signal))
      .catch((error: unknown) => this.#options.onError(job.id, error))
      .finally(() => {
        this.#open -= 1
        if (this.#chains.get(job.key) === mine) this.#chains.delete(job.key)
        this.#settle()
      })
    this.#chains.set(job.key, mine)
  }

  isIdle(): boolean {
    return this.#open === 0
  }

  async drained(): Promise<void> {
    await Promise.all(this.#chains.values())
  }
}

interface Running {
  readonly key: string
  readonly abort: AbortController
  readonly done: Promise<void>
}

class WorkSlots<W> {
  readonly #options: MemoryQueueOptions
  readonly #settle: () => void
  readonly #running = new Set<Running>()
  #waiting: Job<W>[] = []
  #handler: Handler<W> | undefined

  constructor(options: MemoryQueueOptions, settle: () => void) {
    this.#options = options
    this.#settle = settle
  }

  start(handler: Handler<W>): void {
    this.#handler = handler
    this.#pump()
  }

  add(job: Job<W>): void {
    this.#waiting.push(job)
    this.#pump()
  }

  isIdle(): boolean {
    return this.#running.size === 0 && this.#waiting.length === 0
  }

  /** Resolves when none of the work meant runs any more. */
  async cancel(isMeant: (key: string) => boolean): Promise<void> {
    this.#waiting = this.#waiting.filter((job) => !isMeant(job.key))
    const hit = [...this.#running].filter((entry) => isMeant(entry.key))
    for (const entry of hit) entry.abort.abort(new Error('the run was stopped'))
    await Promise.all(hit.map((entry) => entry.done))
    this.#settle()
  }

  #pump(): void {
    while (this.#handler && this.#running.size < this.#options.workSlots) {
      const job = this.#waiting.shift()
      if (!job) return
      this.#run(job, this.#handler)
    }
  }

  #run(job: Job<W>, handler: Handler<W>): void {
    const abort = new AbortController()
    const done = Promise.resolve()
      .then(() => handler({ ...job, again: false }, abort.signal))
      .catch((error: unknown) => {
        if (!abort.signal.aborted) this.#options.onError(job.id, error)
      })
      .finally(() => {
        this.#running.delete(entry)
        this.#pump()
        this.#settle()
      })
    const entry: Running = { key: job.key, abort, done }
    this.#running.add(entry)
  }
}
