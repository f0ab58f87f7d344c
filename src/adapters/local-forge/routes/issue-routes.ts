/** Issues, their labels, events and timeline. */
import {
  addLabels,
  type IssueEdit,
  labelOf,
  lockIssue,
  openIssue,
  removeLabel,
  type Scene,
  unlockIssue,
} from '../actions/issue-actions.ts'
import { changeIssue } from '../actions/pull-actions.ts'
import { ApiError, invalid, MovedError, notForIntegration, notFound, unprocessable } from '../api-error.ts'
import { actorOf, canSee, demand, repoRoute } from '../access.ts'
import {
  type Answer,
  created,
  json,
  type Need,
  NO_CONTENT,
  paged,
  type RepoCall,
  type Route,
} from '../call.ts'
import { isRecord } from '../fields.ts'
import { renderIssue, renderIssueEvent, renderComment, renderLabel } from '../render/issue.ts'
import { atLeast, type Issue, listed, roleOf } from '../world.ts'

const READ: Need = { permission: ['issues', 'pull_requests'], level: 'read' }
/** Anybody who can see a repository may open issues and comment. */
export const SPEAK: Need = { permission: ['issues', 'pull_requests'], level: 'write', role: 'read' }
const TRIAGE: Need = { permission: ['issues', 'pull_requests'], level: 'write', role: 'triage' }
const ISSUES = '/repos/{owner}/{repo}/issues'
const ISSUE = `${ISSUES}/{issue_number}`

export const sceneOf = (call: RepoCall): Scene => ({
  world: call.world,
  repo: call.repo,
  actor: actorOf(call.principal),
})

/** The issue of the path; 404 where there is none, 410 where it was deleted, 301 where it was transferred. Installations need the matching right. */
export function issueOf(call: RepoCall, level: 'read' | 'write'): Issue {
  const issue = call.repo.issues.get(Number(call.params['issue_number']))
  if (!issue) throw notFound()
  if (issue.movedTo && canSee(call.principal, issue.movedTo.repo))
    throw new MovedError(movedPath(call, issue.movedTo))
  if (issue.movedTo) throw notFound()
  if (issue.deleted) throw new ApiError(410, 'This issue was deleted')
  // Issue rights do not reach pull requests, nor the other way round; only comments and labels take either.
  if (call.principal.kind === 'installation' && !issue.pull)
    demand(call.principal, call.repo, { permission: 'issues', level })
  return issue
}

function movedPath({ url }: RepoCall, to: NonNullable<Issue['movedTo']>): string {
  const rest = url.pathname.split('/').slice(6)
  return ['', 'repositories', to.repo.id, 'issues', to.issue.number, ...rest].join('/') + url.search
}

export const issueRoutes: Route[] = [
  repoRoute({ method: 'GET', path: ISSUES, need: READ, handle: list }),
  repoRoute({
    method: 'POST',
    path: ISSUES,
    need: { ...SPEAK, permission: 'issues' },
    handle(call) {
      const { world, repo, body } = call
      // People without triage may not label: GitHub drops what they name, without a word.
      const may = call.principal.kind !== 'user' || atLeast(roleOf(repo, call.principal.account), 'triage')
      const title = body.text('title')
      const labels = may ? labelNames(call.rawBody) : []
      const issue = openIssue(sceneOf(call), { title, body: body.optionalText('body') ?? null, labels })
      return created(renderIssue(world, repo, issue))
    },
  }),
  repoRoute({
    method: 'GET',
    path: ISSUE,
    need: READ,
    handle: (call) => json(renderIssue(call.world, call.repo, issueOf(call, 'read'))),
  }),
  repoRoute({ method: 'PATCH', path: ISSUE, need: SPEAK, handle: patch }),
  repoRoute({
    method: 'GET',
    path: `${ISSUE}/labels`,
    need: READ,
    handle: (call) =>
      paged(call, issueOf(call, 'read').labels, (page) =>
        page.map((l) => renderLabel(call.world, call.repo, l)),
      ),
  }),
  repoRoute({ method: 'POST', path: `${ISSUE}/labels`, need: TRIAGE, handle: postLabels }),
  repoRoute({
    method: 'DELETE',
    path: `${ISSUE}/labels/{name}`,
    need: TRIAGE,
    handle(call) {
      const issue = issueOf(call, 'write')
      removeLabel(sceneOf(call), issue, call.params['name'] ?? '')
      return json(issue.labels.map((label) => renderLabel(call.world, call.repo, label)))
    },
  }),
  repoRoute({
    method: 'GET',
    path: '/repos/{owner}/{repo}/labels',
    need: READ,
    handle: (call) =>
      paged(call, [...call.repo.labels.values()], (page) =>
        page.map((l) => renderLabel(call.world, call.repo, l)),
      ),
  }),
  repoRoute({
    method: 'POST',
    path: '/repos/{owner}/{repo}/labels',
    need: { ...TRIAGE, role: 'write' },
    handle: newLabel,
  }),
  repoRoute({
    method: 'GET',
    path: `${ISSUE}/events`,
    need: READ,
    handle: (call) =>
      paged(call, issueOf(call, 'read').events, (page) =>
        page.map((event) => renderIssueEvent(call.world, call.repo, event)),
      ),
  }),
  repoRoute({
    method: 'PUT',
    path: `${ISSUE}/lock`,
    need: { ...TRIAGE, role: 'write' },
    handle(call) {
      lockIssue(sceneOf(call), issueOf(call, 'write'), call.body.optionalText('lock_reason') ?? null)
      return NO_CONTENT
    },
  }),
  repoRoute({
    method: 'DELETE',
    path: `${ISSUE}/lock`,
    need: { ...TRIAGE, role: 'write' },
    handle(call) {
      unlockIssue(sceneOf(call), issueOf(call, 'write'))
      return NO_CONTENT
    },
  }),
  repoRoute({ method: 'GET', path: `${ISSUE}/timeline`, need: READ, handle: timeline }),
]

