/** Reads the text of `.github/millwright.yml`: YAML in, the checked config or every mistake with its line out. */
import { LineCounter, parseAllDocuments, visit } from 'yaml'
import type { Document, Node } from 'yaml'
import type { ConfigResult, ConfigProblem } from '../../core/config.ts'
import { checkConfig } from '../../core/config.ts'
import { oneLine } from '../../core/untrusted.ts'
import { CONFIG_LIMIT, tooLarge } from '../../ports/config.ts'

/** How often one anchor may be used, counted through nesting, as the parser does: stops "billion laughs". */
const MAX_ALIASES = 50
/** More than this is noise on an issue; the rest shows once these are mended. */
const MOST_TWICE = 20

function refuse(...problems: ConfigProblem[]): ConfigResult {
  return { ok: false, problems }
}

function place(lines: LineCounter, offset: number | undefined): { line?: number; column?: number } {
  if (offset === undefined) return {}
  const { line, col } = lines.linePos(offset)
  return { line, column: col }
}

/** Where a path is written: the key's own place where it has one, else the nearest section around it. */
function locate(document: Document, lines: LineCounter, path: string): { line?: number; column?: number } {
  let best: number | undefined
  visit(document, {
    Pair(_key, pair, ancestors) {
      const keys = [...ancestors, pair].flatMap((node) =>
        'key' in node ? [String((node as typeof pair).key)] : [],
      )
      const here = keys.join('.')
      const range = (pair.key as Node | null)?.range
      if (range && (path === here || path.startsWith(`${here}.`))) best = range[0]
      // A key may itself hold dots, or be shown escaped; then the section around it has to do.
      return path.startsWith(`${here}.`) ? undefined : visit.SKIP
    },
  })
  return place(lines, best)
}

function syntaxProblems(document: Document.Parsed, lines: LineCounter): ConfigProblem[] {
  // An unknown tag is only a warning to the parser, but it means something that would not be done.
  const errors = [...document.errors, ...document.warnings]
  const twice = errors.filter((error) => error.code === 'DUPLICATE_KEY')
  // One mistake makes the parser stumble again and again; the first is the one to mend. Keys written twice do not.
  const shown = twice.length === errors.length ? twice.slice(0, MOST_TWICE) : errors.slice(0, 1)
  return shown.map((error) => {
    const text = oneLine(error.message.split('\n')[0] ?? '', 200).replace(/ at line \d+, column \d+:?$/, '')
    const what =
      error.code === 'DUPLICATE_KEY' ? 'A key is written twice; keep one of them.' : `No valid YAML: ${text}.`
    return { path: '', message: what, ...place(lines, error.pos[0]) }
  })
}

/** Where aliases stand, as offsets. */
function aliases(document: Document): number[] {
  const found: number[] = []
  visit(document, {
    Alias(_key, node) {
      found.push(node.range?.[0] ?? 0)
    },
  })
  return found
}

/** Undefined for bytes that are no UTF-8: guessing at an encoding would guess at what is allowed. */
function decode(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    return undefined
  }
}

/**
 * Parses and checks a config file, its text or its bytes. Never throws. Refused besides what checkConfig refuses: more
 * than 64 kB, bytes that are no UTF-8, invalid YAML, keys written twice, several documents, unknown tags, too many
 * aliases. Problems carry line and column, counted from 1, where they are known, and stand in the file's order.
 */
export function readConfig(source: string | Uint8Array): ConfigResult {
  const bytes = typeof source === 'string' ? Buffer.byteLength(source, 'utf8') : source.byteLength
  if (bytes > CONFIG_LIMIT) return refuse({ path: '', message: tooLarge(bytes) })
  const text = typeof source === 'string' ? source : decode(source)
  if (text === undefined) {
    return refuse({ path: '', message: 'The file is no UTF-8 text. Save it with the encoding UTF-8.' })
  }
  return readText(text)
}

function readText(text: string): ConfigResult {
  const lines = new LineCounter()
  const documents = parseAllDocuments(text, {
    lineCounter: lines,
    uniqueKeys: true,
    strict: true,
    prettyErrors: true,
  })
  if ('empty' in documents) return checkConfig(null)
  const [document, second] = documents
  if (!document) return checkConfig(null)
  if (second) {
    return refuse({
      path: '',
      message: 'The file holds several YAML documents; only one is allowed.',
      ...place(lines, second.range[0]),
    })
  }
  const broken = syntaxProblems(document, lines)
  if (broken.length > 0) return refuse(...broken)
  const used = aliases(document)
  const first = used.length > 0 ? place(lines, used[0]) : {}
  if (used.length > MAX_ALIASES) {
    const message = `The file uses more than ${MAX_ALIASES} YAML aliases; write the values out.`
    return refuse({ path: '', message, ...first })
  }
  let value: unknown
  try {
    value = document.toJS({ maxAliasCount: MAX_ALIASES })
  } catch (error) {
    const why = error instanceof ReferenceError ? 'its YAML aliases cannot be resolved' : 'it cannot be read'
    return refuse({ path: '', message: `The file is refused: ${why}; write the values out.`, ...first })
  }
  const checked = checkConfig(value)
  if (checked.ok) return checked
  const problems = checked.problems.map((problem) => ({
    ...problem,
    ...locate(document, lines, problem.path),
  }))
  return refuse(...problems.toSorted((a, b) => (a.line ?? 0) - (b.line ?? 0)))
}
