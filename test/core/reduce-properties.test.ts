import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { awaitedApproval } from '../../src/core/awaited-approval.ts'
import { EVENT_KINDS } from '../../src/core/event.ts'
import { reduce } from '../../src/core/reduce.ts'
import type { RunState } from '../../src/core/state.ts'
import { pullOf, runState, workingPositionOf } from '../../src/core/state.ts'
import { isTerminal } from '../../src/core/stage.ts'
import { arbitraryEvent, fitted } from './arbitrary-event.ts'
import { arbitraryState } from './arbitrary-state.ts'
import { atPublishGate, intakeState, proposed, returned, stateAt } from '../support/states.ts'

/** Half of the events fit the run they are told to, so that both the guards and the edges behind them are met. */
const told = fc.tuple(arbitraryEvent, fc.boolean())

/** What must hold after any event at any state. */
function checkStep(before: RunState, [event, fits]: [Parameters<typeof fitted>[0], boolean]): RunState {
  const reduced = reduce(before, fits ? fitted(event, before) : event)
  if (!reduced.ok) {
    expect(['not_here', 'guard_failed', 'stale_attempt']).toContain(reduced.refusal.code)
    return before
  }
  const { state, effects } = reduced
  expect(state.rev).toBe(before.rev + 1)
  expect(runState.safeParse(state).error?.issues ?? []).toEqual([])
  // Answers that come with another tree are a bug of the stage that made them, and end the run as one.
  if (state.at.stage === 'failed' && event.kind !== 'remarks_answered')
    expect(state.at.reason.detail).not.toMatch(/^no way to|^merged by/)
  if (state.at.stage === 'merged') expect(pullOf(before)).toBeDefined()
  if (isTerminal(state.at.stage)) expect(state.pending).toEqual([])
  expect(isTerminal(before.at.stage)).toBe(false)
  for (const effect of effects) expect(effect.id).toMatch(new RegExp(`^${state.run}\\.${state.rev}\\.\\d$`))
  // Caps hold over the whole run: nothing takes back what was used, or starts the count of rounds anew.
  expect(state.rounds).toBeGreaterThanOrEqual(before.rounds)
  expect(state.spent.usd).toBeGreaterThanOrEqual(before.spent.usd)
  return state
}

describe('reduce', () => {
  it('answers every event at every state, never throws, and yields only states that its schema accepts', () => {
    const seen = new Set<string>()
    fc.assert(
      fc.property(arbitraryState, told, (state, event) => {
        seen.add(event[0].kind)
        checkStep(state, event)
      }),
      { numRuns: 1000 },
    )
    expect([...seen].sort()).toEqual([...EVENT_KINDS].sort())
  })

  it('does so over any sequence of events, from every place that a run can really be at', () => {
    const starts = [
      intakeState(),
      ...(['planning', 'coding', 'verifying', 'reviewing', 'publishing', 'integrating'] as const).map((s) =>
        stateAt(s),
      ),
      returned(),
      atPublishGate(),
      proposed(),
    ]
    fc.assert(
      fc.property(fc.constantFrom(...starts), fc.array(told, { maxLength: 20 }), (start, events) => {
        events.reduce(checkStep, start)
      }),
      { numRuns: 300 },
    )
  })

  it('is the same twice', () => {
    fc.assert(
      fc.property(arbitraryState, arbitraryEvent, (state, event) => {
        const before = JSON.stringify(state)
        expect(reduce(state, event)).toEqual(reduce(state, event))
        expect(JSON.stringify(state)).toBe(before)
      }),
    )
  })

  it('changes nothing but the hold when somebody holds or lifts it, and leaves the work running', () => {
    const kind = fc.constantFrom('hold_requested' as const, 'unhold_requested' as const)
    fc.assert(
      fc.property(arbitraryState, kind, (state, word) => {
        const by = { id: 12, login: 'bob' }
        const reduced = reduce(state, { kind: word, at: '2026-11-20T17:00:00.000Z', by })
        const meant = (state.hold === null) === (word === 'hold_requested')
        expect(reduced.ok).toBe(meant && !isTerminal(state.at.stage))
        if (!reduced.ok) return
        const { rev, hold, ...rest } = reduced.state
        const { rev: revBefore, hold: _hold, ...before } = state
        expect(rest).toEqual(before)
        expect(rev).toBe(revBefore + 1)
        expect(hold).toEqual(word === 'hold_requested' ? { by, at: '2026-11-20T17:00:00.000Z' } : null)
        expect(reduced.effects).toEqual([])
      }),
    )
  })

  it('takes an approval for exactly the hash that waits, and for no other', () => {
    fc.assert(
      fc.property(arbitraryState, arbitraryEvent, (state, event) => {
        fc.pre(event.kind === 'plan_approved' || event.kind === 'publish_approved')
        const named = event.kind === 'plan_approved' ? event.plan_hash : event.tree
        const waits = awaitedApproval(state)
        const what = event.kind === 'plan_approved' ? 'plan' : 'change'
        const holds = waits?.what === what && waits.hash.startsWith(named)
        expect(reduce(state, event).ok).toBe(holds)
      }),
      { numRuns: 200 },
    )
  })

  it('lets nothing but the approval of its tree publish a change that waits for one', () => {
    fc.assert(
      fc.property(told, ([event, fits]) => {
        const state = atPublishGate()
        const one = fits ? fitted(event, state) : event
        const reduced = reduce(state, one)
        const publishes = reduced.ok && workingPositionOf(reduced.state).stage === 'publishing'
        const goesOn = publishes && reduced.state.at.stage === 'publishing'
        if (goesOn) expect(one).toMatchObject({ kind: 'publish_approved', tree: '4'.repeat(40) })
      }),
      { numRuns: 1000 },
    )
  })
})
