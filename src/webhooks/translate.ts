/** Which file reads which event of GitHub's. */
import type { WebhookEventName } from '@octokit/webhooks/types'
import { checkRun } from './check-run.ts'
import { checkSuite } from './check-suite.ts'
import { installationRepositories } from './installation-repositories.ts'
import { installation } from './installation.ts'
import { issueComment } from './issue-comment.ts'
import { issues } from './issues.ts'
import { mergeGroup } from './merge-group.ts'
import { pullRequestReviewComment } from './pull-request-review-comment.ts'
import { pullRequestReviewThread } from './pull-request-review-thread.ts'
import { pullRequestReview } from './pull-request-review.ts'
import { pullRequest } from './pull-request.ts'
import { push } from './push.ts'
import { repository } from './repository.ts'
import { status } from './status.ts'
import { nothing } from './translation.ts'
import type { Translate, Translation } from './translation.ts'
import { workflowRun } from './workflow-run.ts'

/** By GitHub's own names, so that none can be misspelt and wait for ever. */
const EVENTS: ReadonlyMap<string, Translate> = new Map<WebhookEventName, Translate>([
  ['check_run', checkRun],
  ['check_suite', checkSuite],
  ['installation', installation],
  ['installation_repositories', installationRepositories],
  ['issue_comment', issueComment],
  ['issues', issues],
  ['merge_group', mergeGroup],
  ['pull_request', pullRequest],
  ['pull_request_review', pullRequestReview],
  ['pull_request_review_comment', pullRequestReviewComment],
  ['pull_request_review_thread', pullRequestReviewThread],
  ['push', push],
  ['repository', repository],
  ['status', status],
  ['workflow_run', workflowRun],
])

/** The events that mean something here; app.yml asks for those that do not come by themselves. */
export const EVENT_NAMES: readonly string[] = [...EVENTS.keys()]

/** `at` is when the delivery came in. Never throws, whatever the payload is. */
export function translate(
  event: string,
  payload: Readonly<Record<string, unknown>>,
  at: string,
): Translation {
  const its = EVENTS.get(event)
  if (!its) return nothing('this event means nothing to a run')
  const { action } = payload
  return its(payload, typeof action === 'string' ? action : '', at)
}
