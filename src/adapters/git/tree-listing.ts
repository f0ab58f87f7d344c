/** Listing trees, with names as bytes said them (`-z`), never as git would quote them. */
import type { ObjectId } from '../../core/ids.ts'
import type { TreeFile } from '../../ports/workspace.ts'
import { nameProblem } from './entry-name.ts'
import { git } from './git.ts'

/** Paths per command: argv has a limit of about two megabytes, and a path one of four kilobytes. */
const PATHS_AT_ONCE = 200

/** Every file below `commit` (submodules as entries of mode 160000), in git's order. */
export async function listTree(dir: string, commit: ObjectId): Promise<readonly TreeFile[]> {
  return parse((await git(dir, ['ls-tree', '-r', '-z', '-l', '--full-tree', commit])).stdout)
}

/** The files at or below exactly the given paths; a path that is not there adds nothing. */
export async function listPaths(
  dir: string,
  commit: ObjectId,
  paths: readonly string[],
): Promise<readonly TreeFile[]> {
  const found: TreeFile[] = []
  // git takes `../x` for a mistake and not for a path that is not there.
  const possible = paths.filter((path) => nameProblem(path) === undefined)
  for (let from = 0; from < possible.length; from += PATHS_AT_ONCE) {
    const some = possible.slice(from, from + PATHS_AT_ONCE)
    const args = ['ls-tree', '-r', '-z', '-l', '--full-tree', commit, '--', ...some]
    // A file may be called `:(top)x` or `*`; these are names here, never patterns.
    const listed = await git(dir, args, { env: { GIT_LITERAL_PATHSPECS: '1' } })
    found.push(...parse(listed.stdout))
  }
  return found
}

function parse(listing: Buffer): TreeFile[] {
  return listing
    .toString('utf8')
    .split('\0')
    .filter((record) => record !== '')
    .map((record) => {
      const tab = record.indexOf('\t')
      const [mode = '', , id = '', size = ''] = record.slice(0, tab).split(/ +/)
      return { path: record.slice(tab + 1), mode, id, size: size === '-' ? 0 : Number(size) }
    })
}
