/** Which files of the base the dossier shows: those the task names, and in a small repository simply all of its source. */
import type { TreeFile } from '../ports/workspace.ts'

/** A file to show, whole or around the lines the task names. */
export interface Choice {
  readonly path: string
  /** Lines the task points at; empty means the whole file. */
  readonly lines: readonly number[]
  /** Why it is shown. `given`: the task names it. `near`: small, and a shown file needs it. The others are to be ranked. */
  readonly as: 'given' | 'near' | 'source' | 'test' | 'manifest' | 'readme'
}

/** Bytes. A larger file is shown only around named lines: it would push everything else out. */
export const WHOLE_FILE = 32_000
/** More than this many named files is a list, not a pointer. */
const MOST_NAMED = 8
/** Bytes of source up to which a repository is shown whole: about 15,000 tokens, less than one agent's ten reads. */
const SMALL_REPOSITORY = 60_000

const MANIFESTS = ['package.json', 'pyproject.toml', 'setup.cfg', 'go.mod', 'Cargo.toml', 'Makefile']
const SOURCE =
  /\.(?:[cm]?[jt]sx?|py|go|rs|rb|java|kt|scala|php|cs|swift|c|h|cc|cpp|hpp|ex|exs|erl|hs|lua|sh|vue|svelte)$/
/** Generated, vendored or minified: text that nobody wrote explains nothing. */
const NOT_WRITTEN = /(?:^|\/)(?:node_modules|vendor|dist|build|coverage|\.yarn)\/|\.min\.[a-z]+$|\.d\.ts$/

/** Tests, and what only shows the code in use: worth less room than the code itself. */
const ASIDE =
  /(?:^|\/)(?:tests?|__tests__|specs?|examples?|bench(?:marks?)?)\/|[._-](?:test|spec)\.[a-z]+$|(?:^|\/)test_[^/]*$/i
/** At the root, and small enough to be shown for what a change may have to keep true. */
const README = /^readme(?:\.[a-z]+)?$/i
const SMALL_README = 8000

function asideOrSource(path: string): 'source' | 'test' {
  return ASIDE.test(path) ? 'test' : 'source'
}

function isFile(file: TreeFile): boolean {
  return file.mode === '100644' || file.mode === '100755'
}

function escaped(text: string): string {
  return text.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&')
}

/** Where `name` stands in the text as a word of its own, with the line numbers behind it (`a.js:12`, `a.js#L12`). */
function mentions(text: string, name: string): { found: boolean; lines: number[] } {
  const pattern = new RegExp(`(?<![\\w.-])${escaped(name)}(?![\\w-])(?:(?::|#L|", line )(\\d{1,6}))?`, 'g')
  const hits = [...text.matchAll(pattern)]
  const lines = hits.flatMap((hit) => (hit[1] === undefined ? [] : [Number(hit[1])]))
  return { found: hits.length > 0, lines: [...new Set(lines)] }
}

function named(files: readonly TreeFile[], text: string, ownName: string | undefined): Choice[] {
  const byName = new Map<string, number>()
  const baseName = (path: string): string => path.slice(path.lastIndexOf('/') + 1)
  for (const file of files) byName.set(baseName(file.path), (byName.get(baseName(file.path)) ?? 0) + 1)
  const choices: Choice[] = []
  for (const file of files) {
    const name = baseName(file.path)
    // A bare name points at a file only where there is one of that name, and only if it looks like a file's.
    const unique = byName.get(name) === 1 && name.includes('.') && name !== ownName
    const whole = mentions(text, file.path)
    // The package's own name is in every other issue, and points at no file.
    if (file.path === ownName && whole.lines.length === 0) continue
    const { found, lines } = whole.found || !unique ? whole : mentions(text, name)
    if (!found) continue
    if (file.size <= WHOLE_FILE) choices.push({ path: file.path, lines: [], as: 'given' })
    else if (lines.length > 0) choices.push({ path: file.path, lines, as: 'given' })
  }
  return choices.slice(0, MOST_NAMED)
}

/**
 * In a fixed order: named files first, then the source of a small repository, the manifest, and a small readme.
 * @param ownName the package's own name
 */
export function chooseExcerpts(files: readonly TreeFile[], text: string, ownName?: string): Choice[] {
  const candidates = files.filter((file) => isFile(file) && !NOT_WRITTEN.test(file.path))
  const choices = named(candidates, text, ownName)
  const manifests = candidates.filter((file) => MANIFESTS.includes(file.path) && file.size <= WHOLE_FILE)
  const source = candidates.filter((file) => SOURCE.test(file.path))
  const small = source.reduce((sum, file) => sum + file.size, 0) <= SMALL_REPOSITORY
  const readme = candidates.filter((file) => README.test(file.path) && file.size <= SMALL_README)
  const more: Choice[] = [
    ...(small ? source : [])
      .filter((file) => file.size <= WHOLE_FILE)
      .map((file) => ({ path: file.path, lines: [], as: asideOrSource(file.path) })),
    ...manifests.map((file) => ({ path: file.path, lines: [], as: 'manifest' as const })),
    ...readme.map((file) => ({ path: file.path, lines: [], as: 'readme' as const })),
  ]
  const taken = new Set(choices.map((choice) => choice.path))
  for (const choice of more) {
    if (!taken.has(choice.path)) choices.push(choice)
    taken.add(choice.path)
  }
  return choices
}
