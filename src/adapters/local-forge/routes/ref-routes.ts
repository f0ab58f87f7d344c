/** Refs: the only way in which history moves through REST, and never by accident. */
import type { ObjectId } from '../../../core/ids.ts'
import { moveRef } from '../actions/ref-actions.ts'
import { notForIntegration, notFound, unprocessable } from '../api-error.ts'
import { repoRoute } from '../access.ts'
import { type Answer, created, json, type Need, NO_CONTENT, type RepoCall, type Route } from '../call.ts'
import { nodeId } from '../render/account.ts'
import { apiUrl } from '../render/repository.ts'
import type { Principal, Repo } from '../world.ts'
import { sceneOf } from './issue-routes.ts'

const READ: Need = { permission: 'contents', level: 'read' }
const WRITE: Need = { permission: 'contents', level: 'write' }
const GIT = '/repos/{owner}/{repo}/git'
const ID = /^[0-9a-f]{40}$/

export const refRoutes: Route[] = [
  repoRoute({
    method: 'GET',
    path: `${GIT}/ref/{ref}`,
    need: READ,
    async handle(call) {
      const ref = `refs/${call.params['ref']}`
      const id = await call.repo.git.ref(ref)
      if (!id) throw notFound()
      return json(await renderRef(call, ref, id))
    },
  }),
  repoRoute({
    method: 'GET',
    path: `${GIT}/matching-refs/{ref}`,
    need: READ,
    async handle(call) {
      const start = `refs/${call.params['ref']}`
      const found = [...(await call.repo.git.refs())].filter(([ref]) => ref.startsWith(start))
      return json(await Promise.all(found.map(([ref, id]) => renderRef(call, ref, id))))
    },
  }),
  repoRoute({ method: 'POST', path: `${GIT}/refs`, need: WRITE, handle: post }),
  repoRoute({ method: 'PATCH', path: `${GIT}/refs/{ref}`, need: WRITE, handle: patch }),
  repoRoute({
    method: 'DELETE',
    path: `${GIT}/refs/{ref}`,
    need: WRITE,
    async handle(call) {
      const ref = `refs/${call.params['ref']}`
      const from = await call.repo.git.ref(ref)
      if (!from) throw unprocessable('Reference does not exist')
      if (ref === `refs/heads/${call.repo.defaultBranch}`)
        throw unprocessable('Cannot delete the default branch')
      if (!(await moveRef(sceneOf(call), { ref, from, to: undefined })))
        throw unprocessable('Reference cannot be updated')
      return NO_CONTENT
    },
  }),
]

async function renderRef(
  { world, repo }: RepoCall,
  ref: string,
  sha: ObjectId,
): Promise<Record<string, unknown>> {
  const type = (await repo.git.type(sha)) ?? 'commit'
  const api = `${apiUrl(world, repo)}/git`
  return {
    ref,
    node_id: nodeId('REF', `${repo.id}:${ref}`),
    url: `${api}/${ref}`,
    object: { type, sha, url: `${api}/${type}s/${sha}` },
  }
}

async function post(call: RepoCall): Promise<Answer> {
  const { repo, body } = call
  const ref = body.text('ref')
  const to = body.text('sha')
  if (!isRefName(ref)) throw unprocessable(`${ref} is not a valid ref name.`)
  if (!ID.test(to) || !(await repo.git.type(to))) throw unprocessable('Object does not exist')
  if (await repo.git.ref(ref)) throw unprocessable('Reference already exists')
  await checkWorkflows(call.principal, repo, { from: undefined, to })
  if (!(await moveRef(sceneOf(call), { ref, from: undefined, to })))
    throw unprocessable('Reference already exists')
  return created(await renderRef(call, ref, to))
}

/** Git's own rules for names (check-ref-format), and GitHub's: refs/ and at least three parts; refs/pull is its own. */
function isRefName(ref: string): boolean {
  // oxlint-disable-next-line no-control-regex -- control characters are what must not be there
  const bad = /[\u0000-\u0020\u007f~^:?*[\\]|\.\.|@\{|\/\/|\/\.|\.lock(\/|$)|\.$|\/$/
  return /^refs\/(?!pull\/)[^/]+\/./.test(ref) && !bad.test(ref)
}

async function patch(call: RepoCall): Promise<Answer> {
  const { repo, body, params } = call
  const ref = `refs/${params['ref']}`
  const to = body.text('sha')
  const from = await repo.git.ref(ref)
  if (!from) throw unprocessable('Reference does not exist')
  if (!ID.test(to) || (await repo.git.type(to)) !== 'commit') throw unprocessable('Object does not exist')
  if (body.optionalFlag('force') !== true && !(await repo.git.isAncestor(from, to)))
    throw unprocessable('Update is not a fast forward')
  await checkWorkflows(call.principal, repo, { from, to })
  if (from !== to && !(await moveRef(sceneOf(call), { ref, from, to })))
    throw unprocessable('Update is not a fast forward')
  return json(await renderRef(call, ref, to))
}

/** An App without `workflows` cannot bring workflow files onto a branch that are not in the repository already. */
export async function checkWorkflows(
  principal: Principal,
  repo: Repo,
  { from, to }: { from: ObjectId | undefined; to: ObjectId },
): Promise<void> {
  if (principal.kind !== 'installation' || principal.permissions['workflows'] === 'write') return
  const trunk = await repo.git.ref(`refs/heads/${repo.defaultBranch}`)
  const now = await workflowsOf(repo, to)
  if (now === undefined) return
  const known = await Promise.all([from, trunk].map(async (commit) => commit && workflowsOf(repo, commit)))
  if (!known.includes(now)) throw notForIntegration()
}

async function workflowsOf(repo: Repo, commit: ObjectId): Promise<ObjectId | undefined> {
  if ((await repo.git.type(commit)) !== 'commit') return undefined
  const { tree } = await repo.git.readCommit(commit)
  return (await repo.git.readTree(tree, true)).find((entry) => entry.path === '.github/workflows')?.id
}
