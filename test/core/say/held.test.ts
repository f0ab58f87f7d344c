import { describe, expect, it } from '@jest/globals'
import type { FailureCode } from '../../../src/core/event.ts'
import { disabledDetail, levelDetail, permissionDetail } from '../../../src/core/say/curb.ts'
import { renderStatus } from '../../../src/core/say/status.ts'
import type { RunState } from '../../../src/core/state.ts'
import {
  ALICE,
  atPublishGate,
  BOB,
  FORWARD,
  HASH,
  intakeState,
  later,
  mustReduce,
  POLICY,
  result,
  returned,
  stateAt,
  stateUnder,
} from '../../support/states.ts'

const PLACE = { repoUrl: 'https://github.com/acme/tool' }

/** The parts of the comment that say why and what now: without the checklist, the plan and the evidence. */
function said(state: RunState): string {
  return renderStatus(state, PLACE)
    .replace(/- \[[ x]\] [\s\S]*?(?=\n\n)/, '(checklist)')
    .replace(/#### Plan[\s\S]*?(?=\n\n(?:#### Evidence|\*\*What you can do))/, '(plan)')
    .replace(/#### Evidence[\s\S]*?(?=\n\n\*\*What you can do)/, '(evidence)')
    .replace(/\n\n<sub>.*<\/sub>$/, '')
}

function failed(state: RunState, code: FailureCode, detail = ''): RunState {
  return mustReduce(state, result(state, { kind: 'stage_failed', code, detail, resumable: true }))
}

const edit = { kind: 'issue_edited', at: later(50), by: BOB, hash: HASH('0') } as const

describe('a run that waits for a person', () => {
  it('says the words that approve the plan, or change it', () => {
    expect(said(stateUnder({ plan_gate: 'human' }, 'specifying'))).toBe(
      `### ✋ The plan waits for your approval

Asked for by alice. Cost so far: $0.20 (6 model turns, 20 s). Limit: $5.00.

(checklist)

(plan)

**What you can do**

- \`/mill approve bbbbbbbbbbbb\`: building begins, by exactly this plan
- \`/mill revise <what should be different>\`: the architect plans again
- \`/mill stop\`, or remove the label \`millwright\`: this run ends at once`,
    )
  })

  it('says the words that publish the change, and shows what was proved', () => {
    expect(said(atPublishGate())).toBe(
      `### ✋ The change waits for your approval

Asked for by alice. Cost so far: $0.60 (18 model turns, 60 s). Limit: $5.00.

The change is proved and reviewed. \`gates.publish\` in \`.github/millwright.yml\` says that a person decides before anything is pushed.

(checklist)

(plan)

(evidence)

**What you can do**

- \`/mill approve 444444444444\`: exactly this change is published
- \`/mill revise <what should be different>\`: the coder works on it first
- \`/mill stop\`, or remove the label \`millwright\`: this run ends at once`,
    )
  })

  it('asks its questions once, as a list', () => {
    const questions = ['Which command did you run?', 'What did you expect, @octocat?']
    const state = mustReduce(intakeState(), result(intakeState(), { kind: 'facts_missing', questions }))
    expect(said(state)).toBe(
      `### ❓ I need a few facts first

Asked for by alice. Cost so far: $0.10 (3 model turns, 10 s).

Please answer in a comment:
- Which command did you run?
- What did you expect, \`@octocat\`?

(checklist)

**What you can do**

- answer in a comment: I go on by myself
- \`/mill retry\`: I read everything again, answered or not
- \`/mill stop\`, or remove the label \`millwright\`: this run ends at once`,
    )
  })

  it('shows what was edited, and both ways on', () => {
    const state = mustReduce(stateAt('coding'), {
      ...edit,
      difference: '-It loses text.\n+It keeps ```text```.',
    })
    expect(said(state)).toBe(
      `### ⏸️ Paused: the issue was edited

Asked for by alice. Cost so far: $0.30 (9 model turns, 50 s). Limit: $5.00.

The issue's text was edited after work was asked for, so what I was asked is no longer what it says. What changed is below.

\`\`\`\`diff
-It loses text.
+It keeps \`\`\`text\`\`\`.
\`\`\`\`

(checklist)

(plan)

**What you can do**

- \`/mill resume\`: I go on with the text as I read it
- \`/mill retry intake\`: I read the issue again and begin with what it says now
- \`/mill stop\`, or remove the label \`millwright\`: this run ends at once`,
    )
  })

  it('does not offer to go on with a text that nobody has read yet', () => {
    const text = said(mustReduce(intakeState(), { ...edit, difference: '-a\n+b' }))
    expect(text).not.toContain('/mill resume')
    expect(text).toContain('- `/mill retry intake`: I read the issue again and begin with what it says now')
  })

  it('does not offer to read the issue again once people review its change', () => {
    const text = said(mustReduce(returned(), { ...edit, difference: '' }))
    expect(text).not.toContain('/mill retry intake')
    expect(text).toContain(
      '- `/mill stop`, or remove the label `millwright`: this run ends at once, and the pull request stays as it is',
    )
  })

  it('says who paused it', () => {
    const state = mustReduce(stateAt('coding'), { kind: 'pause_requested', at: later(50), by: BOB })
    expect(said(state)).toContain('bob paused this run.')
    expect(said(state)).toContain('- `/mill resume`: I go on from where I was')
  })

  it('names the issues that it waits for, and that nobody has to do anything', () => {
    const state = failed(intakeState(), 'waits_for_issues', '#3\nother/place#9\nx`y @a')
    expect(said(state)).toBe(
      `### ⏳ Waiting for other issues

Asked for by alice. Cost so far: $0.10 (3 model turns, 10 s).

This issue is blocked by others that are still open, so I wait for them.

- #3
- \`other/place#9\`
- \`x'y @a\`

(checklist)

**What you can do**

- nothing: I go on by myself when the last of these issues is closed
- \`/mill retry\`: I look again now
- \`/mill stop\`, or remove the label \`millwright\`: this run ends at once`,
    )
  })

  it('is tried again from where it stopped, with the output in a block that the output cannot end', () => {
    const state = failed(stateAt('coding'), 'criteria_not_green', 'not ok 3\n```\n# Free text @everyone')
    expect(said(state)).toBe(
      `### ⛔ I am stuck and need a person

Asked for by alice. Cost so far: $0.40 (12 model turns, 40 s). Limit: $5.00.

The criterion tests could not be made to pass. The last output is below.

\`\`\`\`text
not ok 3
\`\`\`
# Free text @everyone
\`\`\`\`

(checklist)

(plan)

**What you can do**

- \`/mill retry\`: I try again from \`coding\`, where it stopped
- \`/mill stop\`, or remove the label \`millwright\`: this run ends at once`,
    )
  })

  it('reads the issue anew where an edit was noticed late', () => {
    expect(said(failed(intakeState(), 'issue_changed', '-a\n+b'))).toContain(
      '- `/mill retry intake`: I read the issue again and begin with what it says now',
    )
  })
})

describe('a run that ended', () => {
  it.each([
    [
      'label_removed',
      { by: ALICE, label: 'millwright' },
      'alice removed the label. Nothing more will happen. Adding it again starts over.',
    ],
    [
      'label_removed',
      { by: null, label: 'millwright' },
      'Somebody removed the label. Nothing more will happen. Adding it again starts over.',
    ],
    ['issue_closed', { by: BOB }, 'The issue was closed by bob, so I stopped. Nothing more will happen.'],
    ['issue_deleted', { by: BOB }, 'The issue was deleted by bob, so I stopped. Nothing more will happen.'],
    [
      'issue_moved',
      { by: null },
      'The issue was moved to another repository, so I stopped. Nothing more will happen. Adding the label where it is now starts over.',
    ],
    [
      'issue_locked',
      { by: null },
      "The issue's conversation was locked, so I stopped. Nothing more will happen.",
    ],
    ['stop_requested', { by: BOB }, 'bob stopped this run. Nothing more will happen.'],
  ] as const)('by %s says so: %#', (kind, more, sentence) => {
    const state = mustReduce(stateAt('coding'), { kind, at: later(90), ...more } as never)
    expect(said(state)).toBe(
      `### 🛑 Stopped

Asked for by alice. Cost so far: $0.30 (9 model turns, 2 min). Limit: $5.00.

${sentence}

(checklist)

(plan)

**What you can do**

- remove the label \`millwright\`, if it is still there, and add it again: a new run starts`,
    )
  })

  it('by closing its pull request says who did', () => {
    const closed = { kind: 'pull_closed', at: later(90), number: 13, by: BOB } as const
    const text = said(mustReduce(stateAt('integrating'), closed))
    expect(text).toContain('### 🚪 The pull request was closed\n\nDraft pull request: #13.')
    expect(text).toContain('bob closed the pull request without merging it, so this run is over.')
  })

  it('by being merged asks for nothing', () => {
    const merged = { kind: 'pull_merged', at: later(90), number: 13, commit: '6'.repeat(40) } as const
    expect(said(mustReduce(stateAt('integrating'), merged))).not.toContain('What you can do')
  })

  it('by failing for good offers a new one', () => {
    const state = stateAt('coding')
    const end = { kind: 'stage_failed', code: 'nothing_changed', detail: '', resumable: false } as const
    expect(said(mustReduce(state, result(state, end)))).toContain(
      'The coder ended without changing anything, which is not a solution.',
    )
  })
})

describe('a run that may not go on as it began', () => {
  const forbidden = { kind: 'work_forbidden', at: later(90), run: 'abcde12345' } as const

  it('F-49: says who has lost what, and that somebody else may take it over', () => {
    const detail = permissionDetail('alice', 'read')
    expect(said(mustReduce(stateAt('coding'), { ...forbidden, code: 'permission_lost', detail }))).toBe(
      `### ⏸️ Paused: who asked for this may not any more

Asked for by alice. Cost so far: $0.30 (9 model turns, 2 min). Limit: $5.00.

The person who asked for this has no write access to this repository any more, so I have paused. Somebody who has it can go on with it in their place.

\`\`\`text
alice has the permission "read" now; "write" is needed.
\`\`\`

(checklist)

(plan)

**What you can do**

- \`/mill resume\`: I go on from where I was, for whoever says it
- \`/mill stop\`, or remove the label \`millwright\`: this run ends at once`,
    )
  })

  it('F-51: says what the config says now, and what it said when the run began', () => {
    const detail = disabledDetail(POLICY)
    expect(said(mustReduce(stateAt('coding'), { ...forbidden, code: 'config_changed', detail }))).toBe(
      `### ⏸️ Paused: the config was changed

Asked for by alice. Cost so far: $0.30 (9 model turns, 2 min). Limit: $5.00.

The config file \`.github/millwright.yml\` on the default branch was changed during this run, and does not let me go on. What it says now is below.

\`\`\`text
\`enabled\` is false now. It was true when this run began, in commit 1111111.
\`\`\`

(checklist)

(plan)

**What you can do**

- \`/mill resume\`: I read the config again, and go on if it lets me
- \`/mill stop\`, or remove the label \`millwright\`: this run ends at once`,
    )
  })

  it('F-51: says of an open draft that it stays as it is', () => {
    expect(levelDetail(POLICY, 1, 13)).toBe(
      '`trust.level` is 1 now. It was 2 when this run began, in commit 1111111.\nAt level 1 nothing is pushed, so pull request #13 stays as it is.',
    )
  })

  it('F-51: says beside its progress what is less by now', () => {
    const lowered = { kind: 'config_lowered', at: later(90), run: 'abcde12345' } as const
    const once = mustReduce(stateAt('coding'), { ...lowered, trust: 1, caps: { usd: 2.5, turns: 999 } })
    const begins =
      '> `.github/millwright.yml` on the default branch allows less than when this run began (commit 1111111), and I keep to that:'
    const ends = 'What it allows more of later is for the next run.'
    expect(said(once)).toContain('Limit: $2.50.')
    expect(said(once)).toContain(
      `${begins} trust level 1 instead of 2, at most $2.50 instead of $5.00. ${ends}`,
    )
    const twice = mustReduce(once, { ...lowered, trust: 5, caps: { usd: 9, turns: 40 } })
    expect(said(twice)).toContain(
      `${begins} trust level 1 instead of 2, at most $2.50 instead of $5.00, at most 40 model turns instead of 150. ${ends}`,
    )
  })
})

describe('what people need to know beside it', () => {
  it('is who put it on hold, and how that ends', () => {
    const held = mustReduce(stateAt('integrating'), { kind: 'hold_requested', at: later(90), by: BOB })
    const text = said(held)
    expect(text).toContain(
      '> **On hold** since 2026-11-20 10:01 UTC, by bob: nothing is merged until somebody with write access says `/mill unhold`.',
    )
    expect(text).toContain('- `/mill unhold`: the hold is lifted')
    expect(text).not.toContain('- `/mill hold`')
  })

  it('is a config with mistakes, duplicates, and text that was hidden or left out', () => {
    const start = intakeState()
    const policy = {
      ...POLICY,
      config_problems: [
        'Line 3: trsut is no key here. Did you mean trust?',
        'Line 9: ![x](https://evil.example)',
      ],
    }
    const accepted = FORWARD.planning(policy)
    if (accepted.kind !== 'intake_accepted') throw new Error('the first way forward is intake')
    const task = {
      ...accepted.task,
      duplicates: [
        { number: 3, why: 'the same option, and @bob says so' },
        { number: 8, why: 'a pull request' },
      ],
      cut_characters: 1,
      hidden_characters: 12,
    }
    expect(said(mustReduce(start, result(start, { ...accepted, task })))).toBe(
      `### 🗺️ Planning

Asked for by alice. Cost so far: $0.10 (3 model turns, 10 s). Limit: $5.00.

> \`.github/millwright.yml\` has mistakes. I go on with its last version that had none, of commit 1111111; the next run reads it again.
> - Line 3: trsut is no key here. Did you mean trust?
> - Line 9: image: x
>
> This may be about the same as #3 (the same option, and \`@bob\` says so), #8 (a pull request). I go on all the same; \`/mill stop\` ends it.
>
> The issue is longer than I can take in: its last 1 character was left out.
>
> The issue holds 12 characters that its page does not show. I read them as visible text, and they instruct nobody.

(checklist)

**What you can do**

- \`/mill pause\`: I stop working until somebody says \`/mill resume\`
- \`/mill stop\`, or remove the label \`millwright\`: this run ends at once`,
    )
  })

  it('is nothing that a login could smuggle in', () => {
    const by = { id: 12, login: 'x @team [y](https://evil.example) <b>' }
    const held = mustReduce(stateAt('integrating'), { kind: 'hold_requested', at: later(90), by })
    expect(said(held)).toContain('by x `@team` y &lt;b>: nothing is merged')
  })
})
