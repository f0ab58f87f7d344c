/** A commit made through GitHub's API, so that GitHub signs it where it can; the branch is never forced. */
import type { ObjectId } from '../../core/ids.ts'
import type { CommitOutcome, CommitRequest } from '../../ports/forge.ts'
import { createBranch, moveBranch, readBranch } from './branch.ts'
import { createTree } from './create-tree.ts'
import type { RepoContext } from './repo-context.ts'
import { at, nameOf } from './repository-path.ts'
import { commitOnBranch, keepsModes } from './signed-commit.ts'
import { graphqlTypes, refusedWith } from './translate-error.ts'

const TRAILER = /^Millwright-Effect: *(\S+)$/gm

/** Looks before it writes; moves the branch only from `parent` forwards. */
export async function writeCommit(context: RepoContext, request: CommitRequest): Promise<CommitOutcome> {
  const { api, repo } = context
  const before = await readBranch(api, repo, request.branch)
  if (before && before.head !== request.parent) return judgeHead(context, request, before.head)
  const { tree: base } = await readCommit(context, request.alsoParent ?? request.parent)
  // Also where GraphQL makes the commit: what differs from the proved tree is found before anything moves.
  await createTree(api, repo, { base, request })
  try {
    return (await isForGraphql(context, request, base))
      ? await commitByGraphql(context, request, before?.nodeId)
      : await commitByRest(context, request, before === undefined)
  } catch (error) {
    if (refusedWith(error) !== 422 && !graphqlTypes(error).includes('STALE_DATA')) throw error
    // 422 says "not fast forward", "exists already" and "a rule forbids it" alike; where the branch is now tells which.
    const now = await readBranch(api, repo, request.branch)
    if (!now || now.head === before?.head || now.head === request.parent) throw error
    return judgeHead(context, request, now.head)
  }
}

/** The branch is elsewhere than at the parent: by our own earlier try, or by somebody else. */
async function judgeHead(
  context: RepoContext,
  request: CommitRequest,
  head: ObjectId,
): Promise<CommitOutcome> {
  const found = await readCommit(context, head)
  const ours = found.tree === request.tree && effectOf(found.message) === effectOf(request.message)
  return ours ? { kind: 'already_there', commit: head, signed: found.signed } : { kind: 'moved', found: head }
}

/** The effect id in the last trailer; a message without one stands for itself. */
function effectOf(message: string): string {
  return [...message.matchAll(TRAILER)].at(-1)?.[1] ?? message.trim()
}

interface Found {
  readonly tree: ObjectId
  readonly message: string
  readonly signed: boolean
}

async function readCommit({ api, repo }: RepoContext, commit: ObjectId): Promise<Found> {
  const intent = { doing: `to read commit ${commit} of ${nameOf(repo)}`, needs: 'Contents: read' }
  const { data } = await api.read(repo, intent, (request) =>
    request('GET /repos/{owner}/{repo}/git/commits/{commit_sha}', { ...at(repo), commit_sha: commit }),
  )
  return { tree: data.tree.sha, message: data.message, signed: isVerified(data) }
}

/** An Enterprise server may be set up to sign nothing, and then says so here. */
function isVerified(commit: { readonly verification?: { readonly verified: boolean } }): boolean {
  return commit.verification?.verified === true
}

/** GitHub signs an App's commits however they are made. A person's it signs only through GraphQL. */
async function isForGraphql(
  { api, identity, repo }: RepoContext,
  request: CommitRequest,
  base: ObjectId,
): Promise<boolean> {
  if (identity.appId !== undefined || request.alsoParent !== undefined) return false
  return keepsModes(api, repo, { base, files: request.files })
}

async function commitByGraphql(
  context: RepoContext,
  request: CommitRequest,
  known: string | undefined,
): Promise<CommitOutcome> {
  const { api, repo } = context
  const { branch, parent } = request
  const nodeId = known ?? (await createBranch(api, repo, { branch, head: parent })).nodeId
  const commit = await commitOnBranch(api, repo, { nodeId, request })
  const { tree, signed } = await readCommit(context, commit)
  if (tree !== request.tree)
    throw new Error(`GitHub made commit ${commit} with tree ${tree} where ${request.tree} was proved`)
  return { kind: 'created', commit, signed }
}

async function commitByRest(
  { api, repo }: RepoContext,
  request: CommitRequest,
  isNew: boolean,
): Promise<CommitOutcome> {
  const { branch, parent, alsoParent, tree, message } = request
  const intent = { doing: `to write a commit to ${nameOf(repo)}`, needs: 'Contents: write' }
  // No author and no committer: with either of them GitHub does not sign.
  const { data } = await api.write(repo, intent, (send) =>
    send('POST /repos/{owner}/{repo}/git/commits', {
      ...at(repo),
      message,
      tree,
      parents: alsoParent === undefined ? [parent] : [parent, alsoParent],
    }),
  )
  await (isNew ? createBranch : moveBranch)(api, repo, { branch, head: data.sha })
  return { kind: 'created', commit: data.sha, signed: isVerified(data) }
}
