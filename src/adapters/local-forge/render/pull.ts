/** Pull requests, reviews and review comments as GitHub's answers show them. */
import type { ObjectId } from '../../../core/ids.ts'
import { nodeId, renderAccount } from './account.ts'
import type { Place } from './commit.ts'
import { association, renderIssue, rollup } from './issue.ts'
import { apiUrl, pageUrl, renderRepository } from './repository.ts'
import type { Issue, Pull, Review, ReviewComment } from '../world.ts'

/** An issue that is known to be a pull request. */
export type PullIssue = Issue & { readonly pull: Pull }

/** What only the answer for one pull request has; the git work for it is the caller's. */
export interface PullFigures {
  readonly commits: number
  readonly additions: number
  readonly deletions: number
  readonly changedFiles: number
  /** Null once merged or closed. */
  readonly mergeable: boolean | null
  readonly mergeableState: string
  /** The merge, or while it is open the one that was tried; null with conflicts, and once closed. */
  readonly mergeCommit: ObjectId | null
}

function links(place: Place, number: number): Record<string, { href: string }> {
  const api = apiUrl(place.world, place.repo)
  const pull = `${api}/pulls/${number}`
  const href = (value: string) => ({ href: value })
  return {
    self: href(pull),
    html: href(`${pageUrl(place.world, place.repo)}/pull/${number}`),
    issue: href(`${api}/issues/${number}`),
    comments: href(`${api}/issues/${number}/comments`),
    review_comments: href(`${pull}/comments`),
    review_comment: href(`${api}/pulls/comments{/number}`),
    commits: href(`${pull}/commits`),
    statuses: href(`${api}/statuses/`),
  }
}

function side(place: Place, ref: string, sha: ObjectId): Record<string, unknown> {
  const { world, repo } = place
  return {
    label: `${repo.owner.login}:${ref}`,
    ref,
    sha,
    user: renderAccount(world, repo.owner),
    repo: renderRepository(world, repo),
  }
}

/** As in lists. */
export function renderPull(place: Place, issue: PullIssue): Record<string, unknown> {
  const { world, repo } = place
  const { pull } = issue
  const api = apiUrl(world, repo)
  const page = `${pageUrl(world, repo)}/pull/${issue.number}`
  const all = links(place, issue.number)
  const base = renderIssue(world, repo, issue)
  const kept = [
    'id',
    'node_id',
    'number',
    'state',
    'locked',
    'title',
    'user',
    'body',
    'created_at',
    'updated_at',
  ]
  const more = [
    'closed_at',
    'labels',
    'assignee',
    'assignees',
    'milestone',
    'author_association',
    'active_lock_reason',
  ]
  return {
    ...Object.fromEntries([...kept, ...more].map((key) => [key, base[key]])),
    url: `${api}/pulls/${issue.number}`,
    html_url: page,
    diff_url: `${page}.diff`,
    patch_url: `${page}.patch`,
    issue_url: `${api}/issues/${issue.number}`,
    commits_url: all['commits']?.href,
    review_comments_url: all['review_comments']?.href,
    review_comment_url: all['review_comment']?.href,
    comments_url: all['comments']?.href,
    statuses_url: `${api}/statuses/${pull.head}`,
    merged_at: pull.merged?.at ?? null,
    merge_commit_sha: pull.merged?.commit ?? null,
    requested_reviewers: [],
    requested_teams: [],
    draft: pull.draft,
    head: side(place, pull.headBranch, pull.head),
    base: side(place, pull.baseBranch, pull.base),
    _links: { ...all, statuses: { href: `${api}/statuses/${pull.head}` } },
    auto_merge: null,
  }
}

/** With all that needs no git. GitHub, too, says `unknown` as long as it has not looked. */
export function renderBriefPull(place: Place, issue: PullIssue): Record<string, unknown> {
  const { pull } = issue
  return {
    ...renderPull(place, issue),
    merged: pull.merged !== undefined,
    merged_by: pull.merged ? renderAccount(place.world, pull.merged.by) : null,
    mergeable: null,
    rebaseable: null,
    mergeable_state: 'unknown',
    comments: issue.comments.length,
    review_comments: pull.reviews.reduce((sum, review) => sum + review.comments.length, 0),
    maintainer_can_modify: false,
  }
}

export function renderFullPull(
  place: Place,
  issue: PullIssue,
  figures: PullFigures,
): Record<string, unknown> {
  return {
    ...renderBriefPull(place, issue),
    merge_commit_sha: figures.mergeCommit,
    mergeable: figures.mergeable,
    rebaseable: figures.mergeable,
    mergeable_state: figures.mergeableState,
    commits: figures.commits,
    additions: figures.additions,
    deletions: figures.deletions,
    changed_files: figures.changedFiles,
  }
}

export function renderReview(place: Place, issue: PullIssue, review: Review): Record<string, unknown> {
  const { world, repo } = place
  const page = `${pageUrl(world, repo)}/pull/${issue.number}#pullrequestreview-${review.id}`
  const pull = `${apiUrl(world, repo)}/pulls/${issue.number}`
  return {
    id: review.id,
    node_id: nodeId('PRR', review.id),
    user: renderAccount(world, review.author.account),
    body: review.body,
    state: review.state,
    html_url: page,
    pull_request_url: pull,
    author_association: association(repo, review.author.account),
    _links: { html: { href: page }, pull_request: { href: pull } },
    submitted_at: review.submittedAt,
    commit_id: review.commit,
  }
}

export function renderReviewComment(
  place: Place,
  { issue, review }: { issue: PullIssue; review: Review },
  comment: ReviewComment,
): Record<string, unknown> {
  const { world, repo } = place
  const api = apiUrl(world, repo)
  const pull = `${api}/pulls/${issue.number}`
  const page = `${pageUrl(world, repo)}/pull/${issue.number}#discussion_r${comment.id}`
  const url = `${api}/pulls/comments/${comment.id}`
  // Outdated comments stay with the commit that they were made on.
  const commit = comment.line === null ? review.commit : issue.pull.head
  return {
    url,
    pull_request_review_id: review.id,
    id: comment.id,
    node_id: nodeId('PRRC', comment.id),
    diff_hunk: comment.diffHunk,
    path: comment.path,
    commit_id: commit,
    original_commit_id: review.commit,
    ...(comment.replyTo !== null && { in_reply_to_id: comment.replyTo }),
    user: renderAccount(world, review.author.account),
    body: comment.body,
    created_at: review.submittedAt,
    updated_at: review.submittedAt,
    html_url: page,
    pull_request_url: pull,
    author_association: association(repo, review.author.account),
    _links: { self: { href: url }, html: { href: page }, pull_request: { href: pull } },
    start_line: comment.startLine,
    original_start_line: comment.startLine,
    start_side: comment.startSide,
    line: comment.line,
    original_line: comment.originalLine,
    side: comment.side,
    position: comment.position,
    original_position: comment.originalPosition,
    subject_type: 'line',
    reactions: rollup(url, []),
  }
}
