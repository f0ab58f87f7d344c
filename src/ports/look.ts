/** A look at a published change: not an effect of the stage machine but an observation, like a webhook of our own. */
import type { RunEvent } from '../core/event.ts'
import type { RunState } from '../core/state.ts'
import type { Curb } from './curb.ts'
import type { Progress } from './progress.ts'

type Seen = Extract<
  RunEvent,
  {
    kind:
      | 'change_returned'
      | 'base_taken_in'
      | 'merge_decided'
      | 'pull_merged'
      | 'pull_closed'
      | 'issue_closed'
      | Curb['kind']
  }
>
/** What a look found that concerns the run; the engine adds the time. */
export type Sighting = Seen extends infer S ? (S extends Seen ? Omit<S, 'at'> : never) : never

export interface LookContext {
  /** The run as it is now, at `integrating`. */
  readonly run: RunState
  readonly signal: AbortSignal
  readonly progress: Progress
}

/**
 * Reads the pull request anew, posts answers that are due, and says what follows. Safe to repeat at any time: it looks
 * before it acts, and finds nothing where nothing changed. Rejects as a stage does (ports/stage).
 */
export type Look = (context: LookContext) => Promise<Sighting | undefined>
