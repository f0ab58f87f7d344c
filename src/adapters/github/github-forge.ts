/** GitHub as a forge. */
import type { AppForge } from '../../ports/app-forge.ts'
import type { Forge, GitAccess } from '../../ports/forge.ts'
import { createGithubApi } from './github-api.ts'
import type { CallCounts } from './github-api.ts'
import type { ClientOf, Identity } from './github-client.ts'
import { createIssuesForge } from './issues-forge.ts'
import { createPullsForge } from './pulls-forge.ts'

export interface GithubForgeOptions {
  readonly clientOf: ClientOf
  readonly identity: Identity
  readonly git: GitAccess
  /** None where a person's token stands for the App. */
  readonly app?: AppForge
}

export interface GithubForge extends Forge {
  /** Calls so far: writes are what GitHub limits first. */
  counts(): CallCounts
}

/** Each forge counts and remembers for itself, so two in one process do not see each other's answers. */
export function createGithubForge({ clientOf, identity, git, app }: GithubForgeOptions): GithubForge {
  const api = createGithubApi(clientOf, identity.appId === undefined ? 'token' : 'app')
  return {
    issues: createIssuesForge(api, identity),
    pulls: createPullsForge(api, identity),
    git,
    app,
    counts: () => api.counts(),
  }
}
