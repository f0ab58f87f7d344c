/** One REST exchange from request to response: fault, caller, allowance, route, refusal, ETag, log. */
import { createHash } from 'node:crypto'
import { ApiError, MovedError, notFound } from './api-error.ts'
import { authenticate } from './authenticate.ts'
import { type Answer, callOf, json } from './call.ts'
import { type CUT, type Faults, withFaults } from './faults.ts'
import type { RateLimit } from './rate-limit.ts'
import type { Matched, Router } from './router.ts'
import { RATE_LIMIT_PATH } from './routes/all-routes.ts'
import { fullName, type Principal, type World } from './world.ts'

/** One line of the log. */
export interface LoggedRequest {
  readonly method: string
  readonly path: string
  /** The template that was matched; undefined where the forge has no such route. */
  readonly route: string | undefined
  readonly status: number
  /** True for 304: it cost nothing of the allowance. */
  readonly notModified: boolean
  /** Login of the caller; `app/<slug>` for an App as itself. */
  readonly by: string
}

/** What passes by, whole, for those who compare it with GitHub's schema. */
export interface Exchange extends LoggedRequest {
  readonly query: URLSearchParams
  readonly requestBody: unknown
  /** Undefined where the answer is not JSON. */
  readonly responseBody: unknown
}

export interface ServeParts {
  readonly world: World
  readonly router: Router
  readonly faults: Faults
  readonly rateLimit: RateLimit
  readonly report: (exchange: Exchange) => void
}

/** Blobs are the largest that anybody sends; GitHub's limit. Bytes. */
const MAX_REQUEST = 100 * 1024 * 1024

export async function serve(
  parts: ServeParts,
  request: Request,
  given: string,
): Promise<Response | typeof CUT> {
  const { method } = request
  const path = namedPath(parts.world, given)
  const matched = parts.router(method, path)
  const aim = { method, path, route: matched?.route.path }
  const query = new URL(request.url).searchParams
  const unread = { by: '', notModified: false, requestBody: undefined, responseBody: undefined }
  return withFaults(parts.faults, aim, {
    work: () => exchange(parts, { request, path, matched, query }),
    seen: (status) => parts.report({ ...aim, query, status, ...unread }),
  })
}

interface Asked {
  readonly request: Request
  readonly path: string
  readonly matched: Matched | undefined
  readonly query: URLSearchParams
}

async function exchange(parts: ServeParts, { request, path, matched, query }: Asked): Promise<Response> {
  const { method } = request
  const requestBody = await readBody(request)
  let principal: Principal = { kind: 'anonymous' }
  let answer: Answer
  try {
    principal = authenticate(parts.world, request.headers.get('authorization') ?? undefined)
    answer = await answerTo(parts, { matched, principal, request, requestBody, path })
  } catch (error) {
    if (!(error instanceof ApiError)) throw error
    answer =
      error instanceof MovedError ? moved(parts, method, error) : { status: error.status, body: error.body }
  }
  const response = respond(parts, { request, principal, answer, path })
  const { raw, body: responseBody } = answer
  const { status } = response
  parts.report({
    method,
    path,
    route: matched?.route.path,
    query,
    by: nameOf(principal),
    status,
    notModified: status === 304,
    requestBody: requestBody instanceof ApiError ? undefined : requestBody,
    responseBody: raw || status === 304 ? undefined : responseBody,
  })
  return response
}

interface Incoming {
  readonly matched: Matched | undefined
  readonly principal: Principal
  readonly request: Request
  readonly requestBody: unknown
  readonly path: string
}

async function answerTo(parts: ServeParts, incoming: Incoming): Promise<Answer> {
  const { matched, principal, request, requestBody, path } = incoming
  if (!request.headers.get('user-agent'))
    throw new ApiError(
      403,
      'Request forbidden by administrative rules. Please make sure your request has a User-Agent header.',
    )
  if (path === RATE_LIMIT_PATH) return json(parts.rateLimit.overview(principal))
  if (parts.rateLimit.exhausted(principal))
    throw new ApiError(403, `API rate limit exceeded for ${nameOf(principal)}.`)
  if (!matched) throw notFound()
  if (requestBody instanceof ApiError) throw requestBody
  const url = new URL(request.url)
  return matched.route.handle(
    callOf({
      world: parts.world,
      principal,
      params: matched.params,
      query: url.searchParams,
      accept: request.headers.get('accept') ?? '',
      rawBody: requestBody,
      url: new URL(`${parts.world.base}${path}${url.search}`),
    }),
  )
}

/** `/repositories/12/…`, where redirects point, is the same as `/repos/owner/name/…`. */
function namedPath({ repos }: World, path: string): string {
  const [, id, rest = ''] = /^\/repositories\/(\d+)(\/.*)?$/.exec(path) ?? []
  const repo = repos.find((known) => String(known.id) === id)
  return repo ? `/repos/${fullName(repo)}${rest}` : path
}

/** A client repeats a 301 as GET, so for everything else GitHub sends 307, which keeps method and body. */
function moved({ world }: ServeParts, method: string, error: MovedError): Answer {
  const location = world.base + error.to
  const status = method === 'GET' ? 301 : 307
  return { status, body: { ...error.body, url: location, status: String(status) }, headers: { location } }
}

/** JSON, undefined when empty, or the refusal for what is neither. */
async function readBody(request: Request): Promise<unknown> {
  const bytes = await request.arrayBuffer()
  if (bytes.byteLength === 0) return undefined
  if (bytes.byteLength > MAX_REQUEST) return new ApiError(413, 'Payload too large')
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes)) as unknown
  } catch {
    return new ApiError(400, 'Problems parsing JSON')
  }
}

function respond(
  parts: ServeParts,
  what: { request: Request; principal: Principal; answer: Answer; path: string },
): Response {
  const { request, principal, answer, path } = what
  const content = answer.raw?.content ?? (answer.body === undefined ? null : JSON.stringify(answer.body))
  const headers = new Headers({
    ...(content !== null && { 'content-type': answer.raw?.type ?? 'application/json; charset=utf-8' }),
    'x-github-media-type': 'github.v3; format=json',
    'x-github-request-id': parts.world.random.hex(8),
    ...answer.headers,
  })
  const cacheable = request.method === 'GET' && answer.status === 200 && content !== null
  const etag = cacheable ? `W/"${createHash('sha256').update(content).digest('hex')}"` : undefined
  if (etag !== undefined) headers.set('etag', etag)
  const unchanged = etag !== undefined && sameTag(request.headers.get('if-none-match'), etag)
  if (!(unchanged && principal.kind !== 'anonymous') && path !== RATE_LIMIT_PATH)
    parts.rateLimit.spend(principal)
  for (const [key, value] of Object.entries(parts.rateLimit.headers(principal))) headers.set(key, value)
  if (unchanged) {
    headers.delete('content-type')
    return new Response(null, { status: 304, headers })
  }
  return new Response(content as ConstructorParameters<typeof Response>[0], {
    status: answer.status,
    headers,
  })
}

function sameTag(sent: string | null, etag: string): boolean {
  const bare = (tag: string) => tag.trim().replace(/^W\//, '')
  return sent !== null && sent.split(',').some((tag) => bare(tag) === bare(etag))
}

export function nameOf(principal: Principal): string {
  if (principal.kind === 'user') return principal.account.login
  if (principal.kind === 'app') return `app/${principal.app.slug}`
  return principal.kind === 'installation' ? principal.installation.app.bot.login : 'anonymous'
}
