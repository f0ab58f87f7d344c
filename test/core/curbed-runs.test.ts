/** Runs whose rights or config changed since they began. */
import { describe, expect, it } from '@jest/globals'
import type { RunEvent } from '../../src/core/event.ts'
import { lowerPolicy } from '../../src/core/lower-policy.ts'
import { reduce } from '../../src/core/reduce.ts'
import { specOf } from '../../src/core/state.ts'
import type { RunState } from '../../src/core/state.ts'
import { atPublishGate, BOB, later, mustReduce, POLICY, stateAt } from '../support/states.ts'

const forbidden = {
  kind: 'work_forbidden',
  at: later(99),
  run: 'abcde12345',
  code: 'permission_lost',
  detail: 'alice has none',
} as const
const lowered = {
  kind: 'config_lowered',
  at: later(99),
  run: 'abcde12345',
  trust: 1,
  caps: { usd: 9, turns: 20 },
} as const
const by = { at: later(120), by: BOB }

const policyOf = (state: RunState) => specOf(state)?.policy

describe('the lower of two policies', () => {
  it('is the lower of each part, remembers what the run began with, and is none where nothing is lower', () => {
    const once = lowerPolicy(POLICY, { trust: 5, caps: { usd: 2, turns: 500 } })
    expect(once).toEqual({
      ...POLICY,
      caps: { usd: 2, turns: 150 },
      began_with: { trust: 2, caps: POLICY.caps },
    })
    expect(once && lowerPolicy(once, { trust: 1, caps: { usd: 3, turns: 10 } })).toEqual({
      ...POLICY,
      trust: 1,
      caps: { usd: 2, turns: 10 },
      began_with: { trust: 2, caps: POLICY.caps },
    })
    expect(lowerPolicy(POLICY, { trust: 2, caps: { usd: 5, turns: 151 } })).toBeUndefined()
  })
})

describe('a run that the config allows less', () => {
  it.each(['coding', 'publishing', 'integrating'] as const)('F-51: at %s goes on with less', (stage) => {
    const state = stateAt(stage)
    const reduced = reduce(state, lowered)
    if (!reduced.ok) throw new Error(reduced.refusal.code)
    expect(reduced.effects).toEqual([])
    expect(reduced.state).toMatchObject({ pending: state.pending, entered_at: state.entered_at })
    expect(reduced.state.at.stage).toBe(stage)
    expect(policyOf(reduced.state)).toMatchObject({ trust: 1, caps: { usd: 5, turns: 20 } })
    expect(reduce(reduced.state, lowered)).toMatchObject({ refusal: { code: 'guard_failed' } })
  })

  it('is not told by what was said of another run of the issue, nor while it is held', () => {
    const other = { ...lowered, run: 'zzzzz12345' }
    expect(reduce(stateAt('coding'), other)).toMatchObject({ refusal: { code: 'guard_failed' } })
    expect(reduce(atPublishGate(), lowered)).toMatchObject({ refusal: { code: 'not_here' } })
  })
})

describe('a run that may not go on', () => {
  it.each(['coding', 'publishing', 'integrating'] as const)(
    'F-49, F-51: at %s waits for a person, and goes on from there',
    (stage) => {
      const before = stateAt(stage)
      const state = mustReduce(before, forbidden)
      expect(state.at).toEqual({
        stage: 'paused',
        by: null,
        reason: { code: 'permission_lost', detail: 'alice has none' },
        from: before.at,
      })
      const again = reduce(state, { kind: 'resume_requested', ...by })
      expect(again.ok && [again.state.at.stage, again.effects.map(({ kind }) => kind)]).toEqual([
        stage,
        before.pending.map(({ kind }) => kind),
      ])
    },
  )

  it('counts no visit of a stage whose work was not begun', () => {
    const before = stateAt('coding')
    expect(mustReduce(before, forbidden).visits).toEqual(before.visits)
    expect(mustReduce(stateAt('integrating'), forbidden).visits.at(-1)?.stage).toBe('integrating')
  })

  it('is not told by what was said of another run of the issue', () => {
    const other = { ...forbidden, run: 'zzzzz12345' }
    expect(reduce(stateAt('coding'), other)).toMatchObject({ refusal: { code: 'guard_failed' } })
  })

  it('F-49: is from then on asked for by whoever lets it go on, and only where nobody answers for it any more', () => {
    const goOn: readonly RunEvent[] = [
      { kind: 'resume_requested', ...by },
      { kind: 'retry_requested', ...by, stage: null },
    ]
    for (const event of goOn) {
      expect(mustReduce(mustReduce(stateAt('coding'), forbidden), event).requester).toEqual(BOB)
      const changed = mustReduce(stateAt('coding'), { ...forbidden, code: 'config_changed' })
      expect(mustReduce(changed, event).requester).toEqual(stateAt('coding').requester)
    }
    const stopped = mustReduce(mustReduce(stateAt('coding'), forbidden), { kind: 'stop_requested', ...by })
    expect(stopped.requester).toEqual(stateAt('coding').requester)
  })
})
