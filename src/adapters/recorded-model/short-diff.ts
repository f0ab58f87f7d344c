/** A unified diff of two texts, short enough for an error message. */

const CONTEXT = 2
const MAX_LINES = 30
const MAX_WIDTH = 160
/** The table below has the square of this many cells; longer middles are shown as replaced whole. */
const MAX_COMPARED = 600

type Line = readonly [mark: ' ' | '-' | '+', text: string]

function middle(a: readonly string[], b: readonly string[]): Line[] {
  if (a.length > MAX_COMPARED || b.length > MAX_COMPARED) {
    return [...a.map((line): Line => ['-', line]), ...b.map((line): Line => ['+', line])]
  }
  const width = b.length + 1
  // lengths[i * width + j]: longest common subsequence of a from i and b from j.
  const lengths = new Uint16Array((a.length + 1) * width)
  const at = (i: number, j: number): number => lengths[i * width + j] ?? 0
  for (let i = a.length - 1; i >= 0; i--) {
    for (let j = b.length - 1; j >= 0; j--) {
      lengths[i * width + j] = a[i] === b[j] ? at(i + 1, j + 1) + 1 : Math.max(at(i + 1, j), at(i, j + 1))
    }
  }
  const out: Line[] = []
  let [i, j] = [0, 0]
  while (i < a.length || j < b.length) {
    if (i < a.length && j < b.length && a[i] === b[j]) {
      out.push([' ', a[i] ?? ''])
      i++
      j++
    } else if (i < a.length && (j >= b.length || at(i + 1, j) >= at(i, j + 1))) out.push(['-', a[i++] ?? ''])
    else out.push(['+', b[j++] ?? ''])
  }
  return out
}

function compare(a: readonly string[], b: readonly string[]): Line[] {
  let start = 0
  while (start < a.length && start < b.length && a[start] === b[start]) start++
  let end = 0
  while (end < a.length - start && end < b.length - start && a.at(-1 - end) === b.at(-1 - end)) end++
  const same = (line: string): Line => [' ', line]
  return [
    ...a.slice(0, start).map(same),
    ...middle(a.slice(start, a.length - end), b.slice(start, b.length - end)),
    ...a.slice(a.length - end).map(same),
  ]
}

/** `-` is what was recorded, `+` is what is there now. Empty when they are equal. */
export function shortDiff(recorded: string, now: string): string {
  if (recorded === now) return ''
  const lines = compare(recorded.split('\n'), now.split('\n'))
  const near = lines.map((_, index) =>
    lines.slice(Math.max(0, index - CONTEXT), index + CONTEXT + 1).some(([mark]) => mark !== ' '),
  )
  const shown: string[] = []
  lines.forEach(([mark, text], index) => {
    if (near[index]) shown.push(`${mark}${text.length > MAX_WIDTH ? `${text.slice(0, MAX_WIDTH)}…` : text}`)
    else if (near[index - 1]) shown.push('@@')
  })
  const cut = shown.length - MAX_LINES
  return cut > 0 ? [...shown.slice(0, MAX_LINES), `(${cut} more lines)`].join('\n') : shown.join('\n')
}
