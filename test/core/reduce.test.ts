import { NO_CONTINUITY, NO_SPEND } from '../../src/core/spend.ts'
import { describe, expect, it } from '@jest/globals'
import { reduce } from '../../src/core/reduce.ts'
import { NO_FEEDBACK } from '../../src/core/state.ts'
import { isTerminal, STAGES } from '../../src/core/stage.ts'
import { edgesFor, TRANSITIONS } from '../../src/core/transitions.ts'
import type { Row } from '../../src/core/transitions.ts'
import {
  ALICE,
  BOB,
  CHANGE,
  FORWARD,
  HASH,
  intakeState,
  later,
  mustReduce,
  POLICY,
  result,
  stateAt,
  VERDICT,
} from '../support/states.ts'

const blocking = {
  severity: 'blocking',
  category: 'correctness',
  file: 'index.js',
  line: 3,
  claim: 'An empty value throws',
  why: 'match() returns null',
  standing: 'demonstrated',
  demonstration: 'node -e ... TypeError',
} as const

const failure = { kind: 'regression', subject: 'test/parse.js > numbers', detail: 'expected 1' } as const

describe('the line', () => {
  it('goes from intake to a draft pull request, one stage at a time', () => {
    const visited = stateAt('integrating').visits.map((visit) => visit.stage)
    expect(visited).toEqual([
      'intake',
      'planning',
      'specifying',
      'coding',
      'verifying',
      'reviewing',
      'publishing',
    ])
  })

  it('asks for the work of each stage under an id that no other stage has', () => {
    const ids = ['planning', 'specifying', 'coding', 'verifying', 'reviewing', 'publishing'] as const
    const pending = ids.map((stage) => stateAt(stage).pending)
    expect(pending.map((effects) => effects.map((effect) => effect.kind))).toEqual([
      ['make_plan'],
      ['write_tests'],
      ['write_code'],
      ['prove_change'],
      ['review_change'],
      ['publish_change'],
    ])
    expect(new Set(pending.flat().map((effect) => effect.id)).size).toBe(6)
  })

  it('adds up money, turns and tokens over the stages', () => {
    const state = stateAt('integrating')
    expect(state.spent.usd).toBeCloseTo(0.7)
    expect(state.spent.turns).toBe(21)
    expect(state.continuity.regions_read).toBe(28)
  })

  it('waits for a person before specifying where the config says so, and goes on for exactly that plan', () => {
    const asked = mustReduce(
      intakeState(),
      result(intakeState(), FORWARD.planning({ ...POLICY, plan_gate: 'human' })),
    )
    const waiting = mustReduce(asked, result(asked, FORWARD.specifying()))
    expect(waiting.at.stage).toBe('awaiting_approval')
    const wrong = reduce(waiting, { kind: 'plan_approved', at: later(60), by: ALICE, plan_hash: HASH('9') })
    expect(wrong).toMatchObject({ ok: false, refusal: { code: 'guard_failed' } })
    const right = mustReduce(waiting, {
      kind: 'plan_approved',
      at: later(60),
      by: ALICE,
      plan_hash: HASH('b'),
    })
    expect(right.at.stage).toBe('specifying')
  })

  it('refuses a result of an attempt that is not waited for', () => {
    const state = stateAt('coding')
    const stale = { ...result(state, FORWARD.verifying()), attempt: 'abcde12345.1.0' }
    expect(reduce(state, stale)).toEqual({
      ok: false,
      refusal: { code: 'stale_attempt', attempt: 'abcde12345.1.0' },
    })
  })

  it('takes a result once', () => {
    const state = stateAt('coding')
    const event = result(state, FORWARD.verifying())
    expect(reduce(mustReduce(state, event), event).ok).toBe(false)
  })
})

describe('going back', () => {
  it('returns a failed proof to the coder with the failures and the change it made', () => {
    const state = stateAt('verifying')
    const back = mustReduce(state, result(state, { kind: 'proof_failed', failures: [failure] }))
    expect(back.at).toMatchObject({
      stage: 'coding',
      previous: CHANGE,
      feedback: { ...NO_FEEDBACK, failures: [failure] },
      pull: null,
      settled: null,
    })
    expect(back.rounds).toBe(1)
  })

  it('returns only for findings that the runner could show', () => {
    const state = stateAt('reviewing')
    const claimed = { ...VERDICT, findings: [{ ...blocking, standing: 'not_demonstrated' as const }] }
    expect(mustReduce(state, result(state, { kind: 'change_reviewed', verdict: claimed })).at.stage).toBe(
      'publishing',
    )
    const shown = { ...VERDICT, findings: [blocking] }
    expect(mustReduce(state, result(state, { kind: 'change_reviewed', verdict: shown })).at.stage).toBe(
      'coding',
    )
  })

  it('stops when the same tests fail again after another try', () => {
    let state = stateAt('verifying')
    state = mustReduce(state, result(state, { kind: 'proof_failed', failures: [failure] }))
    state = mustReduce(state, result(state, FORWARD.verifying({ ...CHANGE, diff_hash: HASH('f') })))
    state = mustReduce(state, result(state, { kind: 'proof_failed', failures: [failure] }))
    expect(state.at).toMatchObject({
      stage: 'blocked',
      reason: { code: 'no_progress' },
      from: { stage: 'coding' },
    })
  })

  it('stops when the coder hands in the same diff again', () => {
    let state = stateAt('verifying')
    state = mustReduce(state, result(state, { kind: 'proof_failed', failures: [failure] }))
    state = mustReduce(state, result(state, FORWARD.verifying()))
    expect(state.at).toMatchObject({ stage: 'blocked', reason: { code: 'no_progress' } })
  })

  it('stops when the rounds are used up, whatever else changed', () => {
    let state = stateAt('verifying')
    for (const round of ['1', '2', '3']) {
      const other = { ...failure, subject: `test ${round}` }
      state = mustReduce(state, result(state, { kind: 'proof_failed', failures: [other] }))
      if (state.at.stage === 'blocked') break
      state = mustReduce(state, result(state, FORWARD.verifying({ ...CHANGE, diff_hash: HASH(round) })))
    }
    expect(state.at).toMatchObject({
      stage: 'blocked',
      reason: { code: 'rounds_spent', detail: expect.stringContaining('regression: test 3') },
    })
    expect(state.rounds).toBe(2)
  })

  it('goes on from a hold at the stage it was held at, and asks for its work again', () => {
    const state = stateAt('coding')
    const failed = result(state, {
      kind: 'stage_failed',
      code: 'model_unavailable',
      detail: '',
      resumable: true,
    })
    const held = mustReduce(state, failed)
    expect(held.at.stage).toBe('blocked')
    const again = mustReduce(held, { kind: 'retry_requested', at: later(99), by: ALICE, stage: null })
    expect(again.at).toEqual(state.at)
    expect(again.pending.map((effect) => effect.kind)).toEqual(['write_code'])
  })

  it('ends a run whose failure nobody can mend', () => {
    const state = stateAt('coding')
    const failed = result(state, {
      kind: 'stage_failed',
      code: 'nothing_changed',
      detail: 'x',
      resumable: false,
    })
    expect(mustReduce(state, failed).at).toMatchObject({
      stage: 'failed',
      reason: { code: 'nothing_changed', detail: 'x' },
    })
  })
})

