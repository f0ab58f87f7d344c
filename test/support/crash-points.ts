/**
 * Where a worker is killed, or stands still: the seams at which a crash leaves something half done, found by wrapping
 * what it works with.
 */
import type { WorkKind } from '../../src/core/effect.ts'
import type { RunEvent } from '../../src/core/event.ts'
import type { Durable } from '../../src/ports/durable.ts'
import type { Incoming, Work } from '../../src/ports/incoming.ts'
import type { Handler, Job, Queue, QueueOptions, TakenJob } from '../../src/ports/queue.ts'
import type { Sandbox } from '../../src/ports/sandbox.ts'

/** The stages that do something, by the work that they ask for. */
export const CRASH_STAGES = {
  intake: 'check_intake',
  planning: 'make_plan',
  specifying: 'write_tests',
  coding: 'write_code',
  verifying: 'prove_change',
  reviewing: 'review_change',
  publishing: 'publish_change',
} as const satisfies Record<string, WorkKind>
export type CrashStage = keyof typeof CRASH_STAGES

export const CRASH_POINTS = {
  K1: 'its job is stored, and whoever stored it does not know yet',
  K2: 'the step that asked for it is done, and not ticked off',
  K3: 'it is claimed, and nothing was read',
  K4: 'a call to model, sandbox or forge is under way',
  K5: 'its result is there, and not stored',
  K6: 'the state it led to is intended, and not on the forge',
  K7: 'that state is on the forge, and not confirmed',
  K8: 'it is confirmed, and what follows was not asked for',
} as const
export type CrashPoint = keyof typeof CRASH_POINTS

export interface Kill {
  readonly stage: CrashStage
  readonly point: CrashPoint
}

/** Whoever stands still goes on where it stood. `unsent`: it looked for a pull request, and the one it asks for has not left. */
export interface Freeze {
  readonly stage: CrashStage
  readonly point: CrashPoint | 'unsent'
  readonly freezes: true
}
export type Armed = Kill | Freeze

const RESULT_OF: Partial<Record<RunEvent['kind'], CrashStage>> = {
  intake_accepted: 'intake',
  plan_made: 'planning',
  tests_written: 'specifying',
  code_written: 'coding',
  proof_passed: 'verifying',
  change_reviewed: 'reviewing',
  change_published: 'publishing',
}

/** What whoever waits for a worker that stands still finds in its log, before and after. */
export const STANDS = 'stands_still'
export const GOES_ON = 'goes_on'
/** In which a process that goes on hears that its connections were closed; before that it writes into the void. */
const WAKING_MS = 50

/** Kills this process, or stops it, once, when it comes to where it is armed. */
export class CrashSite {
  readonly #tell: (what: typeof STANDS | typeof GOES_ON) => void
  #armed: Armed | undefined
  /** The stage that works here now, and the one whose result is being handled. */
  #working: CrashStage | undefined
  #leaving: CrashStage | undefined

  constructor(armed: Armed | undefined, tell: (what: typeof STANDS | typeof GOES_ON) => void) {
    this.#armed = armed
    this.#tell = tell
  }

  arm(armed: Armed): void {
    this.#armed = armed
  }

