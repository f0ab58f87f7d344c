/** GitHub's limits: one answer that says "wait" holds back all that the same installation asks, without a request. */
import { RetryableError } from '../../core/errors.ts'
import { isRecord, untilReset, waitOf } from './translate-error.ts'
import type { Refused } from './translate-error.ts'

type Fetch = typeof globalThis.fetch

export interface Limits {
  /** A fetch for one whom GitHub counts by itself: the App with its key, an installation, a person's token. */
  fetchAs(who: string, fetch?: Fetch): Fetch
}

interface Hold {
  readonly since: number
  readonly until: number
}

const LONGEST_MS = 3_600_000

/** What is remembered is remembered here: two apps in one process have one each. `now` in milliseconds. */
export function createLimits(now: () => number = () => performance.now()): Limits {
  const holds = createHolds(now)
  /** Limits in a row that did not say for how long: GitHub wants to be left alone longer each time. */
  const unsaid = new Map<string, number>()
  const unguarded = new WeakMap<Fetch, Fetch>()

  const note = async (who: string, response: Response): Promise<void> => {
    const answer = await answerOf(response)
    const wait = limitOf(answer)
    if (wait === undefined) {
      if (response.status < 400) unsaid.delete(who)
      return
    }
    if (!isUnsaid(answer)) return holds.add(limitedBy(who, answer), wait)
    // Of requests that were under way together, the first has said it for all.
    if (holds.left(who) > 0) return
    const times = unsaid.get(who) ?? 0
    unsaid.set(who, times + 1)
    holds.add(who, Math.min(LONGEST_MS, wait * 2 ** times))
  }

  return {
    fetchAs(who, given = (input, init) => globalThis.fetch(input, init)) {
      // Clients are made from the options of others; whose fetch it was must not count any more.
      const fetch = unguarded.get(given) ?? given
      const guarded: Fetch = async (input, init) => {
        const url = input instanceof Request ? input.url : String(input)
        const asked = tokenOf(url) ?? who
        const wait = Math.max(holds.left(asked), holds.left(`${asked} ${resourceOf(url)}`))
        if (wait > 0)
          throw new RetryableError('forge_unavailable', 'GitHub asked to wait, and the time is not over.', {
            retryAfterMs: Math.ceil(wait),
          })
        const response = await fetch(input, init)
        await note(asked, response)
        return response
      }
      unguarded.set(guarded, fetch)
      return guarded
    },
  }
}

function createHolds(now: () => number): {
  left(what: string): number
  add(what: string, ms: number): void
} {
  const holds = new Map<string, Hold>()
  const left = (what: string): number => {
    const hold = holds.get(what)
    const at = now()
    // A clock that was set back ends it: to ask once too often is better than not to ask for hours.
    if (hold && at >= hold.since && at < hold.until) return hold.until - at
    holds.delete(what)
    return 0
  }
  return {
    left,
    add(what, ms) {
      const at = now()
      if (ms > left(what)) holds.set(what, { since: at, until: at + ms })
    },
  }
}

/** The body only where it may tell a limit from a lack of rights. */
async function answerOf(response: Response): Promise<Refused> {
  const { status } = response
  const headers = Object.fromEntries(response.headers)
  const body: unknown = isRefusal(status)
    ? await response
        .clone()
        .json()
        .catch(() => undefined)
    : undefined
  return { status, headers, data: isRecord(body) ? body : {} }
}

function isRefusal(status: number): boolean {
  return status === 403 || status === 429
}

/** The last request that was granted says so: the next would be refused. */
function limitOf(answer: Refused): number | undefined {
  if (isRefusal(answer.status)) return waitOf(answer)
  // With a token that is not valid it is the address's allowance that it tells of, and not ours.
  return answer.status !== 401 && isUsedUp(answer) ? untilReset(answer.headers) : undefined
}

function isUsedUp({ headers }: Refused): boolean {
  return String(headers['x-ratelimit-remaining']) === '0' && headers['retry-after'] === undefined
}

function isUnsaid(answer: Refused): boolean {
  return answer.headers['retry-after'] === undefined && !isUsedUp(answer)
}

/** An hour's allowance is one for each kind of request; a secondary limit is about all of them. */
function limitedBy(who: string, answer: Refused): string {
  const resource = answer.headers['x-ratelimit-resource']
  return isUsedUp(answer) && resource !== undefined ? `${who} ${resource}` : who
}

/** As `x-ratelimit-resource` will call it. */
function resourceOf(url: string): string {
  if (url.endsWith('/graphql')) return 'graphql'
  return url.includes('/search/') ? 'search' : 'core'
}

/** Tokens are asked for with the App's key, and given out for one installation: a limit there is no other's. */
function tokenOf(url: string): string | undefined {
  return /\/app\/installations\/(\d+)\/access_tokens$/.exec(url)?.[1]
}
