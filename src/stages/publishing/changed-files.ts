/** The files to publish, read from the proved commit: what the forge is given is what was proved. */
import { StageFailure } from '../../core/errors.ts'
import type { ObjectId } from '../../core/ids.ts'
import { LARGEST_FILE } from '../../core/largest-file.ts'
import type { FileEntry } from '../../ports/forge.ts'
import type { FileDiff, Workspace } from '../../ports/workspace.ts'

/** More than this is no change that a person can review, and each blob is a content-creating request. */
const MOST_FILES = 300

type FileMode = FileEntry['mode']

function modeOf(file: FileDiff): FileMode {
  if (file.mode === '100644' || file.mode === '100755' || file.mode === '120000') return file.mode
  throw new StageFailure('unsupported_file', `${file.path} is a submodule or of another kind (${file.mode})`)
}

/** A link may point only to a place inside the repository; elsewhere it would be read on somebody's machine. */
function checkLink(path: string, target: string): void {
  const depth = path.split('/').length - 1
  let level = depth
  const climbs = target.split('/').some((part) => {
    if (part === '..') level -= 1
    else if (part !== '.' && part !== '') level += 1
    return level < 0
  })
  if (climbs || target.startsWith('/')) {
    throw new StageFailure('unsupported_file', `${path} is a link that points out of the repository`)
  }
}

async function written(workspace: Workspace, commit: ObjectId, file: FileDiff): Promise<FileEntry> {
  const mode = modeOf(file)
  const content = await workspace.read(commit, file.path, LARGEST_FILE)
  if (content === undefined)
    throw new StageFailure('internal', `${file.path} is in the diff, not in the tree`)
  if (mode === '120000') checkLink(file.path, new TextDecoder().decode(content))
  return { path: file.path, mode, content }
}

/** A rename is a deletion and an addition: the forge knows trees, not moves. */
export async function changedFiles(
  workspace: Workspace,
  base: ObjectId,
  commit: ObjectId,
): Promise<FileEntry[]> {
  const diff = await workspace.diff(base, commit)
  if (diff.length === 0) throw new StageFailure('nothing_changed', 'The proved tree is the base itself')
  if (diff.length > MOST_FILES) {
    throw new StageFailure(
      'unsupported_file',
      `${diff.length} files changed; at most ${MOST_FILES} are published`,
    )
  }
  const entries: FileEntry[] = []
  const gone = (path: string): FileEntry => ({ path, mode: '100644', content: undefined })
  for (const file of diff) {
    if (file.status === 'deleted') {
      entries.push(gone(file.path))
      continue
    }
    if (file.status === 'renamed' && file.previousPath !== undefined) entries.push(gone(file.previousPath))
    entries.push(await written(workspace, commit, file))
  }
  return entries
}
