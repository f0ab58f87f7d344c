/** A fetch that follows a redirect with the method and body it came with: the answer to a write in a renamed repository. */
import { UserError } from '../../core/errors.ts'

type Fetch = typeof globalThis.fetch

const REDIRECTS = [301, 302, 307, 308]

/** A repository renamed twice takes two. */
const MOST_HOPS = 3

/**
 * By the rules of the web a POST that meets a 301 goes on as a GET, and what was meant as a new comment would come back
 * as a list of comments. Only the same host is followed, since the token goes along.
 */
export function fetchKeepingMethod(fetch: Fetch = globalThis.fetch): Fetch {
  return async (input, init) => {
    let url = input instanceof Request ? input.url : String(input)
    for (let hop = 0; ; hop++) {
      const response = await fetch(url, { ...init, redirect: 'manual' })
      if (!REDIRECTS.includes(response.status)) return response
      const location = response.headers.get('location')
      const next = location === null ? null : URL.parse(location, url)
      await response.body?.cancel()
      if (hop === MOST_HOPS || next?.origin !== new URL(url).origin)
        throw new UserError(
          'forge_refused',
          `GitHub sends us on to ${next?.host ?? 'nowhere'} instead of writing, and nothing was written. Check the forge's address.`,
        )
      url = next.href
    }
  }
}
