/** A stage as the engine sees it: an effect goes in, what came of it comes out. */
import type { Effect } from '../core/effect.ts'
import type { StageOutcome } from '../core/event.ts'
import type { RunState } from '../core/state.ts'
import type { Meter } from './agents.ts'
import type { Progress } from './progress.ts'

export interface StageContext {
  /** The run as it was saved together with the effect. */
  readonly run: RunState
  readonly effect: Effect
  readonly signal: AbortSignal
  readonly progress: Progress
  readonly meter: Meter
}

/**
 * Carries out one effect. May be called again for the same effect after a crash, so it looks before it acts on the
 * forge. Rejects with StageFailure, UserError or RetryableError for what the engine translates, with the signal's
 * reason when aborted, and with anything else only for a bug of ours.
 */
export type StageRunner = (context: StageContext) => Promise<StageOutcome>
