import { describe, expect, it } from '@jest/globals'
import { ALICE, later, mustReduce, returned, SHA } from '../support/states.ts'
import { NO_RUN, outcomeOf, replyOf, RUN_AT, say } from './command-bench.ts'

const LINES = (text: string): string[] => text.split('\n\n')
const STOP = '- `/mill stop`, or remove the label `millwright`: this run ends at once'

describe('/mill explain', () => {
  it('says of a run at work that nothing is in the way', () => {
    expect(replyOf(say('/mill explain', { run: RUN_AT.coding() }))).toBe(
      `I am at \`coding\` (the smallest change that turns them green): nothing is in the way, and I go on by myself.

**What you can do**

- \`/mill pause\`: I stop working until somebody says \`/mill resume\`
${STOP}`,
    )
  })

  it('says what a plan waits for', () => {
    expect(replyOf(say('/mill explain', { run: RUN_AT.awaiting_approval() }))).toBe(
      `The plan waits for a person, because \`gates.plan\` is \`human\` in this repository's config.

**What you can do**

- \`/mill approve bbbbbbbbbbbb\`: building begins, by exactly this plan
- \`/mill revise <what should be different>\`: the architect plans again
${STOP}`,
    )
  })

  it('gives every reason against merging a published change', () => {
    const decision = {
      head: SHA('5'),
      risk: 'medium',
      risk_because: ['it changes 240 lines'],
      reasons: [
        { code: 'risk_too_high', detail: 'it is medium, and level 3 merges up to low' },
        { code: 'base_not_pinned', detail: '' },
        { code: 'on_hold', detail: 'by alice' },
        { code: 'checks_failed', detail: 'lint' },
      ],
    } as const
    const held = { ...RUN_AT.integrating(), hold: { by: ALICE, at: later(80) } }
    const run = mustReduce(held, {
      kind: 'merge_decided',
      at: later(90),
      head: SHA('5'),
      decision: { ...decision, risk_because: [...decision.risk_because], reasons: [...decision.reasons] },
    })
    expect(LINES(replyOf(say('/mill explain', { run }))).slice(0, 4)).toEqual([
      'The change is published as #13. I answer what people and checks say about it, and merge nothing.',
      '**Risk: medium**, because of this: it changes 240 lines.',
      '**I would not merge this**, and merge nothing in this version anyway. What speaks against it:',
      `- The risk is higher than the trust level allows (it is medium, and level 3 merges up to low).
- The base is not pinned: its protection must require branches to be up to date, or have a merge queue that requires the check \`millwright\`.
- Somebody said \`/mill hold\` (by alice).
- Checks failed (lint).`,
    ])
  })

  it('says of a change that is worked on again what sent it back, and that it is not merged meanwhile', () => {
    const run = { ...returned(), hold: { by: ALICE, at: later(80) } }
    expect(LINES(replyOf(say('/mill explain', { run }))).slice(0, 4)).toEqual([
      'I am at `coding` (the smallest change that turns them green): nothing is in the way, and I go on by myself.',
      'What sent it back:\n- a remark of bob on `index.js` line 3',
      '#13 is not merged while its change is worked on again.',
      'On hold since 2026-11-20 10:01 UTC: alice asked that nothing is merged, until somebody says `/mill unhold`.',
    ])
  })

  it.each([
    ['needs_info', 'Please answer in a comment:\n- Which command?'],
    ['blocked', 'The criterion tests could not be made to pass. The last output is below.'],
    ['paused', 'alice paused this run.'],
    ['merged', 'This run is over: its pull request was merged.'],
    ['stopped', 'alice stopped this run. Nothing more will happen.'],
    ['closed', 'alice closed the pull request without merging it, so this run is over.'],
    [
      'proposed',
      'At trust level 1 I push nothing: the plan is below, and the patch is in [a comment of its own](https://github.com/acme/tool/issues/12#issuecomment-99).',
    ],
  ] as const)('begins with why at %s', (spot, text) => {
    expect(LINES(replyOf(say('/mill explain', { run: RUN_AT[spot]() })))[0]).toBe(text)
  })

  it('answers where there is no run, and takes no words', () => {
    expect(replyOf(say('/mill explain'))).toBe(NO_RUN)
    expect(outcomeOf(say('/mill explain yourself', { run: RUN_AT.coding() }))).toBe(
      'I did not take `yourself` behind `/mill explain` to mean anything, so I did nothing: `/mill explain` stands alone; notes for people go on the lines below it.',
    )
  })
})
