/** A request as routes see it, and the answers they give. */
import { type Fields, fieldsOf } from './fields.ts'
import type { Principal, Repo, Role, World } from './world.ts'

export interface Call {
  readonly world: World
  readonly principal: Principal
  readonly params: Readonly<Record<string, string>>
  readonly query: URLSearchParams
  readonly accept: string
  readonly body: Fields
  readonly rawBody: unknown
  /** Path and query, for Link headers. */
  readonly url: URL
}

/** A call below /repos/{owner}/{repo} that was let through. */
export interface RepoCall extends Call {
  readonly repo: Repo
}

export interface Answer {
  readonly status: number
  /** JSON, unless `raw` is there. */
  readonly body?: unknown
  readonly raw?: { readonly content: Uint8Array | string; readonly type: string }
  readonly headers?: Readonly<Record<string, string>>
}

/**
 * What a repository route needs. For installations: one of the named permissions at that level. For people: the role.
 * `write` also means: refused on archived repositories.
 */
export interface Need {
  readonly permission: string | readonly string[]
  readonly level: 'read' | 'write'
  /** Default: read for reading, write for writing. */
  readonly role?: Role
  /** Apps only: GitHub's check runs. */
  readonly appOnly?: boolean
}

export interface Route {
  readonly method: 'GET' | 'POST' | 'PATCH' | 'PUT' | 'DELETE'
  /** Path template as in GitHub's OpenAPI description, which is also how the schema is found. */
  readonly path: string
  readonly need?: Need
  readonly handle: (call: Call) => Promise<Answer> | Answer
}

export interface RepoRoute extends Omit<Route, 'handle' | 'need'> {
  readonly need: Need
  readonly handle: (call: RepoCall) => Promise<Answer> | Answer
}

export const json = (body: unknown, status = 200): Answer => ({ status, body })
export const created = (body: unknown): Answer => ({ status: 201, body })
export const NO_CONTENT: Answer = { status: 204 }

/** Most items of one page; GitHub's limit and default. */
const MAX_PAGE = 100
const DEFAULT_PAGE = 30

/** The page that was asked for, with GitHub's Link header; `wrap` puts the items into an envelope. */
export async function paged<T>(
  call: Call,
  items: readonly T[],
  render: (items: readonly T[]) => unknown,
): Promise<Answer> {
  const size = pageSize(call)
  const page = positive(call.query.get('page')) ?? 1
  const last = Math.max(1, Math.ceil(items.length / size))
  const link = (to: number, rel: string) => {
    const url = new URL(call.url)
    url.searchParams.set('page', String(to))
    return `<${url.href}>; rel="${rel}"`
  }
  const links = [
    ...(page > 1 ? [link(page - 1, 'prev'), link(1, 'first')] : []),
    ...(page < last ? [link(page + 1, 'next'), link(last, 'last')] : []),
  ]
  const body: unknown = await render(items.slice((page - 1) * size, page * size))
  return { status: 200, body, ...(links.length > 0 && { headers: { link: links.join(', ') } }) }
}

export function pageSize(call: Pick<Call, 'query'>): number {
  return Math.min(MAX_PAGE, positive(call.query.get('per_page')) ?? DEFAULT_PAGE)
}

function positive(text: string | null): number | undefined {
  const value = Number(text)
  return Number.isInteger(value) && value > 0 ? value : undefined
}

export function callOf(parts: Omit<Call, 'body'>): Call {
  return { ...parts, body: fieldsOf(parts.rawBody) }
}
