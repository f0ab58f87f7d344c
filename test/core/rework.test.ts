import { describe, expect, it } from '@jest/globals'
import { reduce } from '../../src/core/reduce.ts'
import { NO_FEEDBACK } from '../../src/core/state.ts'
import type { RunState } from '../../src/core/state.ts'
import {
  ALICE,
  atPublishGate,
  BOB,
  CHANGE,
  DECISION,
  EVIDENCE,
  FORWARD,
  HASH,
  intakeState,
  later,
  mustReduce,
  proposed,
  REMARK,
  result,
  returned,
  SHA,
  stateAt,
  stateUnder,
  VERDICT,
} from '../support/states.ts'

const PULL = {
  number: 13,
  url: 'https://github.com/acme/tool/pull/13',
  branch: 'millwright/12-short',
  head: SHA('5'),
  base: SHA('1'),
}
const OTHER = { ...CHANGE, commit: SHA('8'), tree: SHA('9'), diff_hash: HASH('9') }
const refusal = (state: RunState, event: Parameters<typeof reduce>[1]) => {
  const reduced = reduce(state, event)
  return reduced.ok ? undefined : reduced.refusal.code
}

describe('after the draft', () => {
  it('goes back to the coder with the remarks, and keeps the pull request and what stood', () => {
    const state = returned()
    expect(state.at).toMatchObject({
      stage: 'coding',
      pull: PULL,
      previous: CHANGE,
      settled: { evidence: EVIDENCE, verdict: VERDICT, decision: DECISION },
      feedback: { ...NO_FEEDBACK, remarks: [REMARK] },
    })
    expect(state.rounds).toBe(1)
    expect(state.pending.map(({ kind }) => kind)).toEqual(['write_code'])
  })

  it('is proved, reviewed and published again on the same pull request', () => {
    let state = returned()
    for (const outcome of [FORWARD.verifying(OTHER), FORWARD.reviewing(), FORWARD.publishing()]) {
      state = mustReduce(state, result(state, outcome))
      expect(state.at).toMatchObject({ pull: PULL })
    }
    expect(state.at.stage).toBe('publishing')
    expect(state.pending.map(({ kind }) => kind)).toEqual(['publish_change'])
  })

  it('hears a look at an older head not at all', () => {
    const state = stateAt('integrating')
    const old = { at: later(100), head: SHA('0') }
    const decision = { ...DECISION, risk: 'high' as const }
    const tests = state.at.stage === 'integrating' ? state.at.tests : undefined
    if (!tests) throw new Error('a published change has tests')
    const moved = { ...old, base: SHA('7'), tests, change: OTHER, conflicts: [] }
    expect(refusal(state, { kind: 'change_returned', ...old, feedback: NO_FEEDBACK })).toBe('guard_failed')
    expect(refusal(state, { kind: 'merge_decided', ...old, decision })).toBe('guard_failed')
    expect(refusal(state, { kind: 'base_taken_in', ...moved })).toBe('guard_failed')
    expect(refusal(state, { kind: 'base_taken_in', ...moved, conflicts: ['index.js'] })).toBe('guard_failed')
  })

  it('notes a new decision without leaving, and the same one not at all', () => {
    const state = stateAt('integrating')
    const seen = { kind: 'merge_decided', at: later(100), head: SHA('5') } as const
    expect(refusal(state, { ...seen, decision: DECISION })).toBe('guard_failed')
    const decision = { ...DECISION, reasons: [] }
    const noted = mustReduce(state, { ...seen, decision })
    expect(noted).toEqual({ ...state, rev: state.rev + 1, at: { ...state.at, decision } })
  })

  it('holds when the rounds are used up, whoever asked for them, with what was said', () => {
    let state = returned()
    state = mustReduce(state, result(state, FORWARD.verifying(OTHER)))
    const failure = { kind: 'regression', subject: 'a', detail: '' } as const
    state = mustReduce(state, result(state, { kind: 'proof_failed', failures: [failure] }))
    expect(state.rounds).toBe(2)
    state = mustReduce(state, result(state, FORWARD.verifying({ ...OTHER, diff_hash: HASH('8') })))
    state = mustReduce(state, result(state, FORWARD.reviewing()))
    state = mustReduce(state, result(state, FORWARD.publishing()))
    state = mustReduce(state, result(state, FORWARD.integrating()))
    state = mustReduce(state, {
      kind: 'change_revised',
      at: later(300),
      by: BOB,
      remarks: 'Handle empty values',
    })
    expect(state.at).toMatchObject({
      stage: 'blocked',
      reason: { code: 'rounds_spent' },
      from: { stage: 'coding', pull: PULL, feedback: { remarks: [{ kind: 'command', by: 'bob' }] } },
    })
  })

  it('F-43: proves the base taken in, or gives its conflicts to the coder', () => {
    const state = stateAt('integrating')
    if (state.at.stage !== 'integrating') throw new Error('the line ends at integrating')
    const tests = { ...state.at.tests, commit: SHA('6') }
    const taken = { kind: 'base_taken_in', at: later(100), head: SHA('5'), base: SHA('7'), tests } as const
    const clean = mustReduce(state, { ...taken, change: OTHER, conflicts: [] })
    expect(clean.at).toMatchObject({
      stage: 'verifying',
      spec: { base: { branch: 'main', commit: SHA('7') } },
      tests,
      change: OTHER,
      pull: PULL,
    })
    expect(clean.rounds).toBe(1)
    const conflicting = mustReduce(state, { ...taken, change: OTHER, conflicts: ['index.js'] })
    expect(conflicting.at).toMatchObject({
      stage: 'coding',
      previous: OTHER,
      settled: null,
      feedback: { ...NO_FEEDBACK, conflicts: ['index.js'] },
    })
    expect(conflicting.rounds).toBe(1)
  })

  it('returns to the published change when remarks are answered without another, and only then', () => {
    const state = returned()
    const answer = { kind: 'thread', id: 501, text: 'It is empty then.', done: false, heard: 26 } as const
    const change = { ...CHANGE, answers: [answer] }
    const answered = mustReduce(state, result(state, { kind: 'remarks_answered', change }))
    expect(answered.at).toMatchObject({ stage: 'integrating', change, evidence: EVIDENCE, pull: PULL })
    const lied = mustReduce(state, result(state, { kind: 'remarks_answered', change: OTHER }))
    expect(lied.at).toMatchObject({ stage: 'failed', reason: { code: 'internal' } })
  })

  it('ends when its own pull request is merged or closed, wherever the run is, and for no other', () => {
    for (const state of [stateAt('integrating'), returned()]) {
      const merged = { kind: 'pull_merged', at: later(200), commit: SHA('6') } as const
      const closed = { kind: 'pull_closed', at: later(200), by: BOB } as const
      expect(mustReduce(state, { ...merged, number: 13 }).at).toMatchObject({ stage: 'merged' })
      expect(mustReduce(state, { ...closed, number: 13 }).at).toMatchObject({ stage: 'closed', by: BOB })
      expect(refusal(state, { ...merged, number: 14 })).toBe('guard_failed')
      expect(refusal(state, { ...closed, number: 14 })).toBe('guard_failed')
    }
    const before = { kind: 'pull_merged', at: later(200), number: 13, commit: SHA('6') } as const
    expect(refusal(stateAt('coding'), before)).toBe('guard_failed')
  })
})

