/** reduce(state, event): the next state and what to do, or a refusal. Pure; never throws; reads no clock. */
import { progressKeys } from './breaker.ts'
import type { Effect, EffectKind } from './effect.ts'
import type { EventKind, RunEvent, WorkResult } from './event.ts'
import { guardHolds } from './guards.ts'
import { lowerPosition } from './lower-policy.ts'
import { nextPosition } from './next-position.ts'
import type { Refusal } from './refusal.ts'
import { addContinuity, addSpend } from './spend.ts'
import type { Position, RunState, Visit } from './state.ts'
import { edgesFor, WORK_OF } from './transitions.ts'
import type { Edge } from './transitions.ts'

export type Reduced =
  | { readonly ok: true; readonly state: RunState; readonly effects: readonly Effect[] }
  | { readonly ok: false; readonly refusal: Refusal }

/** What an attempt says of itself counts while it is waited for; what it has cost, always. */
function isOfAttempt(event: RunEvent): event is Extract<RunEvent, { attempt: string }> {
  return 'attempt' in event && event.kind !== 'work_cancelled'
}

function isResult(event: RunEvent): event is WorkResult {
  return isOfAttempt(event) && event.kind !== 'work_delayed' && event.kind !== 'files_lost'
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

/** A stage that a run came to and had to leave before its work was asked for. */
function wasNeverBegun({ at }: RunState, event: RunEvent): boolean {
  return event.kind === 'files_taken' || (event.kind === 'work_forbidden' && at.stage !== 'integrating')
}

/** Where whoever asked has lost the right to, the one who lets it go on has asked from then on. */
function requesterOf({ at, requester }: RunState, event: RunEvent): RunState['requester'] {
  const isOrphaned = at.stage === 'paused' && at.reason.code === 'permission_lost'
  const takesOver = event.kind === 'resume_requested' || event.kind === 'retry_requested'
  return isOrphaned && takesOver ? event.by : requester
}

/** The effects of an edge; arriving back from a hold asks again for the work of the stage that is gone on from. */
function effectKinds(edge: Edge, at: Position): readonly EffectKind[] {
  const emit = edge.emit ?? []
  if (edge.to !== 'held' || 'from' in at) return emit
  const work = WORK_OF[at.stage]
  return work ? [...emit, work] : emit
}

/** A return to coding, whoever asked for it: the caps hold over all of them. Going on from a hold is none. */
function isRound(state: RunState, edge: Edge): boolean {
  if (edge.to === 'verifying') return state.at.stage === 'integrating'
  return edge.to === 'coding' && state.at.stage !== 'specifying'
}

/** Nobody asked for it, so the comment says why. */
function isPlannedAnew(event: RunEvent, edge: Edge): boolean {
  return edge.to === 'planning' && (event.kind === 'files_lost' || event.kind === 'state_rebuilt')
}

/** People may ask for what was there before; the breaker is for the factory going in circles by itself. */
const FORGET: ReadonlySet<EventKind> = new Set([
  'retry_requested',
  'change_returned',
  'change_revised',
  'base_taken_in',
  // What is made again after it was lost is the same as before, and no circle.
  'state_rebuilt',
  'files_lost',
])

/** Something is noted on a run that stays where it is, and its work goes on. */
function noted(state: RunState, event: RunEvent): RunState {
  const next = { ...state, rev: state.rev + 1 }
  if (event.kind === 'hold_requested') return { ...next, hold: { by: event.by, at: event.at } }
  if (event.kind === 'unhold_requested') return { ...next, hold: null }
  if (event.kind === 'work_delayed') {
    const { until, code } = event
    return { ...next, waits: { until, code, since: state.waits?.since ?? event.at } }
  }
  if (event.kind === 'work_cancelled') {
    const spent = addSpend(state.spent, event.spent)
    const waits = state.pending.some(({ id }) => id === event.attempt) ? null : state.waits
    return { ...next, waits, spent, continuity: addContinuity(state.continuity, event.continuity) }
  }
  if (event.kind === 'merge_decided' && state.at.stage === 'integrating')
    return { ...next, at: { ...state.at, decision: event.decision } }
  if (event.kind === 'config_lowered') return { ...next, at: lowerPosition(state.at, event) ?? state.at }
  return next
}

export function reduce(state: RunState, event: RunEvent): Reduced {
  const stage = state.at.stage
  if (isOfAttempt(event) && !state.pending.some((effect) => effect.id === event.attempt)) {
    return { ok: false, refusal: { code: 'stale_attempt', attempt: event.attempt } }
  }
  const edges = edgesFor(stage, event.kind)
  if (edges.length === 0) return { ok: false, refusal: { code: 'not_here', stage, event: event.kind } }
  const edge = edges.find((candidate) => !candidate.guard || guardHolds(candidate.guard, state, event))
  if (!edge) return { ok: false, refusal: { code: 'guard_failed', stage, event: event.kind } }

  if (edge.to === 'here') return { ok: true, state: noted(state, event), effects: [] }

  const rev = state.rev + 1
  const at = nextPosition(state, event, edge)
  const kinds = effectKinds(edge, at)
  const effects = kinds.map((kind, index) => ({ id: `${state.run}.${rev}.${index}`, kind }))
  const next: RunState = {
    ...state,
    rev,
    at,
    requester: requesterOf(state, event),
    entered_at: event.at,
    visits: wasNeverBegun(state, event) ? state.visits : [...state.visits, visitOf(state, event)].slice(-100),
    spent: isResult(event) ? addSpend(state.spent, event.spent) : state.spent,
    continuity: isResult(event) ? addContinuity(state.continuity, event.continuity) : state.continuity,
    rounds: isRound(state, edge) ? state.rounds + 1 : state.rounds,
    seen: FORGET.has(event.kind) ? [] : [...state.seen, ...progressKeys(event)].slice(-200),
    // Every edge ends the stage it leaves, so whatever that stage had asked for is not waited for any more.
    pending: effects.filter((effect) => effect.kind !== 'cancel_work'),
    waits: null,
    ...(isPlannedAnew(event, edge) ? { planned_anew_at: event.at } : {}),
  }
  return { ok: true, state: next, effects }
}
