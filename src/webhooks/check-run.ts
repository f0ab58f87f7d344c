/** check_run: a check of the repository's own ended on a commit of ours. */
import { z } from 'zod'
import { OWN_CHECK } from '../core/own-check.ts'
import { repository } from './payload-parts.ts'
import { listedPulls, touchedHead } from './touched-pull.ts'
import { byAction, nothing, reads } from './translation.ts'
import type { Translation } from './translation.ts'

const payload = z.object({
  repository,
  check_run: z.object({
    name: z.string(),
    /** No branch: the commit came from a fork. */
    check_suite: z.object({ head_branch: z.string().nullish() }).nullish(),
    pull_requests: listedPulls,
  }),
})

export const checkRun = byAction({
  completed: reads(payload, checkEnded),
  created: 'a check that has only begun decides nothing yet',
  rerequested: 'our check says what was proved, and proving is asked for by commands',
  requested_action: 'our check offers no actions',
})

function checkEnded({ repository: at, check_run: run }: z.infer<typeof payload>): Translation {
  if (run.name === OWN_CHECK) return nothing('the check is our own')
  return touchedHead(at, run.check_suite?.head_branch ?? null, run.pull_requests)
}
