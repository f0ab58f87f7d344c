/** Which commits a run needs wherever it goes on. */
import { describe, expect, it } from '@jest/globals'
import { commitsOf } from '../../src/core/commits-of.ts'
import { intakeState, returned, SHA, stateAt, stateUnder } from '../support/states.ts'

describe('the commits of a run', () => {
  it('are none before there is a base', () => {
    expect(commitsOf(intakeState())).toEqual([])
  })

  it('are the base alone until there is something on it', () => {
    expect(commitsOf(stateAt('planning'))).toEqual([SHA('1')])
    expect(commitsOf(stateAt('specifying'))).toEqual([SHA('1')])
  })

  it('hold the commit that the config is read from, where that is an older one', () => {
    expect(commitsOf(stateUnder({ config_commit: SHA('9') }, 'planning'))).toEqual([SHA('9'), SHA('1')])
  })

  it('hold the locked tests, then the change, newest last and each once', () => {
    expect(commitsOf(stateAt('coding'))).toEqual([SHA('1'), SHA('2')])
    for (const stage of ['verifying', 'reviewing', 'publishing', 'integrating'] as const)
      expect(commitsOf(stateAt(stage))).toEqual([SHA('1'), SHA('2'), SHA('3')])
  })

  it('hold the change that goes back to the coder, and not what was made at the forge', () => {
    expect(commitsOf(returned())).toEqual([SHA('1'), SHA('2'), SHA('3')])
  })

  it('are those it would go on from while it is held', () => {
    const state = stateAt('verifying')
    if (state.at.stage !== 'verifying') throw new Error(state.at.stage)
    const reason = { code: 'internal', detail: '' }
    const held = { ...state, at: { stage: 'blocked' as const, reason, from: state.at } }
    expect(commitsOf(held)).toEqual(commitsOf(state))
  })
})
