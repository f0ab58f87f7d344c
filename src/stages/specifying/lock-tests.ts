/** Turns what the tester left in its checkout into locked tests, or into a complaint that says exactly what is wrong. */
import type { CriterionTest, LockedTests } from '../../core/evidence.ts'
import type { ObjectId } from '../../core/ids.ts'
import { repoPath } from '../../core/plan.ts'
import type { Criterion } from '../../core/plan.ts'
import type { Signer } from '../../ports/signer.ts'
import type { FileDiff, Workspace } from '../../ports/workspace.ts'

export interface LockDeps {
  readonly workspace: Workspace
  readonly signer: Pick<Signer, 'hash'>
  readonly isTestPath: (path: string) => boolean
  readonly isProtected: (path: string) => boolean
}

export interface Written {
  readonly base: ObjectId
  /** The checkout as the tester left it. */
  readonly commit: ObjectId
  readonly tests: readonly CriterionTest[]
  /** Those that need a test. */
  readonly criteria: readonly Criterion[]
}

/** `strays`: files that are no tests were changed. */
export type Locking =
  | { readonly ok: true; readonly tests: LockedTests }
  | { readonly ok: false; readonly strays: boolean; readonly complaint: string }

/** Bytes of one test file. More than this is data, and belongs in a smaller sample. */
const FILE_LIMIT = 512 * 1024
/** As many as the state has room for. */
const MOST_FILES = 40

/** A rename touches two paths, and a test file must not vanish by one. */
function pathProblem(file: FileDiff, { isTestPath, isProtected }: LockDeps): string | undefined {
  if (isProtected(file.path)) return `${file.path}: protected; no run may change it`
  if (!isTestPath(file.path)) return `${file.path}: not a test file; put it back as it was, or remove it`
  if (file.status === 'deleted') return `${file.path}: existing tests are not deleted; put it back`
  if (file.status === 'renamed') return `${file.previousPath}: existing tests are not moved; put it back`
  if (file.mode !== '100644' && file.mode !== '100755') return `${file.path}: a link or submodule, not a file`
  if (!repoPath.safeParse(file.path).success) return `${file.path}: not a usable path`
  return undefined
}

function listProblems(written: Written, changed: ReadonlySet<string>): string[] {
  const ids = new Set(written.criteria.map((criterion) => criterion.id))
  const problems: string[] = []
  for (const test of written.tests) {
    if (!ids.has(test.criterion)) problems.push(`tests: ${test.criterion} is no criterion that needs a test`)
    if (!changed.has(test.file)) problems.push(`tests: ${test.file} is named, but you did not change it`)
  }
  const tested = new Set(written.tests.map((test) => test.criterion))
  for (const id of ids) if (!tested.has(id)) problems.push(`tests: ${id} has no test`)
  const keys = written.tests.map((test) => `${test.criterion} ${test.file} › ${test.name}`)
  for (const key of new Set(keys.filter((key, index) => keys.indexOf(key) !== index))) {
    problems.push(`tests: ${key} is listed twice`)
  }
  return problems
}

function refuse(problems: readonly string[], strays: boolean): Locking {
  return { ok: false, strays, complaint: problems.map((problem) => `- ${problem}`).join('\n') }
}

/** Hashes are of the bytes: SHA-256 of the UTF-8 text as it is stored, so that anyone can check them with sha256sum. */
async function hashFile(deps: LockDeps, commit: ObjectId, path: string): Promise<string | undefined> {
  const bytes = await deps.workspace.read(commit, path, FILE_LIMIT)
  if (bytes === undefined) return undefined
  try {
    return deps.signer.hash(new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes))
  } catch {
    return undefined
  }
}

export async function lockTests(deps: LockDeps, written: Written): Promise<Locking> {
  const diff = await deps.workspace.diff(written.base, written.commit)
  const strays = diff.flatMap((file) => pathProblem(file, deps) ?? [])
  if (strays.length > 0) return refuse(strays, true)

  const problems = listProblems(written, new Set(diff.map((file) => file.path)))
  if (diff.length > MOST_FILES)
    problems.push(`${diff.length} files changed; at most ${MOST_FILES} can be locked`)
  if (problems.length > 0) return refuse(problems, false)

  const sizes = new Map((await deps.workspace.files(written.commit)).map((file) => [file.path, file.size]))
  const files: { path: string; sha256: string }[] = []
  for (const { path } of diff) {
    const fits = (sizes.get(path) ?? 0) <= FILE_LIMIT
    const sha256 = fits ? await hashFile(deps, written.commit, path) : undefined
    if (sha256 === undefined) return refuse([`${path}: not UTF-8 text of at most ${FILE_LIMIT} bytes`], false)
    files.push({ path, sha256 })
  }
  return { ok: true, tests: { tests: [...written.tests], files, commit: written.commit } }
}
