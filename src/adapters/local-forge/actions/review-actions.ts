/** Reviewing a pull request: what may be said, by whom, and on which lines. */
import type { GitFileChange } from '../../../ports/git-host.ts'
import { unprocessable } from '../api-error.ts'
import { lineAt } from '../diff-position.ts'
import { type PullIssue, renderReview, renderReviewComment } from '../render/pull.ts'
import type { Review, ReviewComment } from '../world.ts'
import { followLines } from './follow-lines.ts'
import { checkBody, type Scene } from './issue-actions.ts'
import { announcePull, mergeBaseOf } from './pull-actions.ts'

export interface NewReviewComment {
  readonly path: string
  readonly body: string
  /** Either a position in the diff, or a line and side. */
  readonly position: number | undefined
  readonly line: number | undefined
  readonly side: 'LEFT' | 'RIGHT'
  readonly startLine: number | undefined
  readonly startSide: 'LEFT' | 'RIGHT' | undefined
}

export interface NewReview {
  readonly state: Review['state']
  readonly body: string
  /** Default: the head as it is. */
  readonly commit: string | undefined
  readonly comments: readonly NewReviewComment[]
}

export async function addReview(scene: Scene, issue: PullIssue, input: NewReview): Promise<Review> {
  const { world, repo, actor } = scene
  const own = issue.author.account.id === actor.account.id
  if (own && input.state === 'APPROVED') throw unprocessable('Review Can not approve your own pull request')
  if (own && input.state === 'CHANGES_REQUESTED')
    throw unprocessable('Review Can not request changes on your own pull request')
  checkBody('PullRequestReview', input.body)
  if (input.body.trim() === '' && needsBody(input))
    throw unprocessable('Review Body is too short (minimum is 1 character)')
  const commit = input.commit ?? issue.pull.head
  if ((await repo.git.type(commit).catch(() => undefined)) !== 'commit')
    throw unprocessable('The commit_id does not exist in the pull request')
  const files = await repo.git.diff(await mergeBaseOf(repo, issue), commit)
  const review: Review = {
    id: world.nextId(),
    author: actor,
    body: input.body,
    state: input.state,
    commit,
    submittedAt: world.clock.now(),
    comments: input.comments.map((comment) => placed(scene, files, comment)),
  }
  await publish(scene, issue, review)
  return review
}

/** Adds a finished review and tells of it, and then of each of its comments, as GitHub does. Drafts are told nobody. */
export async function publish(scene: Scene, issue: PullIssue, review: Review): Promise<void> {
  issue.pull.reviews.push(review)
  if (review.commit !== issue.pull.head) await followLines(scene.repo, issue)
  if (review.state === 'PENDING') return
  await announce(scene, issue, review)
  for (const comment of review.comments)
    await announcePull(scene, issue, {
      event: 'pull_request_review_comment',
      action: 'created',
      comment: renderReviewComment(scene, { issue, review }, comment),
    })
}

function needsBody({ state, comments }: NewReview): boolean {
  return state === 'CHANGES_REQUESTED' || (state === 'COMMENTED' && comments.length === 0)
}

async function announce(scene: Scene, issue: PullIssue, review: Review): Promise<void> {
  const rendered = renderReview(scene, issue, review)
  const state = review.state.toLowerCase()
  await announcePull(scene, issue, {
    event: 'pull_request_review',
    action: 'submitted',
    review: { ...rendered, body: review.body || null, state, updated_at: review.submittedAt },
  })
}

function placed({ world }: Scene, files: readonly GitFileChange[], comment: NewReviewComment): ReviewComment {
  checkBody('PullRequestReviewComment', comment.body)
  const { path, position, line, side } = comment
  const file = files.find((known) => known.path === path)
  if (!file) throw unprocessable('Path could not be resolved')
  if (position === undefined && line === undefined)
    throw unprocessable('Pull request review thread position is invalid and line must be part of the diff')
  const at = lineAt(file.patch, line === undefined ? { position: position ?? 0 } : { line, side })
  if (!at)
    throw unprocessable(
      line === undefined
        ? 'Pull request review thread position is invalid'
        : 'Pull request review thread line must be part of the diff',
    )
  const { startLine, startSide = side } = comment
  if (startLine !== undefined && !lineAt(file.patch, { line: startLine, side: startSide }))
    throw unprocessable('Pull request review thread start line must be part of the same hunk as the line.')
  const found = at.right === undefined ? 'LEFT' : line === undefined ? 'RIGHT' : side
  return {
    id: world.nextId(),
    replyTo: null,
    path,
    body: comment.body,
    ...bothNowAndThen(line ?? at.right ?? at.left ?? 0, at.position),
    side: found,
    startLine: startLine ?? null,
    startSide: startLine === undefined ? null : startSide,
    diffHunk: at.hunk,
  }
}

const bothNowAndThen = (line: number, position: number) => ({
  line,
  originalLine: line,
  position,
  originalPosition: position,
})