function list(call: RepoCall): Promise<Answer> {
  const { world, repo, query } = call
  const state = query.get('state') ?? 'open'
  const labels = (query.get('labels') ?? '').split(',').filter((name) => name !== '')
  const since = query.get('since')
  const creator = query.get('creator')
  const found = listed(world, [...repo.issues.values()])
    .filter((issue) => !issue.deleted && (state === 'all' || issue.state === state))
    .filter((issue) =>
      labels.every((name) => issue.labels.some((l) => l.name.toLowerCase() === name.toLowerCase())),
    )
    .filter((issue) => !since || Date.parse(issue.updatedAt) >= Date.parse(since))
    .filter((issue) => !creator || issue.author.account.login === creator)
    .sort(newestFirst(query.get('sort') ?? 'created'))
  if (query.get('direction') === 'asc') found.reverse()
  return paged(call, found, (page) => page.map((issue) => renderIssue(world, repo, issue)))
}

function newestFirst(sort: string): (a: Issue, b: Issue) => number {
  const byNumber = (a: Issue, b: Issue) => b.number - a.number
  if (sort === 'comments') return (a, b) => b.comments.length - a.comments.length || byNumber(a, b)
  if (sort !== 'updated') return byNumber
  return (a, b) => Date.parse(b.updatedAt) - Date.parse(a.updatedAt) || byNumber(a, b)
}

async function patch(call: RepoCall): Promise<Answer> {
  const { repo, world, body, principal } = call
  const issue = issueOf(call, 'write')
  const { account } = actorOf(principal)
  if (
    principal.kind === 'user' &&
    account.id !== issue.author.account.id &&
    !atLeast(roleOf(repo, account), 'triage')
  )
    throw new ApiError(403, 'Must have admin rights to Repository.')
  const state = body.optionalText('state')
  if (state !== undefined && state !== 'open' && state !== 'closed') throw invalid('Issue', 'state')
  const reason = body.optionalText('state_reason')
  await changeIssue(sceneOf(call), issue, {
    title: body.optionalText('title'),
    ...(body.has('body') && { body: body.optionalText('body') ?? null }),
    state,
    stateReason: (reason as IssueEdit['stateReason']) ?? null,
  })
  if (body.has('labels')) setLabels(call, issue, labelNames(call.rawBody))
  return json(renderIssue(world, repo, issue))
}

function setLabels(call: RepoCall, issue: Issue, names: readonly string[]): void {
  const scene = sceneOf(call)
  const wanted = names.map((name) => labelOf(scene, name))
  for (const label of issue.labels.filter((known) => !wanted.includes(known)))
    removeLabel(scene, issue, label.name)
  addLabels(scene, issue, names)
}

/** `labels` as names, as objects with a name, or (for the labels routes) the array alone. */
function labelNames(body: unknown): string[] {
  const labels = isRecord(body) ? body['labels'] : body
  if (labels === undefined || labels === null) return []
  if (!Array.isArray(labels))
    throw unprocessable("Invalid request.\n\nFor 'properties/labels', it is not an array.")
  return labels.map((label: unknown) => {
    const name = isRecord(label) ? label['name'] : label
    if (typeof name !== 'string') throw unprocessable('Invalid request.\n\nA label is not a string.')
    return name
  })
}

function postLabels(call: RepoCall): Answer {
  const issue = issueOf(call, 'write')
  addLabels(sceneOf(call), issue, labelNames(call.rawBody))
  return json(issue.labels.map((label) => renderLabel(call.world, call.repo, label)))
}

function newLabel(call: RepoCall): Answer {
  const { world, repo, body } = call
  if (call.principal.kind === 'anonymous') throw notForIntegration()
  const name = body.text('name')
  if (repo.labels.has(name.toLowerCase())) throw invalid('Label', 'name', { code: 'already_exists' })
  const color = body.optionalText('color') ?? 'ededed'
  if (!/^[0-9a-f]{6}$/i.test(color)) throw invalid('Label', 'color')
  const label = { id: world.nextId(), name, color, description: body.optionalText('description') ?? null }
  repo.labels.set(name.toLowerCase(), label)
  return created(renderLabel(world, repo, label))
}

function timeline(call: RepoCall): Promise<Answer> {
  const { world, repo } = call
  const issue = issueOf(call, 'read')
  const entries = [
    ...issue.events.map((event) => ({ at: event.createdAt, body: renderIssueEvent(world, repo, event) })),
    ...issue.comments.map((comment) => ({
      at: comment.createdAt,
      body: {
        ...renderComment(world, { repo, issue }, comment),
        event: 'commented',
        actor: renderIssueEvent(world, repo, {
          id: comment.id,
          event: 'commented',
          actor: comment.author,
          commit: null,
          createdAt: comment.createdAt,
        })['actor'],
      },
    })),
  ].sort((a, b) => (a.at < b.at ? -1 : a.at > b.at ? 1 : 0))
  return paged(call, entries, (page) => page.map((entry) => entry.body))
}
