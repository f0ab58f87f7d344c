/** issues.closed, issues.deleted, issues.transferred: the run has lost its issue and stops. */
import type { IssuePayload, Translation } from './translation.ts'
import { actorOf, issueOf } from './translation.ts'

export function issueClosed(payload: IssuePayload, at: string): Translation {
  if (payload.issue.pull_request !== undefined) return undefined
  return {
    kind: 'run_event',
    issue: issueOf(payload),
    event: { kind: 'issue_closed', at, by: actorOf(payload) },
  }
}
