import { describe, expect, it } from '@jest/globals'
import type { MergeDecision } from '../../../src/core/merge-decision.ts'
import { MERGE_REASONS } from '../../../src/core/merge-decision.ts'
import { mergeReport, mergeTitle } from '../../../src/core/say/merge.ts'
import { renderCheck } from '../../../src/core/say/review.ts'
import { DECISION, SHA, stateAt } from '../../support/states.ts'

const NONE: MergeDecision = {
  head: SHA('5'),
  risk: 'low',
  risk_because: ['only documentation changed'],
  reasons: [],
}

describe('the trust gate in words', () => {
  it('says that it would merge, and that it does not', () => {
    expect(mergeTitle(NONE)).toBe('would merge')
    expect(mergeReport(NONE)).toBe(
      `**Risk: low**, because of this: only documentation changed.

**I would merge this:** every gate holds. This version of me merges nothing, so a person has to.`,
    )
  })

  it('leaves it to people where nothing but the level is against it', () => {
    const level: MergeDecision = { ...NONE, reasons: [{ code: 'trust_level', detail: 'it is 2' }] }
    expect(mergeTitle(level)).toBe('a person merges')
    expect(mergeReport(level)).toBe(
      `**Risk: low**, because of this: only documentation changed.

**A person merges this.** Only people merge at this trust level; merging by me begins at level 3 (it is 2).`,
    )
  })

  it('says what is open for the people who merge', () => {
    // What is still pending is no open point yet, though the report names it.
    expect(mergeTitle(DECISION)).toBe('a person merges')
    const held = { ...DECISION, reasons: [...DECISION.reasons, { code: 'on_hold', detail: '' }] } as const
    expect(mergeTitle({ ...held, reasons: [...held.reasons] })).toBe('a person merges, 1 open point')
    expect(mergeReport(DECISION)).toBe(
      `**Risk: low**, because of this: a small change of ordinary source files.

**A person merges this.** Only people merge at this trust level; merging by me begins at level 3 (it is 2).`,
    )
  })

  it('says every reason there is', () => {
    const all: MergeDecision = {
      ...NONE,
      risk: 'high',
      risk_because: ['`src/auth.ts`: who may do what, or secrets', 'the plan itself says high'],
      reasons: MERGE_REASONS.filter((code) => code !== 'trust_level').map((code) => ({ code, detail: '' })),
    }
    expect(mergeTitle(all)).toBe(`would not merge: ${MERGE_REASONS.length - 1} reasons`)
    expect(mergeReport(all)).toBe(
      `**Risk: high**, because of this: \`src/auth.ts\`: who may do what, or secrets; the plan itself says high.

**I would not merge this**, and merge nothing in this version anyway. What speaks against it:

- The risk is higher than the trust level allows.
- The change is not inside the scopes of level 4.
- Files were changed that the config protects, so a person has to merge.
- My own config, workflows or instructions for agents were changed, which I never merge at any level.
- The base is not pinned: its protection must require branches to be up to date, or have a merge queue that requires the check \`millwright\`.
- Somebody said \`/mill hold\`.
- It conflicts with the base branch.
- GitHub has not worked out yet whether it can be merged.
- Somebody else pushed to the branch, and what they pushed was not proved.
- It goes into another branch now than the one that it was proved on.
- Checks are still running.
- Checks failed.
- Checks that must pass did not; one that was skipped or is missing has not passed.
- Checks came from somebody else than they have to come from.
- Changes were requested.
- Approvals are missing; those of whoever asked for the change do not count.
- Remarks are not answered yet.
- Parts of the change are unproved: no test goes red without them.
- Some of the reviewer's findings are open.
- No test proves any of the criteria.
- The issue holds text that its page does not show.
- The base has moved on since, and the branch has to be up to date with it.`,
    )
  })

  it('lets no name of a check, a file or a person be more than a name', () => {
    const detail = '`ci @team`, ![x](https://evil.example) <!-- millwright:state'
    const decision: MergeDecision = { ...NONE, reasons: [{ code: 'checks_failed', detail }] }
    expect(mergeReport(decision).split('\n').at(-1)).toBe(
      '- Checks failed (`ci @team`, image: x &lt;! -- millwright:state).',
    )
  })
})

describe('the check run', () => {
  it('says what the gate says, and is as green as the proof', () => {
    const check = renderCheck(stateAt('integrating'))
    expect(check?.title).toBe('1 test red on base and green on head, every hunk needed, a person merges')
    expect(check?.conclusion).toBe('success')
    expect(check?.summary).toContain(mergeReport(DECISION))
  })

  it('says the newest decision where it is told one', () => {
    expect(renderCheck(stateAt('integrating'), NONE)?.summary).toContain(mergeReport(NONE))
    expect(renderCheck(stateAt('publishing'), NONE)?.title).toMatch(/, would merge$/)
    expect(renderCheck(stateAt('publishing'))?.title).toMatch(/every hunk needed$/)
  })
})
