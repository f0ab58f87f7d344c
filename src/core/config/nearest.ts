/** "Did you mean": the nearest known word by edit distance. */

/** Insertions, deletions, changes, and swaps of neighbours that turn `a` into `b`. */
function distance(a: string, b: string): number {
  let beforeLast: number[] = []
  let last = Array.from({ length: b.length + 1 }, (_, index) => index)
  for (let i = 1; i <= a.length; i += 1) {
    const row = [i]
    for (let j = 1; j <= b.length; j += 1) {
      const same = a[i - 1] === b[j - 1]
      let best = Math.min((last[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1, (last[j - 1] ?? 0) + (same ? 0 : 1))
      const swapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]
      if (swapped) best = Math.min(best, (beforeLast[j - 2] ?? 0) + 1)
      row[j] = best
    }
    beforeLast = last
    last = row
  }
  return last[b.length] ?? 0
}

/** Letter case and the choice between `_`, `-` and nothing are no difference between keys. */
function plain(word: string): string {
  return word.toLowerCase().replaceAll(/[^a-z0-9]/g, '')
}

/** The known word that is at most a third of its length away; undefined when none is that near. */
export function nearest(word: string, known: readonly string[]): string | undefined {
  // Longer than any key: no typing mistake, and the table would grow with it.
  if (word.length > 60) return undefined
  const ranked = known
    .map((candidate) => ({ candidate, away: distance(plain(word), plain(candidate)) }))
    .filter(({ candidate, away }) => away <= Math.max(1, Math.floor(candidate.length / 3)))
    .sort((a, b) => a.away - b.away || a.candidate.localeCompare(b.candidate, 'en'))
  return ranked[0]?.candidate
}
