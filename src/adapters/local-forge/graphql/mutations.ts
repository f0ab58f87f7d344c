/** The GraphQL mutations: commits that GitHub signs, and drafts. */
import { actorOf, canSee } from '../access.ts'
import { moveRef } from '../actions/ref-actions.ts'
import { asPull, setDraft } from '../actions/pull-actions.ts'
import type { Need } from '../call.ts'
import { nodeId } from '../render/account.ts'
import { noreply } from '../render/commit.ts'
import type { PullIssue } from '../render/pull.ts'
import { checkWorkflows } from '../routes/ref-routes.ts'
import { findRepo, type Repo } from '../world.ts'
import { allow, refusing } from './allow.ts'
import { TypedError } from './graphql-error.ts'
import { viewRef } from './objects.ts'
import { viewPull } from './pulls.ts'
import { type View, viewCommit, type Viewed } from './view.ts'

interface CommitInput {
  readonly branch: { id?: string; repositoryNameWithOwner?: string; branchName?: string }
  readonly message: { headline: string; body?: string }
  readonly fileChanges?: {
    additions?: readonly { path: string; contents: string }[]
    deletions?: readonly { path: string }[]
  }
  readonly expectedHeadOid: string
  readonly clientMutationId?: string
}

const CONTENTS: Need = { permission: 'contents', level: 'write' }
const PULLS: Need = { permission: 'pull_requests', level: 'write' }

export async function createCommitOnBranch(view: View, input: CommitInput): Promise<Viewed> {
  const { world, principal } = view
  const { repo, branch } = branchOf(view, input.branch)
  allow(view, repo, CONTENTS)
  const ref = `refs/heads/${branch}`
  const head = await repo.git.ref(ref)
  if (!head) throw new TypedError('NOT_FOUND', `Branch "${branch}" does not exist.`)
  if (head !== input.expectedHeadOid) throw stale(input.expectedHeadOid)
  const actor = actorOf(principal)
  const date = world.clock.now()
  const { headline, body } = input.message
  const commit = await repo.git.writeCommit({
    tree: await newTree(repo, head, input.fileChanges ?? {}),
    parents: [head],
    message: body ? `${headline}\n\n${body}` : headline,
    author: { name: actor.account.name, email: noreply(actor.account), date },
    committer: { name: 'GitHub', email: 'noreply@github.com', date },
  })
  try {
    await checkWorkflows(principal, repo, { from: head, to: commit })
  } catch (error) {
    throw new TypedError('FORBIDDEN', error instanceof Error ? error.message : 'Forbidden')
  }
  // This mutation signs for everybody, people included: it is the one way for a token to make a signed commit.
  repo.signed.add(commit)
  if (!(await moveRef({ world, repo, actor }, { ref, from: head, to: commit }))) throw stale(head)
  return {
    clientMutationId: input.clientMutationId ?? null,
    commit: await viewCommit(world, repo, commit),
    ref: await viewRef(view, repo, ref),
  }
}

const stale = (expected: string) =>
  new TypedError(
    'STALE_DATA',
    `Expected branch to point to "${expected}" but it did not. Pull and try again.`,
  )

function branchOf(view: View, given: CommitInput['branch']): { repo: Repo; branch: string } {
  const [owner = '', name = ''] = (given.repositoryNameWithOwner ?? '').split('/')
  const byName = given.branchName?.replace(/^refs\/heads\//, '')
  const [id = '', ref = ''] = Buffer.from((given.id ?? '').replace(/^REF_/, ''), 'base64url')
    .toString()
    .split(/:(.*)/)
  const repo = given.id
    ? view.world.repos.find((known) => String(known.id) === id)
    : findRepo(view.world, owner, name)
  const branch = given.id ? ref.replace(/^refs\/heads\//, '') : byName
  if (!repo || !branch || !canSee(view.principal, repo))
    throw new TypedError('NOT_FOUND', `Could not resolve to a Repository with the name '${owner}/${name}'.`)
  return { repo, branch }
}

async function newTree(
  repo: Repo,
  head: string,
  changes: NonNullable<CommitInput['fileChanges']>,
): Promise<string> {
  const { tree } = await repo.git.readCommit(head)
  const there = new Map((await repo.git.readTree(tree, true)).map((entry) => [entry.path, entry]))
  const entries = []
  for (const { path } of changes.deletions ?? []) {
    if (!there.has(path))
      throw new TypedError(
        'UNPROCESSABLE',
        `A path was requested for deletion which does not exist as of commit oid \`${head}\``,
      )
    entries.push({ path, mode: '100644', id: undefined })
  }
  for (const { path, contents } of changes.additions ?? []) {
    // Modes cannot be given here: what is there keeps its own, what is new is an ordinary file.
    const mode = there.get(path)?.mode === '100755' ? '100755' : '100644'
    entries.push({ path, mode, id: await repo.git.writeBlob(Buffer.from(contents, 'base64')) })
  }
  return repo.git.writeTree(tree, entries)
}

export async function changeDraft(
  view: View,
  input: { pullRequestId: string; clientMutationId?: string },
  draft: boolean,
): Promise<Viewed> {
  const { repo, pull } = pullOf(view, input.pullRequestId)
  allow(view, repo, PULLS)
  const scene = { world: view.world, repo, actor: actorOf(view.principal) }
  await refusing('UNPROCESSABLE', () => setDraft(scene, pull, draft))
  return { clientMutationId: input.clientMutationId ?? null, pullRequest: viewPull(view, repo, pull) }
}

function pullOf(view: View, id: string): { repo: Repo; pull: PullIssue } {
  for (const repo of view.world.repos)
    for (const issue of repo.issues.values()) {
      const pull = asPull(issue)
      if (pull && nodeId('PR', pull.id) === id && canSee(view.principal, repo)) return { repo, pull }
    }
  throw new TypedError('NOT_FOUND', `Could not resolve to a node with the global id of '${id}'`)
}
