/** repository: what becomes of the repository itself. Only its end concerns runs before they next ask for something. */
import { z } from 'zod'
import { repository as repositoryPart, repoOf } from './payload-parts.ts'
import { byAction, incoming, reads } from './translation.ts'

const payload = z.object({ repository: repositoryPart })

const MOVED = "runs go by the repository's number, which stays, and GitHub forwards the old name"

export const repository = byAction({
  deleted: reads(payload, ({ repository: gone }) => incoming({ kind: 'access_lost', repos: [repoOf(gone)] })),
  renamed: MOVED,
  // Where the App is not installed at the new owner, installation_repositories tells that it is gone.
  transferred: MOVED,
  archived: 'the next write is refused, and the run says so then',
  unarchived: 'a run that was held is taken up again by a command',
  privatized: 'what the App may do stays the same; where drafts are not to be had, publishing says so',
  publicized: 'what the App may do stays the same',
  created: 'only the label starts a run',
  edited: 'a run keeps the branch that it began on',
})
