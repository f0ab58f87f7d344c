/** Finds the config at a commit: no file is the defaults, and whatever is wrong with a file is said with its place. */
import type { ConfigProblem } from '../core/config.ts'
import type { ObjectId } from '../core/ids.ts'
import { CONFIG_LIMIT, CONFIG_PATH, tooLarge } from '../ports/config.ts'
import type { ConfigReader } from '../ports/config.ts'
import type { ConfigFound } from '../ports/desk.ts'
import type { TreeFile, Workspace } from '../ports/workspace.ts'

const PLAIN_MODES: ReadonlySet<string> = new Set(['100644', '100755'])

function problemLine({ message, line, column }: ConfigProblem): string {
  return line === undefined ? message : `line ${line}, column ${column ?? 1}: ${message}`
}

/** Told by the tree, before a byte is read. */
function refusalOf(file: TreeFile): string | undefined {
  // Followed, a link could lead to a file that other rules protect less.
  if (!PLAIN_MODES.has(file.mode)) return 'It is a symbolic link or a submodule; it must be a plain file.'
  return file.size > CONFIG_LIMIT ? tooLarge(file.size) : undefined
}

export async function findConfig(
  configs: ConfigReader,
  workspace: Workspace,
  commit: ObjectId,
): Promise<ConfigFound> {
  const file = (await workspace.files(commit)).find(({ path }) => path === CONFIG_PATH)
  const refusal = file && refusalOf(file)
  if (refusal !== undefined) return { ok: false, problems: [refusal] }
  const bytes = file && (await workspace.read(commit, CONFIG_PATH, CONFIG_LIMIT))
  const result = configs.read(bytes ?? '')
  return result.ok ? result : { ok: false, problems: result.problems.map(problemLine) }
}
