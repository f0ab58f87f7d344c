/** Which lines of a diff can carry a review comment, and where GitHub counts them. */

export interface DiffLine {
  /** Lines down from the first @@ line of the file; what GitHub calls position. */
  readonly position: number
  readonly left: number | undefined
  readonly right: number | undefined
  /** The hunk from its header down to this line, as GitHub shows it above the comment. */
  readonly hunk: string
}

export function diffLines(patch: string): DiffLine[] {
  const found: DiffLine[] = []
  let left = 0
  let right = 0
  let hunk: string[] = []
  patch.split('\n').forEach((line, position) => {
    const header = /^@@ -(\d+)(?:,\d+)? \+(\d+)(?:,\d+)? @@/.exec(line)
    if (header) {
      left = Number(header[1])
      right = Number(header[2])
      hunk = [line]
      return
    }
    hunk.push(line)
    if (line.startsWith('\\')) return
    const added = line.startsWith('+')
    const removed = line.startsWith('-')
    found.push({
      position,
      left: added ? undefined : left++,
      right: removed ? undefined : right++,
      hunk: hunk.join('\n'),
    })
  })
  return found
}

export function lineAt(
  patch: string | undefined,
  at: { line: number; side: 'LEFT' | 'RIGHT' } | { position: number },
): DiffLine | undefined {
  const lines = diffLines(patch ?? '')
  if ('position' in at) return lines.find((line) => line.position === at.position)
  return lines.find((line) => (at.side === 'LEFT' ? line.left : line.right) === at.line)
}
