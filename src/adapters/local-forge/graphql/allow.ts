/** REST's rules and refusals in GraphQL's shape. */
import { demand } from '../access.ts'
import { ApiError } from '../api-error.ts'
import type { Need } from '../call.ts'
import type { Repo } from '../world.ts'
import { TypedError } from './graphql-error.ts'
import type { View } from './view.ts'

export function allow(view: View, repo: Repo, need: Need): void {
  try {
    demand(view.principal, repo, need)
  } catch (error) {
    throw typed('FORBIDDEN', error)
  }
}

/** Does it; what REST would refuse becomes a GraphQL error of that type, or FORBIDDEN for a 403. */
export async function refusing<T>(type: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    throw typed(error instanceof ApiError && error.status === 403 ? 'FORBIDDEN' : type, error)
  }
}

function typed(type: string, error: unknown): unknown {
  return error instanceof ApiError ? new TypedError(type, error.message) : error
}
