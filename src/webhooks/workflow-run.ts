/** workflow_run: a workflow of GitHub Actions ended on a commit of ours. */
import { z } from 'zod'
import { repository } from './payload-parts.ts'
import { listedPulls, touchedHead } from './touched-pull.ts'
import { byAction, nothing, reads } from './translation.ts'

const payload = z.object({
  repository,
  workflow_run: z.object({
    /** Of a fork's pull request this is the fork's branch, whatever it is called. */
    head_branch: z.string().nullish(),
    head_repository: z.object({ id: z.int() }).nullish(),
    pull_requests: listedPulls,
  }),
})

export const workflowRun = byAction({
  completed: reads(payload, ({ repository: at, workflow_run: run }) =>
    run.head_repository?.id === at.id
      ? touchedHead(at, run.head_branch ?? null, run.pull_requests)
      : nothing("a fork's branch is nobody's"),
  ),
  requested: 'a workflow that has only begun decides nothing yet',
  in_progress: 'a workflow that has only begun decides nothing yet',
})
