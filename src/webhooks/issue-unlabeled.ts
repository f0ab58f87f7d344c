/** issues.unlabeled: taking the label off stops the run, whoever does it; the engine checks that it is the run's label. */
import type { IssuePayload, Translation } from './translation.ts'
import { actorOf, issueOf } from './translation.ts'

export function issueUnlabeled(
  payload: IssuePayload & { label?: { name: string } },
  at: string,
): Translation {
  if (!payload.label || payload.issue.pull_request !== undefined) return undefined
  const event = { kind: 'label_removed', at, by: actorOf(payload), label: payload.label.name } as const
  return { kind: 'run_event', issue: issueOf(payload), event }
}
