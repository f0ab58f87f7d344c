/** What most calls take: the way to GitHub, as whom we act, and where. */
import type { RepoRef } from '../../core/ids.ts'
import type { GithubApi } from './github-api.ts'
import type { Identity } from './github-client.ts'

export interface RepoContext {
  readonly api: GithubApi
  readonly identity: Identity
  readonly repo: RepoRef
}
