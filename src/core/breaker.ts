/** The progress breaker: the same diff, the same failing tests or the same finding twice means that more turns buy nothing. */
import type { RunEvent } from './event.ts'
import { blockingFindings, findingKey } from './review.ts'

/** What an event says about progress, as short keys; none for events that are no sign either way. */
export function progressKeys(event: RunEvent): string[] {
  if (event.kind === 'code_written') return [`diff:${event.change.diff_hash}`]
  if (event.kind === 'proof_failed') {
    const failing = event.failures.map((f) => `${f.kind} ${f.subject}`).sort()
    return [`proof:${[...new Set(failing)].join('|')}`]
  }
  if (event.kind === 'change_reviewed')
    return blockingFindings(event.verdict).map((f) => `finding:${findingKey(f)}`)
  return []
}

/** True when any key of the event was seen before in this run. */
export function isStuck(seen: readonly string[], event: RunEvent): boolean {
  return progressKeys(event).some((key) => seen.includes(key))
}
