/** Imports a folder of ordinary files as one commit, without filters, attributes or a work tree. */
import { lstat, readdir, readFile, readlink } from 'node:fs/promises'
import { join } from 'node:path'
import { UserError } from '../../../core/errors.ts'
import type { ObjectId } from '../../../core/ids.ts'
import type { BareRepository, GitHost } from '../../../ports/git-host.ts'

type Seed = Parameters<GitHost['importFolder']>[1]
type Entry = { path: string; mode: string; id: ObjectId }

/** Returns the new commit; the branch then points to it, with what it pointed to before as parent. */
export async function importFolder(repository: BareRepository, seed: Seed): Promise<ObjectId> {
  const entries: Entry[] = []
  for (const path of await listFiles(seed.folder, ''))
    entries.push(await importFile(repository, seed.folder, path))
  const ref = `refs/heads/${seed.branch}`
  const before = await repository.ref(ref)
  const commit = await repository.writeCommit({
    tree: await repository.writeTree(undefined, entries),
    parents: before ? [before] : [],
    message: seed.message,
    author: seed.author,
    committer: seed.author,
  })
  if (await repository.moveRef(ref, before, commit)) return commit
  throw new UserError('branch_moved', `${seed.branch} was moved while ${seed.folder} was imported; try again`)
}

async function listFiles(root: string, below: string): Promise<string[]> {
  const found: string[] = []
  const inside = await readdir(join(root, below), { withFileTypes: true })
  for (const entry of inside.sort((a, b) => (a.name < b.name ? -1 : 1))) {
    if (entry.name === '.git') continue
    const path = below === '' ? entry.name : `${below}/${entry.name}`
    if (entry.isDirectory()) found.push(...(await listFiles(root, path)))
    else found.push(path)
  }
  return found
}

async function importFile(repository: BareRepository, root: string, path: string): Promise<Entry> {
  const file = join(root, path)
  const stat = await lstat(file)
  if (stat.isSymbolicLink()) {
    const target = Buffer.from(await readlink(file))
    return { path, mode: '120000', id: await repository.writeBlob(target) }
  }
  if (!stat.isFile())
    throw new UserError('unsupported_file', `${file} is neither a file nor a link; take it out of the seed`)
  // Only the owner's bit counts, as in git.
  const mode = (stat.mode & 0o100) === 0 ? '100644' : '100755'
  return { path, mode, id: await repository.writeBlob(await readFile(file)) }
}
