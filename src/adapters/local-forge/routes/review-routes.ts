/** Reviews of pull requests, and their comments on lines. */
import { addReview, type NewReviewComment } from '../actions/review-actions.ts'
import { addReply, type PlacedComment, threadsOf, threadWith } from '../actions/thread-actions.ts'
import { invalid, notFound, unprocessable } from '../api-error.ts'
import { actorOf, repoRoute } from '../access.ts'
import { type Answer, created, json, type Need, paged, type RepoCall, type Route } from '../call.ts'
import type { Fields } from '../fields.ts'
import { type PullIssue, renderReview, renderReviewComment } from '../render/pull.ts'
import type { Review } from '../world.ts'
import { sceneOf } from './issue-routes.ts'
import { pullOf } from './pull-routes.ts'

const READ: Need = { permission: 'pull_requests', level: 'read' }
const WRITE: Need = { permission: 'pull_requests', level: 'write', role: 'read' }
const PULL = '/repos/{owner}/{repo}/pulls/{pull_number}'

export const reviewRoutes: Route[] = [
  repoRoute({
    method: 'GET',
    path: `${PULL}/reviews`,
    need: READ,
    handle(call) {
      const issue = pullOf(call)
      const mine = (review: Review) => review.author.account === accountOf(call)
      const seen = issue.pull.reviews.filter((review) => review.state !== 'PENDING' || mine(review))
      return paged(call, seen, (page) => page.map((one) => renderReview(call, issue, one)))
    },
  }),
  repoRoute({ method: 'POST', path: `${PULL}/reviews`, need: WRITE, handle: post }),
  repoRoute({
    method: 'GET',
    path: `${PULL}/reviews/{review_id}`,
    need: READ,
    handle: (call) => json(renderReview(call, pullOf(call), reviewOf(call))),
  }),
  repoRoute({
    method: 'GET',
    path: `${PULL}/reviews/{review_id}/comments`,
    need: READ,
    handle(call) {
      const issue = pullOf(call)
      const review = reviewOf(call)
      return paged(call, review.comments, (page) =>
        page.map((comment) => renderReviewComment(call, { issue, review }, comment)),
      )
    },
  }),
  repoRoute({
    method: 'GET',
    path: `${PULL}/comments`,
    need: READ,
    handle(call) {
      const issue = pullOf(call)
      const all = threadsOf(issue).flatMap((thread) => thread.comments)
      const since = call.query.get('since')
      const found = all.filter(({ review }) => !since || review.submittedAt >= since)
      if (call.query.get('direction') === 'desc') found.sort((a, b) => b.comment.id - a.comment.id)
      else found.sort((a, b) => a.comment.id - b.comment.id)
      return paged(call, found, (page) => page.map((placed) => renderPlaced(call, issue, placed)))
    },
  }),
  repoRoute({ method: 'POST', path: `${PULL}/comments`, need: WRITE, handle: postComment }),
  repoRoute({
    method: 'POST',
    path: `${PULL}/comments/{comment_id}/replies`,
    need: WRITE,
    handle: (call) => reply(call, Number(call.params['comment_id'])),
  }),
  repoRoute({
    method: 'GET',
    path: '/repos/{owner}/{repo}/pulls/comments/{comment_id}',
    need: READ,
    handle(call) {
      const thread = threadWith(call.repo, Number(call.params['comment_id']))
      if (!thread) throw notFound()
      return json(renderPlaced(call, thread.issue, thread.at))
    },
  }),
]

const accountOf = ({ principal }: RepoCall) =>
  principal.kind === 'anonymous' ? undefined : actorOf(principal).account

function renderPlaced(
  call: RepoCall,
  issue: PullIssue,
  { review, comment }: PlacedComment,
): Record<string, unknown> {
  return renderReviewComment(call, { issue, review }, comment)
}

function reviewOf(call: RepoCall) {
  const found = pullOf(call).pull.reviews.find((known) => String(known.id) === call.params['review_id'])
  if (!found) throw notFound()
  return found
}

const EVENTS = { COMMENT: 'COMMENTED', APPROVE: 'APPROVED', REQUEST_CHANGES: 'CHANGES_REQUESTED' } as const

async function post(call: RepoCall): Promise<Answer> {
  const { body } = call
  const issue = pullOf(call)
  const event = body.optionalText('event')
  const state = event === undefined ? 'PENDING' : Object.entries(EVENTS).find(([name]) => name === event)?.[1]
  if (!state) throw unprocessable(`Variable $event of type PullRequestReviewEvent was provided invalid value`)
  const comments = (body.optionalObjects('comments') ?? []).map(readComment)
  const review = await addReview(sceneOf(call), issue, {
    state,
    body: body.optionalText('body') ?? '',
    commit: body.optionalText('commit_id'),
    comments,
  })
  return json(renderReview(call, issue, review))
}

/** One comment on a line, or, with `in_reply_to`, an answer; either becomes a review without text. */
async function postComment(call: RepoCall): Promise<Answer> {
  const { body } = call
  const to = body.optionalNumber('in_reply_to')
  if (to !== undefined) return reply(call, to)
  const issue = pullOf(call)
  const review = await addReview(sceneOf(call), issue, {
    state: 'COMMENTED',
    body: '',
    commit: body.text('commit_id'),
    comments: [readComment(body)],
  })
  const [comment] = review.comments
  if (!comment) throw new Error('a review lost its comment')
  return created(renderPlaced(call, issue, { review, comment }))
}

async function reply(call: RepoCall, to: number): Promise<Answer> {
  const issue = pullOf(call)
  return created(
    renderPlaced(call, issue, await addReply(sceneOf(call), { issue, to, body: call.body.text('body') })),
  )
}

function readComment(fields: Fields): NewReviewComment {
  return {
    path: fields.text('path'),
    body: fields.text('body'),
    position: fields.optionalNumber('position'),
    line: fields.optionalNumber('line'),
    side: readSide(fields, 'side') ?? 'RIGHT',
    startLine: fields.optionalNumber('start_line'),
    startSide: readSide(fields, 'start_side'),
  }
}

function readSide(fields: Fields, name: string): 'LEFT' | 'RIGHT' | undefined {
  const side = fields.optionalText(name)
  if (side !== undefined && side !== 'LEFT' && side !== 'RIGHT')
    throw invalid('PullRequestReviewComment', name)
  return side
}
