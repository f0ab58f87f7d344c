/** Finds the code in inbound Markdown, where nothing is hidden. In doubt it is not code: then hidden parts get a label. */

export interface Masked {
  /** The text with each piece of code replaced by a mark, and hidden parts shown by `onComment`. */
  readonly text: string
  /** Puts the code back. */
  unmask(text: string): string
}

const FENCE = /^(`{3,}(?=[^`]*$)|~{3,})/
/** A fence that may belong to a list item or quote: whether it is one depends on more than its line. */
const UNCLEAR_FENCE = /^(?:[ \t]|>|[-*+]|\d{1,9}[.)])+(?:`{3,}|~{3,})/
/** HTML in which blank lines do not end the block (CommonMark's kinds 1 to 5): nothing after it is surely code. */
const LASTING_HTML = /<(?:pre|script|style|textarea|\?|!(?!--))/i
/** Any line on which an HTML block may begin; it lasts to the next blank line. */
const HTML_LINE = /^(?:[ \t]|>|[-*+]|\d{1,9}[.)])*<[a-z/]/i
const COMMENT_OPEN = '<!--'
const COMMENT_CLOSE = /--!?>/g

/** The scanner's place, and what it believes about where it is. */
interface Scan {
  readonly source: string
  readonly onComment: (body: string) => string
  readonly kept: string[]
  at: number
  out: string
  /** False from the first place on after which code cannot be told from prose any more. */
  clear: boolean
  /** In a paragraph in which backticks may mean something else; ends with a blank line. */
  doubtful: boolean
  /** Perhaps in an HTML block, where neither backticks nor fences are code; ends with a blank line. */
  html: boolean
}

function keep(scan: Scan, code: string, mark: string): void {
  scan.out += `${mark}${scan.kept.push(code) - 1}${mark}`
}

function lineEnd(source: string, from: number): number {
  const end = source.indexOf('\n', from)
  return end < 0 ? source.length : end
}

/** A fenced block that begins here, at the first column, up to its closing line or the end. */
function fencedBlock(scan: Scan, opener: string): void {
  const closing = new RegExp(`^ {0,3}\\${opener[0]}{${opener.length},}[ \\t]*$`)
  let end = lineEnd(scan.source, scan.at)
  while (end < scan.source.length) {
    const next = lineEnd(scan.source, end + 1)
    const line = scan.source.slice(end + 1, next)
    end = next
    if (closing.test(line)) break
  }
  keep(scan, scan.source.slice(scan.at, end), '\uFDD1')
  scan.at = end
}

/** An HTML comment that begins here: up to its end, or to the end of the text. */
function comment(scan: Scan): void {
  COMMENT_CLOSE.lastIndex = scan.at + COMMENT_OPEN.length
  // `<!-->` and `<!--->` are whole comments; everything after them is seen.
  const empty = /^<!--(?:-?>)/.exec(scan.source.slice(scan.at, scan.at + 6))
  const close = empty ? null : COMMENT_CLOSE.exec(scan.source)
  const bodyEnd = close ? close.index : scan.source.length
  scan.out += scan.onComment(empty ? '' : scan.source.slice(scan.at + COMMENT_OPEN.length, bodyEnd))
  scan.at = empty ? scan.at + empty[0].length : close ? close.index + close[0].length : bodyEnd
}

/** Inline code that begins and ends on this line; backticks without a partner cast doubt on the whole paragraph. */
function inlineCode(scan: Scan, end: number): void {
  const run = /^`+/.exec(scan.source.slice(scan.at, end))?.[0] ?? '`'
  const rest = scan.source.slice(scan.at + run.length, end)
  const close = new RegExp(`(?<!\`)\`{${run.length}}(?!\`)`).exec(rest)
  if (!close) {
    scan.doubtful = true
    scan.out += run
    scan.at += run.length
    return
  }
  const length = run.length + close.index + run.length
  keep(scan, scan.source.slice(scan.at, scan.at + length), '\uFDD0')
  scan.at += length
}

function restOfLine(scan: Scan): void {
  const start = scan.at
  const end = lineEnd(scan.source, start)
  // A table cell ends at `|` even inside backticks.
  let codeAllowed = scan.clear && !scan.doubtful && !scan.html && !scan.source.slice(start, end).includes('|')
  while (scan.at < end) {
    const character = scan.source[scan.at] ?? ''
    if (scan.source.startsWith(COMMENT_OPEN, scan.at)) {
      comment(scan)
      scan.doubtful = true
      if (scan.at > end || scan.at === scan.source.length) return
      codeAllowed = false
      continue
    }
    if (character === '`' && codeAllowed && !scan.doubtful) {
      inlineCode(scan, end)
      continue
    }
    if (character === '<') codeAllowed = false
    const step = character === '\\' && scan.at + 1 < end && scan.source[scan.at + 1] !== '<' ? 2 : 1
    scan.out += scan.source.slice(scan.at, scan.at + step)
    scan.at += step
  }
}

function oneLineOf(scan: Scan): void {
  const line = scan.source.slice(scan.at, lineEnd(scan.source, scan.at))
  if (line.trim() === '') {
    scan.doubtful = false
    scan.html = false
  }
  const opener = FENCE.exec(line)?.[1]
  if (opener && scan.clear && !scan.html) {
    fencedBlock(scan, opener)
    scan.doubtful = false
    return
  }
  if (opener || UNCLEAR_FENCE.test(line)) scan.clear = false
  if (HTML_LINE.test(line)) scan.html = true
  if (LASTING_HTML.test(line)) scan.clear = false
  restOfLine(scan)
}

/**
 * Masks fenced blocks at the first column and inline code within one line; everything whose nature depends on more
 * (lists, quotes, tables, raw HTML, backticks without a partner) counts as prose. HTML comments found on the way are
 * given to `onComment`. `text` must hold no non-characters, which serve as marks: see showInvisible.
 */
export function maskCode(text: string, onComment: (body: string) => string): Masked {
  const scan: Scan = {
    source: text,
    onComment,
    kept: [],
    at: 0,
    out: '',
    clear: true,
    doubtful: false,
    html: false,
  }
  while (scan.at < text.length) {
    const lineStart = scan.at === 0 || text[scan.at - 1] === '\n'
    if (lineStart) oneLineOf(scan)
    else restOfLine(scan)
    if (text[scan.at] === '\n') {
      scan.out += '\n'
      scan.at += 1
    }
  }
  const put = (masked: string): string =>
    masked.replaceAll(
      /[\uFDD0\uFDD1](\d+)[\uFDD0\uFDD1]/g,
      (_match, index: string) => scan.kept[Number(index)] ?? '',
    )
  return { text: scan.out, unmask: put }
}
