/** Takes the coder's files as a commit in which the locked tests are byte for byte what they were. */
import type { LockedTests } from '../../core/evidence.ts'
import type { ObjectId } from '../../core/ids.ts'
import type { Bench } from '../../ports/desk.ts'
import type { Workspace } from '../../ports/workspace.ts'

/** Bytes; a test file beyond it would have been refused when it was locked. */
const TEST_FILE_LIMIT = 2_000_000

export interface Taken {
  readonly commit: ObjectId
  /** Locked files that the coder had changed and that were put back. */
  readonly putBack: readonly string[]
}

/** Compared by object id, which is a hash of the bytes: nothing of the file has to be read. */
export async function takeChange(
  workspace: Workspace,
  bench: Bench,
  { tests, signal }: { tests: LockedTests; signal: AbortSignal },
): Promise<Taken> {
  const commit = await bench.take('Change')
  const [locked, left] = await Promise.all([workspace.files(tests.commit), workspace.files(commit)])
  const idOf = (files: typeof locked): Map<string, string> =>
    new Map(files.map((file) => [file.path, `${file.mode} ${file.id}`]))
  const before = idOf(locked)
  const after = idOf(left)
  const putBack = tests.files.map((file) => file.path).filter((path) => before.get(path) !== after.get(path))
  if (putBack.length === 0) return { commit, putBack }
  await restore(workspace, bench, { paths: putBack, from: tests.commit, signal })
  return { commit: await workspace.graft(commit, tests.commit, putBack), putBack }
}

/**
 * In the checkout too, or the coder would be told that the tests are back and find them changed. Through the tool host,
 * since the app writes nothing into a checkout; a file that it cannot write stays, and the commit is right all the same.
 */
async function restore(
  workspace: Workspace,
  bench: Bench,
  what: { paths: readonly string[]; from: ObjectId; signal: AbortSignal },
): Promise<void> {
  for (const path of what.paths) {
    const bytes = await workspace.read(what.from, path, TEST_FILE_LIMIT)
    if (bytes === undefined) continue
    const content = new TextDecoder().decode(bytes)
    await bench.tools.call('write', { file_path: path, content }, what.signal)
  }
}
