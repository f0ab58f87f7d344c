/** Pages of a list as GraphQL has them, with GitHub's refusal of those who name no size, or too large a one. */
import { TypedError } from './graphql-error.ts'
import type { Viewed } from './view.ts'

/** GitHub's largest page. */
const MAX_PAGE = 100

export interface PageArguments {
  readonly first?: number | null
  readonly last?: number | null
  readonly after?: string | null
  readonly before?: string | null
}

export function connection<T>(
  name: string,
  { items, page }: { items: readonly T[]; page: PageArguments },
  view: (item: T) => Viewed,
): Viewed {
  const size = sizeOf(name, page)
  const start = page.after ? indexOf(page.after) + 1 : 0
  const end = page.before ? indexOf(page.before) : items.length
  const within = items.slice(start, end)
  const fromEnd = typeof page.first !== 'number'
  const nodes = fromEnd ? within.slice(-size) : within.slice(0, size)
  const first = fromEnd ? start + within.length - nodes.length : start
  return {
    totalCount: items.length,
    nodes: nodes.map(view),
    pageInfo: {
      startCursor: nodes.length > 0 ? cursor(first) : null,
      endCursor: nodes.length > 0 ? cursor(first + nodes.length - 1) : null,
      hasNextPage: first + nodes.length < items.length,
      hasPreviousPage: first > 0,
    },
  }
}

function sizeOf(name: string, { first, last }: PageArguments): number {
  const size = first ?? last
  if (size === undefined || size === null)
    throw new TypedError(
      'MISSING_PAGINATION_BOUNDARIES',
      `You must provide a \`first\` or \`last\` value to properly paginate the \`${name}\` connection.`,
    )
  if (size > MAX_PAGE)
    throw new TypedError(
      'EXCESSIVE_PAGINATION',
      `Requesting ${size} records on the \`${name}\` connection exceeds the \`${typeof first === 'number' ? 'first' : 'last'}\` limit of ${MAX_PAGE} records.`,
    )
  return size
}

const cursor = (index: number) => Buffer.from(`cursor:${index}`).toString('base64')

function indexOf(text: string): number {
  const [, index] = /^cursor:(\d+)$/.exec(Buffer.from(text, 'base64').toString()) ?? []
  if (index === undefined)
    throw new TypedError('INVALID_CURSOR_ARGUMENTS', `\`${text}\` does not appear to be a valid cursor.`)
  return Number(index)
}
