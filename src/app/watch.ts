/** An eye on something outside that may go away: says once that it is gone, and once that it is back. */
import type { Clock } from '../ports/clock.ts'

export interface WatchOptions {
  /** Why it is away; undefined when it answers. Rejects only for a bug of ours. */
  readonly ask: () => Promise<string | undefined>
  readonly lost: (reason: string) => string
  readonly back: string
  readonly say: (text: string) => void
  readonly onBug: (error: unknown) => void
  readonly clock: Clock
  /** How often it is asked while it answers; without it only when somebody looks. Milliseconds. */
  readonly everyMs?: number
}

export interface Watch {
  /** Asks now, or joins a question that is under way. */
  look(): Promise<string | undefined>
  /** What was found in the last two seconds, or else a look. */
  recent(): Promise<string | undefined>
  /** What was found last, however long ago. */
  last(): string | undefined
  close(): void
}

/** Whoever asks for readiness does so every few seconds, and from several sides. Milliseconds. */
const FRESH = 2000
/** What takes longer is of no use to anybody who waits for it. Milliseconds. */
const PATIENCE = 3000
/** Between two questions while it is away. Milliseconds. */
const PAUSE = 5000

export function createWatch(options: WatchOptions): Watch {
  const { clock, everyMs } = options
  const closed = new AbortController()
  let reason: string | undefined
  let at = -FRESH
  let asking: Promise<string | undefined> | undefined
  let isPlanned = false

  async function ask(): Promise<string | undefined> {
    const found = await answer()
    if (closed.signal.aborted) return found
    if (found !== undefined && reason === undefined) options.say(options.lost(found))
    if (found === undefined && reason !== undefined) options.say(options.back)
    reason = found
    at = performance.now()
    plan(found === undefined ? everyMs : PAUSE)
    return found
  }
  async function answer(): Promise<string | undefined> {
    try {
      return await inTime(options)
    } catch (error) {
      // A bug of ours is no answer: it is told, and asked again.
      plan(PAUSE)
      throw error
    } finally {
      asking = undefined
    }
  }
  function plan(ms: number | undefined): void {
    if (ms === undefined || isPlanned) return
    isPlanned = true
    const again = (): void => {
      isPlanned = false
      look().catch(options.onBug)
    }
    clock.sleep(ms, closed.signal).then(again, () => undefined)
  }
  const look = (): Promise<string | undefined> => (asking ??= ask())

  plan(everyMs)
  return {
    look,
    recent: () => (performance.now() - at < FRESH ? Promise.resolve(reason) : look()),
    last: () => reason,
    close: () => closed.abort(),
  }
}

async function inTime({ ask, clock }: WatchOptions): Promise<string | undefined> {
  const answered = new AbortController()
  const late = clock.sleep(PATIENCE, answered.signal).then(() => 'it does not answer')
  try {
    return await Promise.race([ask(), late])
  } finally {
    answered.abort()
  }
}
