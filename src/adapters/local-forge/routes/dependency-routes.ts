/** Which issues must be closed before another: GitHub's "blocked by". */
import { blockIssue } from '../actions/issue-actions.ts'
import { notFound } from '../api-error.ts'
import { canSee, repoRoute } from '../access.ts'
import { type Answer, created, json, type Need, paged, type RepoCall, type Route } from '../call.ts'
import { renderIssue } from '../render/issue.ts'
import { renderRepository } from '../render/repository.ts'
import type { Issue } from '../world.ts'
import { issueOf, sceneOf } from './issue-routes.ts'

const BLOCKED_BY = '/repos/{owner}/{repo}/issues/{issue_number}/dependencies/blocked_by'
const WRITE: Need = { permission: 'issues', level: 'write', role: 'triage' }

type Blocker = Issue['blockedBy'][number]

export const dependencyRoutes: Route[] = [
  repoRoute({
    method: 'GET',
    path: BLOCKED_BY,
    need: { permission: 'issues', level: 'read' },
    handle(call) {
      const seen = issueOf(call, 'read').blockedBy.filter(
        ({ repo, issue }) => canSee(call.principal, repo) && !issue.deleted,
      )
      return paged(call, seen, (page) => page.map((blocker) => render(call, blocker)))
    },
  }),
  repoRoute({ method: 'POST', path: BLOCKED_BY, need: WRITE, handle: post }),
  repoRoute({
    method: 'DELETE',
    path: `${BLOCKED_BY}/{issue_id}`,
    need: WRITE,
    handle(call) {
      const { blockedBy } = issueOf(call, 'write')
      const at = blockedBy.findIndex(({ issue }) => String(issue.id) === call.params['issue_id'])
      const [removed] = at < 0 ? [] : blockedBy.splice(at, 1)
      if (!removed) throw notFound()
      return json(render(call, removed))
    },
  }),
]

function post(call: RepoCall): Answer {
  const issue = issueOf(call, 'write')
  const id = call.body.optionalNumber('issue_id')
  const by = blockerOf(call, id)
  if (!by) throw notFound()
  blockIssue(sceneOf(call), issue, by)
  return created(render(call, by))
}

/** By its id, not its number: it may be in any repository that the caller sees. */
function blockerOf({ world, principal }: RepoCall, id: number | undefined): Blocker | undefined {
  for (const repo of world.repos.filter((known) => canSee(principal, known)))
    for (const issue of repo.issues.values())
      if (issue.id === id && !issue.deleted && !issue.pull) return { repo, issue }
  return undefined
}

function render({ world }: RepoCall, { repo, issue }: Blocker): Record<string, unknown> {
  return { ...renderIssue(world, repo, issue), repository: renderRepository(world, repo) }
}
