/** A job that failed for good: its run waits, visibly, for somebody to look at it. */
import { oneLine } from '../core/untrusted.ts'
import { issueKey } from '../core/ids.ts'
import type { RunEvent } from '../core/event.ts'
import { NO_CONTINUITY, NO_SPEND } from '../core/spend.ts'
import type { Clock } from '../ports/clock.ts'
import type { Incoming, Work } from '../ports/incoming.ts'
import type { Log } from '../ports/log.ts'
import type { GivenUpJob, Queue } from '../ports/queue.ts'

interface Parts {
  readonly queue: Pick<Queue<Incoming, Work>, 'addEvent'>
  readonly clock: Pick<Clock, 'now'>
  readonly log: Log
}

/** Told twice it says it once. Never throws for a job that concerns no run: there is nobody to tell. */
export async function giveUp(
  { queue, clock, log }: Parts,
  { id, payload, why }: GivenUpJob<Incoming | Work>,
): Promise<void> {
  log.error('given_up', new Error(why), { job: id })
  if (!('issue' in payload) || payload.kind === 'look' || payload.kind === 'issue_found') return
  // The news that something failed failed itself: saying so again would go on for ever.
  if (payload.kind === 'run_event' && payload.event.kind === 'event_given_up') return
  const at = clock.now()
  const event: RunEvent =
    payload.kind === 'effect'
      ? {
          kind: 'stage_failed',
          at,
          attempt: payload.effect.id,
          spent: NO_SPEND,
          continuity: NO_CONTINUITY,
          code: 'gave_up',
          detail: oneLine(why, 500),
          resumable: true,
        }
      : { kind: 'event_given_up', at, what: whatOf(payload) }
  const { issue } = payload
  await queue.addEvent({
    id: `${id}.given_up`,
    key: issueKey(issue),
    payload: { kind: 'run_event', issue, event },
  })
}

function whatOf(payload: Exclude<Incoming | Work, { kind: 'effect' }>): string {
  return payload.kind === 'run_event' ? payload.event.kind : payload.kind
}
