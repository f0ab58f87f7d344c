import { describe, expect, it } from '@jest/globals'
import { BOB, later } from '../support/states.ts'
import { eventOf, everywhere, NO_RUN, outcomeOf, OVER, RUN_AT, say } from './command-bench.ts'

describe('/mill pause', () => {
  it('holds a run that is at work', () => {
    expect(everywhere('/mill pause')).toEqual({
      intake: 'pause_requested → paused',
      planning: 'pause_requested → paused',
      awaiting_approval: 'pause_requested → paused',
      specifying: 'pause_requested → paused',
      coding: 'pause_requested → paused',
      verifying: 'pause_requested → paused',
      reviewing: 'pause_requested → paused',
      publishing: 'pause_requested → paused',
      integrating: 'pause_requested → paused',
      needs_info: 'There is nothing to pause: I am waiting for answers already.',
      blocked: 'There is nothing to pause: the run is blocked at `coding` already.',
      paused: 'There is nothing to pause: the run is paused at `coding` already.',
      publish_gate: 'There is nothing to pause: the run is paused at `publishing` already.',
      ...OVER,
    })
  })

  it('says who said it, and when they wrote it', () => {
    const said = say('/mill pause', { run: RUN_AT.coding(), at: later(40) })
    expect(eventOf(said)).toEqual({ kind: 'pause_requested', at: later(40), by: BOB })
  })

  it('takes no words, and says so rather than guess', () => {
    expect(outcomeOf(say('/mill pause until Monday', { run: RUN_AT.coding() }))).toBe(
      'I did not take `until Monday` behind `/mill pause` to mean anything, so I did nothing: `/mill pause` stands alone; notes for people go on the lines below it.',
    )
    expect(outcomeOf(say('/mill pause\n\nuntil Monday', { run: RUN_AT.coding() }))).toBe(
      'pause_requested → paused',
    )
  })

  it('says where there is no run', () => {
    expect(outcomeOf(say('/mill pause'))).toBe(NO_RUN)
  })
})