describe('the publish gate', () => {
  it('holds a proved change until a person approves that very tree', () => {
    const state = atPublishGate()
    expect(state.at).toMatchObject({
      stage: 'paused',
      reason: { code: 'publish_gate', detail: '' },
      from: { stage: 'publishing', verdict: VERDICT },
    })
    const approval = { kind: 'publish_approved', at: later(200), by: BOB } as const
    expect(refusal(state, { ...approval, tree: '9999999' })).toBe('guard_failed')
    expect(refusal(state, { kind: 'resume_requested', at: later(200), by: BOB })).toBe('guard_failed')
    expect(refusal(state, { kind: 'retry_requested', at: later(200), by: BOB, stage: null })).toBe(
      'guard_failed',
    )
    const approved = mustReduce(state, { ...approval, tree: '4444444' })
    expect(approved.at.stage).toBe('publishing')
    expect(approved.pending.map(({ kind }) => kind)).toEqual(['publish_change'])
  })

  it('is not passed by the word that takes a hold off, when somebody touched the state comment meanwhile', () => {
    const refused = {
      kind: 'state_refused',
      at: later(200),
      detail: 'the state comment was deleted',
    } as const
    const blocked = mustReduce(atPublishGate(), refused)
    expect(blocked.at).toMatchObject({ stage: 'blocked', reason: { code: 'state_tampered' } })
    for (const word of [
      { kind: 'resume_requested', at: later(210), by: BOB } as const,
      { kind: 'retry_requested', at: later(210), by: BOB, stage: null } as const,
    ]) {
      const again = mustReduce(blocked, word)
      expect([again.at.stage, again.pending.map(({ kind }) => kind)]).toEqual([
        'reviewing',
        ['review_change'],
      ])
      expect(mustReduce(again, result(again, FORWARD.publishing())).at).toMatchObject({
        stage: 'paused',
        reason: { code: 'publish_gate' },
      })
    }
  })

  it('is no way round a finding: what blocks goes back to the coder first', () => {
    const state = stateUnder({ publish_gate: 'human' }, 'reviewing')
    const finding = {
      severity: 'blocking',
      category: 'correctness',
      file: 'index.js',
      line: 3,
      claim: 'An empty value throws',
      why: '',
      standing: 'demonstrated',
      demonstration: 'TypeError',
    } as const
    const verdict = { ...VERDICT, findings: [finding] }
    expect(mustReduce(state, result(state, { kind: 'change_reviewed', verdict })).at.stage).toBe('coding')
  })

  it('takes the first twenty of many findings, since no more are shown to the coder', () => {
    const state = stateAt('reviewing')
    const finding = (n: number) =>
      ({
        severity: 'blocking',
        category: 'correctness',
        file: 'index.js',
        line: n,
        claim: `Case ${n}`,
        why: '',
        standing: 'demonstrated',
        demonstration: '',
      }) as const
    const findings = Array.from({ length: 30 }, (_, index) => finding(index + 1))
    const back = mustReduce(
      state,
      result(state, { kind: 'change_reviewed', verdict: { ...VERDICT, findings } }),
    )
    expect(back.at.stage === 'coding' && back.at.feedback?.findings.length).toBe(20)
  })
})

