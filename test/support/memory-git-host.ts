/** Repositories in memory for the local forge: flat trees, object ids by content, three-way merges by whole file. */
import { createHash } from 'node:crypto'
import type { ObjectId } from '../../src/core/ids.ts'
import type {
  BareRepository,
  GitCommit,
  GitFileChange,
  GitHost,
  GitTreeEntry,
} from '../../src/ports/git-host.ts'

type Tree = ReadonlyMap<string, { readonly mode: string; readonly id: ObjectId }>

const idOf = (kind: string, content: string): ObjectId =>
  createHash('sha1').update(`${kind} ${content}`).digest('hex')

/** Hundreds of worlds a minute: git itself would need a process for each object. */
export function createMemoryGitHost(): GitHost {
  const opened = new Map<string, MemoryRepository>()
  return {
    async repository(owner, name) {
      const key = `${owner}/${name}`.toLowerCase()
      const known = opened.get(key) ?? new MemoryRepository()
      opened.set(key, known)
      return known
    },
    importFolder: async () => {
      throw new Error('no folder is imported here')
    },
  }
}

class MemoryRepository implements BareRepository {
  readonly #refs = new Map<string, ObjectId>()
  readonly #blobs = new Map<ObjectId, Uint8Array>()
  readonly #trees = new Map<ObjectId, Tree>()
  readonly #commits = new Map<ObjectId, GitCommit>()

  async refs(): Promise<ReadonlyMap<string, ObjectId>> {
    return new Map([...this.#refs].toSorted(([a], [b]) => (a < b ? -1 : 1)))
  }

  async ref(name: string): Promise<ObjectId | undefined> {
    return this.#refs.get(name)
  }

  async moveRef(name: string, from: ObjectId | undefined, to: ObjectId | undefined): Promise<boolean> {
    if (this.#refs.get(name) !== from) return false
    if (to === undefined) this.#refs.delete(name)
    else this.#refs.set(name, to)
    return true
  }

  async isAncestor(ancestor: ObjectId, descendant: ObjectId): Promise<boolean> {
    return this.#reach(descendant).has(ancestor)
  }

  async mergeBase(a: ObjectId, b: ObjectId): Promise<ObjectId | undefined> {
    const reached = this.#reach(a)
    return [...this.#reach(b)].find((id) => reached.has(id))
  }

  async type(id: ObjectId): Promise<'blob' | 'tree' | 'commit' | undefined> {
    if (this.#blobs.has(id)) return 'blob'
    if (this.#trees.has(id)) return 'tree'
    return this.#commits.has(id) ? 'commit' : undefined
  }

  async readBlob(id: ObjectId): Promise<Uint8Array> {
    return known(this.#blobs.get(id), id)
  }

  async writeBlob(content: Uint8Array): Promise<ObjectId> {
    const id = idOf('blob', Buffer.from(content).toString('base64'))
    this.#blobs.set(id, content)
    return id
  }

  async readTree(id: ObjectId): Promise<readonly GitTreeEntry[]> {
    return [...known(this.#trees.get(id), id)].map(([path, { mode, id: blob }]) => ({
      path,
      mode,
      type: 'blob',
      id: blob,
      size: this.#blobs.get(blob)?.length,
    }))
  }

  async writeTree(
    base: ObjectId | undefined,
    entries: readonly { path: string; mode: string; id: ObjectId | undefined }[],
  ): Promise<ObjectId> {
    const tree = new Map(base === undefined ? [] : known(this.#trees.get(base), base))
    for (const { path, mode, id } of entries) {
      if (id === undefined) tree.delete(path)
      else tree.set(path, { mode, id })
    }
    return this.#keep(tree)
  }

  async readCommit(id: ObjectId): Promise<GitCommit> {
    return known(this.#commits.get(id), id)
  }

  async writeCommit(commit: Omit<GitCommit, 'id'>): Promise<ObjectId> {
    const id = idOf('commit', JSON.stringify(commit))
    this.#commits.set(id, { id, ...commit })
    return id
  }

  async log(from: ObjectId, options: { limit: number; not?: ObjectId }): Promise<readonly GitCommit[]> {
    const not = options.not === undefined ? new Set<ObjectId>() : this.#reach(options.not)
    const ids = [...this.#reach(from)].filter((id) => !not.has(id)).slice(0, options.limit)
    return Promise.all(ids.map((id) => this.readCommit(id)))
  }

  async diff(from: ObjectId, to: ObjectId): Promise<readonly GitFileChange[]> {
    const [before, after] = [this.#files(from), this.#files(to)]
    return [...new Set([...before.keys(), ...after.keys()])].toSorted().flatMap((path) => {
      const [was, is] = [before.get(path)?.id, after.get(path)?.id]
      if (was === is) return []
      const [minus, plus] = [this.#lines(was), this.#lines(is)]
      const hunk = `@@ -${minus.length > 0 ? 1 : 0},${minus.length} +${plus.length > 0 ? 1 : 0},${plus.length} @@`
      const patch = [hunk, ...minus.map((line) => `-${line}`), ...plus.map((line) => `+${line}`)].join('\n')
      const status = was === undefined ? 'added' : is === undefined ? 'removed' : 'modified'
      const figures = { additions: plus.length, deletions: minus.length }
      return [{ path, previousPath: undefined, status, ...figures, patch, blob: is ?? was ?? '' }]
    })
  }

  async diffText(): Promise<string> {
    throw new Error('nobody asks for a diff as text here')
  }

  async mergeTree(ours: ObjectId, theirs: ObjectId): Promise<ObjectId | undefined> {
    const base = this.#files((await this.mergeBase(ours, theirs)) ?? ours)
    const [mine, other] = [this.#files(ours), this.#files(theirs)]
    const merged = new Map(mine)
    for (const path of new Set([...base.keys(), ...other.keys()])) {
      const [was, now, there] = [base.get(path), mine.get(path), other.get(path)]
      if (was?.id === there?.id || now?.id === there?.id) continue
      if (was?.id !== now?.id) return undefined
      if (there) merged.set(path, there)
      else merged.delete(path)
    }
    return this.#keep(merged)
  }

  async smartHttp(): Promise<never> {
    throw new Error('nobody clones here')
  }

  async archive(): Promise<never> {
    throw new Error('nobody asks for an archive here')
  }

  /** Itself and all before it, the nearest first. */
  #reach(from: ObjectId): ReadonlySet<ObjectId> {
    const reached = new Set([from])
    for (const id of reached) for (const parent of this.#commits.get(id)?.parents ?? []) reached.add(parent)
    return reached
  }

  #files(commit: ObjectId): Tree {
    const { tree } = known(this.#commits.get(commit), commit)
    return known(this.#trees.get(tree), tree)
  }

  #lines(blob: ObjectId | undefined): readonly string[] {
    if (blob === undefined) return []
    return Buffer.from(known(this.#blobs.get(blob), blob))
      .toString('utf8')
      .trimEnd()
      .split('\n')
  }

  #keep(tree: Tree): ObjectId {
    const sorted = [...tree].toSorted(([a], [b]) => (a < b ? -1 : 1))
    const id = idOf('tree', JSON.stringify(sorted))
    this.#trees.set(id, new Map(sorted))
    return id
  }
}

function known<T>(found: T | undefined, id: ObjectId): T {
  if (found === undefined) throw new Error(`there is no object ${id}`)
  return found
}
