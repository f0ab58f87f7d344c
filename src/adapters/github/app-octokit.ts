/** The Octokit that Probot is given: it neither waits nor repeats, and asks for tokens at the address of its forge. */
import { ProbotOctokit } from 'probot'
import { isRecord } from './translate-error.ts'
import { CLIENT_OPTIONS } from './github-client.ts'

/** Probot puts its own throttling over an Octokit's defaults, and that waits through rate limits; so ours comes last. */
export function appOctokit({ paced }: { readonly paced: boolean }): typeof ProbotOctokit {
  return class extends ProbotOctokit {
    constructor(options: Readonly<Record<string, unknown>> = {}) {
      const given = isRecord(options.throttle) ? options.throttle : {}
      const throttle = { ...given, ...CLIENT_OPTIONS.throttle, enabled: paced }
      super({ ...options, auth: withoutRequest(options.auth), retry: CLIENT_OPTIONS.retry, throttle })
    }
  }
}

/** Probot's authentication would ask for a new token at api.github.com; without a request of its own it uses Octokit's. */
function withoutRequest(auth: unknown): unknown {
  if (!isRecord(auth)) return auth
  const { request: _, ...rest } = auth
  return rest
}
