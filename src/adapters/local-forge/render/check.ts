/** Check runs and commit statuses as GitHub's answers show them. */
import { nodeId, renderAccount, renderApp } from './account.ts'
import { type Place } from './commit.ts'
import { apiUrl, pageUrl } from './repository.ts'
import type { CheckRun, Issue, Status } from '../world.ts'

export function renderCheckRun(place: Place, check: CheckRun): Record<string, unknown> {
  const { world, repo } = place
  const url = `${apiUrl(world, repo)}/check-runs/${check.id}`
  return {
    id: check.id,
    name: check.name,
    node_id: nodeId('CR', check.id),
    head_sha: check.head,
    external_id: check.externalId,
    url,
    html_url: `${pageUrl(world, repo)}/runs/${check.id}`,
    details_url: check.detailsUrl ?? `${pageUrl(world, repo)}/runs/${check.id}`,
    status: check.status,
    conclusion: check.conclusion,
    started_at: check.startedAt,
    completed_at: check.completedAt,
    output: {
      title: check.title,
      summary: check.summary,
      text: check.text,
      annotations_count: check.annotations.length,
      annotations_url: `${url}/annotations`,
    },
    check_suite: { id: check.suite },
    app: renderApp(world, check.app),
    pull_requests: [...repo.issues.values()]
      .filter((issue) => issue.pull?.head === check.head && issue.state === 'open')
      .map((issue) => minimalPull(place, issue)),
  }
}

function minimalPull(place: Place, issue: Issue): Record<string, unknown> {
  const { world, repo } = place
  const api = apiUrl(world, repo)
  const inRepo = { id: repo.id, url: api, name: repo.name }
  return {
    id: issue.id,
    number: issue.number,
    url: `${api}/pulls/${issue.number}`,
    head: { ref: issue.pull?.headBranch, sha: issue.pull?.head, repo: inRepo },
    base: { ref: issue.pull?.baseBranch, sha: issue.pull?.base, repo: inRepo },
  }
}

export function renderStatus(place: Place, status: Status): Record<string, unknown> {
  return {
    url: `${apiUrl(place.world, place.repo)}/statuses/${status.sha}`,
    id: status.id,
    node_id: nodeId('SC', status.id),
    state: status.state,
    description: status.description,
    target_url: status.targetUrl,
    context: status.context,
    created_at: status.createdAt,
    updated_at: status.createdAt,
    avatar_url: `${place.world.base}/avatars/${status.creator.id}`,
    creator: renderAccount(place.world, status.creator),
  }
}
