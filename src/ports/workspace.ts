/**
 * Workspaces: the app's own git directory per repository, and fresh checkouts of exact commits.
 *
 * The git directory is out of every agent's reach. The app never opens a file of a checkout once anything ran in it;
 * what an agent did comes back through `snapshot`, which lists the files from inside a new sandbox.
 */
import type { ObjectId, RepoRef } from '../core/ids.ts'

export interface TreeFile {
  readonly path: string
  readonly mode: string
  readonly id: ObjectId
  /** Bytes; 0 for submodules. */
  readonly size: number
}

export interface Hunk {
  /** First line of the new side, for people; 0 where a file was deleted. */
  readonly line: number
  /** Changed lines (added plus removed). */
  readonly lines: number
  readonly header: string
  /** The hunk alone as a patch that `git apply` accepts, with its file header. */
  readonly patch: string
}

export interface FileDiff {
  readonly path: string
  readonly previousPath: string | undefined
  readonly status: 'added' | 'modified' | 'deleted' | 'renamed' | 'mode_changed'
  readonly mode: string
  readonly binary: boolean
  readonly hunks: readonly Hunk[]
}

export interface Merged {
  /** Has both as parents. */
  readonly commit: ObjectId
  /** Paths where the two sides disagree: text with conflict markers, or a file of which one side's version was kept. */
  readonly conflicts: readonly string[]
}

/** Commits of a run in git's own form, without what the forge has of them. */
export interface RunPack {
  readonly tip: ObjectId
  readonly objects: Uint8Array
}

/** A directory that a sandbox may be given. Only the sandbox and the workspace adapter use its path. */
export interface Checkout {
  readonly path: string
  readonly commit: ObjectId
}

export interface Workspace {
  readonly repo: RepoRef
  tree(commit: ObjectId): Promise<ObjectId>
  files(commit: ObjectId): Promise<readonly TreeFile[]>
  /** A file's bytes at a commit, undefined where there is none; refuses (UserError) more than `limit` bytes. */
  read(commit: ObjectId, path: string, limit: number): Promise<Uint8Array | undefined>
  /** Unified diff as text, without external drivers, renames detected. */
  diffText(from: ObjectId, to: ObjectId): Promise<string>
  diff(from: ObjectId, to: ObjectId): Promise<readonly FileDiff[]>
  /** The same for `git apply`: binary files and all. Refuses (UserError) text that is not UTF-8, which a comment would break. */
  patch(from: ObjectId, to: ObjectId): Promise<string>
  /** Takes `theirs` in; `ours` itself when it has that already. Nothing of the repository takes part but its trees. */
  merge(ours: ObjectId, theirs: ObjectId): Promise<Merged>
  /** A commit like `onto` but with the named paths as they are in `from` (absent there: deleted). */
  graft(onto: ObjectId, from: ObjectId, paths: readonly string[]): Promise<ObjectId>
  /** A commit like `commit` with one hunk taken back; undefined when it does not apply in reverse alone. */
  withoutHunk(commit: ObjectId, hunk: Hunk): Promise<ObjectId | undefined>
  /** A commit like `commit` with one path as it is at `base` (a whole-file "hunk": binary, mode, deletion). */
  withoutFile(commit: ObjectId, base: ObjectId, path: string): Promise<ObjectId>
  /** A commit like `onto` plus the given files (a demonstration's test, for instance). */
  withFiles(onto: ObjectId, files: readonly { path: string; content: Uint8Array }[]): Promise<ObjectId>
  /** Fresh directory with exactly that tree and a read-only-able .git to look at; owned by the sandbox's uid. */
  checkout(commit: ObjectId, purpose: string): Promise<Checkout>
  /** What changed in a checkout against its commit, as a new commit (same id when nothing did). Ignored files stay out. */
  snapshot(checkout: Checkout, message: string): Promise<ObjectId>
  /** Makes a checkout's files those of a commit, ignored ones apart: done inside a sandbox, since things ran in it. */
  putBack(checkout: Checkout, commit: ObjectId): Promise<void>
  /** A commit on `onto` with the tree of `from`, the very one that `snapshot` would make; `onto` where they are the same. */
  withTree(onto: ObjectId, from: ObjectId, message: string): Promise<ObjectId>
  /** True where all of them are in the git directory, with everything that they reach. */
  has(...commits: readonly ObjectId[]): Promise<boolean>
  /** Makes `refs/millwright/<run>` reach these commits and all that it reached before. The last one's tree is its tree. */
  keep(run: string, commits: readonly [ObjectId, ...ObjectId[]]): Promise<void>
  /** Pushes `refs/millwright/<run>` to the forge as it is here; nothing happens where it is there already. */
  share(run: string): Promise<void>
  /** Fetches `refs/millwright/<run>` from the forge and takes it into ours. False where the forge has none. */
  fetchShared(run: string): Promise<boolean>
  /**
   * `refs/millwright/<run>` as bytes, for where it may not be pushed, without what `known` reach. Undefined where there is
   * none, and for more than a patch in a comment can come of.
   */
  pack(run: string, known: readonly ObjectId[]): Promise<RunPack | undefined>
  /** Takes a pack into `refs/millwright/<run>`. False where what it was packed without is not here. */
  unpack(run: string, pack: RunPack): Promise<boolean>
  /** Removes the run's ref here, and at the forge where it was shared. Nothing happens where there is none. */
  drop(run: string, shared: boolean): Promise<void>
  discard(checkout: Checkout): Promise<void>
}

export interface Workspaces {
  /** Fetches the branch into the app's git directory, incrementally, and says where it is. */
  sync(repo: RepoRef, branch: string): Promise<{ workspace: Workspace; commit: ObjectId }>
  /** Without fetching: for stages after intake. */
  open(repo: RepoRef): Promise<Workspace>
  /**
   * Removes checkouts and temporary files of processes that died; never those of one that lives, in this process or in
   * another. For each start, and now and then. Answers how many checkouts that was.
   */
  sweepLeftovers(): Promise<number>
}
