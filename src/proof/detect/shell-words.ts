/** Splits simple shell commands into their words and chained parts, quotes kept; what is not simple is left alone. */

/** One command of a chain, as it is written. */
export interface Segment {
  readonly text: string
  readonly words: readonly string[]
}

const WORD = /(?:[^\s"'\\]|\\.|"(?:[^"\\]|\\.)*"|'[^']*')+/g

/** Words as written: quotes stay, so that they can be joined into a command again. */
export function shellWords(command: string): string[] {
  return command.match(WORD) ?? []
}

/** A word without its quotes. */
export function unquoted(word: string): string {
  return word.replaceAll(/"((?:[^"\\]|\\.)*)"|'([^']*)'/g, '$1$2')
}

/** A word that the shell takes literally. */
export function quoted(word: string): string {
  return /^[\w./@:+=,-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`
}

/** Outside quotes, and not within a substitution or group: what stands in `$( )`, `( )` or backticks stays together. */
function topLevel(script: string): { piece: string; top: boolean; index: number }[] {
  const token = /"(?:[^"\\]|\\.)*"|'[^']*'|`[^`]*`|\\.|&&|\|\||[;|()]|[^"'`\\&;|()]+|./gs
  let depth = 0
  return [...script.matchAll(token)].map((match) => {
    const [piece] = match
    if (piece === '(') depth += 1
    const top = depth === 0
    if (piece === ')') depth = Math.max(0, depth - 1)
    return { piece, top, index: match.index }
  })
}

/** The parts of a chain that run one after another (`&&`, `;`), outside quotes; output pipes are cut off. */
export function segments(script: string): Segment[] {
  const parts: string[] = []
  let part = ''
  for (const { piece, top } of topLevel(script)) {
    if (top && (piece === '&&' || piece === ';')) {
      parts.push(part)
      part = ''
    } else part += piece
  }
  parts.push(part)
  return parts
    .map((text) => withoutPipe(text).trim())
    .filter((text) => text !== '')
    .map((text) => ({ text, words: shellWords(text) }))
}

/** `tape test.js | tap-spec`: what comes after the pipe makes a report pretty and unreadable. `||` is no pipe. */
function withoutPipe(text: string): string {
  const pipe = topLevel(text).find(({ piece, top }) => top && piece === '|')
  return pipe === undefined ? text : text.slice(0, pipe.index)
}

/** True for a command that redirects, substitutes, groups or pipes: too much for word surgery. */
export function isComplex(text: string): boolean {
  const bare = text.replaceAll(/'[^']*'/g, '').replaceAll('"$MILLWRIGHT_REPORT"', '')
  return /[|<>`;&()]|\$\(/.test(bare)
}
