/** What this adapter needs of an Octokit, and how it should be set up. */
import type { Octokit } from '@octokit/rest'
import type { RepoRef } from '../../core/ids.ts'

/** Any Octokit will do: Probot's, or one made with a personal token. */
export type GithubClient = Pick<Octokit, 'request' | 'graphql' | 'auth'>

export type GithubRequest = GithubClient['request']

/** The client that may act on a repository: its installation's, or the one of the token. Asked before every call. */
export interface ClientOf {
  (repo: RepoRef): Promise<GithubClient>
  /**
   * After a refusal: an App that was removed and installed again acts as another installation. Where it was the token
   * that was refused, the next client has a new one.
   */
  forget?(repo: RepoRef, refused?: 'token'): void
}

/** As whom we act. Without an App there is only the account that the token belongs to. */
export interface Identity {
  readonly appId: number | undefined
  /** The numeric id of the bot user (`slug[bot]`), or of the token's account. */
  readonly userId: number
  readonly login: string
}

/**
 * Options for whoever makes the Octokits. Waiting is the engine's business: a client that sleeps through a rate limit
 * holds a stage, and one that repeats a write may do it twice.
 */
export const CLIENT_OPTIONS = {
  retry: { enabled: false },
  throttle: { onRateLimit: (): boolean => false, onSecondaryRateLimit: (): boolean => false },
} as const

/** Whether GitHub says that we wrote something. The login is not asked: people can choose one that looks like ours. */
export function isOurs(
  identity: Identity,
  written: {
    readonly user?: { readonly id: number | bigint } | null
    readonly performed_via_github_app?: { readonly id: number | bigint } | null
  },
): boolean {
  if (written.user?.id !== identity.userId) return false
  return identity.appId === undefined || written.performed_via_github_app?.id === identity.appId
}
