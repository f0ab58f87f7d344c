/** Notes what a checkout here does not bring along, so that a failing test is not a riddle. */
import type { ObjectId } from '../../core/ids.ts'
import type { Workspace } from '../../ports/workspace.ts'

const SUBMODULE = '160000'
/** Bytes; attributes are short. */
const ATTRIBUTES_LIMIT = 256 * 1024

export async function unusualFiles(workspace: Workspace, commit: ObjectId): Promise<string[]> {
  const files = await workspace.files(commit)
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