describe('stopping', () => {
  const running = [
    intakeState(),
    ...(
      ['planning', 'specifying', 'coding', 'verifying', 'reviewing', 'publishing', 'integrating'] as const
    ).map((s) => stateAt(s)),
  ]

  it.each(running.map((state) => [state.at.stage, state] as const))(
    'works at %s, and cancels what runs',
    (_stage, state) => {
      const reduced = reduce(state, { kind: 'label_removed', at: later(500), by: ALICE, label: 'millwright' })
      expect(reduced).toMatchObject({
        ok: true,
        state: { at: { stage: 'stopped', by: ALICE }, pending: [] },
        effects: [{ kind: 'cancel_work' }],
      })
    },
  )

  it('does not happen for another label', () => {
    expect(
      reduce(stateAt('coding'), { kind: 'label_removed', at: later(1), by: ALICE, label: 'bug' }).ok,
    ).toBe(false)
  })

  it('pauses with the difference when the text of the issue changes, and not when it is saved unchanged', () => {
    const state = stateAt('coding')
    const edit = { kind: 'issue_edited', at: later(1), by: BOB, difference: '-loses\n+keeps' } as const
    expect(mustReduce(state, { ...edit, hash: HASH('0') }).at).toMatchObject({
      stage: 'paused',
      by: BOB,
      reason: { code: 'issue_changed', detail: '-loses\n+keeps' },
      from: { stage: 'coding' },
    })
    expect(reduce(state, { ...edit, hash: HASH('a') }).ok).toBe(false)
    expect(reduce(intakeState(), { ...edit, hash: HASH('a') }).ok).toBe(false)
    expect(mustReduce(intakeState(), { ...edit, hash: HASH('0') }).at.stage).toBe('paused')
  })
})

describe('work that was ended from outside', () => {
  const cancelled = (attempt: string) =>
    ({
      kind: 'work_cancelled',
      at: later(600),
      attempt,
      spent: { ...NO_SPEND, usd: 0.4, turns: 2 },
      continuity: NO_CONTINUITY,
    }) as const

  it('is charged wherever the run is by then, also at an end, and moves nothing', () => {
    const coding = stateAt('coding')
    const stopped = mustReduce(coding, { kind: 'stop_requested', at: later(500), by: ALICE })
    const charged = mustReduce(stopped, cancelled('abcde12345.3.0'))
    expect(charged).toEqual({
      ...stopped,
      rev: stopped.rev + 1,
      spent: { ...stopped.spent, usd: stopped.spent.usd + 0.4, turns: stopped.spent.turns + 2 },
    })
    const paused = mustReduce(coding, { kind: 'pause_requested', at: later(500), by: ALICE })
    expect(mustReduce(paused, cancelled('abcde12345.3.0')).spent.turns).toBe(coding.spent.turns + 2)
  })

  it('is not charged to another run of the same issue', () => {
    expect(reduce(stateAt('coding'), cancelled('zzzzz12345.3.0')).ok).toBe(false)
  })
})

describe('the table', () => {
  it('reaches every stage from intake', () => {
    const reached = new Set<string>(['intake'])
    for (let before = 0; before < reached.size;) {
      before = reached.size
      for (const stage of STAGES.filter((one) => reached.has(one))) {
        const row: Row = TRANSITIONS[stage]
        for (const edge of Object.values(row).flat())
          if (edge.to !== 'held' && edge.to !== 'here') reached.add(edge.to)
      }
    }
    expect([...reached].sort()).toEqual([...STAGES].sort())
  })

  it('lets every stage that is no end be stopped', () => {
    for (const stage of STAGES.filter((one) => !isTerminal(one))) {
      expect(edgesFor(stage, 'stop_requested').map((edge) => edge.to)).toEqual(['stopped'])
    }
  })

  it('has no edge out of an end', () => {
    for (const stage of STAGES.filter(isTerminal))
      for (const edge of Object.values(TRANSITIONS[stage]).flat()) expect(edge.to).toBe('here')
  })
})
