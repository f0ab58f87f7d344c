/** The tree of a commit at GitHub: small text inline, other bytes as blobs; refused when it is not the proved one. */
import { isUtf8 } from 'node:buffer'
import type { ObjectId, RepoRef } from '../../core/ids.ts'
import type { CommitRequest, FileEntry } from '../../ports/forge.ts'
import type { GithubApi } from './github-api.ts'
import { at, nameOf } from './repository-path.ts'

/** Text up to here goes inline with the tree. Each blob of its own is a write, and a write takes a second. */
const INLINE_BYTES = 100_000

export async function createTree(
  api: GithubApi,
  repo: RepoRef,
  { base, request }: { base: ObjectId; request: CommitRequest },
): Promise<void> {
  const intent = { doing: `to write a commit to ${nameOf(repo)}`, needs: 'Contents: write' }
  const entries: TreeEntry[] = []
  for (const file of request.files) entries.push(await treeEntry(api, repo, file))
  const { data: tree } = await api.write(repo, intent, (send) =>
    send('POST /repos/{owner}/{repo}/git/trees', { ...at(repo), base_tree: base, tree: entries }),
  )
  if (tree.sha !== request.tree)
    throw new Error(
      `GitHub put together tree ${tree.sha} where ${request.tree} was proved; nothing was published`,
    )
}

interface TreeEntry {
  path: string
  mode: FileEntry['mode']
  type: 'blob'
  sha?: string | null
  content?: string
}

async function treeEntry(api: GithubApi, repo: RepoRef, file: FileEntry): Promise<TreeEntry> {
  const entry = { path: file.path, mode: file.mode, type: 'blob' } as const
  if (file.content === undefined) return { ...entry, sha: null }
  const bytes = Buffer.from(file.content)
  // Text with a NUL is JSON all right, but no text to GitHub.
  if (bytes.length <= INLINE_BYTES && isUtf8(bytes) && !bytes.includes(0))
    return { ...entry, content: bytes.toString('utf8') }
  const intent = { doing: `to store \`${file.path}\` in ${nameOf(repo)}`, needs: 'Contents: write' }
  const { data } = await api.write(repo, intent, (request) =>
    request('POST /repos/{owner}/{repo}/git/blobs', {
      ...at(repo),
      content: bytes.toString('base64'),
      encoding: 'base64',
    }),
  )
  return { ...entry, sha: data.sha }
}
