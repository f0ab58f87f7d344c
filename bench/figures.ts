/** Figures of several measurements, rounded to what they are good for. */

/** Of numbers in any order; the nearest one that was measured, nothing between two. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((left, right) => left - right)
  const place = Math.min(sorted.length - 1, Math.floor(sorted.length * share))
  return sorted[place] ?? Number.NaN
}

export function median(values: readonly number[]): number {
  return quantile(values, 0.5)
}

/** Three digits: more would be the machine's mood. */
export function rounded(value: number): number {
  return Number(value.toPrecision(3))
}

export interface Spread {
  readonly median: number
  readonly least: number
  readonly most: number
  /** How often it was measured. */
  readonly of: number
}

export function spread(values: readonly number[]): Spread {
  return {
    median: rounded(median(values)),
    least: rounded(Math.min(...values)),
    most: rounded(Math.max(...values)),
    of: values.length,
  }
}

export function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0)
}
