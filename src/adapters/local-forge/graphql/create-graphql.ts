/** The GraphQL endpoint: GitHub's own schema, cut down, over our records; errors as GitHub sends them (200). */
import { readFileSync } from 'node:fs'
import { buildSchema, graphql, type GraphQLError, type GraphQLSchema } from 'graphql'
import { canSee } from '../access.ts'
import { isRecord } from '../fields.ts'
import { nodeId } from '../render/account.ts'
import { asPull } from '../actions/pull-actions.ts'
import { findRepo, type Principal, type World } from '../world.ts'
import { TypedError } from './graphql-error.ts'
import { changeDraft, createCommitOnBranch } from './mutations.ts'
import { viewComment, viewIssue, viewRepository } from './objects.ts'
import { viewInside, viewPull } from './pulls.ts'
import { changeResolved, type ReplyInput, replyToThread, type ThreadInput } from './thread-mutations.ts'
import { accountOf, type View, viewAccount, type Viewed } from './view.ts'

export type Execute = (principal: Principal, body: unknown) => Promise<Record<string, unknown>>

export function createGraphql(world: World): Execute {
  const schema: GraphQLSchema = buildSchema(
    readFileSync(new URL('../generated/schema.graphql', import.meta.url), 'utf8'),
  )
  return async (principal, body) => {
    const source = isRecord(body) ? body['query'] : undefined
    const variables = isRecord(body) && isRecord(body['variables']) ? body['variables'] : {}
    if (typeof source !== 'string')
      return { errors: [{ message: 'A query attribute must be specified and must be a string.' }] }
    const rootValue = roots({ world, principal })
    const { data, errors } = await graphql({ schema, source, rootValue, variableValues: variables })
    return { ...(data !== undefined && { data }), ...(errors && { errors: errors.map(shown) }) }
  }
}

function roots(view: View) {
  return {
    viewer: () => {
      const account = accountOf(view.principal)
      return account && viewAccount(view, account)
    },
    node: ({ id }: { id: string }) => nodeOf(view, id),
    repository: ({ owner, name }: { owner: string; name: string }) => {
      const former = view.world.formerNames.get(`${owner}/${name}`.toLowerCase())
      const repo = findRepo(view.world, owner, name) ?? former
      if (repo && canSee(view.principal, repo)) return viewRepository(view, repo)
      throw new TypedError('NOT_FOUND', `Could not resolve to a Repository with the name '${owner}/${name}'.`)
    },
    createCommitOnBranch: ({ input }: { input: Parameters<typeof createCommitOnBranch>[1] }) =>
      createCommitOnBranch(view, input),
    addPullRequestReviewThreadReply: ({ input }: { input: ReplyInput }) => replyToThread(view, input),
    resolveReviewThread: ({ input }: { input: ThreadInput }) => changeResolved(view, input, true),
    unresolveReviewThread: ({ input }: { input: ThreadInput }) => changeResolved(view, input, false),
    convertPullRequestToDraft: ({ input }: DraftArguments) => changeDraft(view, input, true),
    markPullRequestReadyForReview: ({ input }: DraftArguments) => changeDraft(view, input, false),
  }
}

type DraftArguments = { input: { pullRequestId: string; clientMutationId?: string } }

function nodeOf(view: View, id: string): Viewed {
  for (const repo of view.world.repos) {
    if (!canSee(view.principal, repo)) continue
    if (nodeId('R', repo.id) === id) return viewRepository(view, repo)
    for (const issue of repo.issues.values()) {
      if (issue.deleted) continue
      const pull = asPull(issue)
      if (pull && nodeId('PR', issue.id) === id) return viewPull(view, repo, pull)
      if (!pull && nodeId('I', issue.id) === id) return viewIssue(view.world, repo, issue)
      const comment = issue.comments.find((known) => nodeId('IC', known.id) === id)
      if (comment) return viewComment(view, { repo, issue, comment })
      const inside = pull && viewInside(view, { repo, issue: pull }, id)
      if (inside) return inside
    }
  }
  throw new TypedError('NOT_FOUND', `Could not resolve to a node with the global id of '${id}'`)
}

function shown(error: GraphQLError): Record<string, unknown> {
  const { message, path, locations, originalError } = error
  const type = originalError instanceof TypedError ? { type: originalError.type } : {}
  return { ...type, ...(path && { path }), ...(locations && { locations }), message }
}
