// A workspace in memory: commits are maps of files, object ids are real SHA-1s of the content, hunks are whole files.
import { createHash } from 'node:crypto'
import type { ObjectId, RepoRef } from '../../../src/core/ids.ts'
import type { Checkout, FileDiff, Merged, TreeFile, Workspace } from '../../../src/ports/workspace.ts'

export interface MemoryFile {
  readonly text: string
  readonly mode: string
}
export type MemoryTree = ReadonlyMap<string, MemoryFile>

const sha1 = (text: string): string => createHash('sha1').update(text).digest('hex')

function idOfTree(tree: MemoryTree): ObjectId {
  return sha1(
    [...tree]
      .toSorted(([a], [b]) => (a < b ? -1 : 1))
      .map(([path, file]) => `${file.mode} ${path} ${sha1(file.text)}`)
      .join('\n'),
  )
}

export function treeOf(files: Readonly<Record<string, string>>): MemoryTree {
  return new Map(Object.entries(files).map(([path, text]) => [path, { text, mode: '100644' }]))
}

export class MemoryWorkspace implements Workspace {
  readonly repo: RepoRef = { id: 7, owner: 'acme', name: 'calc' }
  /** Files of each open checkout, as an agent changes them. */
  readonly checkouts = new Map<string, Map<string, MemoryFile>>()
  readonly opened: string[] = []
  /** By run: what was kept last. */
  readonly kept = new Map<string, readonly ObjectId[]>()
  /** What both sides of every merge began from; set by the test that merges. */
  mergeBase: ObjectId = ''
  readonly #commits = new Map<ObjectId, MemoryTree>()
  #made = 0

  /** Each commit has an id of its own, whatever is in it. */
  commit(tree: MemoryTree): ObjectId {
    this.#made += 1
    const id = sha1(`commit ${this.#made} ${idOfTree(tree)}`)
    this.#commits.set(id, new Map(tree))
    return id
  }

  at(commit: ObjectId): MemoryTree {
    const tree = this.#commits.get(commit)
    if (!tree) throw new Error(`no commit ${commit}`)
    return tree
  }

  /** Path to text, for assertions. */
  texts(commit: ObjectId): Record<string, string> {
    return Object.fromEntries([...this.at(commit)].map(([path, file]) => [path, file.text]))
  }

  async tree(commit: ObjectId): Promise<ObjectId> {
    return idOfTree(this.at(commit))
  }

  async files(commit: ObjectId): Promise<readonly TreeFile[]> {
    return [...this.at(commit)]
      .map(([path, { text, mode }]) => ({ path, mode, id: sha1(text), size: Buffer.byteLength(text) }))
      .toSorted((a, b) => (a.path < b.path ? -1 : 1))
  }

  async read(commit: ObjectId, path: string, limit: number): Promise<Uint8Array | undefined> {
    const file = this.at(commit).get(path)
    if (file && file.text.length > limit) throw new Error(`${path} is larger than ${limit}`)
    return file && new TextEncoder().encode(file.text)
  }

  async diff(from: ObjectId, to: ObjectId): Promise<readonly FileDiff[]> {
    const [before, after] = [this.at(from), this.at(to)]
    const paths = [...new Set([...before.keys(), ...after.keys()])].toSorted()
    return paths.flatMap((path) => fileDiff(path, before.get(path), after.get(path)))
  }

  async diffText(from: ObjectId, to: ObjectId): Promise<string> {
    const files = await this.diff(from, to)
    return files
      .map((file) => `index ${from.slice(0, 7)}..${to.slice(0, 7)} 100644\n${file.hunks[0]?.patch ?? ''}`)
      .join('')
  }

  async patch(from: ObjectId, to: ObjectId): Promise<string> {
    return (await this.diff(from, to)).map((file) => `diff --git\n${file.hunks[0]?.patch ?? ''}`).join('')
  }

