/** The journal of one attempt at an effect: read once, then handed out to its conversations part by part. */
import type { Meter, Role } from '../ports/agents.ts'
import type { EffectJournal, Journal } from '../ports/journal.ts'
import type { Log } from '../ports/log.ts'
import { Tape } from './tape.ts'

export interface Attempt {
  readonly journal: Journal
  readonly run: string
  readonly effect: string
  /** Of a request, so that equal ones are known by few bytes. */
  readonly hash: (text: string) => string
}

export interface Recording {
  /** Throws RetryableError where the journal is away. */
  tape(role: Role, nth: number, meter: Pick<Meter, 'add'>): Promise<Tape>
}

export function openRecording({ journal, run, effect }: Attempt, log: Log): Recording {
  let known: Promise<EffectJournal> | undefined
  const read = (): Promise<EffectJournal> => {
    const reading = (known ??= journal.read(run, effect))
    reading.catch(() => {
      if (known === reading) known = undefined
    })
    return reading
  }
  return {
    async tape(role, nth, meter) {
      const { calls, before } = await read()
      const stored = calls.filter((call) => call.role === role && call.nth === nth)
      const name = `${role}-${(before.get(role) ?? 0) + nth}`
      return new Tape({ journal, place: { run, effect, role, nth }, name, stored, meter, log })
    },
  }
}
