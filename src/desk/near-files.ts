/** Small files that belong to what is shown: what the manifest names as its entry or types, and what a shown source imports. */
import type { TreeFile } from '../ports/workspace.ts'

/** Bytes. A larger file has to earn its room by the task's words. */
const SMALL = 4000
const ENDINGS = ['', '.js', '.ts', '.mjs', '.cjs', '.mts', '.jsx', '.tsx', '/index.js', '/index.ts']
const TYPES = ['.d.ts', '.d.mts', '/index.d.ts']
const IMPORT = /(?:\bfrom|\bimport|\brequire\s*\(|\bimport\s*\()\s*['"](\.{1,2}(?:\/[^'"]*)?)['"]/g

export interface Manifest {
  readonly name: string | undefined
  /** As the manifest writes them, relative to the root. */
  readonly entries: readonly string[]
}

function leaves(value: unknown): string[] {
  if (typeof value === 'string') return [value]
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(leaves) : []
}

/** A manifest that cannot be read names nothing: it is for intake to complain about it. */
function parsed(json: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(json)
    return typeof value === 'object' && value !== null ? { ...value } : {}
  } catch {
    return {}
  }
}

/** Without `main`, npm takes `index.js`. No manifest is no package, and has no entry. */
export function readManifest(json: string | undefined): Manifest {
  if (json === undefined) return { name: undefined, entries: [] }
  const { name, main = 'index', module, types, typings, exports } = parsed(json)
  const entries = [main, module, types, typings].filter((each) => typeof each === 'string')
  return {
    name: typeof name === 'string' ? name : undefined,
    entries: [...new Set([...entries, ...leaves(exports)])],
  }
}

/** `from` is a folder, `''` for the root; undefined for what leads out of the repository. */
function joined(from: string, target: string): string | undefined {
  const parts = from === '' ? [] : from.split('/')
  for (const part of target.split('/')) {
    if (part === '' || part === '.') continue
    if (part !== '..') parts.push(part)
    else if (parts.pop() === undefined) return undefined
  }
  return parts.join('/')
}

/** The small files that a name stands for: the code, and the types beside it. */
function smallOf(files: ReadonlyMap<string, TreeFile>, path: string): string[] {
  const stem = path.replace(/\.(?:[cm]?js|d\.[cm]?ts)$/, '')
  const code = ENDINGS.map((ending) => `${path}${ending}`).find((each) => files.has(each))
  const types = TYPES.map((ending) => `${stem}${ending}`).find((each) => files.has(each))
  const small = [code, types].filter(
    (each) => each !== undefined && (files.get(each)?.size ?? Infinity) <= SMALL,
  )
  return [...new Set(small)].filter((each) => each !== undefined)
}

export function entriesOf(files: ReadonlyMap<string, TreeFile>, entries: readonly string[]): string[] {
  return [...new Set(entries.flatMap((entry) => smallOf(files, joined('', entry) ?? '')))]
}

/** What `source`, the text of the file at `path`, imports from its own repository. */
export function importsOf(files: ReadonlyMap<string, TreeFile>, path: string, source: string): string[] {
  const folder = path.includes('/') ? path.slice(0, path.lastIndexOf('/')) : ''
  const targets = [...source.matchAll(IMPORT)].map((match) => joined(folder, match[1] ?? ''))
  return [...new Set(targets.flatMap((target) => (target === undefined ? [] : smallOf(files, target))))]
}
