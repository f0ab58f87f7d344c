/** A commit made through GitHub's API, so that GitHub signs it: tree with inline text, commit without names, ref unforced. */
import { isUtf8 } from 'node:buffer'
import { UserError } from '../../core/errors.ts'
import type { ObjectId, RepoRef } from '../../core/ids.ts'
import type { CommitOutcome, CommitRequest, FileEntry } from '../../ports/forge.ts'
import type { GithubApi } from './github-api.ts'
import { at, nameOf } from './repository-path.ts'
import { refused } from './translate-error.ts'

/** Text up to here goes inline with the tree. Each blob of its own is a write, and a write takes a second. */
const INLINE_BYTES = 100_000

const TRAILER = /^Millwright-Effect: *(\S+)$/gm

/** The commit a branch points to; undefined where there is no such branch (or no commit at all). */
export async function branchHead(
  api: GithubApi,
  repo: RepoRef,
  branch: string,
): Promise<ObjectId | undefined> {
  const intent = { doing: `to look at branch \`${branch}\` of ${nameOf(repo)}`, needs: 'Contents: read' }
  try {
    const found = await api.readIfThere(repo, intent, (request) =>
      request('GET /repos/{owner}/{repo}/git/ref/{ref}', { ...at(repo), ref: `heads/${branch}` }),
    )
    return found?.data.object.sha
  } catch (error) {
    // An empty repository answers 409.
    if (refusedWith(error) === 409) return undefined
    throw error
  }
}

/** Looks before it writes; moves the branch only from `parent` forwards. */
export async function writeCommit(
  api: GithubApi,
  repo: RepoRef,
  request: CommitRequest,
): Promise<CommitOutcome> {
  const head = await branchHead(api, repo, request.branch)
  if (head !== undefined && head !== request.parent) return judgeHead(api, repo, { request, head })
  const commit = await createCommit(api, repo, request)
  try {
    await pointBranch({ api, repo, request }, commit, head === undefined)
    return { kind: 'created', commit }
  } catch (error) {
    if (refusedWith(error) !== 422) throw error
    // 422 says "not fast forward", "exists already" and "a rule forbids it" alike; where the branch is now tells which.
    const now = await branchHead(api, repo, request.branch)
    if (now === head || now === undefined) throw error
    return judgeHead(api, repo, { request, head: now })
  }
}

/** The branch is elsewhere than at the parent: by our own earlier try, or by somebody else. */
async function judgeHead(
  api: GithubApi,
  repo: RepoRef,
  { request, head }: { request: CommitRequest; head: ObjectId },
): Promise<CommitOutcome> {
  const found = await readCommit(api, repo, head)
  const ours = found.tree === request.tree && effectOf(found.message) === effectOf(request.message)
  return ours ? { kind: 'already_there', commit: head } : { kind: 'moved', found: head }
}

/** The effect id in the last trailer; a message without one stands for itself. */
function effectOf(message: string): string {
  return [...message.matchAll(TRAILER)].at(-1)?.[1] ?? message.trim()
}

async function readCommit(
  api: GithubApi,
  repo: RepoRef,
  commit: ObjectId,
): Promise<{ tree: ObjectId; message: string }> {
  const intent = { doing: `to read commit ${commit} of ${nameOf(repo)}`, needs: 'Contents: read' }
  const { data } = await api.read(repo, intent, (request) =>
    request('GET /repos/{owner}/{repo}/git/commits/{commit_sha}', { ...at(repo), commit_sha: commit }),
  )
  return { tree: data.tree.sha, message: data.message }
}

async function createCommit(api: GithubApi, repo: RepoRef, request: CommitRequest): Promise<ObjectId> {
  const intent = { doing: `to write a commit to ${nameOf(repo)}`, needs: 'Contents: write' }
  const base = await readCommit(api, repo, request.parent)
  const entries: TreeEntry[] = []
  for (const file of request.files) entries.push(await treeEntry(api, repo, file))
  const { data: tree } = await api.write(repo, intent, (send) =>
    send('POST /repos/{owner}/{repo}/git/trees', { ...at(repo), base_tree: base.tree, tree: entries }),
  )
  if (tree.sha !== request.tree)
    throw new Error(
      `GitHub put together tree ${tree.sha} where ${request.tree} was proved; nothing was published`,
    )
  // No author and no committer: with either of them GitHub does not sign.
  const { data: commit } = await api.write(repo, intent, (send) =>
    send('POST /repos/{owner}/{repo}/git/commits', {
      ...at(repo),
      message: request.message,
      tree: tree.sha,
      parents: [request.parent],
    }),
  )
  return commit.sha
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

async function pointBranch(
  { api, repo, request }: { api: GithubApi; repo: RepoRef; request: CommitRequest },
  commit: ObjectId,
  isNew: boolean,
): Promise<void> {
  const intent = {
    doing: `to move branch \`${request.branch}\` of ${nameOf(repo)}`,
    needs: 'Contents: write',
  }
  await api.write<unknown>(repo, intent, (send) =>
    isNew
      ? send('POST /repos/{owner}/{repo}/git/refs', {
          ...at(repo),
          ref: `refs/heads/${request.branch}`,
          sha: commit,
        })
      : send('PATCH /repos/{owner}/{repo}/git/refs/{ref}', {
          ...at(repo),
          ref: `heads/${request.branch}`,
          sha: commit,
          force: false,
        }),
  )
}

/** The status behind an error that was translated already. */
function refusedWith(error: unknown): number | undefined {
  return error instanceof UserError ? refused(error.cause)?.status : undefined
}
