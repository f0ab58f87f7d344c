/** Every call to GitHub passes here: counted, conditional where asked, never repeated when it writes, errors translated. */
import type { RepoRef } from '../../core/ids.ts'
import type { ClientOf, GithubClient, GithubRequest } from './github-client.ts'
import { createResponseCache } from './response-cache.ts'
import type { ResponseCache } from './response-cache.ts'
import { isRecord, refused, translateError } from './translate-error.ts'
import type { Intent } from './translate-error.ts'

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
  counts(): CallCounts
}

export function createGithubApi(clientOf: ClientOf): GithubApi {
  const counts = { reads: 0, unchangedReads: 0, writes: 0 }
  const cache = createResponseCache()

  const translated = async <T>(intent: Intent, call: () => Promise<T>): Promise<T> => {
    try {
      return await call()
    } catch (error) {
      throw translateError(error, intent)
    }
  }

  const readRaw = async <T>(repo: RepoRef, call: (request: GithubRequest) => Promise<T>): Promise<T> => {
    const client = await clientOf(repo)
    counts.reads++
    return call(client.request)
  }

  const readIfThere: GithubApi['readIfThere'] = (repo, intent, call) =>
    translated(intent, async () => {
      try {
        return await readRaw(repo, call)
      } catch (error) {
        if (isGone(error)) return undefined
        throw error
      }
    })

  return {
    counts: () => ({ ...counts }),
    readIfThere,
    read: (repo, intent, call) => translated(intent, () => readRaw(repo, call)),
    query: (repo, intent, call) =>
      translated(intent, async () => {
        const client = await clientOf(repo)
        counts.reads++
        return call(client.graphql)
      }),
    write: (repo, intent, call) =>
      translated(intent, async () => {
        const client = await clientOf(repo)
        counts.writes++
        // Whether a write that failed has happened is not known here, and looking first is the caller's.
        return call(client.request.defaults({ request: { retries: 0 } }))
      }),
    readConditionally: async <T>(
      repo: RepoRef,
      intent: Intent & { readonly key: string },
      call: (request: GithubRequest) => Promise<Response<T>>,
    ): Promise<T | undefined> => {
      const { ask, unchanged } = conditionally(cache, intent.key, call)
      const data = await readIfThere(repo, intent, ask)
      if (unchanged()) counts.unchangedReads++
      if (data === undefined) cache.delete(intent.key)
      return data
    },
  }
}

/** A call that sends the ETag it knows and takes the body from the cache when GitHub answers 304. */
function conditionally<T>(
  cache: ResponseCache,
  key: string,
  call: (request: GithubRequest) => Promise<Response<T>>,
): { ask: (request: GithubRequest) => Promise<T>; unchanged: () => boolean } {
  let unchanged = false
  const ask = async (request: GithubRequest): Promise<T> => {
    const known = cache.get(key)
    try {
      const answer = await call(
        known ? request.defaults({ headers: { 'if-none-match': known.etag } }) : request,
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

function isGone(error: unknown): boolean {
  const status = refused(error)?.status
  return status === 404 || status === 410
}

/** GitHub's own objects behind an answer that may also be a list, a string or nothing. */
export function fieldsOf(data: unknown): Readonly<Record<string, unknown>> {
  return isRecord(data) && !Array.isArray(data) ? data : {}
}
