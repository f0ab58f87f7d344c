/** Puts findings where they can be shown: a line counts only in the diff, and the same remark counts once. */
import type { FileLines } from '../../core/diff-lines.ts'
import { findingKey } from '../../core/review.ts'
import type { Finding } from '../../core/review.ts'

/** `./a/b` and `a/b` are one file, and models write both. */
function plainPath(path: string): string {
  return path.replace(/^(?:\.\/)+/, '')
}

export function placeFindings(findings: readonly Finding[], diff: FileLines): Finding[] {
  const placed = new Map<string, Finding>()
  for (const found of findings) {
    const file = plainPath(found.file)
    const inDiff = found.line !== null && diff.get(file)?.has(found.line) === true
    const finding = { ...found, file, line: inDiff ? found.line : null }
    const key = findingKey(finding)
    // Of two alike the severe one stays, or a repeated remark could talk a finding down.
    if (placed.get(key)?.severity !== 'blocking') placed.set(key, finding)
  }
  return [...placed.values()]
}
