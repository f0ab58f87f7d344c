/** Reads files of a commit as text, leaving out quietly what is no text: the dossier shows what it can. */
import type { ObjectId } from '../core/ids.ts'
import type { TreeFile, Workspace } from '../ports/workspace.ts'

export interface FileText {
  readonly path: string
  readonly text: string
}

/** Undefined for symlinks, submodules, what is larger than `limit` bytes, and what is not UTF-8 text. */
export async function readText(
  workspace: Workspace,
  commit: ObjectId,
  where: { file: TreeFile; limit: number },
): Promise<string | undefined> {
  const { file, limit } = where
  const regular = file.mode === '100644' || file.mode === '100755'
  if (!regular || file.size > limit) return undefined
  const bytes = await workspace.read(commit, file.path, limit)
  return bytes === undefined ? undefined : decodeText(bytes)
}

function decodeText(bytes: Uint8Array): string | undefined {
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes)
    return text.includes('\0') ? undefined : text
  } catch {
    return undefined
  }
}
