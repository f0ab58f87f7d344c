/** What programs print, made fit for evidence: no terminal control, one size, both ends kept. */
import { showInvisible } from './invisible.ts'

const ESC = '\\u001B'
const BEL = '\\u0007'
/** OSC (title, hyperlinks: ended by BEL or ST), then CSI (colours, cursor), then the two-character sequences. */
const TERMINAL_SEQUENCES = new RegExp(
  `(?:${ESC}[\\]P^_X]|[\\u009D\\u0090])[^${BEL}${ESC}\\u009C\\n]*(?:${BEL}|${ESC}\\\\|\\u009C)?` +
    `|(?:${ESC}\\[|\\u009B)[0-?]*[ -/]*[@-~]?|${ESC}[ -/]*[0-~]?`,
  'g',
)
const CONTROLS = /[\p{Cc}--[\n\t]]/gv

/** Cuts at `index` without leaving half of a surrogate pair behind. */
function safeIndex(text: string, index: number): number {
  const code = text.charCodeAt(index)
  return index > 0 && code >= 0xdc00 && code <= 0xdfff ? index - 1 : index
}

/** `text` in at most `max` characters: two fifths of it from the start, the rest from the end, the cut counted. */
export function cutMiddle(text: string, max: number): string {
  if (text.length <= max) return text
  const mark = (left: number): string => `\n… (${left} characters left out) …\n`
  const room = max - mark(text.length).length
  if (room <= 0) return text.slice(0, safeIndex(text, Math.max(0, max)))
  const head = safeIndex(text, Math.floor(room * 0.4))
  // Rounded up rather than down to a whole character, or the result could be one longer than allowed.
  const from = text.length - (room - head)
  const tail = safeIndex(text, from) === from ? from : from + 1
  return `${text.slice(0, head)}${mark(tail - head)}${text.slice(tail)}`
}

/**
 * Tool or test output for evidence and for prompts: terminal sequences and control characters removed, a carriage
 * return starts a new line, other unseen characters made visible, at most `max` characters with both ends kept.
 */
export function cleanOutput(text: string, max: number): string {
  const plain = text
    .replaceAll(TERMINAL_SEQUENCES, '')
    .replaceAll(/\r+\n?/g, '\n')
    .replaceAll(CONTROLS, '')
  return cutMiddle(showInvisible(plain).text, max)
}

/** `text` as one line of visible characters, blanks run together, at most `max` characters with `…` for a cut. */
export function oneLine(text: string, max: number): string {
  const line = showInvisible(text.replaceAll(/[\r\n\t\u2028\u2029]+/g, ' '))
    .text.replaceAll(/\s+/g, ' ')
    .trim()
  return line.length <= max ? line : `${line.slice(0, safeIndex(line, Math.max(0, max - 1))).trimEnd()}…`
}
