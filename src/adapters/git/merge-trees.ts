/** Two commits merged in the git directory alone: no checkout, no index, no driver or filter that a repository names. */
import type { ObjectId } from '../../core/ids.ts'
import type { Merged } from '../../ports/workspace.ts'
import { git } from './git.ts'
import type { Mirror } from './mirror.ts'
import { commitMerge, mustHave } from './tree-edits.ts'

/**
 * `ours` itself where it has taken `theirs` in already; else a commit with both as parents. Conflicting text stands in
 * the tree between markers; of a binary file, and of one that only one side deleted, git keeps one version whole.
 */
export async function mergeCommits(mirror: Mirror, ours: ObjectId, theirs: ObjectId): Promise<Merged> {
  await Promise.all([mustHave(mirror, ours), mustHave(mirror, theirs)])
  const taken = await git(mirror.dir, ['merge-base', '--is-ancestor', theirs, ours], { accept: [1] })
  if (taken.code === 0) return { commit: ours, conflicts: [] }
  const args = ['merge-tree', '--write-tree', '-z', '--name-only', '--no-messages', ours, theirs]
  const merged = await git(mirror.dir, args, { accept: [1] })
  const [tree = '', ...conflicts] = merged.stdout.toString('utf8').split('\0')
  const commit = await commitMerge(mirror, { tree, parents: [ours, theirs] })
  return { commit, conflicts: conflicts.filter((path) => path !== '') }
}
