/** What curbs a run by now: rights and config as they are, against what intake found when the run began. */
import type { RunEvent } from '../core/event.ts'
import type { RunState } from '../core/state.ts'

type Curbing = Extract<RunEvent, { kind: 'work_forbidden' | 'config_lowered' }>
/** As the run is told of it; whoever asked adds the time. */
export type Curb = Curbing extends infer C ? (C extends Curbing ? Omit<C, 'at'> : never) : never

/**
 * Undefined where the run may go on as it is, and before intake is done, which looks for itself. Two conditional
 * requests. Throws RetryableError where it cannot be known now; a config with mistakes says nothing.
 */
export type FindCurb = (run: RunState) => Promise<Curb | undefined>
