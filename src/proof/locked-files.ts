/** Compares the locked test files byte for byte. */
import type { LockedTests } from '../core/evidence.ts'
import type { ObjectId } from '../core/ids.ts'
import type { ProofContext } from '../ports/proof.ts'
import { sha256 } from './sha256.ts'

/** A test file of more than this is no test file; reading it is refused by the workspace. */
const TEST_FILE_BYTES = 2 * 1024 * 1024

/** Paths whose content in `commit` is not what was locked. */
export async function changedLocks(
  context: ProofContext,
  commit: ObjectId,
  tests: LockedTests,
): Promise<string[]> {
  const changed: string[] = []
  for (const file of tests.files) {
    const bytes = await context.workspace.read(commit, file.path, TEST_FILE_BYTES)
    if (bytes === undefined || (await sha256(bytes)) !== file.sha256) changed.push(file.path)
  }
  return changed
}
