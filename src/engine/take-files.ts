/** Two runs of one repository do not write the same files at once: the second waits before its first line is written. */
import type { EventKind, RunEvent } from '../core/event.ts'
import { overlapping } from '../core/overlapping.ts'
import { reduce } from '../core/reduce.ts'
import type { Reduced } from '../core/reduce.ts'
import type { EngineDeps } from './deps.ts'

type Moved = Extract<Reduced, { ok: true }>

/** By which a run comes to write. A person's word (`/mill resume`) is not among them: whoever says it knows. */
const COMES_TO_WRITE: ReadonlySet<EventKind> = new Set(['plan_made', 'plan_approved', 'files_free'])

/**
 * Saves a move, or the wait that takes its place. Under a lock of the repository: of two plans made at the same moment,
 * one must see the other.
 */
export async function takeFiles<T>(
  deps: EngineDeps,
  { event, reduced }: { event: RunEvent; reduced: Moved },
  save: (next: Moved) => Promise<T>,
): Promise<T> {
  const { state } = reduced
  if (state.at.stage !== 'specifying' || !COMES_TO_WRITE.has(event.kind)) return save(reduced)
  const repo = state.issue.repo.id
  return deps.locks.withLock(`files.${repo}`, async () => {
    const others = overlapping(state, await deps.store.openRuns(repo))
    if (others.length === 0) return save(reduced)
    const runs = others.map((other) => ({ issue: other.state.issue.number, run: other.state.run }))
    const files = [...new Set(others.flatMap((other) => other.files))]
    const waits = reduce(state, { kind: 'files_taken', at: event.at, runs, files })
    if (!waits.ok)
      throw new Error(`a run at ${state.at.stage} could not be made to wait: ${waits.refusal.code}`)
    deps.log.info('waits_for_run', { run: state.run, issues: runs.map(({ issue }) => `#${issue}`).join(' ') })
    return save(waits)
  })
}
