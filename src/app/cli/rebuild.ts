/** `mill rebuild`: after the database was lost, every open run is found again on GitHub, and this says which. */
import { RetryableError } from '../../core/errors.ts'
import { issueName } from '../../core/ids.ts'
import { count } from '../../core/say/figures.ts'
import type { RunState } from '../../core/state.ts'
import type { Clock, Random } from '../../ports/clock.ts'
import type { Durable } from '../../ports/durable.ts'
import { incomingKey } from '../../ports/incoming.ts'
import type { Incoming, Work } from '../../ports/incoming.ts'
import type { Handler, Queue } from '../../ports/queue.ts'
import { loadEnv, readEnv } from '../env.ts'
import { closeInTime, processParts } from '../web/serve.ts'
import { startApp } from '../web/start-app.ts'

/** What a sweep finds is on the queue when it ends, and is taken within a fraction of this. Milliseconds. */
const QUIET = 3_000
/** For how long a sweep may be waited for that another process has taken. Milliseconds. */
const PATIENCE = 120_000
const LOOK_EVERY = 200

export async function rebuild(): Promise<boolean> {
  const parts = processParts('npm run mill -- rebuild')
  const { clock, random, stop, say } = parts
  const steps = createSteps(clock)
  const env = readEnv(loadEnv(undefined, ['PORT']))
  let before: readonly RunState[] = []
  const app = await startApp({
    ...parts,
    env,
    role: 'worker',
    openDurable: async (options) => {
      const durable = await parts.openDurable(options)
      // Every start sweeps by itself; what is there now was known without.
      before = await durable.store.allOpenRuns()
      return steps.listening(durable)
    },
  })
  if (!app) return stop.aborted
  const job = sweepJob({ clock, random })
  await steps.add(job)
  const ended = await steps.quietAfter(job.id, stop)
  const after = await app.durable.store.allOpenRuns()
  say(reportOf({ before, after, ended }))
  return (await closeInTime(app, parts)) && ended
}

function sweepJob({ clock, random }: { clock: Clock; random: Random }) {
  const payload: Incoming = { kind: 'sweep_due', at: clock.now(), full: true }
  return { id: `rebuild.${random.hex(8)}`, key: incomingKey(payload), payload }
}

interface Steps {
  /** The same durable parts, whose queue tells of every event it handles and leaves all work to others. */
  listening(durable: Durable): Durable
  add(job: ReturnType<typeof sweepJob>): Promise<void>
  /** True when the job was done here and nothing came after it; false where it was waited for in vain. */
  quietAfter(id: string, stop: AbortSignal): Promise<boolean>
}

export function createSteps(clock: Clock): Steps {
  const done = new Set<string>()
  let running = 0
  let lastAt = performance.now()
  let queue: Pick<Queue<Incoming, Work>, 'addEvent'> | undefined

  function told<T>(handler: Handler<T>): Handler<T> {
    return async (job, signal) => {
      running += 1
      try {
        await handler(job, signal)
        done.add(job.id)
      } finally {
        running -= 1
        lastAt = performance.now()
      }
    }
  }
  return {
    listening: (durable) => ({
      ...durable,
      createQueue<E, W>(options: Parameters<Durable['createQueue']>[0]) {
        const made = durable.createQueue<E, W>(options)
        const heard: Queue<E, W> = {
          ...made,
          start: ({ event }) => made.start({ event: told(event), work: later }),
        }
        queue = heard as unknown as typeof queue
        return heard
      },
    }),
    async add(job) {
      await queue?.addEvent(job)
    },
    async quietAfter(id, stop) {
      const began = performance.now()
      while (!stop.aborted && performance.now() - began < PATIENCE) {
        if (done.has(id) && running === 0 && performance.now() - lastAt >= QUIET) return true
        await clock.sleep(LOOK_EVERY, stop).catch(() => undefined)
      }
      return false
    },
  }
}

/** Work costs money, and this process ends soon: workers do it. */
const later: Handler<unknown> = () =>
  Promise.reject(
    new RetryableError('store_unavailable', 'a rebuild works on nothing', { retryAfterMs: 10_000 }),
  )

interface Found {
  readonly before: readonly RunState[]
  readonly after: readonly RunState[]
  readonly ended: boolean
}

export function reportOf({ before, after, ended }: Found): string {
  const known = new Map(before.map((state) => [state.run, state]))
  const lines = after.map((state) => {
    const was = known.get(state.run)
    const what =
      was === undefined
        ? 'found again on GitHub'
        : was.rev === state.rev
          ? 'as it was'
          : `put right, was ${was.at.stage}`
    return `  ${issueName(state.issue)}  ${state.at.stage}  ${what}`
  })
  const gone = before.filter(({ run }) => !after.some((state) => state.run === run))
  const over = gone.map((state) => `  ${issueName(state.issue)}  ${state.at.stage}  is over`)
  const rest = ended
    ? []
    : ['', 'This is not all: another process took the sweep over, or it takes longer. Its log says more.']
  return [`${count(after.length, 'open run')}.`, ...lines, ...over, ...rest].join('\n')
}
