/** reduce(state, event): the next state and what to do, or a refusal. Pure; never throws; reads no clock. */
import { progressKeys } from './breaker.ts'
import type { Effect, EffectKind } from './effect.ts'
import type { RunEvent, WorkResult } from './event.ts'
import { guardHolds } from './guards.ts'
import { nextPosition } from './next-position.ts'
import type { Refusal } from './refusal.ts'
import { addContinuity, addSpend } from './spend.ts'
import type { RunState, Visit } from './state.ts'
import { workingPositionOf } from './state.ts'
import { edgesFor, WORK_OF } from './transitions.ts'

export type Reduced =
  | { readonly ok: true; readonly state: RunState; readonly effects: readonly Effect[] }
  | { readonly ok: false; readonly refusal: Refusal }

function isResult(event: RunEvent): event is WorkResult {
  return 'attempt' in event
}

function visitOf(state: RunState, event: RunEvent): Visit {
  const used = isResult(event) ? event.spent : undefined
  return {
    stage: state.at.stage,
    started_at: state.entered_at,
    ended_at: event.at,
    usd: used?.usd ?? 0,
    turns: used?.turns ?? 0,
  }
}

/** The effects of an edge; arriving back from a hold asks again for the work of the stage the run was held at. */
function effectKinds(state: RunState, emit: readonly EffectKind[], resumes: boolean): readonly EffectKind[] {
  if (!resumes) return emit
  const work = WORK_OF[workingPositionOf(state).stage]
  return work ? [...emit, work] : emit
}

export function reduce(state: RunState, event: RunEvent): Reduced {
  const stage = state.at.stage
  if (isResult(event) && !state.pending.some((effect) => effect.id === event.attempt)) {
    return { ok: false, refusal: { code: 'stale_attempt', attempt: event.attempt } }
  }
  const edges = edgesFor(stage, event.kind)
  if (edges.length === 0) return { ok: false, refusal: { code: 'not_here', stage, event: event.kind } }
  const edge = edges.find((candidate) => !candidate.guard || guardHolds(candidate.guard, state, event))
  if (!edge) return { ok: false, refusal: { code: 'guard_failed', stage, event: event.kind } }

  const rev = state.rev + 1
  const kinds = effectKinds(state, edge.emit ?? [], edge.to === 'held')
  const effects = kinds.map((kind, index) => ({ id: `${state.run}.${rev}.${index}`, kind }))
  const at = nextPosition(state, event, edge)
  const next: RunState = {
    ...state,
    rev,
    at,
    entered_at: event.at,
    visits: [...state.visits, visitOf(state, event)].slice(-100),
    spent: isResult(event) ? addSpend(state.spent, event.spent) : state.spent,
    continuity: isResult(event) ? addContinuity(state.continuity, event.continuity) : state.continuity,
    rounds:
      at.stage === 'coding' && stage !== 'specifying' && isResult(event) ? state.rounds + 1 : state.rounds,
    seen: event.kind === 'retry_requested' ? [] : [...state.seen, ...progressKeys(event)].slice(-200),
    // Every edge ends the stage it leaves, so whatever that stage had asked for is not waited for any more.
    pending: effects.filter((effect) => effect.kind !== 'cancel_work'),
  }
  return { ok: true, state: next, effects }
}
