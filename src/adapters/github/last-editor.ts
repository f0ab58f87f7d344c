/** Who edited a comment last: only GraphQL tells. */
import type { RepoRef } from '../../core/ids.ts'
import { fieldsOf } from './github-api.ts'
import type { GithubApi } from './github-api.ts'
import type { Identity } from './github-client.ts'
import { nameOf } from './repository-path.ts'

const QUERY = `query ($id: ID!) {
  node(id: $id) {
    ... on IssueComment {
      editor {
        __typename
        login
        ... on Bot { databaseId }
        ... on User { databaseId }
      }
    }
  }
}`

/** Null when it was never edited (or is gone). An editor without a number, for instance a deleted account, is not us. */
export async function lastEditor(
  api: GithubApi,
  { identity, repo, nodeId }: { identity: Identity; repo: RepoRef; nodeId: string },
): Promise<{ login: string; ours: boolean } | null> {
  const intent = { doing: `to see who edited a comment in ${nameOf(repo)}`, needs: 'Issues: read' }
  const answer = await api.query(repo, intent, (graphql) => graphql<unknown>(QUERY, { id: nodeId }))
  const { editor } = fieldsOf(fieldsOf(answer).node)
  if (editor === null || editor === undefined) return null
  const { __typename: type, login, databaseId } = fieldsOf(editor)
  // GraphQL does not say through which App an edit came. A bot user belongs to one App alone, so its number says it.
  const kind = identity.appId === undefined ? 'User' : 'Bot'
  return { login: String(login), ours: type === kind && databaseId === identity.userId }
}
