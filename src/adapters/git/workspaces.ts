/** Workspaces on real git: a bare mirror per repository, commits put together in it, checkouts cut from it. */
import { rm } from 'node:fs/promises'
import { dirname } from 'node:path'
import { UserError } from '../../core/errors.ts'
import type { ObjectId, RepoRef } from '../../core/ids.ts'
import type { Sandbox } from '../../ports/sandbox.ts'
import type { Checkout, Hunk, Workspace, Workspaces } from '../../ports/workspace.ts'
import { checkoutFolder, createCheckout } from './checkouts.ts'
import type { Owner } from './checkouts.ts'
import { applicablePatch, diffFiles, diffText } from './diff-reader.ts'
import type { Network } from './connection.ts'
import { fetchBranch } from './fetch-branch.ts'
import { git } from './git.ts'
import { hasCommits, keepUnder, putBack } from './kept-files.ts'
import { mergeCommits } from './merge-trees.ts'
import { nothingKnown, openMirror, temporaryFolder } from './mirror.ts'
import type { Mirror } from './mirror.ts'
import { packRun, unpackRun } from './packed-runs.ts'
import { takeMark } from './process-mark.ts'
import { dropRun, fetchShared, shareRun } from './shared-refs.ts'
import { takeSnapshot } from './snapshots.ts'
import { sweepLeftovers } from './sweep-leftovers.ts'
import { commitTree, editTree, treeOf, withIndex, writeBlobs } from './tree-edits.ts'
import { listPaths, listTree } from './tree-listing.ts'

export interface WorkspaceOptions extends Network {
  /** State folder, absolute, outside any clone; every folder above it must be enterable for the sandbox's uid. */
  readonly root: string
  readonly sandbox: Sandbox
  /** Who checkouts belong to, where we run as root and the sandbox does not. */
  readonly owner: Owner
}

interface Parts extends WorkspaceOptions {
  readonly folder: string
  readonly mark: string
  readonly mirror: Mirror
}

export function createWorkspaces(options: WorkspaceOptions): Workspaces {
  // One fetch at a time per repository: two would race for the same ref lock, and the second finds all there anyway.
  const fetching = new Map<number, Promise<unknown>>()
  const known = nothingKnown()

  let mark: Promise<string> | undefined
  const ownMark = (): Promise<string> => {
    mark ??= temporaryFolder(options.root).then(takeMark)
    mark.catch(() => (mark = undefined))
    return mark
  }

  const open = async (repo: RepoRef): Promise<Parts> => {
    const folder = await checkoutFolder(options.root)
    const own = await ownMark()
    return {
      ...options,
      folder,
      mark: own,
      mirror: await openMirror({ root: options.root, known }, repo, own),
    }
  }

  const inTurn = <T>(repo: RepoRef, work: () => Promise<T>): Promise<T> => {
    const turn = (fetching.get(repo.id) ?? Promise.resolve()).then(work, work)
    fetching.set(repo.id, turn)
    const leave = (): void => {
      if (fetching.get(repo.id) === turn) fetching.delete(repo.id)
    }
    turn.then(leave, leave)
    return turn
  }

  return {
    open: async (repo) => workspace(await open(repo)),
    sync: (repo, branch) =>
      inTurn(repo, async () => {
        const parts = await open(repo)
        const commit = await fetchBranch(parts.mirror, options, branch)
        return { workspace: workspace(parts), commit }
      }),
    sweepLeftovers: () =>
      sweepLeftovers({ root: options.root, discard: (path) => removeCheckout(options, { path }) }),
  }
}

function workspace(parts: Parts): Workspace {
  const { mirror } = parts
  return {
    repo: mirror.repo,
    tree: (commit) => treeOf(mirror, commit),
    files: (commit) => listTree(mirror, commit),
    read: (commit, path, limit) => readFile(mirror, { commit, path, limit }),
    patch: (from, to) => applicablePatch(mirror.dir, from, to),
    merge: (ours, theirs) => mergeCommits(mirror, ours, theirs),
    diffText: (from, to) => diffText(mirror.dir, from, to),
    diff: (from, to) => diffFiles(mirror.dir, from, to),
    graft: (onto, from, paths) => graft(mirror, { onto, from, paths }),
    withoutHunk: (commit, hunk) => withoutHunk(mirror, commit, hunk),
    withoutFile: (commit, base, path) => graft(mirror, { onto: commit, from: base, paths: [path] }),
    withFiles: (onto, files) => withFiles(mirror, onto, files),
    checkout: (commit, purpose) =>
      createCheckout(mirror, { folder: parts.folder, mark: parts.mark, commit, purpose, owner: parts.owner }),
    snapshot: async (checkout, message) => {
      assertOurs(parts, checkout)
      return takeSnapshot(parts, checkout, message)
    },
    putBack: async (checkout, commit) => {
      assertOurs(parts, checkout)
      await putBack(parts, checkout, commit)
    },
    withTree: async (onto, from, message) =>
      commitTree(mirror, onto, { tree: await treeOf(mirror, from), message }),
    has: (...commits) => hasCommits(mirror, commits),
    keep: (run, commits) => keepUnder(mirror, run, commits),
    share: (run) => shareRun(mirror, parts, run),
    fetchShared: (run) => fetchShared(mirror, parts, run),
    pack: (run, known) => packRun(mirror, run, known),
    unpack: (run, pack) => unpackRun(mirror, run, pack),
    drop: (run, shared) => dropRun(mirror, parts, { run, shared }),
    discard: async (checkout) => {
      assertOurs(parts, checkout)
      await removeCheckout(parts, checkout)
    },
  }
}

