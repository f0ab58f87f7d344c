/** A dialogue over a conversation: waits out a model that says "later", and turns no answer into a stage failure. */
import { RetryableError, StageFailure } from '../core/errors.ts'
import type { AgentAnswer, Conversation } from '../ports/agents.ts'
import type { Clock } from '../ports/clock.ts'
import type { Dialogue } from '../ports/desk.ts'

/**
 * Waits before asking again, in milliseconds. The conversation goes on from where it broke off; left to the engine,
 * the stage would begin anew and pay for every turn again.
 */
const WAITS = [5_000, 20_000, 60_000, 180_000]
/** A server that names a longer wait has a real outage: the engine schedules that. */
const LONGEST_WAIT = 300_000

export interface Patience {
  readonly clock: Pick<Clock, 'sleep'>
  readonly signal: AbortSignal
}

async function answered<T>(
  conversation: Conversation<T>,
  message: string | undefined,
  patience: Patience,
): Promise<AgentAnswer<T>> {
  let say = message
  for (let tried = 0; ; tried += 1) {
    try {
      return await conversation.ask(say)
    } catch (error) {
      const wait = WAITS[tried]
      if (!(error instanceof RetryableError) || wait === undefined) throw error
      const ms = error.retryAfterMs ?? wait
      if (ms > LONGEST_WAIT) throw error
      await patience.clock.sleep(ms, patience.signal)
      // The message is part of the conversation already; saying it twice would read as a second demand.
      say = undefined
    }
  }
}

export function patientDialogue<T>(conversation: Conversation<T>, patience: Patience): Dialogue<T> {
  return {
    ask: async (message) => {
      const answer = await answered(conversation, message, patience)
      if (answer.ok) return answer.output
      throw new StageFailure(answer.code, answer.detail, { resumable: true })
    },
  }
}