  durable(inner: Durable): Durable {
    return {
      ...inner,
      store: {
        ...inner.store,
        saveIntent: async (key, intent) => {
          // Bare comments of a new run are stored confirmed; nothing was left by then.
          if (intent.confirmed && this.#leaving) await this.#reach('K7', this.#leaving)
          await inner.store.saveIntent(key, intent)
          if (this.#leaving) await this.#reach(intent.confirmed ? 'K8' : 'K6', this.#leaving)
        },
      },
      createQueue: <E, W>(options: QueueOptions<E, W>) =>
        this.#queue(inner.createQueue(options) as unknown as Queue<Incoming, Work>) as unknown as Queue<E, W>,
    }
  }

  sandbox(inner: Sandbox): Sandbox {
    return {
      ...inner,
      run: async (command, spec, options) => {
        const running = inner.run(command, spec, options)
        if (this.#working === 'verifying') await this.#reach('K4', 'verifying')
        return running
      },
    }
  }

  /** Requests go out by this; the one that is armed for is on its way when the process ends. */
  fetch(inner: typeof fetch, modelUrl: string): typeof fetch {
    return async (input, init) => {
      const url = input instanceof Request ? input.url : String(input)
      const stage = this.#working
      if (stage && init?.method === 'POST' && url.endsWith('/pulls')) await this.#reach('unsent', stage)
      const answer = inner(input, init)
      const atModel = url.startsWith(modelUrl) && stage !== 'publishing' && stage !== 'verifying'
      const writes = stage === 'publishing' && /\/(pulls|git\/trees)$/.test(url) && init?.method === 'POST'
      if (stage && (atModel || writes)) {
        answer.catch(() => undefined)
        await this.#reach('K4', stage, 40)
      }
      return answer
    }
  }

  #queue(inner: Queue<Incoming, Work>): Queue<Incoming, Work> {
    return {
      ...inner,
      addEvent: async (job) => {
        const stage = resultOf(job)
        if (stage) await this.#reach('K5', stage)
        await inner.addEvent(job)
      },
      addWork: async (job) => {
        await inner.addWork(job)
        const stage = stageOf(job.payload)
        if (stage) await this.#reach('K1', stage)
      },
      start: ({ event, work }) => inner.start({ event: this.#onEvent(event), work: this.#onWork(work) }),
    }
  }

  #onEvent(handler: Handler<Incoming>): Handler<Incoming> {
    return async (job, signal) => {
      const left = resultOf(job)
      if (left) this.#leaving = left
      await handler(job, signal)
      const next = asksFor(job)
      if (next) await this.#reach('K2', next)
      if (left) this.#leaving = undefined
    }
  }

  #onWork(handler: Handler<Work>): Handler<Work> {
    return async (job: TakenJob<Work>, signal) => {
      const stage = stageOf(job.payload)
      if (stage) await this.#reach('K3', stage)
      // A sweep or a look beside it is no stage's work, and its end is not that of the stage.
      if (stage) this.#working = stage
      await handler(job, signal)
      if (stage) this.#working = undefined
    }
  }

  /** Comes back from where it is armed only if it was to stand still there, and long after. */
  async #reach(point: Armed['point'], stage: CrashStage, afterMs = 0): Promise<void> {
    if (this.#armed?.stage !== stage || this.#armed.point !== point) return
    const freezes = 'freezes' in this.#armed
    this.#armed = undefined
    await new Promise((resolve) => setTimeout(resolve, afterMs))
    if (freezes) return this.#freeze()
    process.kill(process.pid, 'SIGKILL')
    await new Promise(() => undefined)
  }

  async #freeze(): Promise<void> {
    this.#tell(STANDS)
    process.kill(process.pid, 'SIGSTOP')
    await new Promise((resolve) => setTimeout(resolve, WAKING_MS))
    this.#tell(GOES_ON)
  }
}

function stageOf(payload: Work): CrashStage | undefined {
  if (payload.kind !== 'effect') return undefined
  const { kind } = payload.effect
  return (Object.keys(CRASH_STAGES) as CrashStage[]).find((stage) => CRASH_STAGES[stage] === kind)
}

function resultOf({ payload }: Job<Incoming>): CrashStage | undefined {
  return payload.kind === 'run_event' ? RESULT_OF[payload.event.kind] : undefined
}

/** The stage that the step of this event asks for. */
function asksFor(job: Job<Incoming>): CrashStage | undefined {
  if (job.payload.kind === 'run_requested') return 'intake'
  const left = resultOf(job)
  const stages = Object.keys(CRASH_STAGES) as CrashStage[]
  return left && stages[stages.indexOf(left) + 1]
}