async function readFile(
  mirror: Mirror,
  { commit, path, limit }: { commit: ObjectId; path: string; limit: number },
): Promise<Uint8Array | undefined> {
  const found = (await listPaths(mirror, commit, [path])).find((file) => file.path === path)
  if (!found || found.mode === '160000') return undefined
  if (found.size > limit)
    throw new UserError(
      'unsupported_file',
      `\`${path}\` has ${found.size} bytes, and at most ${limit} can be read. Make it smaller.`,
    )
  return (await git(mirror.dir, ['cat-file', 'blob', found.id])).stdout
}

async function graft(
  mirror: Mirror,
  { onto, from, paths }: { onto: ObjectId; from: ObjectId; paths: readonly string[] },
): Promise<ObjectId> {
  const [old, wanted] = [await listPaths(mirror, onto, paths), await listPaths(mirror, from, paths)]
  const stays = new Set(wanted.map((file) => file.path))
  const edits = [
    ...old.filter((file) => !stays.has(file.path)).map((file) => ({ ...file, id: undefined })),
    ...wanted,
  ]
  return editTree(mirror, onto, { edits, message: `Take ${paths.length} paths as in ${from}` })
}

async function withoutHunk(mirror: Mirror, commit: ObjectId, hunk: Hunk): Promise<ObjectId | undefined> {
  const tree = await withIndex(mirror, commit, async (env) => {
    const args = ['apply', '--cached', '--reverse', '--whitespace=nowarn', '-']
    const applied = await git(mirror.dir, args, { env, input: hunk.patch, accept: [1, 128] })
    return applied.code === 0 ? (await git(mirror.dir, ['write-tree'], { env })).text : undefined
  })
  return tree === undefined ? undefined : commitTree(mirror, commit, { tree, message: 'Take back one hunk' })
}

async function withFiles(
  mirror: Mirror,
  onto: ObjectId,
  files: readonly { path: string; content: Uint8Array }[],
): Promise<ObjectId> {
  const ids = await writeBlobs(
    mirror,
    files.map((file) => file.content),
  )
  const there = await listPaths(
    mirror,
    onto,
    files.map((file) => file.path),
  )
  const edits = files.map(({ path }, index) => {
    // A test that is executable stays so; anything else that stood there (a symlink) becomes an ordinary file.
    const mode = there.some((file) => file.path === path && file.mode === '100755') ? '100755' : '100644'
    return { path, mode, id: ids[index] }
  })
  return editTree(mirror, onto, { edits, message: `Add ${files.length} files` })
}

/** Whoever passes another directory has a bug; it must not be read, and above all not be removed. */
function assertOurs(parts: Parts, checkout: Checkout): void {
  if (dirname(checkout.path) !== parts.folder)
    throw new Error('a checkout must be a directory that this workspace made')
}

/** An agent may have taken its own folders' permissions away: then the sandbox, which runs as their owner, opens them. */
async function removeCheckout(
  { sandbox }: Pick<WorkspaceOptions, 'sandbox'>,
  checkout: Pick<Checkout, 'path'>,
): Promise<void> {
  try {
    await rm(checkout.path, { recursive: true, force: true, maxRetries: 2 })
  } catch {
    await sandbox.run('chmod -R u+rwX . 2>/dev/null; find . -mindepth 1 -delete 2>/dev/null; true', {
      checkout: checkout.path,
      writable: true,
      allowHosts: [],
      limits: { seconds: 60, memoryMb: 256, processes: 16, outputBytes: 4096 },
    })
    await rm(checkout.path, { recursive: true, force: true })
  }
}
