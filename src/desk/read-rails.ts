/** The rails: the repository's own instructions to whoever works on it, as they stand at the base. */
import type { ObjectId } from '../core/ids.ts'
import type { TreeFile, Workspace } from '../ports/workspace.ts'
import { matchGlob } from '../core/match-glob.ts'
import { readText } from './read-texts.ts'
import type { FileText } from './read-texts.ts'

/** Bytes of one file. The dossier shows the head of a long one and says so; what is longer still is no instruction. */
const LIMIT = 1024 * 1024
/** A glob that matches a whole handbook would leave no room for the task. */
const MOST_RAILS = 12

/** In the order of the config's globs, most binding first. Equal files (a link, a copy) are shown once. */
export async function readRails(
  workspace: Workspace,
  commit: ObjectId,
  subject: { files: readonly TreeFile[]; globs: readonly string[] },
): Promise<FileText[]> {
  const rails: FileText[] = []
  const seen = new Set<string>()
  for (const glob of subject.globs) {
    const matches = matchGlob([glob])
    for (const file of subject.files.filter(({ path }) => matches(path))) {
      if (seen.has(file.id) || rails.length === MOST_RAILS) continue
      seen.add(file.id)
      const text = await readText(workspace, commit, { file, limit: LIMIT })
      if (text !== undefined && text.trim() !== '') rails.push({ path: file.path, text })
    }
  }
  return rails
}
