/** Pull requests: opened, read, edited, merged. */
import { mergePull } from '../actions/merge-actions.ts'
import { asPull, changeIssue, mergeBaseOf, openPull, pullFigures } from '../actions/pull-actions.ts'
import { invalid, notFound } from '../api-error.ts'
import { repoRoute } from '../access.ts'
import { type Answer, created, json, type Need, paged, type RepoCall, type Route } from '../call.ts'
import { renderCommit, renderFileChange } from '../render/commit.ts'
import { type PullIssue, renderFullPull, renderPull } from '../render/pull.ts'
import { listed } from '../world.ts'
import { diffAnswer, wantsDiff } from './commit-routes.ts'
import { sceneOf } from './issue-routes.ts'

const READ: Need = { permission: 'pull_requests', level: 'read' }
const WRITE: Need = { permission: 'pull_requests', level: 'write' }
const PULLS = '/repos/{owner}/{repo}/pulls'
const PULL = `${PULLS}/{pull_number}`
/** GitHub's limit of commits and files of a pull request. */
const MAX_COMMITS = 250
const MAX_FILES = 3000

export const pullRoutes: Route[] = [
  repoRoute({ method: 'GET', path: PULLS, need: READ, handle: list }),
  repoRoute({ method: 'POST', path: PULLS, need: { ...WRITE, role: 'read' }, handle: post }),
  repoRoute({
    method: 'GET',
    path: PULL,
    need: READ,
    async handle(call) {
      const pull = pullOf(call)
      if (!wantsDiff(call.accept)) return json(await renderOne(call, pull))
      return diffAnswer(await call.repo.git.diffText(await mergeBaseOf(call.repo, pull), pull.pull.head))
    },
  }),
  repoRoute({ method: 'PATCH', path: PULL, need: WRITE, handle: patch }),
  repoRoute({
    method: 'GET',
    path: `${PULL}/files`,
    need: READ,
    async handle(call) {
      const pull = pullOf(call)
      const files = await call.repo.git.diff(await mergeBaseOf(call.repo, pull), pull.pull.head)
      return paged(call, files.slice(0, MAX_FILES), (page) =>
        page.map((file) => renderFileChange(call, file, pull.pull.head)),
      )
    },
  }),
  repoRoute({
    method: 'GET',
    path: `${PULL}/commits`,
    need: READ,
    async handle(call) {
      const pull = pullOf(call)
      const not = await mergeBaseOf(call.repo, pull)
      const commits = await call.repo.git.log(pull.pull.head, { limit: MAX_COMMITS, not })
      return paged(call, [...commits].reverse(), (page) => page.map((commit) => renderCommit(call, commit)))
    },
  }),
  repoRoute({
    method: 'PUT',
    path: `${PULL}/merge`,
    need: { permission: 'contents', level: 'write' },
    async handle(call) {
      const { body } = call
      const sha = await mergePull(sceneOf(call), pullOf(call), {
        method: body.optionalText('merge_method') ?? 'merge',
        sha: body.optionalText('sha'),
        title: body.optionalText('commit_title'),
        message: body.optionalText('commit_message'),
      })
      return json({ sha, merged: true, message: 'Pull Request successfully merged' })
    },
  }),
]

export function pullOf(call: RepoCall): PullIssue {
  const issue = call.repo.issues.get(Number(call.params['pull_number']))
  const pull = issue && asPull(issue)
  if (!pull) throw notFound()
  return pull
}

async function renderOne(call: RepoCall, pull: PullIssue): Promise<Record<string, unknown>> {
  return renderFullPull(call, pull, await pullFigures(call.repo, pull))
}

function list(call: RepoCall): Promise<Answer> {
  const { query, repo, world } = call
  const state = query.get('state') ?? 'open'
  const head = query.get('head')
  const base = query.get('base')
  const found = listed(world, [...repo.issues.values()])
    .flatMap((issue) => asPull(issue) ?? [])
    .filter((issue) => state === 'all' || issue.state === state)
    .filter(
      ({ pull }) => !head || head.toLowerCase() === `${repo.owner.login}:${pull.headBranch}`.toLowerCase(),
    )
    .filter(({ pull }) => !base || pull.baseBranch === base)
    .sort((a, b) => b.number - a.number)
  if (query.get('direction') === 'asc') found.reverse()
  return paged(call, found, (page) => page.map((pull) => renderPull(call, pull)))
}

async function post(call: RepoCall): Promise<Answer> {
  const { body } = call
  const issue = await openPull(sceneOf(call), {
    title: body.text('title'),
    body: body.optionalText('body') ?? null,
    head: body.text('head'),
    base: body.text('base'),
    draft: body.optionalFlag('draft') ?? false,
  })
  return created(await renderOne(call, issue))
}

/** `draft` is passed over, as at GitHub: drafts change by GraphQL only. */
async function patch(call: RepoCall): Promise<Answer> {
  const { body } = call
  const pull = pullOf(call)
  const state = body.optionalText('state')
  if (state !== undefined && state !== 'open' && state !== 'closed') throw invalid('PullRequest', 'state')
  const title = body.optionalText('title')
  if (title !== undefined && title.trim() === '')
    throw invalid('PullRequest', 'title', { code: 'missing_field' })
  const text = body.has('body') ? { body: body.optionalText('body') ?? null } : {}
  await changeIssue(sceneOf(call), pull, { title, ...text, state })
  return json(await renderOne(call, pull))
}
