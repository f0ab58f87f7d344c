/** From Octokit's errors to ours, by status, headers and documented fields. No message text decides anything here. */
import { RetryableError, UserError } from '../../core/errors.ts'

/** What was being done, for the sentence that people read. */
export interface Intent {
  /** Ends "GitHub refused …": `to read issue acme/thing#1`. */
  readonly doing: string
  /** The App permission it takes, as GitHub's settings page calls it: `Issues: write`. */
  readonly needs: string
}

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
export function translateError(error: unknown, intent: Intent): unknown {
  const answer = refused(error)
  if (!answer) return translateGraphql(error, intent)
  const wait = waitOf(answer)
  if (wait !== undefined)
    return new RetryableError('forge_unavailable', `GitHub asks to wait before it lets us ${verb(intent)}.`, {
      cause: error,
      retryAfterMs: wait,
    })
  // A lost connection has no answer; Octokit gives it status 500.
  if (answer.status >= 500 || answer.status === 408)
    return new RetryableError('forge_unavailable', `GitHub could not be reached ${intent.doing}.`, {
      cause: error,
    })
  if (answer.status >= 400) return new UserError('forge_refused', sentence(answer, intent), { cause: error })
  return error
}

/** Milliseconds to wait where GitHub limits us; undefined for a refusal that waiting does not mend. */
function waitOf({ status, headers, data }: Refused): number | undefined {
  const after = Number(headers['retry-after'])
  if (status !== 403 && status !== 429)
    return status >= 500 && Number.isFinite(after) ? after * 1000 : undefined
  if (Number.isFinite(after)) return after * 1000
  if (String(headers['x-ratelimit-remaining']) === '0') return untilReset(headers)
  // Secondary limits may come without a header; the page that the answer points to tells them from a lack of rights.
  const page = typeof data.documentation_url === 'string' ? data.documentation_url : ''
  return status === 429 || /rate-limit/.test(page) ? UNSAID_WAIT_MS : undefined
}

/** Reckoned with GitHub's own clock (the Date header), so that ours may be wrong. */
function untilReset(headers: Headers): number {
  const reset = Number(headers['x-ratelimit-reset']) * 1000
  const now = Date.parse(String(headers.date))
  const wait = reset - now
  return Number.isFinite(wait) && wait > 0 ? wait + 1000 : UNSAID_WAIT_MS
}

function sentence({ status, headers, data }: Refused, intent: Intent): string {
  const accepted = headers['x-accepted-github-permissions']
  const needs =
    typeof accepted === 'string' && accepted !== '' ? accepted.replaceAll('=', ': ') : intent.needs
  const said = typeof data.message === 'string' ? ` GitHub says: ${data.message.slice(0, 300)}` : ''
  const what = `GitHub refused ${intent.doing} (${status}).`
  if (status === 401)
    return `${what} The App's key or the token is not valid any more; give Millwright a current one.${said}`
  if (status === 403)
    return `${what} It takes the permission "${needs}" on this repository, and the repository must not be archived.${said}`
  if (status === 404 || status === 410)
    return `${what} It is gone, or the App is not installed on this repository with the permission "${needs}".${said}`
  return `${what}${said}`
}

function translateGraphql(error: unknown, intent: Intent): unknown {
  if (!(isRecord(error) && Array.isArray(error.errors) && 'request' in error)) return error
  const types = error.errors.map((each: unknown) =>
    isRecord(each) && typeof each.type === 'string' ? each.type : undefined,
  )
  // An error without a type is GitHub's "something went wrong", which the next try usually does not meet.
  if (types.some((type) => type === undefined || TRANSIENT_GRAPHQL.includes(type)))
    return new RetryableError('forge_unavailable', `GitHub's GraphQL had trouble ${intent.doing}.`, {
      cause: error,
      retryAfterMs: UNSAID_WAIT_MS,
    })
  return new UserError(
    'forge_refused',
    `GitHub refused ${intent.doing} (${types.join(', ')}). It takes the permission "${intent.needs}" on this repository.`,
    { cause: error },
  )
}

function verb(intent: Intent): string {
  return intent.doing.replace(/^to /, '')
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null
}
