/** Threads on lines of a pull request: answered, resolved, opened again. A thread goes by its first comment. */
import { ApiError, invalid, notFound } from '../api-error.ts'
import { renderReviewComment } from '../render/pull.ts'
import type { PullIssue } from '../render/pull.ts'
import { nodeId } from '../render/account.ts'
import { atLeast, type Repo, type Review, type ReviewComment, roleOf } from '../world.ts'
import { checkBody, type Scene } from './issue-actions.ts'
import { announcePull, asPull } from './pull-actions.ts'
import { publish } from './review-actions.ts'

export interface PlacedComment {
  readonly review: Review
  readonly comment: ReviewComment
}

export interface Thread {
  readonly issue: PullIssue
  readonly first: PlacedComment
  /** Oldest first, the first one included. */
  readonly comments: readonly PlacedComment[]
}

/** In the order in which they were opened. Comments of reviews that are not submitted are nobody's business yet. */
export function threadsOf(issue: PullIssue): Thread[] {
  const all = issue.pull.reviews
    .filter((review) => review.state !== 'PENDING')
    .flatMap((review) => review.comments.map((comment) => ({ review, comment })))
  return all
    .filter(({ comment }) => comment.replyTo === null)
    .map((first) => ({
      issue,
      first,
      comments: [first, ...all.filter(({ comment }) => comment.replyTo === first.comment.id)],
    }))
}

/** The thread in which a comment is, whichever comment of it that is. */
export function threadWith(repo: Repo, id: number): (Thread & { readonly at: PlacedComment }) | undefined {
  for (const known of repo.issues.values()) {
    const issue = known.deleted ? undefined : asPull(known)
    for (const thread of issue ? threadsOf(issue) : []) {
      const at = thread.comments.find(({ comment }) => comment.id === id)
      if (at) return { ...thread, at }
    }
  }
  return undefined
}

export const threadId = ({ first }: Thread) => nodeId('PRRT', first.comment.id)

/** GitHub wraps every answer in a review of its own, without text. Answers to answers are not possible: 422. */
export async function addReply(
  scene: Scene,
  { issue, to, body }: { issue: PullIssue; to: number; body: string },
): Promise<PlacedComment> {
  const thread = threadWith(scene.repo, to)
  if (!thread || thread.issue !== issue) throw notFound()
  const { at, first } = thread
  if (at.comment.replyTo !== null)
    throw invalid('PullRequestReviewComment', 'in_reply_to_id', {
      message: 'in_reply_to_id must be the first comment of a thread',
    })
  const { world, repo, actor } = scene
  if (issue.locked && !actor.app && !atLeast(roleOf(repo, actor.account), 'write'))
    throw new ApiError(403, 'Unable to create comment because issue is locked.')
  if (body.trim() === '')
    throw invalid('PullRequestReviewComment', 'body', { message: 'body cannot be blank' })
  checkBody('PullRequestReviewComment', body)
  const comment = { ...first.comment, id: world.nextId(), replyTo: first.comment.id, body }
  const review: Review = {
    id: world.nextId(),
    author: actor,
    body: '',
    state: 'COMMENTED',
    // Where the thread was opened: that is what its lines are counted on.
    commit: first.review.commit,
    submittedAt: world.clock.now(),
    comments: [comment],
  }
  await publish(scene, issue, review)
  return { review, comment }
}

/** Who opened the pull request, and those with write access, may do this. False when it was so already. */
export async function resolveThread(scene: Scene, thread: Thread, resolved: boolean): Promise<boolean> {
  const { issue, first } = thread
  const { actor, repo } = scene
  const may = actor.app !== null || issue.author.account.id === actor.account.id
  if (!may && !atLeast(roleOf(repo, actor.account), 'write'))
    throw new ApiError(403, `${actor.account.login} does not have permission to resolve this conversation.`)
  if (issue.pull.resolved.has(first.comment.id) === resolved) return false
  if (resolved) issue.pull.resolved.set(first.comment.id, actor.account)
  else issue.pull.resolved.delete(first.comment.id)
  const comments = thread.comments.map(({ review, comment }) =>
    renderReviewComment(scene, { issue, review }, comment),
  )
  await announcePull(scene, issue, {
    event: 'pull_request_review_thread',
    action: resolved ? 'resolved' : 'unresolved',
    thread: { node_id: threadId(thread), comments },
  })
  return true
}
