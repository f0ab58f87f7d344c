/** Reviews of pull requests, and their comments on lines. */
import { addReview, type NewReviewComment } from '../actions/review-actions.ts'
import { invalid, notFound, unprocessable } from '../api-error.ts'
import { repoRoute } from '../access.ts'
import { type Answer, json, type Need, paged, type RepoCall, type Route } from '../call.ts'
import type { Fields } from '../fields.ts'
import { renderReview, renderReviewComment } from '../render/pull.ts'
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
    handle: (call) =>
      paged(call, pullOf(call).pull.reviews, (page) =>
        page.map((one) => renderReview(call, pullOf(call), one)),
      ),
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
      const all = issue.pull.reviews.flatMap((review) =>
        review.comments.map((comment) => ({ review, comment })),
      )
      return paged(call, all, (page) =>
        page.map(({ review, comment }) => renderReviewComment(call, { issue, review }, comment)),
      )
    },
  }),
]

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
