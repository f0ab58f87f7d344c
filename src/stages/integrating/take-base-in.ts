/** A base that moved on is taken in by a merge, and the criterion tests are locked anew on top of it. */
import { withoutObjectNames } from '../../core/diff-text.ts'
import type { LockedTests } from '../../core/evidence.ts'
import type { ObjectId } from '../../core/ids.ts'
import type { Change, RunState, WorkingPosition } from '../../core/state.ts'
import type { Sighting } from '../../ports/look.ts'
import type { Signer } from '../../ports/signer.ts'
import type { Workspace, Workspaces } from '../../ports/workspace.ts'

export interface TakingDeps {
  readonly workspaces: Pick<Workspaces, 'sync'>
  readonly signer: Pick<Signer, 'hash'>
}

type AtIntegrating = Extract<WorkingPosition, { stage: 'integrating' }>

/** `by_person`: what stands in the way is nothing that a coder may resolve. `nothing_new`: it was all there. */
export type Taking =
  | { readonly kind: 'taken'; readonly sighting: Sighting }
  | { readonly kind: 'by_person'; readonly why: string }
  | { readonly kind: 'nothing_new' }

/** Files that a coder can take in at once, and that the state has room for. */
const MOST_CONFLICTS = 60
/** Bytes; a test file beyond it would have been refused when it was locked. */
const TEST_FILE_LIMIT = 2_000_000

/**
 * As merged: where the base changed a locked file too, git put both together and nobody else touched it. The prover sees
 * it fail on the new base before it counts. Undefined where one is gone, or no text any more.
 */
async function lockedOn(
  deps: TakingDeps,
  { workspace, tests }: { workspace: Workspace; tests: LockedTests },
  { base, merged }: { base: ObjectId; merged: ObjectId },
): Promise<LockedTests | undefined> {
  const files: { path: string; sha256: string }[] = []
  for (const { path } of tests.files) {
    const bytes = await workspace.read(merged, path, TEST_FILE_LIMIT)
    if (bytes === undefined) return undefined
    try {
      const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
      files.push({ path, sha256: deps.signer.hash(text) })
    } catch {
      return undefined
    }
  }
  const paths = files.map(({ path }) => path)
  return { tests: tests.tests, files, commit: await workspace.graft(base, merged, paths) }
}

export async function takeBaseIn(deps: TakingDeps, run: RunState, at: AtIntegrating): Promise<Taking> {
  const { spec, change, tests, pull } = at
  const { workspace, commit: base } = await deps.workspaces.sync(run.issue.repo, spec.base.branch)
  if (base === spec.base.commit) return { kind: 'nothing_new' }
  const { commit, conflicts } = await workspace.merge(change.commit, base)
  const locked = conflicts.filter((path) => tests.files.some((file) => file.path === path))
  if (locked.length > 0) return { kind: 'by_person', why: `in locked tests: ${locked.join(', ')}` }
  if (conflicts.length > MOST_CONFLICTS) return { kind: 'by_person', why: `in ${conflicts.length} files` }
  const relocked = await lockedOn(deps, { workspace, tests }, { base, merged: commit })
  if (relocked === undefined) return { kind: 'by_person', why: 'a locked test is gone from the base' }
  const diff = await workspace.diffText(base, commit)
  const taken: Change = {
    ...change,
    commit,
    tree: await workspace.tree(commit),
    diff_hash: deps.signer.hash(withoutObjectNames(diff)),
  }
  const sighting = {
    kind: 'base_taken_in' as const,
    head: pull.head,
    base,
    tests: relocked,
    change: taken,
    conflicts: [...conflicts],
  }
  return { kind: 'taken', sighting }
}
