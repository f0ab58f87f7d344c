/** Every call to GitHub passes here: counted, conditional where asked, never repeated when it writes, errors translated. */
import { RetryableError } from '../../core/errors.ts'
import type { RepoRef } from '../../core/ids.ts'
import type { ClientOf, GithubClient, GithubRequest } from './github-client.ts'
import { createResponseCache } from './response-cache.ts'
import type { ResponseCache } from './response-cache.ts'
import { fetchKeepingMethod } from './fetch-keeping-method.ts'
import { nameOf } from './repository-path.ts'
import {
  installationGone,
  isRecord,
  refused,
  refusedWith,
  translateError,
  untilListed,
} from './translate-error.ts'
import type { Credential, Intent } from './translate-error.ts'

/** Calls since the adapter was made. Reads that GitHub answered with 304 cost no request of the quota. */
export interface CallCounts {
  readonly reads: number
  readonly unchangedReads: number
  readonly writes: number
}

/** What of a response is kept for the next conditional request. */
interface Response<T> {
  readonly status: number
  readonly headers: { readonly etag?: string }
  readonly data: T
}

export interface GithubApi {
  read<T>(repo: RepoRef, intent: Intent, call: (request: GithubRequest) => Promise<T>): Promise<T>
  /** Undefined instead of an error where GitHub says 404 or 410. */
  readIfThere<T>(
    repo: RepoRef,
    intent: Intent,
    call: (request: GithubRequest) => Promise<T>,
  ): Promise<T | undefined>
  /** As `readIfThere`, with the ETag of the last answer to the same request; the body of a 304 comes from memory. */
  readConditionally<T>(
    repo: RepoRef,
    intent: Intent & { readonly key: string },
    call: (request: GithubRequest) => Promise<Response<T>>,
  ): Promise<T | undefined>
  write<T>(repo: RepoRef, intent: Intent, call: (request: GithubRequest) => Promise<T>): Promise<T>
  /** GraphQL that only asks. */
  query<T>(repo: RepoRef, intent: Intent, call: (graphql: GithubClient['graphql']) => Promise<T>): Promise<T>
  /** GraphQL that changes something. */
  mutate<T>(repo: RepoRef, intent: Intent, call: (graphql: GithubClient['graphql']) => Promise<T>): Promise<T>
  counts(): CallCounts
}

export function createGithubApi(clientOf: ClientOf, by: Credential = 'app'): GithubApi {
  const counts = { reads: 0, unchangedReads: 0, writes: 0 }
  const cache = createResponseCache()
  const using = callsWith(clientOf, by)

  const readIfThere: GithubApi['readIfThere'] = (repo, intent, call) =>
    using(repo, intent, async (client) => {
      counts.reads++
      try {
        return await call(client.request)
      } catch (error) {
        if (isGone(error, repo)) return undefined
        throw error
      }
    })

  return {
    counts: () => ({ ...counts }),
    readIfThere,
    read: (repo, intent, call) => using(repo, intent, (client) => (counts.reads++, call(client.request))),
    query: (repo, intent, call) => using(repo, intent, (client) => (counts.reads++, call(client.graphql))),
    // Whether a write that failed has happened is not known here, and looking first is the caller's.
    mutate: (repo, intent, call) =>
      using(repo, intent, (client) => {
        counts.writes++
        return call(client.graphql.defaults({ request: { retries: 0 } }))
      }),
    write: (repo, intent, call) =>
      using(repo, intent, (client) => {
        counts.writes++
        // A client may come with a fetch of its own; Octokit's types do not say which.
        const own = client.request.endpoint.DEFAULTS.request?.fetch as typeof fetch | undefined
        return call(client.request.defaults({ request: { retries: 0, fetch: fetchKeepingMethod(own) } }))
      }),
    readConditionally: async <T>(
      repo: RepoRef,
      intent: Intent & { readonly key: string },
      call: (request: GithubRequest) => Promise<Response<T>>,
    ): Promise<T | undefined> => {
      const { ask, unchanged } = conditionally(cache, intent, call)
      const data = await readIfThere(repo, intent, ask)
      if (unchanged()) counts.unchangedReads++
      if (data === undefined) cache.delete(intent.key)
      return data
    },
  }
}

/**
 * One call as whoever may act on the repository. An App's token dies with its installation (401); where the App was
 * installed again, the same call goes through as the new installation. A 401 has done nothing, so writes repeat too.
 */
function callsWith(clientOf: ClientOf, by: Credential) {
  return async <T>(repo: RepoRef, intent: Intent, call: (client: GithubClient) => Promise<T>): Promise<T> => {
    try {
      const client = await clientOf(repo)
      try {
        return readable(await call(client), intent)
      } catch (error) {
        if (!clientOf.forget || refused(error)?.status !== 401) throw error
        clientOf.forget(repo, 'token')
        return readable(await call(await clientOf(repo)), intent)
      }
    } catch (error) {
      const gone = installationGone(error, nameOf(repo))
      const translated = gone ?? translateError(error, intent, by)
      // The repository may have come under another installation; looking that up again costs one read.
      if (gone || [401, 403, 404].includes(refusedWith(translated) ?? 0)) clientOf.forget?.(repo)
      throw translated
    }
  }
}

/** A call that sends the ETag it knows and takes the body from the cache when GitHub answers 304. */
function conditionally<T>(
  cache: ResponseCache,
  intent: Intent & { readonly key: string },
  call: (request: GithubRequest) => Promise<Response<T>>,
): { ask: (request: GithubRequest) => Promise<T>; unchanged: () => boolean } {
  const { key } = intent
  let unchanged = false
  const ask = async (request: GithubRequest): Promise<T> => {
    const known = cache.get(key)
    try {
      const answer = readable(
        await call(known ? request.defaults({ headers: { 'if-none-match': known.etag } }) : request),
        intent,
      )
      cache.set(key, { etag: answer.headers.etag, data: answer.data })
      return answer.data
    } catch (error) {
      if (!known || refused(error)?.status !== 304) throw error
      unchanged = true
      // The key names the route and all its parameters, so what is kept under it has this route's type.
      return known.data as T
    }
  }
  return { ask, unchanged: () => unchanged }
}

/** A page with status 200 is by something between us and GitHub; what was asked for may be done or not. */
function readable<T>(answer: T, intent: Intent): T {
  const headers = isRecord(answer) && isRecord(answer.headers) ? answer.headers : {}
  if (!/^text\/html\b/i.test(String(headers['content-type']))) return answer
  const message = `A page came in the place of GitHub's answer ${intent.doing}.`
  throw new RetryableError('forge_unavailable', message, untilListed(intent))
}

/** Not when it is the installation that is gone: then nothing is known of the thing that was asked for. */
function isGone(error: unknown, repo: RepoRef): boolean {
  const status = refused(error)?.status
  return (status === 404 || status === 410) && !installationGone(error, nameOf(repo))
}

/** GitHub's own objects behind an answer that may also be a list, a string or nothing. */
export function fieldsOf(data: unknown): Readonly<Record<string, unknown>> {
  return isRecord(data) && !Array.isArray(data) ? data : {}
}
