/** New commits from old ones without a working tree: an index file of our own, a few entries changed, written as a tree. */
import { rm } from 'node:fs/promises'
import { StageFailure, UserError } from '../../core/errors.ts'
import type { ObjectId } from '../../core/ids.ts'
import { nameProblem } from './entry-name.ts'
import { git } from './git.ts'
import type { Mirror } from './mirror.ts'

/** One changed entry; without an id the path is removed. */
export interface TreeEdit {
  readonly path: string
  readonly mode: string
  readonly id: ObjectId | undefined
}

/** Fixed, so that the same tree on the same parent is the same commit: a resumed stage finds what it made before. */
const IDENTITY = {
  GIT_AUTHOR_NAME: 'Millwright',
  GIT_AUTHOR_EMAIL: 'millwright@invalid',
  GIT_AUTHOR_DATE: '2000-01-01T00:00:00Z',
  GIT_COMMITTER_NAME: 'Millwright',
  GIT_COMMITTER_EMAIL: 'millwright@invalid',
  GIT_COMMITTER_DATE: '2000-01-01T00:00:00Z',
}

const NO_OBJECT = '0'.repeat(40)

/** The tree of a commit, also of one that was there and is there no more. Throws as `mustHave` does. */
export function treeOf(mirror: Mirror, commit: ObjectId): Promise<ObjectId> {
  return mirror.known.trees.take({ where: mirror.dir, id: commit }, () => mustHave(mirror, commit))
}

/** Its tree. StageFailure where the git directory has no such commit now: it was removed under a living run. */
export async function mustHave(mirror: Mirror, commit: ObjectId): Promise<ObjectId> {
  const args = ['rev-parse', '--verify', '--quiet', `${commit}^{tree}`]
  const found = await git(mirror.dir, args, { accept: [1, 128] })
  if (found.code === 0) return found.text
  throw new StageFailure(
    'internal',
    `Commit ${commit} is not in Millwright's git directory any more, so this run cannot go on. Start a new one.`,
  )
}

/** Runs `work` with an index that holds `commit`, which is gone afterwards; answers what `work` answers. */
export async function withIndex<T>(
  mirror: Mirror,
  commit: ObjectId,
  work: (env: Readonly<Record<string, string>>) => Promise<T>,
): Promise<T> {
  const file = mirror.temporaryPath('index')
  const env = { GIT_INDEX_FILE: file }
  try {
    await git(mirror.dir, ['read-tree', commit], { env })
    return await work(env)
  } finally {
    await Promise.all([rm(file, { force: true }), rm(`${file}.lock`, { force: true })])
  }
}

/** A commit on `onto` with the edits made to its tree; `onto` itself when they change nothing. */
export async function editTree(
  mirror: Mirror,
  onto: ObjectId,
  change: { readonly edits: readonly TreeEdit[]; readonly message: string },
): Promise<ObjectId> {
  for (const { path } of change.edits) {
    const problem = nameProblem(path)
    if (problem !== undefined) throw new UserError('unsupported_file', `${JSON.stringify(path)} ${problem}.`)
  }
  const tree = await withIndex(mirror, onto, async (env) => {
    // Removals first: a file that becomes a folder must be gone before what is in it arrives.
    const edits = change.edits.toSorted((a, b) => Number(a.id !== undefined) - Number(b.id !== undefined))
    const input = edits.map((edit) =>
      edit.id === undefined ? `0 ${NO_OBJECT}\t${edit.path}\0` : `${edit.mode} ${edit.id}\t${edit.path}\0`,
    )
    await git(mirror.dir, ['update-index', '--replace', '-z', '--index-info'], { env, input: input.join('') })
    return (await git(mirror.dir, ['write-tree'], { env })).text
  })
  return commitTree(mirror, onto, { tree, message: change.message })
}

/** A commit with that tree on that parent; the parent itself when its tree is the same. */
export async function commitTree(
  mirror: Mirror,
  parent: ObjectId,
  { tree, message }: { readonly tree: ObjectId; readonly message: string },
): Promise<ObjectId> {
  if (tree === (await treeOf(mirror, parent))) return parent
  const made = await git(mirror.dir, ['commit-tree', tree, '-p', parent], { env: IDENTITY, input: message })
  return made.text
}

/** A merge commit, whose tree may well be that of one parent. */
export async function commitMerge(
  mirror: Mirror,
  { tree, parents }: { readonly tree: ObjectId; readonly parents: readonly [ObjectId, ObjectId] },
): Promise<ObjectId> {
  const [ours, theirs] = parents
  const args = ['commit-tree', tree, '-p', ours, '-p', theirs]
  return (await git(mirror.dir, args, { env: IDENTITY, input: `Take in ${theirs}` })).text
}

/** A commit with the tree of another one, whose only use is that it reaches its parents. */
export async function commitKept(
  mirror: Mirror,
  { tree, parents }: { readonly tree: ObjectId; readonly parents: readonly ObjectId[] },
): Promise<ObjectId> {
  const args = ['commit-tree', `${tree}^{tree}`, ...parents.flatMap((parent) => ['-p', parent])]
  return (await git(mirror.dir, args, { env: IDENTITY, input: 'Kept' })).text
}

/** Writes contents as blobs in one process, byte for byte, and answers their ids in the same order. */
export async function writeBlobs(
  mirror: Mirror,
  contents: readonly Uint8Array[],
): Promise<readonly ObjectId[]> {
  if (contents.length === 0) return []
  const input = contents.flatMap((content, index) => [
    Buffer.from(`blob\nmark :${index + 1}\ndata ${content.length}\n`),
    content,
    Buffer.from(`\nget-mark :${index + 1}\n`),
  ])
  const imported = await git(mirror.dir, ['fast-import', '--quiet', '--done', '--cat-blob-fd=1'], {
    input: Buffer.concat([...input, Buffer.from('done\n')]),
  })
  return imported.text.split('\n')
}
