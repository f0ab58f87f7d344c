/** From what people write in URLs (branch, tag, full ref, commit id) to a commit. */
import type { ObjectId } from '../../core/ids.ts'
import type { Repo } from './world.ts'

const FULL = /^[0-9a-f]{40}$/

/** Undefined when there is none. Abbreviated ids are not served: they can turn ambiguous. */
export async function resolveCommit(repo: Repo, name: string): Promise<ObjectId | undefined> {
  if (FULL.test(name)) return (await repo.git.type(name)) === 'commit' ? name : undefined
  const refs = await repo.git.refs()
  const wanted = name === 'HEAD' ? repo.defaultBranch : name
  for (const ref of [`refs/heads/${wanted}`, `refs/tags/${wanted}`, `refs/${wanted}`, wanted]) {
    const id = refs.get(ref)
    if (id && (await repo.git.type(id)) === 'commit') return id
  }
  return undefined
}
