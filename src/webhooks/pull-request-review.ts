/** pull_request_review: what a person says about the whole change, or takes back. */
import { pullPayload, touchedByPerson } from './touched-pull.ts'
import { byAction, reads } from './translation.ts'

export const pullRequestReview = byAction({
  submitted: reads(pullPayload, touchedByPerson),
  edited: reads(pullPayload, touchedByPerson),
  dismissed: reads(pullPayload, touchedByPerson),
})
