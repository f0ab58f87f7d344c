/** Brings a state that an older program wrote up to date. One step for each version; a step is never changed again. */
import { SCHEMA_VERSION } from '../state.ts'

type Json = Readonly<Record<string, unknown>>

/** From the version it stands for to the next. What comes out is still to be checked. */
const STEPS: Readonly<Record<number, (state: Json) => Json>> = {
  1: (state) => ({ ...state, schema: 2, waits: null }),
}

/** As it came where it is no state, of this version, or of one that is newer or was never there. */
export function upToDate(value: unknown): unknown {
  let state = value
  // Bounded, so that a step which forgot to count up is a refused state and not a hang.
  for (let version = 1; version < SCHEMA_VERSION; version += 1) {
    const step = isState(state) && state['schema'] === version ? STEPS[version] : undefined
    if (step && isState(state)) state = step(state)
  }
  return state
}

function isState(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
