/** Numbers the lines of a diff as they are in the new file, so that a reviewer can name one without counting. */

const HUNK = /^@@ -\d+(?:,(\d+))? \+(\d+)(?:,(\d+))? @@/
/** As wide as the number and the bar that stand before every line of a hunk. */
const NO_NUMBER = '      |'

/** Only lines of hunks get a column; a removed line has an empty one. What is no unified diff comes back as it is. */
export function numberLines(diff: string): string {
  let [old, next, fresh] = [0, 0, 0]
  const numbered = diff.split('\n').map((line) => {
    const hunk = HUNK.exec(line)
    if (old + fresh <= 0) {
      if (hunk) {
        old = Number(hunk[1] ?? 1)
        next = Number(hunk[2])
        fresh = Number(hunk[3] ?? 1)
      }
      return line
    }
    if (line.startsWith('\\')) return `${NO_NUMBER}${line}`
    if (!line.startsWith('+')) old -= 1
    if (line.startsWith('-')) return `${NO_NUMBER}${line}`
    fresh -= 1
    next += 1
    return `${String(next - 1).padStart(6)}|${line}`
  })
  return numbered.join('\n')
}
