import { describe, expect, it } from '@jest/globals'
import { BOB, later, stateAt } from '../support/states.ts'
import { eventOf, everywhere, NO_RUN, outcomeOf, OVER, pausedAt, RUN_AT, say } from './command-bench.ts'

describe('/mill retry', () => {
  it('does the work of the held stage again', () => {
    expect(everywhere('/mill retry')).toEqual({
      intake: 'There is nothing to try again: I am at it (`intake`).',
      planning: 'There is nothing to try again: I am at it (`planning`).',
      awaiting_approval:
        'There is nothing to try again: the plan waits for approval, and `/mill approve bbbbbbbbbbbb` approves it.',
      specifying: 'There is nothing to try again: I am at it (`specifying`).',
      coding: 'There is nothing to try again: I am at it (`coding`).',
      verifying: 'There is nothing to try again: I am at it (`verifying`).',
      reviewing: 'There is nothing to try again: I am at it (`reviewing`).',
      publishing: 'There is nothing to try again: I am at it (`publishing`).',
      integrating:
        'There is nothing to try again: the change is published as #13, and `/mill revise` asks for a different one.',
      needs_info: 'retry_requested → intake',
      blocked: 'retry_requested → coding',
      paused: 'retry_requested → coding',
      publish_gate:
        "The change waits for a person's approval, and nothing else lets it go on: `/mill approve 444444444444` approves it, `/mill stop` ends the run.",
      ...OVER,
    })
  })

  it.each([
    ['retry', null],
    ['retry coding', 'coding'],
    ['retry Planning', 'planning'],
    ['retry intake\n\nThe flaky network is mended.', 'intake'],
  ])('%j begins at %s', (words, stage) => {
    const said = say(`/mill ${words}`, { run: RUN_AT.blocked(), at: later(40) })
    expect(eventOf(said)).toEqual({ kind: 'retry_requested', at: later(40), by: BOB, stage })
  })

  it.each([
    [
      'retry publishing',
      'The run is blocked at `coding`, and from there it can begin again at `intake`, `planning`, `specifying` or `coding`.',
    ],
    ['retry plannig', 'There is no stage `plannig`; did you mean `/mill retry planning`?'],
    [
      'retry everything',
      'There is no stage `everything`; the stages are `intake`, `planning`, `awaiting_approval`, `specifying`, `coding`, `verifying`, `reviewing`, `publishing` and `integrating`.',
    ],
    [
      'retry coding please',
      'I did not take `coding please` behind `/mill retry` to mean anything, so I did nothing: it is said as `/mill retry [stage]`; notes for people go on the lines below it.',
    ],
  ])('%j is refused with one sentence', (words, sentence) => {
    expect(outcomeOf(say(`/mill ${words}`, { run: RUN_AT.blocked() }))).toBe(sentence)
  })

  it('does not go behind a plan and tests that people have reviewed with their change', () => {
    expect(outcomeOf(say('/mill retry planning', { run: pausedAt(stateAt('integrating')) }))).toBe(
      'The run is paused at `integrating`, and from there it can begin again at `coding`, `verifying`, `reviewing` or `integrating`.',
    )
  })

  it('says where there is no run', () => {
    expect(outcomeOf(say('/mill retry'))).toBe(NO_RUN)
  })
})
