/** The Octokit that Probot is given: it neither waits nor repeats, and asks for tokens at the address of its forge. */
import { ProbotOctokit } from 'probot'
import { isRecord } from './translate-error.ts'
import { CLIENT_OPTIONS } from './github-client.ts'
import { createLimits } from './limits.ts'
import type { Limits } from './limits.ts'

export interface AppOctokitOptions {
  readonly paced: boolean
  /** Shared by all clients of the class. */
  readonly limits?: Limits
}

/** Probot puts its own throttling over an Octokit's defaults, and that waits through rate limits; so ours comes last. */
export function appOctokit({ paced, limits = createLimits() }: AppOctokitOptions): typeof ProbotOctokit {
  return class extends ProbotOctokit {
    constructor(options: Readonly<Record<string, unknown>> = {}) {
      const given = isRecord(options.throttle) ? options.throttle : {}
      const throttle = { ...given, ...CLIENT_OPTIONS.throttle, enabled: paced }
      const request = isRecord(options.request) ? options.request : {}
      // Below the throttling: what waits its turn there is not sent either.
      const fetch = limits.fetchAs(whoOf(options.auth), request.fetch as typeof globalThis.fetch | undefined)
      super({
        ...options,
        auth: withoutRequest(options.auth),
        retry: CLIENT_OPTIONS.retry,
        throttle,
        request: { ...request, fetch },
      })
    }
  }
}

/** Probot's authentication would ask for a new token at api.github.com; without a request of its own it uses Octokit's. */
function withoutRequest(auth: unknown): unknown {
  if (!isRecord(auth)) return auth
  const { request: _, ...rest } = auth
  return rest
}

function whoOf(auth: unknown): string {
  const installation = isRecord(auth) ? auth.installationId : undefined
  return typeof installation === 'number' ? String(installation) : 'app'
}
