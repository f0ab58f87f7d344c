/** pull_request_review_thread: a person is done with a remark, or is not after all. */
import { pullPayload, touchedByPerson } from './touched-pull.ts'
import { byAction, reads } from './translation.ts'

export const pullRequestReviewThread = byAction({
  resolved: reads(pullPayload, touchedByPerson),
  unresolved: reads(pullPayload, touchedByPerson),
})
