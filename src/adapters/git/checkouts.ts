/** Checkouts: directories with exactly one tree, written by our own git before anything foreign ran in them. */
import { chmod, lchown, mkdir, readdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { ObjectId } from '../../core/ids.ts'
import type { Checkout } from '../../ports/workspace.ts'
import { git } from './git.ts'
import type { Mirror } from './mirror.ts'
import { markedName } from './process-mark.ts'
import { RAW_ATTRIBUTES } from './raw-attributes.ts'
import { mustHave } from './tree-edits.ts'

/** Who the sandbox runs as, when we are root; undefined when it runs as us. */
export type Owner = { readonly uid: number; readonly gid: number } | undefined

/** Commits of history that the agent's `.git` holds: what `git log` and `git blame` need to be of use, and no more. */
const HISTORY = 20

/** No remote, no hooks, no identity: there to be looked at. The sandbox binds it read-only. */
const LOOK_CONFIG = `[core]
\trepositoryformatversion = 0
\tbare = false
\tfilemode = true
\tlogAllRefUpdates = false
\thooksPath = /dev/null
\tfsmonitor = false
[gc]
\tauto = 0
`

/** Where checkouts are. The folder can be entered but not listed by others, since the sandbox's uid must get through. */
export async function checkoutFolder(root: string): Promise<string> {
  const folder = join(root, 'checkouts')
  await mkdir(folder, { recursive: true })
  // mkdir's mode is cut by the umask, and a dropped uid cannot enter what is left.
  for (const entered of [root, folder]) await chmod(entered, 0o711)
  return folder
}

export async function createCheckout(
  mirror: Mirror,
  request: { folder: string; mark: string; commit: ObjectId; purpose: string; owner: Owner },
): Promise<Checkout> {
  await mustHave(mirror, request.commit)
  const label = request.purpose
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .slice(0, 24)
  const path = join(request.folder, markedName(label, request.mark))
  await mkdir(path, { mode: 0o700 })
  try {
    const look = join(path, '.git')
    await createLook(mirror, look, request.commit)
    const env = { GIT_INDEX_FILE: join(look, 'index'), GIT_WORK_TREE: path }
    await git(mirror.dir, ['read-tree', request.commit], { env })
    await git(mirror.dir, ['checkout-index', '--all', '--force', '--quiet', '--index'], { env, cwd: path })
    if (request.owner) {
      await own(path, request.owner)
      // Owner and change time are part of what the index remembers; stale, every `git status` would hash every file.
      await git(mirror.dir, ['update-index', '-q', '--refresh'], { env, cwd: path, accept: [1] })
      await lchown(env.GIT_INDEX_FILE, request.owner.uid, request.owner.gid)
    }
    return { path, commit: request.commit }
  } catch (error) {
    await rm(path, { recursive: true, force: true })
    throw error
  }
}

// What setup and test commands leave behind. A published package comes without its .gitignore, and its thousands of
// dependencies would count as the agent's change.
const NEVER_A_CHANGE = ['node_modules/', '__pycache__/', '*.pyc', '.pytest_cache/', '.venv/', ''].join('\n')

/** A small `.git` that stands alone: recent history in one pack, a detached HEAD, nothing that points back to the mirror. */
async function createLook(mirror: Mirror, look: string, commit: ObjectId): Promise<void> {
  for (const part of ['objects/pack', 'refs/heads', 'info'])
    await mkdir(join(look, part), { recursive: true })
  const listed = await git(mirror.dir, ['rev-list', '--parents', `--max-count=${HISTORY}`, commit, '--'])
  const rows = listed.text.split('\n').map((line) => line.split(' '))
  const kept = new Set(rows.map(([id]) => id))
  // A commit with a parent left out is a border; git takes a shallow commit as having no parents at all.
  const border = rows.flatMap(([id = '', ...parents]) =>
    parents.every((each) => kept.has(each)) ? [] : [id],
  )
  const wanted = [...border.map((id) => `--shallow ${id}`), commit, ''].join('\n')
  await git(
    mirror.dir,
    ['pack-objects', '--quiet', '--revs', '--threads=1', join(look, 'objects/pack/pack')],
    {
      input: wanted,
    },
  )
  if (border.length > 0) await writeFile(join(look, 'shallow'), `${border.join('\n')}\n`)
  await writeFile(join(look, 'HEAD'), `${commit}\n`)
  await writeFile(join(look, 'config'), LOOK_CONFIG)
  await writeFile(join(look, 'info/attributes'), RAW_ATTRIBUTES)
  await writeFile(join(look, 'info/exclude'), NEVER_A_CHANGE)
}

/** Gives a tree to the sandbox's uid. Symlinks are given themselves, never what they point to. */
async function own(path: string, owner: { uid: number; gid: number }): Promise<void> {
  await lchown(path, owner.uid, owner.gid)
  for (const entry of await readdir(path, { withFileTypes: true })) {
    const inner = join(path, entry.name)
    if (entry.isDirectory()) await own(inner, owner)
    else await lchown(inner, owner.uid, owner.gid)
  }
}
