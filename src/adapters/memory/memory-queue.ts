/** The two queues of one process, with the same rules as those that outlive it; what they hold is gone with it. */
import { RetryableError, WorkCancelled } from '../../core/errors.ts'
import type { Clock } from '../../ports/clock.ts'
import type { Log } from '../../ports/log.ts'
import type { GivenUpJob, Handler, Job, Queue, QueueOptions } from '../../ports/queue.ts'

export interface MemoryQueueParts {
  readonly clock: Clock
  readonly log: Log
  readonly retries?: Retries
}

interface Retries {
  /** How often a job that failed is tried again before it is given up. */
  readonly limit: number
  /** Seconds before the second try; twice as long each time. */
  readonly delay: number
}

/** Twenty seconds in all: what one process can't do by then is told, and a person decides. */
const RETRIES: Retries = { limit: 3, delay: 3 }
const LATER_MS = 5000

type QueueName = GivenUpJob<unknown>['queue']

/** A job that is not over. */
interface Entry {
  readonly queue: QueueName
  readonly job: Job<unknown>
  /** Aborted when the job is over: nobody waits for its time any more. */
  readonly over: AbortController
  begun: boolean
  due: boolean
  waited: number
  failed: number
  run: { readonly abort: AbortController; readonly ended: Promise<void> } | undefined
}

export function createMemoryQueue<E, W>(parts: MemoryQueueParts, options: QueueOptions<E, W>): Queue<E, W> {
  const board = new Board(parts, options as QueueOptions<unknown, unknown>)
  return {
    addEvent: async (job) => board.add('events', job),
    addWork: async (job) => board.add('work', job),
    reviveWork: async (job) => board.revive(job),
    cancelWork: (key) => board.cancel(key),
    // A job comes back with the payload that it was added with.
    start: ({ event, work }) =>
      board.start({ events: event as Handler<unknown>, work: work as Handler<unknown> }),
    holdWork: () => board.hold(true),
    takeWork: () => board.hold(false),
    idle: () => board.idle(),
    stop: () => board.stop(),
  }
}

class Board {
  readonly #parts: MemoryQueueParts
  readonly #options: QueueOptions<unknown, unknown>
  /** In the order in which they came. */
  readonly #open = new Set<Entry>()
  // Ids are remembered for the life of the process: a redelivered webhook must not act twice.
  readonly #seen = new Set<string>()
  readonly #idlers: (() => void)[] = []
  #handlers: Readonly<Record<QueueName, Handler<unknown>>> | undefined
  #stopped = false
  #held = false

  constructor(parts: MemoryQueueParts, options: QueueOptions<unknown, unknown>) {
    this.#parts = parts
    this.#options = options
  }

  start(handlers: Readonly<Record<QueueName, Handler<unknown>>>): void {
    this.#handlers = handlers
    this.#pump()
  }

  hold(held: boolean): void {
    this.#held = held
    this.#pump()
  }

