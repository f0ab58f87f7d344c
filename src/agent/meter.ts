/** The run's purse: what is spent, what was served from cache, which regions of files were read already. */
import type { Meter } from '../ports/agents.ts'
import { addContinuity, addSpend, NO_CONTINUITY, NO_SPEND } from '../core/spend.ts'
import type { Caps, Spend } from '../core/spend.ts'

interface Lines {
  readonly start: number
  readonly end: number
}

const REGION = /^(.+):(\d+)-(\d+|end)$/

function parse(region: string): { path: string; lines: Lines } | undefined {
  const match = REGION.exec(region)
  if (!match) return undefined
  const [, path = '', start, end] = match
  return { path, lines: { start: Number(start), end: end === 'end' ? Infinity : Number(end) } }
}

/** Joins overlapping and touching ranges, so that two reads of neighbouring halves cover a later read of the whole. */
function merge(known: readonly Lines[], added: Lines): Lines[] {
  const apart = known.filter((lines) => lines.end + 1 < added.start || lines.start > added.end + 1)
  const joined = known.filter((lines) => !apart.includes(lines))
  const start = Math.min(added.start, ...joined.map((lines) => lines.start))
  const end = Math.max(added.end, ...joined.map((lines) => lines.end))
  return [...apart, { start, end }]
}

/** Which regions of files a run has read. Shared by its stages, so that reading again after a stage counts as again. */
export interface Regions {
  /** True the first time; false when the region lies inside known ones. */
  add(region: string): boolean
}

/** Regions are `path:start-end`, lines from 1, `end` for the end of the file. */
export function createRegions(): Regions {
  const known = new Map<string, Lines[]>()
  return {
    add(region) {
      const { path, lines } = parse(region) ?? { path: region, lines: { start: 1, end: Infinity } }
      const before = known.get(path) ?? []
      const covered = before.some((held) => held.start <= lines.start && held.end >= lines.end)
      if (!covered) known.set(path, merge(before, lines))
      return !covered
    },
  }
}

/** A meter with the run's caps. `already` is what earlier stages of the run spent and saw; `spent()` includes it. */
export function createMeter(limit: Caps, already: { spent?: Spend; regions?: Regions } = {}): Meter {
  let spent = already.spent ?? NO_SPEND
  let continuity = NO_CONTINUITY
  const regions = already.regions ?? createRegions()
  const counted = new Set<string>()
  return {
    limit,
    spent: () => spent,
    continuity: () => continuity,
    add: (moreSpend, moreContinuity, id) => {
      if (id !== undefined) {
        if (counted.has(id)) return
        counted.add(id)
      }
      spent = addSpend(spent, moreSpend)
      continuity = addContinuity(continuity, moreContinuity)
    },
    firstRead: (region) => regions.add(region),
  }
}
