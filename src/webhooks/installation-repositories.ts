/** installation_repositories: the App was taken off some repositories of an account. */
import { z } from 'zod'
import { listedRepository, lostRepositories } from './listed-repository.ts'
import { byAction, nothing, reads } from './translation.ts'

const payload = z.object({ repositories_removed: z.array(listedRepository) })

export const installationRepositories = byAction({
  removed: reads(payload, ({ repositories_removed: removed }) =>
    removed.length > 0 ? lostRepositories(removed) : nothing('it names no repositories'),
  ),
  added: 'only the label starts a run',
})
