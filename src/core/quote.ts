/** The quote: what a run will probably cost, from what this repository's own runs did cost. */
import type { Quote } from './plan.ts'

/** What a finished run says about the next one. `minutes` is from label to end, waiting for people left out. */
export interface FinishedRun {
  readonly outcome: string
  readonly spent: { readonly usd: number }
  readonly minutes: number
}

/** Fewer than this many runs make no range. */
const ENOUGH = 3
/** Before there are any: a one-file fix at the low end, several rounds over a feature at the high end. */
const FIRST_RANGE: Quote = { usd: [0.5, 5], minutes: [5, 40], basis: 0 }
/** Runs that broke off say what stopping costs, not what a change costs. */
const BROKEN_OFF: ReadonlySet<string> = new Set(['stopped', 'failed', 'blocked', 'paused', 'needs_info'])

/** Quantile by linear interpolation between the two nearest values; `sorted` must not be empty. */
function quantile(sorted: readonly number[], share: number): number {
  const place = (sorted.length - 1) * share
  const low = sorted[Math.floor(place)] ?? 0
  const high = sorted[Math.ceil(place)] ?? low
  return low + (high - low) * (place - Math.floor(place))
}

function middleHalf(values: readonly number[]): readonly [number, number] {
  const sorted = values.toSorted((a, b) => a - b)
  return [quantile(sorted, 0.25), quantile(sorted, 0.75)]
}

/**
 * The middle half of what finished runs used, in US dollars (to the cent) and minutes (whole, at least 1). `basis` says
 * how many runs it rests on; below three it is a fixed range and `basis` is 0, so that nobody takes it for experience.
 */
export function quoteFrom(pastRuns: readonly FinishedRun[]): Quote {
  const finished = pastRuns.filter(
    (run) =>
      !BROKEN_OFF.has(run.outcome) &&
      Number.isFinite(run.spent.usd) &&
      Number.isFinite(run.minutes) &&
      run.spent.usd >= 0 &&
      run.minutes >= 0,
  )
  if (finished.length < ENOUGH) return FIRST_RANGE
  const usd = middleHalf(finished.map((run) => run.spent.usd))
  const minutes = middleHalf(finished.map((run) => run.minutes))
  return {
    usd: [Math.floor(usd[0] * 100) / 100, Math.ceil(usd[1] * 100) / 100],
    minutes: [Math.max(1, Math.floor(minutes[0])), Math.max(1, Math.ceil(minutes[1]))],
    basis: finished.length,
  }
}
