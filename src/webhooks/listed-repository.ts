/** A repository as the events of installations list it: without its owner as a part of its own. */
import { z } from 'zod'
import { incoming } from './translation.ts'
import type { Translation } from './translation.ts'

export const listedRepository = z.object({
  id: z.int().positive(),
  name: z.string().min(1),
  full_name: z.string().regex(/^[^/]+\/[^/]+$/),
})

export function lostRepositories(listed: readonly z.infer<typeof listedRepository>[]): Translation {
  const repos = listed.map(({ id, name, full_name: fullName }) => ({
    id,
    owner: fullName.slice(0, fullName.indexOf('/')),
    name,
  }))
  return incoming({ kind: 'access_lost', repos })
}
