/** The text of a diff without what says nothing about its content. */

/** Without the `index` lines: the same change has the same text whatever objects and commits it was made of. */
export function withoutObjectNames(diff: string): string {
  return diff.replaceAll(/^index [0-9a-f]+\.\.[0-9a-f]+.*\n/gm, '')
}
