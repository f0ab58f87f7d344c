/** The App was taken off a repository: what is worked on there stops, and waits for a person to bring it back. */
import { RetryableError, UserError } from '../core/errors.ts'
import type { RunEvent } from '../core/event.ts'
import { issueKey } from '../core/ids.ts'
import { NO_CONTINUITY, NO_SPEND } from '../core/spend.ts'
import { isTerminal } from '../core/stage.ts'
import type { Incoming } from '../ports/incoming.ts'
import type { LockProof } from '../ports/lock.ts'
import { applyEvent } from './apply-event.ts'
import type { EngineDeps } from './deps.ts'

/** Nothing can be read or said there any more. What was paid for is kept; a run that waits goes on waiting. */
export async function letGo(
  deps: EngineDeps,
  { repos }: Extract<Incoming, { kind: 'access_lost' }>,
): Promise<void> {
  for (const repo of repos) {
    for (const { issue, run } of await deps.store.openRuns(repo.id)) {
      const key = issueKey(issue)
      deps.log.warn('access_lost', { issue: key, run })
      await deps.locks.withLock(key, async (proof) => {
        // Under the lock: an event that is being handled may ask for more work before it lets go.
        await deps.queue.cancelWork(key)
        await hold(deps, proof)
      })
    }
  }
}

/** The work is gone, and a run that still said it is at it could be neither resumed nor tried again. */
async function hold(deps: EngineDeps, proof: LockProof): Promise<void> {
  const state = (await deps.store.intent(proof.key))?.state
  const [effect] = state?.pending ?? []
  if (!state || !effect || isTerminal(state.at.stage)) return
  const event: RunEvent = {
    kind: 'stage_failed',
    at: deps.clock.now(),
    attempt: effect.id,
    spent: NO_SPEND,
    continuity: NO_CONTINUITY,
    code: 'forge_refused',
    detail: 'The App was taken off this repository, or suspended, while I was at work.',
    resumable: true,
  }
  try {
    await applyEvent(deps, { state, event }, proof)
  } catch (error) {
    // As expected. It is stored what is to be said, and the next event from there has it written.
    if (!(error instanceof UserError || error instanceof RetryableError)) throw error
  }
}
