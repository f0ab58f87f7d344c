/** pull_request: merged, closed, moved or made ready by whoever; the look finds out what it means. */
import { z } from 'zod'
import { anything, isThere } from './payload-parts.ts'
import { pullPayload, touchedPull } from './touched-pull.ts'
import { byAction, nothing, reads } from './translation.ts'

const edited = z.object({ ...pullPayload.shape, changes: z.object({ base: anything }) })

export const pullRequest = byAction({
  closed: reads(pullPayload, touchedPull),
  reopened: reads(pullPayload, touchedPull),
  synchronize: reads(pullPayload, touchedPull),
  ready_for_review: reads(pullPayload, touchedPull),
  converted_to_draft: reads(pullPayload, touchedPull),
  edited: reads(edited, (payload) =>
    isThere(payload.changes.base) ? touchedPull(payload) : nothing('its title and text decide nothing'),
  ),
  opened: 'nobody has said anything about it yet',
})
