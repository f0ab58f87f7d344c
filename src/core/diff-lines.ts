/** Which lines of which files a diff shows on its new side: the only places where a review may comment inline. */

export type FileLines = ReadonlyMap<string, ReadonlySet<number>>

/** Reads hunk patches (`@@ -a,b +c,d @@` and their lines) into the new side's line numbers, context included. */
export function linesOfPatches(files: readonly { path: string; patches: readonly string[] }[]): FileLines {
  const result = new Map<string, Set<number>>()
  for (const file of files) {
    const lines = result.get(file.path) ?? new Set<number>()
    for (const patch of file.patches) addLines(patch, lines)
    result.set(file.path, lines)
  }
  return result
}

function addLines(patch: string, lines: Set<number>): void {
  let next: number | undefined
  for (const line of patch.split('\n')) {
    const start = /^@@ -\d+(?:,\d+)? \+(\d+)(?:,\d+)? @@/.exec(line)
    if (start) {
      next = Number(start[1])
    } else if (next !== undefined && (line.startsWith('+') || line.startsWith(' '))) {
      lines.add(next)
      next += 1
    }
  }
}