describe('trust level 1', () => {
  it('ends with the patch in a comment', () => {
    expect(proposed().at).toMatchObject({
      stage: 'proposed',
      url: 'https://github.com/acme/tool/issues/12#issuecomment-99',
      from: { stage: 'publishing' },
    })
    expect(proposed().pending).toEqual([])
  })
})

describe('waiting for other issues', () => {
  const failed = {
    kind: 'stage_failed',
    code: 'waits_for_issues',
    detail: '#3\n#4',
    resumable: true,
  } as const
  const waiting = mustReduce(intakeState(), result(intakeState(), failed))

  it('goes on when one of them is closed, to look again, and not for any other', () => {
    const closed = (number: number) => ({ kind: 'blocker_closed', at: later(50), number }) as const
    expect(refusal(waiting, closed(5))).toBe('guard_failed')
    const again = mustReduce(waiting, closed(4))
    expect(again.at).toEqual(intakeState().at)
    expect(again.pending.map(({ kind }) => kind)).toEqual(['check_intake'])
  })

  it('stops when the conversation is locked', () => {
    expect(mustReduce(waiting, { kind: 'issue_locked', at: later(50), by: ALICE }).at).toMatchObject({
      stage: 'stopped',
      reason: { code: 'issue_locked' },
    })
  })
})
