/** A commit by GraphQL's createCommitOnBranch: the one way in which GitHub signs what a person's token commits. */
import type { ObjectId, RepoRef } from '../../core/ids.ts'
import type { CommitRequest, FileEntry } from '../../ports/forge.ts'
import { fieldsOf } from './github-api.ts'
import type { GithubApi } from './github-api.ts'
import { at, nameOf } from './repository-path.ts'

const MUTATION = `mutation ($input: CreateCommitOnBranchInput!) {
  createCommitOnBranch(input: $input) {
    commit {
      oid
    }
  }
}`

const PLAIN = '100644'

/** The mutation cannot name modes, so every file must be a plain one already, or new, or go away. */
export async function keepsModes(
  api: GithubApi,
  repo: RepoRef,
  { base, files }: { base: ObjectId; files: readonly FileEntry[] },
): Promise<boolean> {
  const written = files.filter((file) => file.content !== undefined)
  if (written.some(({ mode }) => mode !== PLAIN)) return false
  const intent = { doing: `to list the files of ${nameOf(repo)}`, needs: 'Contents: read' }
  const { data } = await api.read(repo, intent, (request) =>
    request('GET /repos/{owner}/{repo}/git/trees/{tree_sha}', {
      ...at(repo),
      tree_sha: base,
      recursive: 'true',
    }),
  )
  // GitHub lists 100,000 entries at most.
  if (data.truncated) return false
  const modes = new Map(data.tree.map((entry) => [entry.path, entry.mode]))
  return written.every(({ path }) => (modes.get(path) ?? PLAIN) === PLAIN)
}

export async function commitOnBranch(
  api: GithubApi,
  repo: RepoRef,
  { nodeId, request }: { nodeId: string; request: CommitRequest },
): Promise<ObjectId> {
  const intent = { doing: `to write a commit to ${nameOf(repo)}`, needs: 'Contents: write' }
  const input = {
    branch: { id: nodeId },
    expectedHeadOid: request.parent,
    message: messageOf(request.message),
    fileChanges: {
      additions: request.files.flatMap(({ path, content }) =>
        content === undefined ? [] : { path, contents: Buffer.from(content).toString('base64') },
      ),
      deletions: request.files.flatMap(({ path, content }) => (content === undefined ? { path } : [])),
    },
  }
  const answer = await api.mutate(repo, intent, (graphql) => graphql<unknown>(MUTATION, { input }))
  const { oid } = fieldsOf(fieldsOf(fieldsOf(answer).createCommitOnBranch).commit)
  if (typeof oid !== 'string') throw new Error('GitHub answered createCommitOnBranch without a commit')
  return oid
}

/** GitHub joins the two with an empty line. */
function messageOf(message: string): { headline: string; body?: string } {
  const [headline = '', ...rest] = message.trim().split('\n')
  const body = rest.join('\n').trim()
  return body === '' ? { headline } : { headline, body }
}
