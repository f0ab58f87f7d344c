/** The commits of a run, which its state names and only a git directory holds: on this machine, or brought to it. */
import type { RunState } from '../core/state.ts'

export interface RunFiles {
  /**
   * Makes what the state names be here. `gone`: neither this machine has it, nor the forge, nor (below trust level 2,
   * where nothing is pushed) the database. Cheap where everything is here; `again` fetches what an attempt elsewhere may have left.
   */
  bring(state: RunState, again: boolean): Promise<'there' | 'gone'>
  /** Everything the state names stays, and is pushed, or below trust level 2 put into the database: others can go on. */
  share(state: RunState): Promise<void>
  /** The run has ended: nothing of it is needed any more, here or at the forge. */
  drop(state: RunState): Promise<void>
}
