/** The commits of a run, which its state names and only a git directory holds: on this machine, or brought to it. */
import type { RunState } from '../core/state.ts'

export interface RunFiles {
  /**
   * Makes what the state names be here. `gone`: neither this machine nor the forge has it (below trust level 2 nothing
   * is pushed). Cheap where everything is here; `again` fetches what an attempt elsewhere may have left.
   */
  bring(state: RunState, again: boolean): Promise<'there' | 'gone'>
  /** Everything the state names stays, and from trust level 2 on is pushed, so that another machine can go on. */
  share(state: RunState): Promise<void>
  /** The run has ended: nothing of it is needed any more, here or at the forge. */
  drop(state: RunState): Promise<void>
}
