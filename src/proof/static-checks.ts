/** What can be said about a change without running anything: locked tests, protected paths, deleted tests, no change. */
import type { LockedTests, ProofFailure } from '../core/evidence.ts'
import type { ObjectId } from '../core/ids.ts'
import { isProtected, isTestFile } from '../core/paths.ts'
import type { ProofContext } from '../ports/proof.ts'
import type { FileDiff } from '../ports/workspace.ts'
import { changedLocks } from './locked-files.ts'
import { failure } from './rules/proof-failures.ts'

function touched(diff: FileDiff): string[] {
  return diff.previousPath === undefined ? [diff.path] : [diff.previousPath, diff.path]
}

/**
 * Git takes a deleted file for renamed when a new one is like it. Where the new one is a locked test, which is not the
 * coder's, what the coder did is the deletion.
 */
export function withoutLockedRenames(
  diffs: readonly FileDiff[],
  locked: ReadonlySet<string>,
): readonly FileDiff[] {
  return diffs.map((diff) =>
    diff.status === 'renamed' && diff.previousPath !== undefined && locked.has(diff.path)
      ? { ...diff, path: diff.previousPath, previousPath: undefined, status: 'deleted', hunks: [] }
      : diff,
  )
}

/** A test file that is gone, or that goes on under a name that no runner looks for. */
function lostTestFile(diff: FileDiff): string | undefined {
  if (diff.status === 'deleted' && isTestFile(diff.path)) return diff.path
  const moved = diff.status === 'renamed' ? diff.previousPath : undefined
  return moved !== undefined && isTestFile(moved) && !isTestFile(diff.path) ? moved : undefined
}

/** Checks the differences between base and a change; `locked` are the paths of the locked tests. */
export function checkDiff(diffs: readonly FileDiff[], locked: ReadonlySet<string>): ProofFailure[] {
  const failures: ProofFailure[] = []
  for (const path of new Set(diffs.flatMap(touched).filter(isProtected)))
    failures.push(
      failure('protected_path', path, 'Only a person may change this path; take the change back.'),
    )
  for (const diff of diffs) {
    const lost = lostTestFile(diff)
    if (lost !== undefined && !locked.has(lost))
      failures.push(
        failure('test_removed', lost, 'This test file is there on base and gone here; put it back.'),
      )
  }
  if (diffs.every((diff) => locked.has(diff.path)))
    failures.push(failure('nothing_changed', 'the change', 'Nothing but the locked tests differs from base.'))
  return failures
}

export async function checkLocks(
  context: ProofContext,
  commit: ObjectId,
  tests: LockedTests,
): Promise<ProofFailure[]> {
  const changed = await changedLocks(context, commit, tests)
  return changed.map((path) =>
    failure(
      'locked_test_changed',
      path,
      'This file is locked: it must be byte for byte what failed on base.',
    ),
  )
}
