/** Files in which a merge was left half done. */
import type { FileDiff } from '../../ports/workspace.ts'

/** What git writes around the two sides; its middle line may as well underline a heading of seven letters. */
const MARKER = /^\+(?:<{7}|>{7}|\|{7}) /m

/** Only lines that the change adds: a file that is about conflicts may hold markers on the base as well. */
export function markedFiles(diff: readonly FileDiff[]): string[] {
  return diff.filter(({ hunks }) => hunks.some(({ patch }) => MARKER.test(patch))).map(({ path }) => path)
}
