import { describe, expect, it } from '@jest/globals'
import { BOB, later } from '../support/states.ts'
import { eventOf, everywhere, NO_RUN, outcomeOf, OVER, RUN_AT, say } from './command-bench.ts'

describe('/mill stop', () => {
  it('ends every run that is not over', () => {
    expect(everywhere('/mill stop')).toEqual({
      intake: 'stop_requested → stopped',
      planning: 'stop_requested → stopped',
      awaiting_approval: 'stop_requested → stopped',
      specifying: 'stop_requested → stopped',
      coding: 'stop_requested → stopped',
      verifying: 'stop_requested → stopped',
      reviewing: 'stop_requested → stopped',
      publishing: 'stop_requested → stopped',
      integrating: 'stop_requested → stopped',
      needs_info: 'stop_requested → stopped',
      blocked: 'stop_requested → stopped',
      paused: 'stop_requested → stopped',
      publish_gate: 'stop_requested → stopped',
      ...OVER,
    })
  })

  it.each([
    '/mill stop now please',
    '/mill STOP!',
    '/mill stop\n\nThe numbers were wrong.',
    '/mill stop 123',
  ])('is not missed for what else was written: %j', (comment) => {
    const said = say(comment, { run: RUN_AT.coding(), at: later(40) })
    expect(eventOf(said)).toEqual({ kind: 'stop_requested', at: later(40), by: BOB })
  })

  it('says where there is nothing to stop', () => {
    expect(outcomeOf(say('/mill stop'))).toBe(NO_RUN)
  })
})