  add(queue: QueueName, job: Job<unknown>): void {
    const name = `${queue}:${job.id}`
    if (this.#stopped || this.#seen.has(name)) return
    this.#seen.add(name)
    this.#enter(queue, job)
  }

  revive(job: Job<unknown>): boolean {
    if (this.#stopped || [...this.#open].some((entry) => entry.job.key === job.key)) return false
    this.#seen.add(`work:${job.id}`)
    this.#enter('work', job)
    return true
  }

  async cancel(key: string): Promise<void> {
    const meant = [...this.#open].filter(({ queue, job }) => queue === 'work' && job.key === key)
    for (const entry of meant) {
      this.#end(entry)
      entry.run?.abort.abort(new WorkCancelled('the run was stopped'))
    }
    await Promise.all(meant.flatMap(({ run }) => (run ? [run.ended] : [])))
  }

  idle(): Promise<void> {
    return new Promise((resolve) => {
      this.#idlers.push(resolve)
      this.#settle()
    })
  }

  async stop(): Promise<void> {
    this.#stopped = true
    const running = [...this.#open].flatMap(({ run }) => (run ? [run] : []))
    for (const entry of this.#open) if (!entry.run) this.#end(entry)
    for (const { abort } of running) abort.abort(new Error('the app is stopping'))
    const ended = new AbortController()
    const grace = this.#parts.clock.sleep(this.#options.graceMs, ended.signal).catch(() => undefined)
    await Promise.race([Promise.all(running.map((run) => run.ended)), grace])
    ended.abort()
  }

  #enter(queue: QueueName, job: Job<unknown>): void {
    const entry: Entry = {
      queue,
      job,
      over: new AbortController(),
      begun: false,
      due: true,
      waited: 0,
      failed: 0,
      run: undefined,
    }
    this.#open.add(entry)
    if (job.after !== undefined && job.after > 0) this.#wait(entry, job.after)
    this.#pump()
  }

  #wait(entry: Entry, ms: number): void {
    entry.due = false
    const due = (): void => {
      entry.due = true
      this.#pump()
    }
    this.#parts.clock.sleep(ms, entry.over.signal).then(due, () => undefined)
  }

  #end(entry: Entry): void {
    this.#open.delete(entry)
    entry.over.abort()
    this.#settle()
  }

  #settle(): void {
    // Cancelled work may run on for a moment; whoever cancelled it waits for that.
    if (this.#open.size === 0) for (const wake of this.#idlers.splice(0)) wake()
  }

  #pump(): void {
    if (!this.#handlers || this.#stopped) return
    const rankOf = ({ queue, job: { rank = 0 } }: Entry): number => (queue === 'work' ? rank : 0)
    for (const entry of [...this.#open].sort((one, other) => rankOf(other) - rankOf(one))) {
      if (!entry.run && entry.due && this.#isFree(entry)) this.#begin(entry, this.#handlers[entry.queue])
    }
  }

  #isFree({ queue, job, begun }: Entry): boolean {
    const others = [...this.#open].filter((entry) => entry.queue === queue)
    // An event that runs or waits for its next try holds up the later ones of its key.
    if (queue === 'events') return begun || !others.some((other) => other.begun && other.job.key === job.key)
    const running = others.filter(({ run }) => run)
    const ofGroup = running.filter(({ job: { group } }) => group !== undefined && group === job.group)
    const { workSlots, groupSlots = workSlots } = this.#options
    return !this.#held && running.length < workSlots && ofGroup.length < groupSlots
  }

  #begin(entry: Entry, handler: Handler<unknown>): void {
    const { job, waited } = entry
    const { id, key, payload, group } = job
    const taken = { id, key, payload, again: entry.begun, waited, ...(group === undefined ? {} : { group }) }
    const abort = new AbortController()
    const ended = Promise.resolve()
      .then(() => handler(taken, abort.signal))
      .then(
        () => this.#end(entry),
        (error: unknown) => this.#fail(entry, error),
      )
      .finally(() => {
        entry.run = undefined
        this.#pump()
      })
    entry.begun = true
    entry.run = { abort, ended }
  }

  async #fail(entry: Entry, error: unknown): Promise<void> {
    if (this.#stopped || entry.over.signal.aborted) return this.#end(entry)
    const { log, retries = RETRIES } = this.#parts
    const about = { job: entry.job.id, queue: entry.queue }
    if (error instanceof RetryableError) {
      entry.waited += 1
      log.warn('job_waits', { ...about, waited: entry.waited, why: error.message.slice(0, 200) })
      return this.#wait(entry, error.retryAfterMs ?? LATER_MS)
    }
    entry.failed += 1
    log.error('job_failed', error, { ...about, tried: entry.failed })
    if (entry.failed <= retries.limit)
      return this.#wait(entry, retries.delay * 1000 * 2 ** (entry.failed - 1))
    await this.#giveUp(entry, error)
  }

  async #giveUp(entry: Entry, error: unknown): Promise<void> {
    const { id, key, payload, group } = entry.job
    const why = error instanceof Error ? error.message : String(error)
    const told = { id, key, payload, queue: entry.queue, why, ...(group === undefined ? {} : { group }) }
    // Whoever is told may fail too; the events behind this one must not wait for that.
    await this.#options
      .onGivenUp(told)
      .catch((failure: unknown) => this.#parts.log.error('not_told', failure, { job: id }))
    this.#end(entry)
  }
}
