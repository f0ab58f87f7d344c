/** From Octokit's errors to ours, by status, headers and documented fields. No message text decides anything here. */
import { RetryableError, UserError } from '../../core/errors.ts'

/** What was being done, for the sentence that people read. */
export interface Intent {
  /** Ends "GitHub refused …": `to read issue acme/thing#1`. */
  readonly doing: string
  /** The App permission it takes, as GitHub's settings page calls it: `Issues: write`. */
  readonly needs: string
  /** What a next try looks for in a list. */
  readonly listed?: true
}

/** Whose rights a refusal is about: an App has permissions, a person's token has scopes. */
export type Credential = 'app' | 'token'

type Headers = Readonly<Record<string, string | number | undefined>>

/** The parts of Octokit's RequestError that are looked at. */
export interface Refused {
  readonly status: number
  readonly headers: Headers
  /** GitHub's JSON answer: `message`, `documentation_url`, `errors`. */
  readonly data: Readonly<Record<string, unknown>>
}

/** GitHub asks for at least this when it limits without saying for how long. */
const UNSAID_WAIT_MS = 60_000

/** For so long GitHub's lists may not show what was just made. */
const LAG_MS = 30_000

const ABOUT_RIGHTS: ReadonlySet<string> = new Set(['FORBIDDEN', 'NOT_FOUND', 'INSUFFICIENT_SCOPES'])

const TRANSIENT_GRAPHQL = ['RATE_LIMITED', 'INTERNAL', 'SERVICE_UNAVAILABLE', 'TIMEOUT']

/** The HTTP refusal inside an error, or undefined when it is something else. */
export function refused(error: unknown): Refused | undefined {
  if (!(isRecord(error) && typeof error.status === 'number' && 'request' in error)) return undefined
  const response = isRecord(error.response) ? error.response : {}
  return {
    status: error.status,
    headers: isRecord(response.headers) ? (response.headers as Headers) : {},
    data: isRecord(response.data) ? response.data : {},
  }
}

/** Our error for one of Octokit's; what is neither HTTP nor GraphQL comes back as it was, since it is a bug of ours. */
export function translateError(error: unknown, intent: Intent, by: Credential = 'app'): unknown {
  const answer = refused(error)
  if (!answer) return translateGraphql(error, intent, by)
  // What our own side of the connection refused, Octokit wraps as if GitHub had been out of reach.
  if (error instanceof Error && error.cause instanceof UserError) return error.cause
  const wait = heldBack(error)?.retryAfterMs ?? waitOf(answer)
  // A lost connection has no answer; Octokit gives it status 500.
  const isUnknown = !heldBack(error) && (answer.status >= 500 || answer.status === 408)
  if (wait !== undefined)
    return new RetryableError('forge_unavailable', `GitHub asks to wait before it lets us ${verb(intent)}.`, {
      cause: error,
      retryAfterMs: wait,
      ...(isUnknown && untilListed(intent)),
    })
  if (isUnknown)
    return new RetryableError('forge_unavailable', `GitHub could not be reached ${intent.doing}.`, {
      cause: error,
      ...untilListed(intent),
    })
  if (answer.status >= 400)
    return new UserError('forge_refused', sentence(answer, intent, by), { cause: error })
  return error
}

/** A request that was not made, since GitHub had asked us to wait. */
export function heldBack(error: unknown): RetryableError | undefined {
  return error instanceof Error && error.cause instanceof RetryableError ? error.cause : undefined
}

/** What may have been made is looked for before it is made again, and not before a list would show it (F-20). */
export function untilListed({ listed }: Intent): { atLeastMs?: number } {
  return listed ? { atLeastMs: LAG_MS } : {}
}

/**
 * That the App has no installation to act as: GitHub gives out no token for it (404 removed, 403 suspended, 422 this
 * repository taken out of it), or knows of none. Undefined for every other error.
 */
export function installationGone(error: unknown, repository: string): UserError | undefined {
  const answer = refused(error)
  if (!answer || waitOf(answer) !== undefined) return undefined
  const { url = '' } = isRecord(error) && isRecord(error.request) ? error.request : {}
  const about = /\/app\/installations\/\d+\/access_tokens$|\/repos\/[^/]+\/[^/]+\/installation$/.test(
    String(url),
  )
  if (!about || ![403, 404, 410, 422].includes(answer.status)) return undefined
  const why =
    answer.status === 403
      ? 'its installation there is suspended. Lift the suspension'
      : 'it was removed from there, or never was there. Install it on this repository'
  return new UserError(
    'forge_refused',
    `The App is not installed on ${repository}: ${why}, then try again.${said(answer.data)}`,
    { cause: error },
  )
}

/** The types of GraphQL's errors, also behind an error that was translated already. */
export function graphqlTypes(error: unknown): readonly string[] {
  const raw = error instanceof UserError ? error.cause : error
  if (!(isRecord(raw) && Array.isArray(raw.errors))) return []
  return raw.errors.flatMap((each: unknown) =>
    isRecord(each) && typeof each.type === 'string' ? each.type : [],
  )
}

/** The status behind an error that was translated already. */
export function refusedWith(error: unknown): number | undefined {
  return error instanceof UserError ? refused(error.cause)?.status : undefined
}

