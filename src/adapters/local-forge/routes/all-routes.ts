/** Every REST route that the forge serves; the schema subset is generated from this list. */
import type { Route } from '../call.ts'
import { appRoutes } from './app-routes.ts'
import { checkRoutes } from './check-routes.ts'
import { commentRoutes } from './comment-routes.ts'
import { commitRoutes } from './commit-routes.ts'
import { dependencyRoutes } from './dependency-routes.ts'
import { gitDataRoutes } from './git-data-routes.ts'
import { issueRoutes } from './issue-routes.ts'
import { manifestRoutes } from './manifest-routes.ts'
import { protectionRoutes } from './protection-routes.ts'
import { pullRoutes } from './pull-routes.ts'
import { refRoutes } from './ref-routes.ts'
import { repositoryRoutes } from './repository-routes.ts'
import { reviewRoutes } from './review-routes.ts'

/** The answer for this one is made where the limits are kept. */
export const RATE_LIMIT_PATH = '/rate_limit'

export const allRoutes: readonly Route[] = [
  ...appRoutes,
  ...manifestRoutes,
  ...repositoryRoutes,
  ...protectionRoutes,
  ...issueRoutes,
  ...dependencyRoutes,
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
  'check-suite-completed',
  'installation-created',
  'installation-deleted',
  'installation-repositories-removed',
  'installation-suspend',
  'installation-unsuspend',
  'issue-comment-created',
  'issue-comment-deleted',
  'issue-comment-edited',
  'issues-closed',
  'issues-deleted',
  'issues-edited',
  'issues-labeled',
  'issues-locked',
  'issues-opened',
  'issues-reopened',
  'issues-transferred',
  'issues-unlabeled',
  'issues-unlocked',
  'pull-request-closed',
  'pull-request-converted-to-draft',
  'pull-request-edited',
  'pull-request-labeled',
  'pull-request-locked',
  'pull-request-opened',
  'pull-request-ready-for-review',
  'pull-request-reopened',
  'pull-request-review-comment-created',
  'pull-request-review-submitted',
  'pull-request-review-thread-resolved',
  'pull-request-review-thread-unresolved',
  'pull-request-synchronize',
  'pull-request-unlabeled',
  'pull-request-unlocked',
  'push',
  'repository-archived',
  'repository-deleted',
  'repository-renamed',
  'repository-transferred',
  'repository-unarchived',
  'status',
] as const
