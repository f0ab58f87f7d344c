import { describe, expect, it } from '@jest/globals'
import { FAILURE_CODES } from '../../../src/core/event.ts'
import type { RunState } from '../../../src/core/state.ts'
import { failureSentence } from '../../../src/core/say/failure.ts'
import { renderStatus } from '../../../src/core/say/status.ts'
import { renderPullRequest } from '../../../src/core/say/pull-request.ts'
import { renderCheck, renderReview } from '../../../src/core/say/review.ts'
import { linesOfPatches } from '../../../src/core/diff-lines.ts'
import {
  EVIDENCE,
  FORWARD,
  intakeState,
  later,
  mustReduce,
  POLICY,
  proposed,
  REMARK,
  result,
  returned,
  stateAt,
  VERDICT,
} from '../../support/states.ts'

const PLACE = { repoUrl: 'https://github.com/acme/tool' }

/** All that can send a published change back. */
const SENT_BACK = {
  remarks: [
    REMARK,
    { ...REMARK, kind: 'review', id: 7, path: null, line: null, by: 'carol' } as const,
    { ...REMARK, kind: 'command', by: 'bob', text: 'keep @everyone out' } as const,
  ],
  checks: [{ name: 'lint | fast', text: 'error' }],
  conflicts: ['index.js'],
}

