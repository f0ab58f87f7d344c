/** issues.labeled: a person asks for work. Whether the label is the one, and they may, is looked up later. */
import type { IssuePayload, Translation } from './translation.ts'
import { actorOf, isPersonOnIssue, issueOf } from './translation.ts'

export function issueLabeled(payload: IssuePayload & { label?: { name: string } }, at: string): Translation {
  if (!isPersonOnIssue(payload) || !payload.label) return undefined
  return {
    kind: 'run_requested',
    at,
    issue: issueOf(payload),
    requester: actorOf(payload),
    label: payload.label.name,
  }
}
