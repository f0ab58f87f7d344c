/** Check runs (Apps only) and commit statuses. */
import { applyCheck, newCheck } from '../actions/check-actions.ts'
import { newStatus } from '../actions/status-actions.ts'
import { notForIntegration, notFound, unprocessable } from '../api-error.ts'
import { actorOf, repoRoute } from '../access.ts'
import { type Answer, created, json, type Need, paged, type RepoCall, type Route } from '../call.ts'
import { renderCheckRun, renderStatus } from '../render/check.ts'
import { apiUrl, renderRepository } from '../render/repository.ts'
import { resolveCommit } from '../resolve-commit.ts'
import type { CheckRun, Status } from '../world.ts'
import { sceneOf } from './issue-routes.ts'

const READ: Need = { permission: 'checks', level: 'read' }
const WRITE: Need = { permission: 'checks', level: 'write', appOnly: true }
const STATUSES: Need = { permission: 'statuses', level: 'read' }
const REPO = '/repos/{owner}/{repo}'

export const checkRoutes: Route[] = [
  repoRoute({
    method: 'POST',
    path: `${REPO}/check-runs`,
    need: WRITE,
    handle: async (call) => created(renderCheckRun(call, await newCheck(sceneOf(call), call.body))),
  }),
  repoRoute({
    method: 'PATCH',
    path: `${REPO}/check-runs/{check_run_id}`,
    need: WRITE,
    async handle(call) {
      const check = checkOf(call)
      if (check.app !== actorOf(call.principal).app) throw notForIntegration()
      await applyCheck(sceneOf(call), check, call.body)
      return json(renderCheckRun(call, check))
    },
  }),
  repoRoute({
    method: 'GET',
    path: `${REPO}/check-runs/{check_run_id}`,
    need: READ,
    handle: (call) => json(renderCheckRun(call, checkOf(call))),
  }),
  repoRoute({
    method: 'GET',
    path: `${REPO}/check-runs/{check_run_id}/annotations`,
    need: READ,
    handle(call) {
      const check = checkOf(call)
      const blob = `${apiUrl(call.world, call.repo)}/git/blobs/${check.head}`
      return paged(call, check.annotations, (page) => page.map((one) => ({ ...one, blob_href: blob })))
    },
  }),
  repoRoute({ method: 'GET', path: `${REPO}/commits/{ref}/check-runs`, need: READ, handle: checksForRef }),
  repoRoute({
    method: 'POST',
    path: `${REPO}/statuses/{sha}`,
    need: { permission: 'statuses', level: 'write' },
    handle: postStatus,
  }),
  repoRoute({
    method: 'GET',
    path: `${REPO}/commits/{ref}/statuses`,
    need: STATUSES,
    async handle(call) {
      const statuses = await statusesOf(call)
      return paged(call, statuses.found, (page) => page.map((status) => renderStatus(call, status)))
    },
  }),
  repoRoute({ method: 'GET', path: `${REPO}/commits/{ref}/status`, need: STATUSES, handle: combined }),
]

function checkOf(call: RepoCall): CheckRun {
  const found = call.repo.checks.find((known) => String(known.id) === call.params['check_run_id'])
  if (!found) throw notFound()
  return found
}

async function checksForRef(call: RepoCall): Promise<Answer> {
  const { repo, params, query } = call
  const sha = await resolveCommit(repo, params['ref'] ?? '')
  if (!sha) throw unprocessable(`No commit found for SHA: ${params['ref']}`)
  const matches = (key: string, value: string) => !query.has(key) || query.get(key) === value
  const all = repo.checks.filter(
    (check) =>
      check.head === sha &&
      matches('check_name', check.name) &&
      matches('status', check.status) &&
      matches('app_id', String(check.app.id)),
  )
  // The default filter: of runs of one name by one App, only the newest.
  const found = all.filter(
    (check) =>
      query.get('filter') === 'all' ||
      all.findLast((other) => other.name === check.name && other.app === check.app) === check,
  )
  return paged(call, found.reverse(), (page) => ({
    total_count: found.length,
    check_runs: page.map((check) => renderCheckRun(call, check)),
  }))
}

async function postStatus(call: RepoCall): Promise<Answer> {
  const { body, params } = call
  const status = await newStatus(sceneOf(call), {
    sha: params['sha'] ?? '',
    state: body.text('state'),
    context: body.optionalText('context') ?? 'default',
    description: body.optionalText('description') ?? null,
    targetUrl: body.optionalText('target_url') ?? null,
  })
  return created(renderStatus(call, status))
}

async function statusesOf({ repo, params }: RepoCall): Promise<{ sha: string; found: Status[] }> {
  const sha = await resolveCommit(repo, params['ref'] ?? '')
  if (!sha) throw notFound()
  return { sha, found: repo.statuses.filter((status) => status.sha === sha).reverse() }
}

async function combined(call: RepoCall): Promise<Answer> {
  const { world, repo } = call
  const { sha, found } = await statusesOf(call)
  const latest = found.filter(
    (status, index) => found.findIndex((s) => s.context === status.context) === index,
  )
  const has = (...states: string[]) => latest.some((status) => states.includes(status.state))
  const state = has('error', 'failure')
    ? 'failure'
    : has('pending') || latest.length === 0
      ? 'pending'
      : 'success'
  const url = `${apiUrl(world, repo)}/commits/${sha}`
  return json({
    state,
    statuses: latest.map((status) => renderStatus(call, status)),
    sha,
    total_count: latest.length,
    repository: renderRepository(world, repo),
    commit_url: url,
    url: `${url}/status`,
  })
}
