import { describe, expect, it } from '@jest/globals'
import { BOB, HASH, later, SHA } from '../support/states.ts'
import { eventOf, everywhere, NO_RUN, outcomeOf, OVER, pausedAt, RUN_AT, say } from './command-bench.ts'

const plan = RUN_AT.awaiting_approval
const gate = RUN_AT.publish_gate

describe('/mill approve', () => {
  it('lets a plan or a change go on that waits for it', () => {
    expect(everywhere('/mill approve')).toEqual({
      intake: 'Nothing waits for an approval: I am at `intake`.',
      planning: 'Nothing waits for an approval: I am at `planning`.',
      awaiting_approval: 'plan_approved → specifying',
      specifying: 'Nothing waits for an approval: I am at `specifying`.',
      coding: 'Nothing waits for an approval: I am at `coding`.',
      verifying: 'Nothing waits for an approval: I am at `verifying`.',
      reviewing: 'Nothing waits for an approval: I am at `reviewing`.',
      publishing: 'Nothing waits for an approval: I am at `publishing`.',
      integrating: 'Nothing waits for `/mill approve`: people review and merge #13 on its own page.',
      needs_info: 'Nothing waits for an approval: I am waiting for answers.',
      blocked: 'Nothing waits for an approval: the run is blocked at `coding`.',
      paused: 'Nothing waits for an approval: the run is paused at `coding`.',
      publish_gate: 'publish_approved → publishing',
      ...OVER,
    })
  })

  it('without a hash means what was shown when it was written', () => {
    const { entered_at: shown } = plan()
    expect(eventOf(say('/mill approve', { run: plan(), at: shown }))).toEqual({
      kind: 'plan_approved',
      at: shown,
      by: BOB,
      plan_hash: HASH('b'),
    })
    expect(eventOf(say('/mill approve', { run: gate(), at: later(99) }))).toEqual({
      kind: 'publish_approved',
      at: later(99),
      by: BOB,
      tree: SHA('4'),
    })
  })

  it.each([
    [
      'a plan that came later',
      plan,
      'The plan that waits here is newer than your comment; if you mean this one, say `/mill approve bbbbbbbbbbbb`.',
    ],
    [
      'a change that came later',
      gate,
      'The change that waits here is newer than your comment; if you mean this one, say `/mill approve 444444444444`.',
    ],
  ])('without a hash is not for %s', (_what, make, sentence) => {
    const before = new Date(Date.parse(make().entered_at) - 1).toISOString()
    expect(outcomeOf(say('/mill approve', { run: make(), at: before }))).toBe(sentence)
    expect(outcomeOf(say('/mill approve', { run: make(), at: 'not a time' }))).toBe(sentence)
  })

  it.each([
    ['bbbbbbb', 'bbbbbbb'],
    [HASH('B'), HASH('b')],
    ['`bbbbbbbbbbbb`', 'bbbbbbbbbbbb'],
  ])('with a hash means that plan, whenever it was written: %s', (word, plan_hash) => {
    const said = say(`/mill approve ${word}`, { run: plan(), at: later(1) })
    expect(eventOf(said)).toEqual({ kind: 'plan_approved', at: later(1), by: BOB, plan_hash })
  })

  it.each([
    [
      plan,
      'bbbbbbc',
      'That hash names another plan; to approve the one that waits here, say `/mill approve bbbbbbbbbbbb`.',
    ],
    [
      plan,
      SHA('4'),
      'That hash names another plan; to approve the one that waits here, say `/mill approve bbbbbbbbbbbb`.',
    ],
    [
      gate,
      'bbbbbbb',
      'That hash names another change; to approve the one that waits here, say `/mill approve 444444444444`.',
    ],
    [
      gate,
      HASH('4'),
      'That hash names another change; to approve the one that waits here, say `/mill approve 444444444444`.',
    ],
    [
      plan,
      'bbbbbb',
      '`bbbbbb` is no hash of a plan or change, which is at least seven of the characters 0 to 9 and a to f.',
    ],
    [
      plan,
      'please',
      '`please` is no hash of a plan or change, which is at least seven of the characters 0 to 9 and a to f.',
    ],
    [
      plan,
      'bbbbbbb and go',
      'I did not take `bbbbbbb and go` behind `/mill approve` to mean anything, so I did nothing: it is said as `/mill approve [hash]`; notes for people go on the lines below it.',
    ],
  ])('%#: is for no other: %s', (make, words, sentence) => {
    expect(outcomeOf(say(`/mill approve ${words}`, { run: make() }))).toBe(sentence)
  })

  it('waits until a paused run goes on', () => {
    expect(outcomeOf(say('/mill approve', { run: pausedAt(plan()) }))).toBe(
      'The run is paused at `awaiting_approval`: say `/mill resume` first, and then `/mill approve` again.',
    )
  })

  it('says where there is no run', () => {
    expect(outcomeOf(say('/mill approve'))).toBe(NO_RUN)
  })
})
