/** A state comment may be gone because its issue is: then that is told as its webhook would have been. */
import { issueKey } from '../core/ids.ts'
import type { RunState } from '../core/state.ts'
import type { Incoming } from '../ports/incoming.ts'
import { incomingKey } from '../ports/incoming.ts'
import type { EngineDeps } from './deps.ts'

/** True where nothing can be written on the issue any more; what comes of that is asked for. */
export async function isAway(deps: EngineDeps, { issue, run, rev }: RunState): Promise<boolean> {
  const where = await deps.forge.issues.whereabouts(issue)
  if (where === 'there') return false
  deps.log.warn('issue_away', { issue: issueKey(issue), run, where })
  const payload: Incoming =
    where === 'unseen'
      ? { kind: 'access_lost', repos: [issue.repo] }
      : {
          kind: 'run_event',
          issue,
          event: {
            kind: where === 'deleted' ? 'issue_deleted' : 'issue_moved',
            at: deps.clock.now(),
            by: null,
          },
        }
  await deps.queue.addEvent({ id: `${run}.${rev}.${where}`, key: incomingKey(payload), payload })
  return true
}
