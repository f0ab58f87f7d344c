import { describe, expect, it } from '@jest/globals'
import { ALICE, BOB, later } from '../support/states.ts'
import { eventOf, everywhere, NO_RUN, outcomeOf, OVER, RUN_AT, say } from './command-bench.ts'

const held = () => ({ ...RUN_AT.integrating(), hold: { by: ALICE, at: later(80) } })

describe('/mill unhold', () => {
  it('has nothing to lift where nobody said hold', () => {
    expect(everywhere('/mill unhold')).toEqual({
      intake: 'It is not on hold, so there is nothing to lift.',
      planning: 'It is not on hold, so there is nothing to lift.',
      awaiting_approval: 'It is not on hold, so there is nothing to lift.',
      specifying: 'It is not on hold, so there is nothing to lift.',
      coding: 'It is not on hold, so there is nothing to lift.',
      verifying: 'It is not on hold, so there is nothing to lift.',
      reviewing: 'It is not on hold, so there is nothing to lift.',
      publishing: 'It is not on hold, so there is nothing to lift.',
      integrating: 'It is not on hold, so there is nothing to lift.',
      needs_info: 'It is not on hold, so there is nothing to lift.',
      blocked: 'It is not on hold, so there is nothing to lift.',
      paused: 'It is not on hold, so there is nothing to lift.',
      publish_gate: 'It is not on hold, so there is nothing to lift.',
      ...OVER,
    })
  })

  it('lifts a hold, and the run stays where it is', () => {
    const said = say('/mill unhold', { run: held(), at: later(90) })
    expect(eventOf(said)).toEqual({ kind: 'unhold_requested', at: later(90), by: BOB })
    expect(outcomeOf(said)).toBe('unhold_requested → integrating')
    expect(said).toMatchObject({ state: { hold: null } })
  })

  it('takes no words, and says so rather than guess', () => {
    expect(outcomeOf(say('/mill unhold it', { run: held() }))).toBe(
      'I did not take `it` behind `/mill unhold` to mean anything, so I did nothing: `/mill unhold` stands alone; notes for people go on the lines below it.',
    )
  })

  it('says where there is no run', () => {
    expect(outcomeOf(say('/mill unhold'))).toBe(NO_RUN)
  })
})
