/** The GraphQL view of pull requests, their reviews, and the threads on their lines. */
import { type PlacedComment, type Thread, threadId, threadsOf } from '../actions/thread-actions.ts'
import { nodeId } from '../render/account.ts'
import { issueUrls } from '../render/issue.ts'
import type { PullIssue } from '../render/pull.ts'
import type { Repo, Review } from '../world.ts'
import { connection, type PageArguments } from './connection.ts'
import { accountOf, type View, viewAccount, viewCommit, type Viewed } from './view.ts'

export function viewPull(view: View, repo: Repo, issue: PullIssue): Viewed {
  const { pull } = issue
  return {
    __typename: 'PullRequest',
    id: nodeId('PR', issue.id),
    databaseId: issue.id,
    number: issue.number,
    title: issue.title,
    body: issue.body ?? '',
    author: viewAccount(view, issue.author.account),
    state: pull.merged ? 'MERGED' : issue.state.toUpperCase(),
    closed: issue.state === 'closed',
    merged: pull.merged !== undefined,
    isDraft: pull.draft,
    headRefName: pull.headBranch,
    headRefOid: pull.head,
    baseRefName: pull.baseBranch,
    baseRefOid: pull.base,
    url: issueUrls(view.world, repo, issue).page,
    reviewThreads: (page: PageArguments) =>
      connection('reviewThreads', { items: threadsOf(issue), page }, (thread) =>
        viewThread(view, repo, thread),
      ),
    reviews: (page: PageArguments & { states?: readonly string[]; author?: string }) =>
      connection('reviews', { items: reviewsOf(view, issue, page), page }, (review) =>
        viewReview(view, { repo, issue }, review),
      ),
  }
}

function reviewsOf(
  view: View,
  { pull }: PullIssue,
  { states, author }: { states?: readonly string[]; author?: string },
): Review[] {
  const me = accountOf(view.principal)
  return pull.reviews
    .filter((review) => review.state !== 'PENDING' || review.author.account === me)
    .filter((review) => !states || states.includes(review.state))
    .filter((review) => !author || review.author.account.login === author)
}

interface At {
  readonly repo: Repo
  readonly issue: PullIssue
}

function viewReview(view: View, at: At, review: Review): Viewed {
  const { repo, issue } = at
  const items = review.comments.map((comment) => ({ review, comment }))
  return {
    __typename: 'PullRequestReview',
    id: nodeId('PRR', review.id),
    databaseId: review.id,
    fullDatabaseId: String(review.id),
    author: viewAccount(view, review.author.account),
    body: review.body,
    state: review.state,
    commit: () => viewCommit(view.world, repo, review.commit),
    createdAt: review.submittedAt,
    updatedAt: review.submittedAt,
    submittedAt: review.state === 'PENDING' ? null : review.submittedAt,
    url: `${issueUrls(view.world, repo, issue).page}#pullrequestreview-${review.id}`,
    comments: (page: PageArguments) =>
      connection('comments', { items, page }, (placed) => viewReviewComment(view, at, placed)),
  }
}

export function viewThread(view: View, repo: Repo, thread: Thread): Viewed {
  const { issue, first, comments } = thread
  const { comment } = first
  const resolvedBy = issue.pull.resolved.get(comment.id)
  return {
    __typename: 'PullRequestReviewThread',
    id: threadId(thread),
    isResolved: resolvedBy !== undefined,
    // GitHub says null for what an App resolved: the field is for users.
    resolvedBy: resolvedBy?.type === 'User' ? viewAccount(view, resolvedBy) : null,
    isOutdated: comment.line === null,
    path: comment.path,
    line: comment.line,
    originalLine: comment.originalLine,
    startLine: comment.line === null ? null : comment.startLine,
    diffSide: comment.side,
    pullRequest: () => viewPull(view, repo, issue),
    comments: (page: PageArguments) =>
      connection('comments', { items: comments, page }, (placed) =>
        viewReviewComment(view, { repo, issue }, placed),
      ),
  }
}

export function viewReviewComment(view: View, at: At, { review, comment }: PlacedComment): Viewed {
  const { repo, issue } = at
  const parent = threadsOf(issue).find(({ first }) => first.comment.id === comment.replyTo)
  return {
    __typename: 'PullRequestReviewComment',
    id: nodeId('PRRC', comment.id),
    databaseId: comment.id,
    fullDatabaseId: String(comment.id),
    author: viewAccount(view, review.author.account),
    body: comment.body,
    createdAt: review.submittedAt,
    updatedAt: review.submittedAt,
    path: comment.path,
    line: comment.line,
    originalLine: comment.originalLine,
    outdated: comment.line === null,
    diffHunk: comment.diffHunk,
    url: `${issueUrls(view.world, repo, issue).page}#discussion_r${comment.id}`,
    replyTo: () => (parent ? viewReviewComment(view, at, parent.first) : null),
    pullRequestReview: () => viewReview(view, at, review),
  }
}

/** A node by its id, among what a pull request holds; undefined when it is none of these. */
export function viewInside(view: View, at: At, id: string): Viewed | undefined {
  const review = reviewsOf(view, at.issue, {}).find((known) => nodeId('PRR', known.id) === id)
  if (review) return viewReview(view, at, review)
  for (const thread of threadsOf(at.issue)) {
    if (threadId(thread) === id) return viewThread(view, at.repo, thread)
    const placed = thread.comments.find(({ comment }) => nodeId('PRRC', comment.id) === id)
    if (placed) return viewReviewComment(view, at, placed)
  }
  return undefined
}