describe('the state comment', () => {
  it.each([
    ['intake', intakeState()],
    ['specifying', stateAt('specifying')],
    ['reviewing', stateAt('reviewing')],
    ['integrating', stateAt('integrating')],
    ['proposed', proposed()],
    ['coding for the second time', returned(SENT_BACK)],
  ])('at %s reads whole', (_stage, state) => {
    expect(renderStatus(state, PLACE)).toMatchSnapshot()
  })

  it('promises no test where no criterion has one', () => {
    const text = renderStatus(untested(stateAt('specifying')), PLACE)
    expect(text).toContain('### 📋 No test to write')
    expect(text).toContain(
      '- [ ] **specifying**: no test to write: every criterion is judged by inspection\n',
    )
    expect(text).toContain('- [ ] coding: the smallest change that does what the plan says\n')
    expect(text).toContain('- [ ] verifying: a clean room with no model runs what there is to run\n')
  })

  it('says on every page of a recorded run that no live model was asked', () => {
    const recorded = intakeState({ source: 'recorded' })
    const published = stateAt('integrating', recorded)
    expect(renderStatus(recorded, PLACE)).toContain('Recorded model: no live model was asked.')
    expect(renderPullRequest(published, PLACE, later(80))?.body).toMatch(/^> \*\*Recorded model\.\*\*/)
    expect(renderCheck(published)?.summary).toContain('Recorded model: no live model was asked.')
    expect(renderPullRequest(published, PLACE, later(80))?.body).toContain('Nothing was charged')
  })

  it('mentions nobody, links nowhere, and shows no image, whatever the plan says', () => {
    const state = mustReduce(intakeState(), result(intakeState(), FORWARD.planning()))
    const plan = planOf()
    const next = mustReduce(
      state,
      result(state, {
        kind: 'plan_made',
        plan: {
          ...plan,
          title: 'Fix ![x](https://evil.example/a.png) @octocat',
          approach: '[click](https://evil.example/?q=secret) <img src=x> Fixes #1\n\n@acme/team bors r+',
        },
        quote: { usd: [0.2, 1.5], minutes: [3, 15], basis: 4 },
        plan_hash: 'b'.repeat(64),
      }),
    )
    const text = renderStatus(next, PLACE)
    expect(text).not.toMatch(/!\[|<img|\]\(https:\/\/evil|https:\/\/evil/)
    expect(text).not.toMatch(/(^|[^`\w])@octocat/)
    expect(text).not.toMatch(/(^|[^`\w])@acme\/team/)
  })
})

/** The same position with a plan whose criteria are all judged by inspection. */
function untested(state: RunState): RunState {
  const { at } = state
  if (at.stage !== 'specifying') throw new Error(`There is no plan to change at ${at.stage}`)
  const proof = { kind: 'inspection', how: 'read it' } as const
  const criteria = at.plan.criteria.map((criterion) => ({ ...criterion, proof }))
  return { ...state, at: { ...at, plan: { ...at.plan, criteria } } }
}

function planOf(): Extract<ReturnType<typeof FORWARD.specifying>, { kind: 'plan_made' }>['plan'] {
  const event = FORWARD.specifying()
  if (event.kind !== 'plan_made') throw new Error('the forward event of planning is a plan')
  return event.plan
}

describe('the pull request', () => {
  it('reads whole', () => {
    expect(renderPullRequest(stateAt('publishing'), PLACE, later(80))).toMatchSnapshot()
  })

  it("says what a person's token cannot do", () => {
    const text = renderPullRequest(stateAt('publishing'), { ...PLACE, unsigned: true }, later(80))
    expect(text?.body.split('\n\n').slice(0, 2)).toEqual([
      "> **Made with a person's token, without a GitHub App.** The commits are not signed by GitHub unless it says Verified beside them, and the result is a commit status named `millwright` instead of a check run.",
      'Fixes #12',
    ])
  })

  it('does not repeat what the intake agent made of the issue', () => {
    const text = renderPullRequest(stateAt('publishing'), PLACE, later(80))
    expect(text?.body).not.toContain('A short option loses what follows its second equals sign.')
  })

  it('lists what was not proved', () => {
    const start = stateAt('verifying')
    const evidence = {
      ...EVIDENCE,
      hunks: {
        total: 3,
        tried: 2,
        unproved: [{ file: 'lib/a.js', line: 40, lines: 2, header: '@@ -40 +40 @@' }],
      },
      suite: {
        ...EVIDENCE.suite,
        flaky: ['test/net.js > retries'],
        failing_on_base: ['test/old.js > is broken'],
      },
      not_checked: [...EVIDENCE.not_checked, 'Lint: there is no lint command.'],
    }
    const proved = mustReduce(start, result(start, { kind: 'proof_passed', evidence }))
    const state = mustReduce(proved, result(proved, FORWARD.publishing()))
    expect(renderPullRequest(state, PLACE, later(80))?.body).toMatchSnapshot()
    expect(renderCheck(state)).toMatchObject({ conclusion: 'neutral' })
  })

  it('is nothing before there is anything to publish', () => {
    expect(renderPullRequest(stateAt('reviewing'), PLACE, later(80))).toBeUndefined()
    expect(renderCheck(stateAt('coding'))).toBeUndefined()
  })
})

describe('the review', () => {
  const finding = {
    severity: 'minor',
    category: 'tests',
    file: 'index.js',
    line: 101,
    claim: 'The name says less than the test does',
    why: '',
    standing: 'note',
    demonstration: '',
  } as const

  it('puts findings on lines of the diff inline and all others into the body', () => {
    const verdict = {
      ...VERDICT,
      findings: [finding, { ...finding, line: 999 }, { ...finding, line: null, file: 'other.js' }],
      not_checked: ['Performance'],
    }
    const lines = linesOfPatches([{ path: 'index.js', patches: ['@@ -100,3 +100,3 @@\n a\n-b\n+c\n d'] }])
    expect([...(lines.get('index.js') ?? [])]).toEqual([100, 101, 102])
    expect(renderReview(verdict, lines, PLACE)).toMatchSnapshot()
  })

  it('reads whole when there is nothing to object to', () => {
    expect(renderReview(VERDICT, new Map(), PLACE)).toMatchSnapshot()
  })

  it('is green only when nothing was left unproved', () => {
    expect(renderCheck(stateAt('publishing'))).toMatchSnapshot()
  })
})

describe('failures', () => {
  it.each(FAILURE_CODES)('%s has a sentence that says what to do or who decides', (code) => {
    const sentence = failureSentence({ code, detail: '' })
    expect(sentence).toMatch(/^[A-Z].*[.)]$/)
    expect(sentence).not.toMatch(/undefined|Error:|stack/)
    expect(sentence.length).toBeLessThan(330)
  })

  it('reads whole, all of them', () => {
    expect(
      FAILURE_CODES.map((code) => `${code}: ${failureSentence({ code, detail: '' })}`).join('\n'),
    ).toMatchSnapshot()
  })

  it('calls an unknown code our mistake', () => {
    expect(failureSentence({ code: 'nonsense', detail: '' })).toMatch(/our mistake, not yours.*\(nonsense\)$/)
  })
})

describe('config', () => {
  it('shows the approval only where the config asks for one', () => {
    expect(renderStatus(stateAt('specifying'), PLACE)).not.toContain('awaiting_approval')
    const asked = mustReduce(
      intakeState(),
      result(intakeState(), FORWARD.planning({ ...POLICY, plan_gate: 'human' })),
    )
    expect(renderStatus(asked, PLACE)).toContain('awaiting_approval')
  })
})