/** Milliseconds to wait where GitHub limits us; undefined for a refusal that waiting does not mend. */
export function waitOf({ status, headers, data }: Refused): number | undefined {
  const after = Number(headers['retry-after'])
  if (status !== 403 && status !== 429)
    return status >= 500 && Number.isFinite(after) ? after * 1000 : undefined
  if (Number.isFinite(after)) return after * 1000
  if (String(headers['x-ratelimit-remaining']) === '0') return untilReset(headers) ?? UNSAID_WAIT_MS
  // Secondary limits may come without a header; the page that the answer points to tells them from a lack of rights.
  const page = typeof data.documentation_url === 'string' ? data.documentation_url : ''
  return status === 429 || /rate-limit/.test(page) ? UNSAID_WAIT_MS : undefined
}

/** Reckoned with GitHub's own clock (the Date header), so that ours may be wrong. */
export function untilReset(headers: Headers): number | undefined {
  const reset = Number(headers['x-ratelimit-reset']) * 1000
  const now = Date.parse(String(headers.date))
  const wait = reset - now
  return Number.isFinite(wait) && wait > 0 ? wait + 1000 : undefined
}

function sentence(answer: Refused, intent: Intent, by: Credential): string {
  const { status, headers } = answer
  const accepted = headers['x-accepted-github-permissions']
  const needs =
    typeof accepted === 'string' && accepted !== '' ? accepted.replaceAll('=', ': ') : intent.needs
  const what = `GitHub refused ${intent.doing} (${status}).`
  const why = by === 'app' ? whyApp(status, needs) : whyToken(answer, needs)
  return `${what}${why}${said(answer.data)}`
}

function whyApp(status: number, needs: string): string {
  if (status === 401) return ` The App's key is not valid any more; give Millwright a current one.`
  if (status === 403)
    return ` It takes the permission "${needs}" on this repository, and the repository must not be archived.`
  if (status === 404 || status === 410)
    return ` It is gone, or the App is not installed on this repository with the permission "${needs}".`
  return ''
}

/** A token without rights on a private repository gets 404 as if there were none. */
function whyToken({ status, headers }: Refused, needs: string): string {
  if (status === 401) return ' The token is expired, revoked or mistyped; make a new one.'
  const rights = tokenRights(needs)
  const page = /^required;.*\burl=(https:\/\/\S+)/.exec(String(headers['x-github-sso']))?.[1]
  if (status === 403 && page !== undefined)
    return ` The organization wants single sign-on for this token: authorize it at ${page}.`
  if (status === 403) return ` It takes ${rights}, and the repository must not be archived.`
  if (status === 404 || status === 410) return ` It is gone, or the token may not see it: it takes ${rights}.`
  return ''
}

/** GitHub's own words: its message, and what is wrong with which field where it lists that (422). */
function said(data: Refused['data']): string {
  if (typeof data.message !== 'string' || data.message === '') return ''
  const list = Array.isArray(data.errors) ? data.errors.map(complaint).filter((each) => each !== '') : []
  const words = list.length > 0 ? `${data.message}: ${list.join('; ')}` : data.message
  return ` GitHub says: ${words.slice(0, 300)}`
}

/** Documented as `{ message }` for custom ones, else `{ resource, field, code }`; some routes send plain strings. */
function complaint(error: unknown): string {
  if (typeof error === 'string') return error
  if (!isRecord(error)) return ''
  if (typeof error.message === 'string') return error.message
  return [error.resource, error.field, error.code].filter((each) => typeof each === 'string').join(' ')
}

function translateGraphql(error: unknown, intent: Intent, by: Credential): unknown {
  if (!(isRecord(error) && Array.isArray(error.errors) && 'request' in error)) return error
  const types = error.errors.map((each: unknown) =>
    isRecord(each) && typeof each.type === 'string' ? each.type : undefined,
  )
  // An error without a type is GitHub's "something went wrong", which the next try usually does not meet.
  if (types.some((type) => type === undefined || TRANSIENT_GRAPHQL.includes(type)))
    return new RetryableError('forge_unavailable', `GitHub's GraphQL had trouble ${intent.doing}.`, {
      cause: error,
      retryAfterMs:
        (types.includes('RATE_LIMITED') ? untilReset(headersOf(error)) : undefined) ?? UNSAID_WAIT_MS,
    })
  const rights = types.some((type) => ABOUT_RIGHTS.has(type ?? ''))
    ? ` It takes ${rightsFor(intent, by)}.`
    : ''
  const words = error.errors.flatMap((each: unknown) => complaint(each) || [])
  return new UserError(
    'forge_refused',
    `GitHub refused ${intent.doing} (${types.join(', ')}).${rights}${said({ message: words.join('; ') })}`,
    { cause: error },
  )
}

/** Octokit keeps GraphQL's headers on the error itself: its status is 200. */
function headersOf({ headers }: Record<string, unknown>): Headers {
  return isRecord(headers) ? (headers as Headers) : {}
}

function rightsFor({ needs }: Intent, by: Credential): string {
  return by === 'app' ? `the permission "${needs}" on this repository` : tokenRights(needs)
}

function tokenRights(needs: string): string {
  return `a classic token with the scope "repo", or a fine-grained one with "${needs}" on this repository`
}

function verb(intent: Intent): string {
  return intent.doing.replace(/^to (?:let us )?/, '')
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null
}
