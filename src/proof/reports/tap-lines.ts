/** Reads TAP line by line into results with their indentation, comments and diagnostics; knows no dialect. */

export interface TapResult {
  readonly kind: 'result'
  /** Four spaces are one level. */
  readonly depth: number
  readonly ok: boolean
  readonly name: string
  readonly directive: 'skip' | 'todo' | undefined
  readonly diagnostics: ReadonlyMap<string, string>
}

export type TapItem =
  | TapResult
  | { readonly kind: 'comment'; readonly depth: number; readonly text: string }
  | { readonly kind: 'plan'; readonly depth: number; readonly count: number }
  | { readonly kind: 'bail_out'; readonly text: string }

const RESULT = /^( *)(not )?ok\b(?: +\d+)?(?: +-)? *(.*)$/
const DIRECTIVE = /(?:^|[^\\])#\s*(skip|todo)\b/i

interface Cursor {
  readonly lines: readonly string[]
  at: number
}

/** Diagnostics are YAML; only top-level keys with scalar or block values are read, which is all that runners print. */
function readDiagnostics(cursor: Cursor, outer: number): Map<string, string> {
  const found = new Map<string, string>()
  const open = /^( *)---\s*$/.exec(cursor.lines[cursor.at] ?? '')
  if (open === null || (open[1] ?? '').length <= outer) return found
  const indent = (open[1] ?? '').length
  let key = ''
  let keyIndent = -1
  for (cursor.at += 1; cursor.at < cursor.lines.length; cursor.at += 1) {
    const line = cursor.lines[cursor.at] ?? ''
    if (line.trimEnd() === `${' '.repeat(indent)}...`) {
      cursor.at += 1
      return found
    }
    const field = /^( *)([\w-]+):(?: +(.*))?$/.exec(line)
    if (keyIndent === -1 && field !== null) keyIndent = (field[1] ?? '').length
    if (field !== null && (field[1] ?? '').length === keyIndent) {
      key = field[2] ?? ''
      const value = field[3]?.trim() ?? ''
      found.set(key, /^[|>][-+]?$/.test(value) ? '' : unquote(value))
    } else if (key !== '') {
      const before = found.get(key) ?? ''
      found.set(key, `${before}${before === '' ? '' : '\n'}${line.slice(keyIndent + 2)}`)
    }
  }
  return found
}

function unquote(value: string): string {
  const quoted = /^'(.*)'$/.exec(value) ?? /^"(.*)"$/.exec(value)
  return quoted === null ? value : (quoted[1] ?? '').replaceAll("''", "'")
}

function readResult(line: string, cursor: Cursor): TapResult | undefined {
  const match = RESULT.exec(line)
  if (match === null) return undefined
  const indent = (match[1] ?? '').length
  const text = match[3] ?? ''
  const directive = DIRECTIVE.exec(text)
  const name = directive === null ? text : text.slice(0, text.indexOf('#', directive.index))
  const word = directive?.[1]?.toLowerCase()
  return {
    kind: 'result',
    depth: Math.floor(indent / 4),
    ok: match[2] === undefined,
    name: name.replaceAll(/\\([#\\])/g, '$1').trim(),
    directive: word === 'skip' || word === 'todo' ? word : undefined,
    diagnostics: readDiagnostics(cursor, indent),
  }
}

/** Every TAP line of a text in order. Lines that are no TAP (what tests print) are left out. */
export function readTapLines(text: string): TapItem[] {
  const cursor: Cursor = { lines: text.split('\n'), at: 0 }
  const items: TapItem[] = []
  while (cursor.at < cursor.lines.length) {
    const line = cursor.lines[cursor.at] ?? ''
    cursor.at += 1
    const result = readResult(line, cursor)
    if (result !== undefined) {
      items.push(result)
      continue
    }
    const comment = /^( *)# ?(.*)$/.exec(line)
    const plan = /^( *)1\.\.(\d+)(?:\s|$)/.exec(line) ?? /^( *)0\.\.(0)(?:\s|$)/.exec(line)
    if (comment !== null) {
      items.push({
        kind: 'comment',
        depth: Math.floor((comment[1] ?? '').length / 4),
        text: comment[2] ?? '',
      })
    } else if (plan !== null) {
      items.push({
        kind: 'plan',
        depth: Math.floor((plan[1] ?? '').length / 4),
        count: Number(plan[2] ?? '0'),
      })
    } else if (line.startsWith('Bail out!')) items.push({ kind: 'bail_out', text: line.slice(9).trim() })
  }
  return items
}
