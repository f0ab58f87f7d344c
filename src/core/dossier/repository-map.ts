/** The repository map: every path with its size, folded by folder as far as the budget asks for. */
import { showName } from '../untrusted.ts'

export interface MapFile {
  readonly path: string
  /** Bytes. */
  readonly size: number
}

interface Folder {
  readonly folders: Map<string, Folder>
  readonly files: MapFile[]
  /** Of everything below. */
  count: number
  size: number
}

/** How far a map goes into detail: folders open down to `depth`, and at most `most` files of one folder named. */
interface Detail {
  readonly depth: number
  readonly most: number
}

/** Plain code unit order: a locale would make the bytes depend on the machine. */
function byName(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}

function size(bytes: number): string {
  if (bytes < 1024) return `${bytes} B`
  const kilo = bytes / 1024
  return kilo < 1024 ? `${Math.round(kilo)} kB` : `${Math.round(kilo / 1024)} MB`
}

function treeOf(files: readonly MapFile[]): Folder {
  const root: Folder = { folders: new Map(), files: [], count: 0, size: 0 }
  for (const file of files) {
    const parts = file.path.split('/')
    const name = parts.pop() ?? ''
    let folder = root
    for (const part of ['', ...parts].slice(1)) {
      folder.count += 1
      folder.size += file.size
      const next = folder.folders.get(part) ?? { folders: new Map(), files: [], count: 0, size: 0 }
      folder.folders.set(part, next)
      folder = next
    }
    folder.count += 1
    folder.size += file.size
    folder.files.push({ path: name, size: file.size })
  }
  return sorted(root)
}

function sorted(folder: Folder): Folder {
  const folders = [...folder.folders].sort(([a], [b]) => byName(a, b))
  return {
    ...folder,
    folders: new Map(folders.map(([name, inner]) => [name, sorted(inner)])),
    files: folder.files.toSorted((a, b) => byName(a.path, b.path)),
  }
}

/** Lines so far, and how many characters more there may be; below zero means that this detail does not fit. */
interface Page {
  readonly lines: string[]
  left: number
}

function add(page: Page, line: string): void {
  page.lines.push(line)
  page.left -= line.length + 1
}

function write(page: Page, folder: Folder, { depth, most, level = 0 }: Detail & { level?: number }): void {
  const indent = '  '.repeat(level)
  for (const [name, inner] of folder.folders) {
    if (page.left < 0) return
    const head = `${indent}${showName(name)}/`
    if (level >= depth) add(page, `${head} (${inner.count} files, ${size(inner.size)})`)
    else {
      add(page, head)
      write(page, inner, { depth, most, level: level + 1 })
    }
  }
  for (const file of folder.files.slice(0, most)) {
    if (page.left < 0) return
    add(page, `${indent}${showName(file.path)} ${size(file.size)}`)
  }
  const more = folder.files.length - most
  if (more > 0) add(page, `${indent}… and ${more} more files`)
}

function depthOf(folder: Folder): number {
  return Math.max(0, ...[...folder.folders.values()].map((inner) => 1 + depthOf(inner)))
}

/** Files that `detail` does not name. */
function unnamed(folder: Folder, detail: Detail, level = 0): number {
  let count = Math.max(0, folder.files.length - detail.most)
  for (const inner of folder.folders.values()) {
    count += level >= detail.depth ? inner.count : unnamed(inner, detail, level + 1)
  }
  return count
}

/**
 * The map in at most `budget` characters: all files where that fits, else fewer files per folder, then fewer levels,
 * and in the end the first lines only. `leftOut` says how many files have no line of their own.
 */
export function renderMap(
  files: readonly MapFile[],
  budget: number,
): { text: string; leftOut: string | undefined } {
  const root = treeOf(files)
  const deepest = depthOf(root)
  const tries: Detail[] = [{ depth: deepest, most: Infinity }]
  for (const most of [60, 15, 4]) {
    for (let depth = deepest; depth >= 0; depth -= 1) tries.push({ depth, most })
  }
  for (const detail of tries) {
    // The last line has no line end, which gives one character back.
    const page: Page = { lines: [], left: budget + 1 }
    write(page, root, detail)
    if (page.left < 0) continue
    const hidden = unnamed(root, detail)
    return { text: page.lines.join('\n'), leftOut: hidden === 0 ? undefined : said(hidden, files.length) }
  }
  const page: Page = { lines: [], left: budget - 2 }
  write(page, root, { depth: 0, most: 4 })
  // The line that ran over the edge is the last one written.
  const kept = page.lines.slice(0, -1)
  return {
    text: [...kept, '…'].join('\n'),
    leftOut: `the map of the repository is cut: ${files.length} files do not fit`,
  }
}

function said(hidden: number, all: number): string {
  return `${hidden} of ${all} files have no line of their own in the map; list them with the glob tool`
}
