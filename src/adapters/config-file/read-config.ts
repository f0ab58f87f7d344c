/** Reads the text of `.github/millwright.yml`: YAML in, the checked config or every mistake with its line out. */
import { LineCounter, parseAllDocuments, visit } from 'yaml'
import type { Document, Node } from 'yaml'
import type { ConfigResult, ConfigProblem } from '../../core/config.ts'
import { checkConfig } from '../../core/config.ts'
import { oneLine } from '../../core/untrusted.ts'

/** Bytes. The longest sensible config is a few kilobytes; the parser's time grows with its input. */
const MAX_BYTES = 64 * 1024
/** How often one anchor may be used, counted through nesting, as the parser does: stops "billion laughs". */
const MAX_ALIASES = 50

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
  // One mistake makes the parser stumble again and again; the first is the one to mend.
  return [...document.errors, ...document.warnings].slice(0, 1).map((error) => {
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

/**
 * Parses and checks the text of a config file. Never throws. Refused besides what checkConfig refuses: more than
 * 64 kB, invalid YAML, keys written twice, several documents, unknown tags, too many aliases. Problems carry line and
 * column, counted from 1. That the text is UTF-8 is for the caller to see to.
 */
export function readConfig(text: string): ConfigResult {
  const bytes = Buffer.byteLength(text, 'utf8')
  if (bytes > MAX_BYTES) {
    return refuse({ path: '', message: `The file has ${bytes} bytes; at most ${MAX_BYTES} are read.` })
  }
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
  return refuse(
    ...checked.problems.map((problem) => ({ ...problem, ...locate(document, lines, problem.path) })),
  )
}
