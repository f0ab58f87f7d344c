import { describe, expect, it } from '@jest/globals'
import { BOB, later } from '../support/states.ts'
import { eventOf, everywhere, NO_RUN, outcomeOf, OVER, RUN_AT, say } from './command-bench.ts'

describe('/mill resume', () => {
  it('goes on where a run is held, but is no way round an approval', () => {
    expect(everywhere('/mill resume')).toEqual({
      intake: 'There is nothing to resume: I am at it (`intake`).',
      planning: 'There is nothing to resume: I am at it (`planning`).',
      awaiting_approval:
        'There is nothing to resume: the plan waits for approval, and `/mill approve bbbbbbbbbbbb` approves it.',
      specifying: 'There is nothing to resume: I am at it (`specifying`).',
      coding: 'There is nothing to resume: I am at it (`coding`).',
      verifying: 'There is nothing to resume: I am at it (`verifying`).',
      reviewing: 'There is nothing to resume: I am at it (`reviewing`).',
      publishing: 'There is nothing to resume: I am at it (`publishing`).',
      integrating:
        'There is nothing to resume: the change is published as #13, and `/mill revise` asks for a different one.',
      needs_info: 'There is nothing to resume: I go on by myself when somebody answers my questions.',
      blocked: 'resume_requested → coding',
      paused: 'resume_requested → coding',
      publish_gate:
        "The change waits for a person's approval, and nothing else lets it go on: `/mill approve 444444444444` approves it, `/mill stop` ends the run.",
      ...OVER,
    })
  })

  it('says who said it, and when they wrote it', () => {
    const said = say('/mill resume', { run: RUN_AT.paused(), at: later(40) })
    expect(eventOf(said)).toEqual({ kind: 'resume_requested', at: later(40), by: BOB })
  })

  it('takes no words, and says so rather than guess', () => {
    expect(outcomeOf(say('/mill resume until Monday', { run: RUN_AT.paused() }))).toBe(
      'I did not take `until Monday` behind `/mill resume` to mean anything, so I did nothing: `/mill resume` stands alone; notes for people go on the lines below it.',
    )
    expect(outcomeOf(say('/mill resume\n\nuntil Monday', { run: RUN_AT.paused() }))).toBe(
      'resume_requested → coding',
    )
  })

  it('says where there is no run', () => {
    expect(outcomeOf(say('/mill resume'))).toBe(NO_RUN)
  })
})
