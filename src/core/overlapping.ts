/** Which other open runs of the repository write the same files as this one. */
import type { RunState } from './state.ts'
import { isPastPlanning, workingPositionOf } from './state.ts'
import { isTerminal } from './stage.ts'

interface Overlap {
  readonly state: RunState
  /** Paths as the plans name them; of a folder and something in it, the latter. */
  readonly files: readonly string[]
}

/**
 * Runs that are past planning, held ones too, since they go on with what they have written. Those that wait for files
 * themselves have written nothing, so of two plans the one that came first goes on.
 */
export function overlapping(state: RunState, openRuns: readonly RunState[]): readonly Overlap[] {
  const paths = pathsOf(state)
  return openRuns
    .filter((other) => isAnother(state, other) && !waitsForFiles(other))
    .map((other) => ({ state: other, files: shared(paths, pathsOf(other)) }))
    .filter(({ files }) => files.length > 0)
}

function isAnother(state: RunState, other: RunState): boolean {
  const sameRepository = other.issue.repo.id === state.issue.repo.id
  return sameRepository && other.issue.number !== state.issue.number && !isTerminal(other.at.stage)
}

function waitsForFiles({ at }: RunState): boolean {
  return at.stage === 'blocked' && at.reason.code === 'waits_for_run'
}

function pathsOf(state: RunState): readonly string[] {
  const from = workingPositionOf(state)
  return isPastPlanning(from) ? from.plan.files.map(({ path }) => path) : []
}

function shared(ours: readonly string[], theirs: readonly string[]): string[] {
  const found = ours.flatMap((one) =>
    theirs.flatMap((other) => (isWithin(one, other) ? [one] : isWithin(other, one) ? [other] : [])),
  )
  return [...new Set(found)]
}

/** Many disks tell names apart neither by case nor by how an accent is written. */
function folded(path: string): string {
  return path.normalize('NFC').toLowerCase()
}

function isWithin(path: string, folder: string): boolean {
  return `${folded(path)}/`.startsWith(`${folded(folder)}/`)
}
