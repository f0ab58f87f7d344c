/** Answers kept for conditional requests: the most recently used ones, up to a size, in memory only. */

interface CachedResponse {
  readonly etag: string
  readonly data: unknown
}

export interface ResponseCache {
  get(key: string): CachedResponse | undefined
  /** Without an ETag there is nothing to ask with, and nothing is kept. */
  set(key: string, response: { etag: string | undefined; data: unknown }): void
  delete(key: string): void
}

/** Characters of JSON. A hundred comments of full length are 6.5 million; sixteen million are about 32 MB. */
const MAX_CHARACTERS = 16_000_000

export function createResponseCache(limit = MAX_CHARACTERS): ResponseCache {
  // A Map keeps the order of insertion, so the first key is the one not used for longest.
  const kept = new Map<string, CachedResponse & { readonly size: number }>()
  let total = 0

  const remove = (key: string): void => {
    total -= kept.get(key)?.size ?? 0
    kept.delete(key)
  }

  return {
    get(key) {
      const found = kept.get(key)
      if (!found) return undefined
      kept.delete(key)
      kept.set(key, found)
      return found
    },
    set(key, { etag, data }) {
      remove(key)
      const size = JSON.stringify(data, countable).length
      if (etag === undefined || size > limit) return
      kept.set(key, { etag, data, size })
      total += size
      while (total > limit) remove(kept.keys().next().value ?? '')
    },
    delete: remove,
  }
}

/** Octokit reads numbers beyond 2^53 as bigint, which JSON cannot write. */
function countable(_key: string, value: unknown): unknown {
  return typeof value === 'bigint' ? value.toString() : value
}
