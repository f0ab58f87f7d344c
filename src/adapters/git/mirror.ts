/** One bare git directory per repository, ours alone: where everything is fetched to, cut, put together and read from. */
import { access, mkdir, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { ObjectId, RepoRef } from '../../core/ids.ts'
import type { TreeFile } from '../../ports/workspace.ts'
import { git } from './git.ts'
import { markedName } from './process-mark.ts'
import { RAW_ATTRIBUTES } from './raw-attributes.ts'
import { Remembered } from './remembered.ts'

export interface Mirror {
  readonly repo: RepoRef
  /** The git directory. */
  readonly dir: string
  readonly known: KnownObjects
  /** A new path for an index file or the like, on the same disk, readable by us alone. */
  temporaryPath(label: string): string
}

/** What git was asked before, of all mirrors below a root. */
interface KnownObjects {
  /** By commit. */
  readonly trees: Remembered<ObjectId>
  readonly listings: Remembered<readonly TreeFile[]>
}

const MOST_TREES = 1000
/** Files in all listings together: some fifty megabytes. */
const MOST_FILES = 100_000

export function nothingKnown(): KnownObjects {
  return {
    trees: new Remembered(MOST_TREES, () => 1),
    listings: new Remembered(MOST_FILES, (files) => Math.max(1, files.length)),
  }
}

/** These hold for every command in the mirror. Fetched objects never change them: fetching does not touch config. */
const MIRROR_CONFIG = `[core]
\trepositoryformatversion = 0
\tbare = true
\tfilemode = true
\tsymlinks = true
\tlogAllRefUpdates = false
\tquotePath = false
\tprotectHFS = true
\tprotectNTFS = true
[gc]
\tauto = 0
[maintenance]
\tauto = false
[fetch]
\trecurseSubmodules = no
\twriteCommitGraph = false
[submodule]
\trecurse = false
`

/** Where temporary files are. */
export async function temporaryFolder(root: string): Promise<string> {
  const folder = join(root, 'temporary')
  await mkdir(folder, { recursive: true, mode: 0o700 })
  return folder
}

/** Opens the mirror of a repository below `root`, and makes it first where there is none. Never fetches. */
export async function openMirror(
  { root, known }: { readonly root: string; readonly known: KnownObjects },
  repo: RepoRef,
  mark: string,
): Promise<Mirror> {
  const folder = join(root, 'mirrors')
  await mkdir(folder, { recursive: true, mode: 0o700 })
  const temporary = await temporaryFolder(root)
  const temporaryPath = (label: string): string => join(temporary, markedName(label, mark))
  // The numeric id survives renames and transfers, and cannot hold a path.
  const dir = join(folder, `${repo.id}.git`)
  if (!(await isMirror(dir))) await createMirror(dir, `${temporaryPath('new')}.git`)
  return { repo, dir, known, temporaryPath }
}

/** Moved into place as a whole, so it is there or it is not; git itself asks for no more than these. */
async function isMirror(dir: string): Promise<boolean> {
  const parts = ['HEAD', 'objects', 'refs'].map((part) => access(join(dir, part)))
  return (await Promise.allSettled(parts)).every(({ status }) => status === 'fulfilled')
}

/** Made aside and moved into place, so that two stages that start together never see half of it. */
async function createMirror(dir: string, draft: string): Promise<void> {
  await git(undefined, ['init', '--quiet', '--bare', '--template=', draft])
  await writeFile(join(draft, 'config'), MIRROR_CONFIG)
  await mkdir(join(draft, 'info'), { recursive: true })
  await writeFile(join(draft, 'info', 'attributes'), RAW_ATTRIBUTES)
  try {
    await rename(draft, dir)
  } catch (error) {
    await rm(draft, { recursive: true, force: true })
    if (!(await isMirror(dir))) throw error
  }
}
