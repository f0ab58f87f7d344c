/** What a checkout here does not bring along, so that a failing test is not a riddle, and what none can hold. */
import type { ObjectId } from '../../core/ids.ts'
import { showName } from '../../core/untrusted.ts'
import type { TreeFile, Workspace } from '../../ports/workspace.ts'
import { refuse } from './refuse.ts'

const SUBMODULE = '160000'
/** Bytes; attributes are short. */
const ATTRIBUTES_LIMIT = 256 * 1024
/** Bytes. File systems take 255 for a name and 4,095 for a whole path, to which the checkout's own folder belongs. */
const LONGEST_NAME = 255
const LONGEST_PATH = 3500
/** As much of such a path as tells people which one it is. */
const SHOWN = 200

function isTooLong(path: string): boolean {
  const bytes = (text: string): number => new TextEncoder().encode(text).length
  return bytes(path) > LONGEST_PATH || path.split('/').some((part) => bytes(part) > LONGEST_NAME)
}

/** Git holds paths that no file system takes: half of a checkout would be written, and could not be removed. */
function checkPaths(files: readonly TreeFile[]): void {
  const path = files.find((file) => isTooLong(file.path))?.path
  if (path !== undefined)
    refuse('path_too_long', `${showName(path.slice(0, SHOWN))}… (${path.length} characters)`)
}

export async function unusualFiles(workspace: Workspace, commit: ObjectId): Promise<string[]> {
  const files = await workspace.files(commit)
  checkPaths(files)
  const notes: string[] = []
  const submodules = files.filter((file) => file.mode === SUBMODULE)
  if (submodules.length > 0) notes.push(`${submodules.length} submodule(s): their files are not checked out`)
  const attributes = files.find((file) => file.path === '.gitattributes')
  if (attributes === undefined || attributes.size > ATTRIBUTES_LIMIT) return notes
  const bytes = await workspace.read(commit, attributes.path, ATTRIBUTES_LIMIT)
  if (/\bfilter=lfs\b/.test(new TextDecoder().decode(bytes))) {
    notes.push('Git LFS: large files are checked out as pointers')
  }
  return notes
}