  /** File by file against `mergeBase`; a file that both sides changed is a conflict, with both texts between markers. */
  async merge(ours: ObjectId, theirs: ObjectId): Promise<Merged> {
    const [base, mine, other] = [this.at(this.mergeBase), this.at(ours), this.at(theirs)]
    const merged = new Map(mine)
    const conflicts: string[] = []
    for (const path of new Set([...base.keys(), ...mine.keys(), ...other.keys()])) {
      const [was, now, there] = [base.get(path), mine.get(path), other.get(path)]
      if (was?.text === there?.text || now?.text === there?.text) continue
      if (was?.text === now?.text) {
        if (there) merged.set(path, there)
        else merged.delete(path)
        continue
      }
      conflicts.push(path)
      const text = `<<<<<<< ours\n${now?.text ?? ''}=======\n${there?.text ?? ''}>>>>>>> theirs\n`
      merged.set(path, { text, mode: '100644' })
    }
    return { commit: this.commit(merged), conflicts: conflicts.toSorted() }
  }

  async graft(onto: ObjectId, from: ObjectId, paths: readonly string[]): Promise<ObjectId> {
    const tree = new Map(this.at(onto))
    for (const path of paths) {
      const file = this.at(from).get(path)
      if (file) tree.set(path, file)
      else tree.delete(path)
    }
    return this.commit(tree)
  }

  async withoutHunk(): Promise<ObjectId | undefined> {
    throw new Error('no stage takes hunks back')
  }

  async withoutFile(): Promise<ObjectId> {
    throw new Error('no stage takes files back')
  }

  async withFiles(): Promise<ObjectId> {
    throw new Error('no stage adds files')
  }

  async checkout(commit: ObjectId, purpose: string): Promise<Checkout> {
    const path = `/checkouts/${this.opened.length}-${purpose}`
    this.checkouts.set(path, new Map(this.at(commit)))
    this.opened.push(path)
    return { path, commit }
  }

  async snapshot(checkout: Checkout): Promise<ObjectId> {
    const files = this.checkouts.get(checkout.path)
    if (!files) throw new Error(`${checkout.path} is gone`)
    return idOfTree(files) === idOfTree(this.at(checkout.commit)) ? checkout.commit : this.commit(files)
  }

  async putBack(checkout: Checkout, commit: ObjectId): Promise<void> {
    this.checkouts.set(checkout.path, new Map(this.at(commit)))
  }

  async withTree(onto: ObjectId, from: ObjectId): Promise<ObjectId> {
    return idOfTree(this.at(onto)) === idOfTree(this.at(from)) ? onto : this.commit(this.at(from))
  }

  async has(...commits: readonly ObjectId[]): Promise<boolean> {
    return commits.every((commit) => this.#commits.has(commit))
  }

  async keep(run: string, commits: readonly [ObjectId, ...ObjectId[]]): Promise<void> {
    this.kept.set(run, commits)
  }

  async share(): Promise<void> {
    throw new Error('no stage shares its files')
  }

  async fetchShared(): Promise<boolean> {
    throw new Error('no stage fetches its files')
  }

  async pack(): Promise<undefined> {
    throw new Error('no stage packs its files')
  }

  async unpack(): Promise<boolean> {
    throw new Error('no stage unpacks its files')
  }

  async drop(): Promise<void> {
    throw new Error('no stage drops its files')
  }

  async discard(checkout: Checkout): Promise<void> {
    this.checkouts.delete(checkout.path)
  }
}

function fileDiff(path: string, before: MemoryFile | undefined, after: MemoryFile | undefined): FileDiff[] {
  if (before?.text === after?.text && before?.mode === after?.mode) return []
  const lines = (text: string | undefined, sign: string): string[] =>
    text === undefined ? [] : text.split('\n').map((line) => `${sign}${line}`)
  const [minus, plus] = [lines(before?.text, '-'), lines(after?.text, '+')]
  const header = `@@ -1,${minus.length} +1,${plus.length} @@`
  const patch = [`--- a/${path}`, `+++ b/${path}`, header, ...minus, ...plus, ''].join('\n')
  const hunk = { line: 1, lines: minus.length + plus.length, header, patch }
  const status = before === undefined ? 'added' : after === undefined ? 'deleted' : 'modified'
  const mode = (after ?? before)?.mode ?? '100644'
  return [{ path, previousPath: undefined, status, mode, binary: false, hunks: [hunk] }]
}
