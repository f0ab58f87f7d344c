/** Issues, comments, labels, reactions and events as GitHub's answers show them. */
import { nodeId, renderAccount, renderApp } from './account.ts'
import { apiUrl, pageUrl } from './repository.ts'
import type { Account, Comment, Issue, IssueEvent, Label, Reaction, Repo, World } from '../world.ts'

const REACTIONS = ['+1', '-1', 'laugh', 'hooray', 'confused', 'heart', 'rocket', 'eyes'] as const

export function renderLabel(world: World, repo: Repo, label: Label): Record<string, unknown> {
  return {
    id: label.id,
    node_id: nodeId('LA', label.id),
    url: `${apiUrl(world, repo)}/labels/${encodeURIComponent(label.name)}`,
    name: label.name,
    color: label.color,
    default: false,
    description: label.description,
  }
}

/** What GitHub says of a person's relation to a repository. Nobody may decide by it: it knows no roles. */
export function association(repo: Repo, account: Account): string {
  if (repo.owner.id === account.id) return 'OWNER'
  return repo.collaborators.has(account.login.toLowerCase()) ? 'COLLABORATOR' : 'NONE'
}

export function isReaction(content: string): boolean {
  return REACTIONS.some((known) => known === content)
}

export function renderReaction(world: World, reaction: Reaction): Record<string, unknown> {
  return {
    id: reaction.id,
    node_id: nodeId('REA', reaction.id),
    user: renderAccount(world, reaction.user),
    content: reaction.content,
    created_at: reaction.createdAt,
  }
}

export function rollup(url: string, reactions: readonly Reaction[]): Record<string, unknown> {
  const counts = REACTIONS.map((content) => [content, reactions.filter((r) => r.content === content).length])
  return {
    url: `${url}/reactions`,
    total_count: reactions.length,
    ...(Object.fromEntries(counts) as Record<string, number>),
  }
}

export function issueUrls(world: World, repo: Repo, issue: Issue): { api: string; page: string } {
  const kind = issue.pull ? 'pull' : 'issues'
  return {
    api: `${apiUrl(world, repo)}/issues/${issue.number}`,
    page: `${pageUrl(world, repo)}/${kind}/${issue.number}`,
  }
}

export function renderIssue(world: World, repo: Repo, issue: Issue): Record<string, unknown> {
  const { api, page } = issueUrls(world, repo, issue)
  return {
    url: api,
    repository_url: apiUrl(world, repo),
    labels_url: `${api}/labels{/name}`,
    comments_url: `${api}/comments`,
    events_url: `${api}/events`,
    html_url: page,
    id: issue.id,
    node_id: nodeId(issue.pull ? 'PR' : 'I', issue.id),
    number: issue.number,
    title: issue.title,
    user: renderAccount(world, issue.author.account),
    labels: issue.labels.map((label) => renderLabel(world, repo, label)),
    state: issue.state,
    locked: issue.locked,
    assignee: null,
    assignees: [],
    milestone: null,
    comments: issue.comments.length,
    created_at: issue.createdAt,
    updated_at: issue.updatedAt,
    closed_at: issue.closedAt,
    author_association: association(repo, issue.author.account),
    active_lock_reason: issue.lockReason,
    body: issue.body,
    closed_by: issue.closedBy && renderAccount(world, issue.closedBy),
    reactions: rollup(api, issue.reactions),
    timeline_url: `${api}/timeline`,
    performed_via_github_app: issue.author.app && renderApp(world, issue.author.app),
    state_reason: issue.stateReason,
    ...(issue.pull
      ? pullPart(world, repo, issue)
      : { issue_dependencies_summary: dependencies(world, issue) }),
  }
}

function dependencies(world: World, issue: Issue): Record<string, number> {
  const open = (issues: readonly Issue[]) =>
    issues.filter((one) => one.state === 'open' && !one.deleted).length
  const blockers = issue.blockedBy.map((by) => by.issue)
  const blocked = world.repos
    .flatMap((repo) => [...repo.issues.values()])
    .filter((other) => other.blockedBy.some((by) => by.issue === issue))
  return {
    blocked_by: open(blockers),
    blocking: open(blocked),
    total_blocked_by: blockers.length,
    total_blocking: blocked.length,
  }
}

function pullPart(world: World, repo: Repo, issue: Issue): Record<string, unknown> {
  const page = `${pageUrl(world, repo)}/pull/${issue.number}`
  return {
    draft: issue.pull?.draft ?? false,
    pull_request: {
      url: `${apiUrl(world, repo)}/pulls/${issue.number}`,
      html_url: page,
      diff_url: `${page}.diff`,
      patch_url: `${page}.patch`,
      merged_at: issue.pull?.merged?.at ?? null,
    },
  }
}

export function renderComment(
  world: World,
  { repo, issue }: { repo: Repo; issue: Issue },
  comment: Comment,
): Record<string, unknown> {
  const url = `${apiUrl(world, repo)}/issues/comments/${comment.id}`
  const { api, page } = issueUrls(world, repo, issue)
  return {
    url,
    html_url: `${page}#issuecomment-${comment.id}`,
    issue_url: api,
    id: comment.id,
    node_id: nodeId('IC', comment.id),
    user: renderAccount(world, comment.author.account),
    created_at: comment.createdAt,
    updated_at: comment.updatedAt,
    author_association: association(repo, comment.author.account),
    body: comment.body,
    reactions: rollup(url, comment.reactions),
    performed_via_github_app: comment.author.app && renderApp(world, comment.author.app),
  }
}

export function renderIssueEvent(world: World, repo: Repo, event: IssueEvent): Record<string, unknown> {
  const { label, rename } = event
  return {
    id: event.id,
    node_id: nodeId('EV', event.id),
    url: `${apiUrl(world, repo)}/issues/events/${event.id}`,
    actor: renderAccount(world, event.actor.account),
    event: event.event,
    commit_id: event.commit,
    commit_url: event.commit && `${apiUrl(world, repo)}/commits/${event.commit}`,
    created_at: event.createdAt,
    performed_via_github_app: event.actor.app && renderApp(world, event.actor.app),
    ...(rename && { rename }),
    ...(label && { label: { name: label.name, color: label.color } }),
    ...(event.event === 'closed' && { state_reason: null }),
  }
}
