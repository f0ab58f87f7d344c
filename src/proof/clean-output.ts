/** Makes output of foreign commands fit for people and for comparison: no terminal codes, no paths or times of one run. */

// Terminal sequences are made of control characters; without them here they would reach comments and logs.
// oxlint-disable-next-line no-control-regex -- taking control characters out is the point
const TERMINAL = /\u001B(?:\[[0-?]*[ -/]*[@-~]|\][^\u0007\u001B]*(?:\u0007|\u001B\\)?|[@-Z\\-_])/g
// oxlint-disable-next-line no-control-regex -- taking control characters out is the point
const CONTROL = /[\u0000-\u0008\u000B-\u001F\u007F-\u009F\u200B-\u200F\u2028-\u202E\u2060-\u2069\uFEFF]/g

const TIMES: readonly (readonly [RegExp, string])[] = [
  [/^(\s*#? ?duration_ms:? )[\d.]+$/gm, '$1…'],
  [/\((?:\d+(?:\.\d+)?) ?(?:ms|s|m)\)/g, '(…)'],
  [/\bin \d+(?:\.\d+)? ?(?:ms|s|seconds)\b/g, 'in …'],
  [/^(\s*(?:Time|Duration|Start at):?\s+)\S.*$/gm, '$1…'],
  [/ at 0x[0-9a-f]{6,}>/g, ' at 0x…>'],
]

/** Text without terminal sequences and control characters; line ends become `\n`. */
export function plainText(text: string): string {
  return text.replaceAll(TERMINAL, '').replaceAll(/\r\n?/g, '\n').replaceAll(CONTROL, '')
}

/**
 * Output for people: plain, without what differs from run to run.
 * @param root directory of the checkout inside the sandbox; paths below it become relative
 */
export function cleanOutput(text: string, root: string): string {
  let clean = plainText(text)
  if (root !== '' && root !== '/') {
    clean = clean.replaceAll(`file://${root}/`, '').replaceAll(`${root}/`, '').replaceAll(root, '.')
  }
  clean = clean.replaceAll(/(?:\/private)?\/tmp\/[\w.-]+/g, '/tmp/…')
  for (const [pattern, replacement] of TIMES) clean = clean.replaceAll(pattern, replacement)
  return clean.replaceAll(/[ \t]+$/gm, '').trim()
}

/** Keeps the beginning and, as errors come last, twice as much of the end; says how much is left out. */
export function cutMiddle(text: string, limit: number): string {
  if (text.length <= limit) return text
  const room = limit - 60
  const head = text.slice(0, Math.floor(room / 3))
  const tail = text.slice(text.length - Math.ceil((room * 2) / 3))
  return `${head}\n… ${text.length - head.length - tail.length} characters left out …\n${tail}`
}

/** The first line that says something, at most `limit` characters. */
function firstLine(text: string, limit: number): string {
  const line = text.split('\n').find((candidate) => candidate.trim() !== '') ?? ''
  const trimmed = line.trim()
  return trimmed.length <= limit ? trimmed : `${trimmed.slice(0, limit - 1)}…`
}

/** One line that says what failed: the first, with the values that assertions print below it. */
export function headline(message: string, limit: number): string {
  const lines = message
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '')
  const [first = '', second = ''] = lines
  const values = lines.slice(1).filter((line) => /^(?:expected|actual|received)\b.*:/i.test(line))
  const more = values.length > 0 ? values.slice(0, 2) : first.endsWith(':') ? [second] : []
  return firstLine([first, ...more].join(' '), limit)
}
