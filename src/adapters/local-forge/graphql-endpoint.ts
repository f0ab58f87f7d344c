/** One GraphQL exchange from request to response: fault, caller, answer, log. */
import { ApiError } from './api-error.ts'
import { authenticate } from './authenticate.ts'
import { type CUT, withFaults } from './faults.ts'
import { createGraphql } from './graphql/create-graphql.ts'
import { nameOf, type ServeParts } from './serve.ts'

const AIM = { method: 'POST', path: '/graphql', route: '/graphql' }

export function createGraphqlEndpoint(
  parts: ServeParts,
): (request: Request) => Promise<Response | typeof CUT> {
  const execute = createGraphql(parts.world)
  const told = { ...AIM, notModified: false }
  const work = async (request: Request) => {
    const principal = authenticate(parts.world, request.headers.get('authorization') ?? undefined)
    if (principal.kind === 'anonymous' || principal.kind === 'app')
      throw new ApiError(401, 'This endpoint requires you to be authenticated.')
    const requestBody: unknown = await request.json()
    const responseBody = await execute(principal, requestBody)
    const query = new URLSearchParams()
    parts.report({ ...told, status: 200, by: nameOf(principal), query, requestBody, responseBody })
    return Response.json(responseBody, { headers: parts.rateLimit.headers(principal) })
  }
  const unread = { by: '', query: new URLSearchParams(), requestBody: undefined, responseBody: undefined }
  return (request) =>
    withFaults(parts.faults, AIM, {
      work: () => work(request),
      seen: (status) => parts.report({ ...told, status, ...unread }),
    })
}
