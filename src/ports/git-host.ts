/** Bare repositories with real git underneath: what the local forge keeps its repositories in. */
import type { ObjectId } from '../core/ids.ts'

export interface GitTreeEntry {
  readonly path: string
  readonly mode: string
  readonly type: 'blob' | 'tree' | 'commit'
  readonly id: ObjectId
  readonly size: number | undefined
}

export interface GitPerson {
  readonly name: string
  readonly email: string
  readonly date: string
}

export interface GitCommit {
  readonly id: ObjectId
  readonly tree: ObjectId
  readonly parents: readonly ObjectId[]
  readonly message: string
  readonly author: GitPerson
  readonly committer: GitPerson
}

/** One file of a diff as GitHub's pull request files answer has it. */
export interface GitFileChange {
  readonly path: string
  readonly previousPath: string | undefined
  readonly status: 'added' | 'modified' | 'removed' | 'renamed' | 'changed'
  readonly additions: number
  readonly deletions: number
  /** Hunks without the file header; undefined for binary files. */
  readonly patch: string | undefined
  readonly blob: ObjectId
}

/** The CGI conversation of `git http-backend`, so that smart HTTP is git's own. */
export interface SmartHttpRequest {
  readonly method: string
  /** Path below the repository, for instance `/info/refs`. */
  readonly pathInfo: string
  readonly query: string
  readonly contentType: string | undefined
  readonly contentEncoding: string | undefined
  readonly protocol: string | undefined
  readonly body: AsyncIterable<Uint8Array>
  /** True lets receive-pack through. */
  readonly mayWrite: boolean
}

export interface SmartHttpResponse {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: AsyncIterable<Uint8Array>
}

export interface BareRepository {
  refs(): Promise<ReadonlyMap<string, ObjectId>>
  ref(name: string): Promise<ObjectId | undefined>
  /** Moves a ref from exactly `from` (undefined: it must not exist) to `to` (undefined: delete). False when it was elsewhere. */
  moveRef(name: string, from: ObjectId | undefined, to: ObjectId | undefined): Promise<boolean>
  isAncestor(ancestor: ObjectId, descendant: ObjectId): Promise<boolean>
  mergeBase(a: ObjectId, b: ObjectId): Promise<ObjectId | undefined>
  type(id: ObjectId): Promise<'blob' | 'tree' | 'commit' | 'tag' | undefined>
  readBlob(id: ObjectId): Promise<Uint8Array>
  writeBlob(content: Uint8Array): Promise<ObjectId>
  readTree(id: ObjectId, recursive: boolean): Promise<readonly GitTreeEntry[]>
  /** Entries relative to `base` where given; an entry with id undefined is removed. */
  writeTree(
    base: ObjectId | undefined,
    entries: readonly { path: string; mode: string; id: ObjectId | undefined }[],
  ): Promise<ObjectId>
  readCommit(id: ObjectId): Promise<GitCommit>
  writeCommit(commit: Omit<GitCommit, 'id'>): Promise<ObjectId>
  /** Newest first. */
  log(
    from: ObjectId,
    options: { limit: number; path?: string; not?: ObjectId },
  ): Promise<readonly GitCommit[]>
  diff(from: ObjectId, to: ObjectId): Promise<readonly GitFileChange[]>
  diffText(from: ObjectId, to: ObjectId): Promise<string>
  /** A merge tree without conflicts, or undefined. */
  mergeTree(ours: ObjectId, theirs: ObjectId): Promise<ObjectId | undefined>
  smartHttp(request: SmartHttpRequest): Promise<SmartHttpResponse>
  archive(commit: ObjectId): Promise<Uint8Array>
}

export interface GitHost {
  /** Creates an empty bare repository, or opens the one that is there. */
  repository(owner: string, name: string): Promise<BareRepository>
  /** Imports a directory of ordinary files as one commit on a branch; for seeding. */
  importFolder(
    repository: BareRepository,
    seed: { folder: string; branch: string; message: string; author: GitPerson },
  ): Promise<ObjectId>
}
