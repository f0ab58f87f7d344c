/** Listing trees, with names as bytes said them (`-z`), never as git would quote them. */
import type { ObjectId } from '../../core/ids.ts'
import type { TreeFile } from '../../ports/workspace.ts'
import { nameProblem } from './entry-name.ts'
import { git } from './git.ts'
import type { Mirror } from './mirror.ts'

/** Paths per command: argv has a limit of about two megabytes, and a path one of four kilobytes. */
const PATHS_AT_ONCE = 200
/** Paths that are asked for again: a config, a locked test. */
const FEW = 8

/** Every file below `commit` (submodules as entries of mode 160000), in git's order. */
export function listTree({ dir, known }: Mirror, commit: ObjectId): Promise<readonly TreeFile[]> {
  return known.listings.take({ where: dir, id: commit }, async () =>
    parse((await git(dir, ['ls-tree', '-r', '-z', '-l', '--full-tree', commit])).stdout),
  )
}

/** The files at or below exactly the given paths; a path that is not there adds nothing. */
export async function listPaths(
  { dir, known }: Mirror,
  commit: ObjectId,
  paths: readonly string[],
): Promise<readonly TreeFile[]> {
  // Nothing is asked for, and would be kept under the name of all that there is.
  if (paths.length === 0) return []
  const all = await known.listings.known({ where: dir, id: commit })
  const asked = new Set(paths)
  if (all) return all.filter(({ path }) => isAtOrBelow(path, asked))
  // The names are kept, too, and weigh nothing.
  if (paths.length > FEW) return askForPaths(dir, commit, paths)
  return known.listings.take({ where: dir, id: commit, about: paths.join('\0') }, () =>
    askForPaths(dir, commit, paths),
  )
}

function isAtOrBelow(path: string, asked: ReadonlySet<string>): boolean {
  for (let end = path.length; end > 0; end = path.lastIndexOf('/', end - 1))
    if (asked.has(path.slice(0, end))) return true
  return false
}

async function askForPaths(
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
