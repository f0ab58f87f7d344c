/** Whether two names are one label. */

/** GitHub keeps the case that a label was made with, and tells no two apart by it. */
export function isSameLabel(a: string, b: string): boolean {
  return a.toLowerCase() === b.toLowerCase()
}
