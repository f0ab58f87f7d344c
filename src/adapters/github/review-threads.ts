/** Threads on lines of a pull request: only GraphQL says which of them are resolved. */
import type { ActorRef } from '../../core/ids.ts'
import { fieldsOf } from './github-api.ts'
import type { Identity } from './github-client.ts'
import type { RepoContext } from './repo-context.ts'
import { nameOf } from './repository-path.ts'

const QUERY = `query ($owner: String!, $name: String!, $number: Int!, $after: String) {
  repository(owner: $owner, name: $name) {
    pullRequest(number: $number) {
      reviewThreads(first: 50, after: $after) {
        pageInfo { hasNextPage endCursor }
        nodes {
          isResolved
          path
          line
          first: comments(first: 1) { nodes { ...said } }
          latest: comments(last: 100) { nodes { ...said } }
        }
      }
    }
  }
}
fragment said on PullRequestReviewComment {
  fullDatabaseId
  body
  url
  createdAt
  author {
    __typename
    login
    ... on Bot { databaseId }
    ... on User { databaseId }
  }
}`

/** Five hundred threads. */
const MOST_PAGES = 10

export interface ThreadComment {
  readonly id: number
  readonly body: string
  readonly url: string
  readonly createdAt: string
  readonly author: ActorRef | null
  readonly byBot: boolean
  readonly ours: boolean
}

export interface ReviewThread {
  readonly resolved: boolean
  readonly path: string
  /** Null where the line is not part of the diff any more. */
  readonly line: number | null
  readonly first: ThreadComment
  /** The last hundred, oldest first. */
  readonly latest: readonly ThreadComment[]
}

export async function readThreads(context: RepoContext, pull: number): Promise<readonly ReviewThread[]> {
  const { api, identity, repo } = context
  const intent = {
    doing: `to read the review threads of ${nameOf(repo)}#${pull}`,
    needs: 'Pull requests: read',
  }
  const all: ReviewThread[] = []
  let after: string | null = null
  for (let page = 0; page < MOST_PAGES; page++) {
    const variables = { owner: repo.owner, name: repo.name, number: pull, after }
    const answer = await api.query(repo, intent, (graphql) => graphql<unknown>(QUERY, variables))
    const { reviewThreads } = fieldsOf(fieldsOf(fieldsOf(answer).repository).pullRequest)
    const { nodes, pageInfo } = fieldsOf(reviewThreads)
    all.push(...listOf(nodes).flatMap((node) => toThread(identity, node)))
    const { hasNextPage, endCursor } = fieldsOf(pageInfo)
    if (hasNextPage !== true || typeof endCursor !== 'string') break
    after = endCursor
  }
  return all
}

function toThread(identity: Identity, node: unknown): ReviewThread | [] {
  const { isResolved, path, line, first, latest } = fieldsOf(node)
  const [opening] = commentsOf(identity, first)
  // A thread whose comments were all deleted is about to go.
  if (!opening) return []
  return {
    resolved: isResolved === true,
    path: String(path),
    line: typeof line === 'number' ? line : null,
    first: opening,
    latest: commentsOf(identity, latest),
  }
}

function commentsOf(identity: Identity, connection: unknown): readonly ThreadComment[] {
  return listOf(fieldsOf(connection).nodes).map((node) => {
    const { fullDatabaseId, body, url, createdAt, author } = fieldsOf(node)
    const { __typename: type, login, databaseId } = fieldsOf(author)
    const id = typeof databaseId === 'number' ? databaseId : undefined
    const byBot = type === 'Bot'
    return {
      id: Number(fullDatabaseId),
      body: String(body),
      url: String(url),
      createdAt: String(createdAt),
      // GraphQL leaves out the `[bot]` that bots' logins end with everywhere else.
      author: id === undefined ? null : { id, login: byBot ? `${String(login)}[bot]` : String(login) },
      byBot,
      // Through which App it came is not said here; a bot user belongs to one App alone, so its number says it.
      ours: byBot === (identity.appId !== undefined) && id === identity.userId,
    }
  })
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? (value as readonly unknown[]) : []
}
