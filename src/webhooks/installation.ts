/** installation: the App was taken off an account. */
import { z } from 'zod'
import { listedRepository, lostRepositories } from './listed-repository.ts'
import { byAction, nothing, reads } from './translation.ts'

/** GitHub lists the repositories when an installation is deleted, but not always when it is suspended. */
const payload = z.object({ repositories: z.array(listedRepository).nullish() })

const lost = reads(payload, ({ repositories }) =>
  repositories && repositories.length > 0
    ? lostRepositories(repositories)
    : nothing('it names no repositories; a run there is refused at its next request and says so'),
)

export const installation = byAction({
  deleted: lost,
  suspend: lost,
  created: 'only the label starts a run',
  unsuspend: 'a run that was held is taken up again by a command',
  new_permissions_accepted: 'the next request shows what is granted',
})
