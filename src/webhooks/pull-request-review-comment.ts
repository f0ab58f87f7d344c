/** pull_request_review_comment: what a person says about a line of the change, or takes back. */
import { pullPayload, touchedByPerson } from './touched-pull.ts'
import { byAction, reads } from './translation.ts'

export const pullRequestReviewComment = byAction({
  created: reads(pullPayload, touchedByPerson),
  edited: reads(pullPayload, touchedByPerson),
  deleted: reads(pullPayload, touchedByPerson),
})
