/** What changed between two texts of an issue, in few lines: for people who have to decide whether it matters. */
import { cleanOutput } from './untrusted.ts'

/** Characters of the whole; a reason on the issue has this much room. */
const MOST = 2000
/** Characters of one line: enough to see what changed in it. */
const LINE = 240
/** Characters before the first change of a long line, so that one sees where it is. */
const LEAD = 40
/** Line pairs that are compared; a text that differs in more than that is shown as another one. */
const MOST_PAIRS = 1_000_000

interface Text {
  readonly title: string
  readonly body: string
}

type Change = { readonly sign: '-' | '+'; readonly text: string }

function linesOf({ title, body }: Text): string[] {
  // A blank line at the end is not seen by anyone.
  return [`Title: ${title}`, ...body.replaceAll('\r\n', '\n').trimEnd().split('\n')]
}

/** Lines of `a` and `b` that are in no longest common part, in order, what was taken out before what came in. */
function changesOf(a: readonly string[], b: readonly string[]): Change[] {
  const removed = a.map((text): Change => ({ sign: '-', text }))
  const added = b.map((text): Change => ({ sign: '+', text }))
  if (a.length === 0 || b.length === 0 || a.length * b.length > MOST_PAIRS) return [...removed, ...added]
  const width = b.length + 1
  // At i * width + j: how many lines a from i on and b from j on have in common.
  const longest = new Uint32Array((a.length + 1) * width)
  const common = (i: number, j: number): number => longest[i * width + j] ?? 0
  for (let i = a.length - 1; i >= 0; i -= 1) {
    for (let j = b.length - 1; j >= 0; j -= 1) {
      const best = a[i] === b[j] ? common(i + 1, j + 1) + 1 : Math.max(common(i + 1, j), common(i, j + 1))
      longest[i * width + j] = best
    }
  }
  const changes: Change[] = []
  let i = 0
  let j = 0
  while (i < a.length || j < b.length) {
    const [gone, come] = [removed[i], added[j]]
    if (gone && come && gone.text === come.text) {
      i += 1
      j += 1
    } else if (gone && (!come || common(i + 1, j) >= common(i, j + 1))) {
      changes.push(gone)
      i += 1
    } else if (come) {
      changes.push(come)
      j += 1
    }
  }
  return changes
}

function sharedStart(a: readonly string[] | string, b: readonly string[] | string): number {
  let length = 0
  while (length < a.length && length < b.length && a[length] === b[length]) length += 1
  return length
}

/** The line from shortly before its first change on: two long lines must not be cut down to what is the same in both. */
function shown({ sign, text }: Change, other: string | undefined): string {
  const same = other === undefined ? 0 : sharedStart(text, other)
  const from = text.length > LINE && same > 2 * LEAD ? same - LEAD : 0
  return cleanOutput(`${sign} ${from > 0 ? '…' : ''}${text.slice(from)}`, LINE).replaceAll('\n', ' ')
}

/** The line that stands in its place on the other side, where a block of lines was replaced by as many. */
function counterpart(changes: readonly Change[], index: number): string | undefined {
  const own = changes[index]
  let first = index
  while (changes[first - 1]?.sign === own?.sign && first > 0) first -= 1
  let end = index
  while (changes[end]?.sign === own?.sign) end += 1
  const length = end - first
  const partner = changes[own?.sign === '-' ? index + length : index - length]
  return partner?.sign === own?.sign ? undefined : partner?.text
}

/**
 * The lines that differ, `-` as they were and `+` as they are, the title as a line of its own; at most 2,000
 * characters, and what has no room is counted. Cleaned: unseen characters are visible. Empty where nothing differs that
 * a reader could see.
 */
export function textDifference(before: Text, after: Text): string {
  const [a, b] = [linesOf(before), linesOf(after)]
  const start = sharedStart(a, b)
  const end = sharedStart(a.slice(start).toReversed(), b.slice(start).toReversed())
  const changes = changesOf(a.slice(start, a.length - end), b.slice(start, b.length - end))
  const lines: string[] = []
  // The sentence about the rest needs room as well.
  let room = MOST - 40
  for (const [index, change] of changes.entries()) {
    const line = shown(change, counterpart(changes, index))
    room -= line.length + 1
    if (room < 0) return [...lines, `… (${changes.length - index} more lines)`].join('\n')
    lines.push(line)
  }
  return lines.join('\n')
}
