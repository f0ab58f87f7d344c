/** Every REST route that the forge serves; the schema subset is generated from this list. */
import type { Route } from '../call.ts'
import { appRoutes } from './app-routes.ts'
import { checkRoutes } from './check-routes.ts'
import { commentRoutes } from './comment-routes.ts'
import { commitRoutes } from './commit-routes.ts'
import { gitDataRoutes } from './git-data-routes.ts'
import { issueRoutes } from './issue-routes.ts'
import { pullRoutes } from './pull-routes.ts'
import { refRoutes } from './ref-routes.ts'
import { repositoryRoutes } from './repository-routes.ts'
import { reviewRoutes } from './review-routes.ts'

/** The answer for this one is made where the limits are kept. */
export const RATE_LIMIT_PATH = '/rate_limit'

export const allRoutes: readonly Route[] = [
  ...appRoutes,
  ...repositoryRoutes,
  ...issueRoutes,
  ...commentRoutes,
  ...gitDataRoutes,
  ...refRoutes,
  ...commitRoutes,
  ...pullRoutes,
  ...reviewRoutes,
  ...checkRoutes,
]

/** Webhook payloads that the forge sends, by their names in GitHub's description. */
export const WEBHOOKS = [
  'check-run-completed',
  'check-run-created',
  'issue-comment-created',
  'issue-comment-deleted',
  'issue-comment-edited',
  'issues-closed',
  'issues-deleted',
  'issues-edited',
  'issues-labeled',
  'issues-opened',
  'issues-reopened',
  'issues-unlabeled',
  'pull-request-closed',
  'pull-request-converted-to-draft',
  'pull-request-edited',
  'pull-request-opened',
  'pull-request-ready-for-review',
  'pull-request-reopened',
  'pull-request-review-submitted',
  'pull-request-synchronize',
  'push',
] as const
