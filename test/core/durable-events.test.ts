import { describe, expect, it } from '@jest/globals'
import type { RunEvent } from '../../src/core/event.ts'
import { reduce } from '../../src/core/reduce.ts'
import type { RunState } from '../../src/core/state.ts'
import { runState, workingPositionOf } from '../../src/core/state.ts'
import {
  ALICE,
  atPublishGate,
  BOB,
  FORWARD,
  intakeState,
  later,
  mustReduce,
  proposed,
  result,
  returned,
  stateAt,
  stateUnder,
} from '../support/states.ts'

const attemptOf = (state: RunState) => state.pending[0]?.id ?? 'none'
const delayed = (state: RunState, seconds: number, attempt = attemptOf(state)) =>
  ({
    kind: 'work_delayed',
    at: later(seconds),
    attempt,
    until: later(seconds + 900),
    code: 'model_unavailable',
    detail: '529 overloaded',
  }) as const
const taken: RunEvent = {
  kind: 'files_taken',
  at: later(60),
  runs: [{ issue: 9, run: 'zzzz12345' }],
  files: ['index.js'],
}
const free = { kind: 'files_free', at: later(300) } as const
const rebuilt = (files: 'there' | 'gone') => ({ kind: 'state_rebuilt', at: later(500), files }) as const
const lost = (state: RunState) => ({ kind: 'files_lost', at: later(500), attempt: attemptOf(state) }) as const
const givenUp = { kind: 'event_given_up', at: later(500), what: 'command_said' } as const
const resume = { kind: 'resume_requested', at: later(600), by: ALICE } as const

describe('work that is told to come back later', () => {
  it('is noted, and neither moves the run nor makes it look as if it had just come there', () => {
    const state = stateAt('coding')
    const reduced = reduce(state, delayed(state, 100))
    const waits = { until: later(1000), code: 'model_unavailable', since: later(100) }
    expect(reduced).toEqual({ ok: true, state: { ...state, rev: state.rev + 1, waits }, effects: [] })
  })

  it('keeps the time since when it waits, however often it is told', () => {
    const state = stateAt('coding')
    const twice = mustReduce(mustReduce(state, delayed(state, 100)), delayed(state, 1000))
    expect(twice.waits).toEqual({ until: later(1900), code: 'model_unavailable', since: later(100) })
  })

  it('waits no more once the attempt is answered, cancelled, or the run moved', () => {
    const state = stateAt('coding')
    const waiting = mustReduce(state, delayed(state, 100))
    expect(mustReduce(waiting, result(waiting, FORWARD.verifying())).waits).toBeNull()
    expect(mustReduce(waiting, { kind: 'pause_requested', at: later(200), by: ALICE }).waits).toBeNull()
    const { spent, continuity } = result(waiting, FORWARD.verifying())
    const cancelled = {
      kind: 'work_cancelled',
      at: later(200),
      attempt: attemptOf(waiting),
      spent,
      continuity,
    } as const
    expect(mustReduce(waiting, cancelled).waits).toBeNull()
    expect(mustReduce(waiting, { kind: 'hold_requested', at: later(200), by: ALICE }).waits).toEqual(
      waiting.waits,
    )
  })

  it('is not noted for an attempt that nobody waits for', () => {
    const state = stateAt('coding')
    expect(reduce(state, delayed(state, 100, 'abcde12345.1.0'))).toEqual({
      ok: false,
      refusal: { code: 'stale_attempt', attempt: 'abcde12345.1.0' },
    })
  })
})

describe('a run whose files another run changes', () => {
  const waiting = mustReduce(stateAt('specifying'), taken)

  it('waits before its first line is written, with no work left to do and no visit counted', () => {
    const before = stateAt('specifying')
    expect(waiting.at).toEqual({
      stage: 'blocked',
      reason: { code: 'waits_for_run', detail: '9\n1\nindex.js' },
      from: before.at,
    })
    expect(waiting.pending).toEqual([])
    expect(waiting.visits).toEqual(before.visits)
  })

  it('goes on by itself when the files are free, and asks for its work then', () => {
    const reduced = reduce(waiting, free)
    expect(reduced).toMatchObject({ ok: true, state: { at: { stage: 'specifying' } } })
    expect(reduced.ok && reduced.effects.map(({ kind }) => kind)).toEqual(['write_tests'])
  })

  it('goes on at once when a writer says so', () => {
    expect(mustReduce(waiting, resume).at.stage).toBe('specifying')
    const retry = { kind: 'retry_requested', at: later(100), by: ALICE, stage: null } as const
    expect(mustReduce(waiting, retry).at.stage).toBe('specifying')
  })

  it('takes free files for nothing where it is blocked for another reason', () => {
    const state = stateAt('specifying')
    const failed = result(state, {
      kind: 'stage_failed',
      code: 'model_unavailable',
      detail: '',
      resumable: true,
    })
    expect(reduce(mustReduce(state, failed), free)).toMatchObject({
      ok: false,
      refusal: { code: 'guard_failed' },
    })
    expect(reduce(stateAt('coding'), free)).toMatchObject({ ok: false, refusal: { code: 'not_here' } })
  })

  it('keeps five files and their number, and no line that a path made', () => {
    const files = ['a\n#1', ...Array.from({ length: 8 }, (_, i) => `${'x'.repeat(4000)}${i}`)]
    const runs = Array.from({ length: 40 }, (_, i) => ({ issue: 100 + i, run: 'zzzz12345' }))
    const { at } = mustReduce(stateAt('specifying'), { kind: 'files_taken', at: later(60), runs, files })
    const lines = at.stage === 'blocked' ? at.reason.detail.split('\n') : []
    expect(lines).toHaveLength(7)
    expect(lines[1]).toBe('9')
    expect(lines[2]).toBe('a #1')
    expect(runState.shape.at.safeParse(at).success).toBe(true)
  })
})

describe('a run that is found again after the database was lost', () => {
  it('goes on where it was, with the work it waits for, where its commits are there', () => {
    for (const stage of ['planning', 'specifying', 'coding', 'publishing', 'integrating'] as const) {
      const state = stateAt(stage)
      expect(reduce(state, rebuilt('there'))).toEqual({
        ok: true,
        state: { ...state, rev: state.rev + 1 },
        effects: [],
      })
    }
  })

  it('waits for a word above trust level 2', () => {
    for (const stage of ['planning', 'coding', 'integrating'] as const) {
      const paused = mustReduce(stateUnder({ trust: 3 }, stage), rebuilt('there'))
      expect(paused.at).toMatchObject({
        stage: 'paused',
        by: null,
        reason: { code: 'rebuilt' },
        from: { stage },
      })
      expect(mustReduce(paused, resume).at.stage).toBe(stage)
    }
  })

  it('does so above level 2 also where it waits for files, and would go on by itself', () => {
    const waiting = mustReduce(stateUnder({ trust: 3 }, 'specifying'), taken)
    const paused = mustReduce(waiting, rebuilt('there'))
    expect(paused.at).toMatchObject({
      stage: 'paused',
      reason: { code: 'rebuilt' },
      from: { stage: 'specifying' },
    })
    expect(reduce(paused, free)).toMatchObject({ ok: false })
  })

  it('is planned again without its commits, with what it spent, its rounds and its visits', () => {
    const state = { ...stateAt('verifying'), rounds: 1, seen: ['diff:1'] }
    const reduced = reduce(state, rebuilt('gone'))
    if (!reduced.ok) throw new Error('refused')
    expect(reduced.state.at).toEqual({
      stage: 'planning',
      spec: 'spec' in state.at && state.at.spec,
      remarks: null,
    })
    expect(reduced.effects.map(({ kind }) => kind)).toEqual(['cancel_work', 'make_plan'])
    const { spent, rounds, visits, seen } = reduced.state
    expect({ spent, rounds, seen }).toEqual({ spent: state.spent, rounds: 1, seen: [] })
    expect(visits.map(({ stage }) => stage)).toEqual([
      'intake',
      'planning',
      'specifying',
      'coding',
      'verifying',
    ])
  })

  it('is planned again at trust level 1 in any case, once it was planned', () => {
    expect(mustReduce(stateUnder({ trust: 1 }, 'coding'), rebuilt('there')).at.stage).toBe('planning')
    const planning = stateUnder({ trust: 1 }, 'planning')
    expect(mustReduce(planning, rebuilt('there')).at).toEqual(planning.at)
    const gate = stateUnder({ trust: 1, plan_gate: 'human' }, 'specifying')
    expect(mustReduce(gate, rebuilt('gone')).at).toEqual(gate.at)
  })

  it('is planned again after a word, above level 2 and without its commits', () => {
    const paused = mustReduce(stateUnder({ trust: 4 }, 'coding'), rebuilt('gone'))
    expect(paused.at).toMatchObject({
      stage: 'paused',
      reason: { code: 'rebuilt' },
      from: { stage: 'planning' },
    })
    expect(mustReduce(paused, resume).at.stage).toBe('planning')
  })

  it('is stuck with a pull request and without the commits that its rework begins with', () => {
    const blocked = mustReduce(returned(), rebuilt('gone'))
    expect(blocked.at).toMatchObject({
      stage: 'blocked',
      reason: { code: 'files_gone' },
      from: { stage: 'coding' },
    })
    const draft = stateAt('integrating')
    expect(mustReduce(draft, rebuilt('gone')).at).toEqual(draft.at)
  })

  it('stays held where somebody holds it, and over where it is over', () => {
    const paused = mustReduce(stateUnder({ trust: 3 }, 'coding'), {
      kind: 'pause_requested',
      at: later(50),
      by: BOB,
    })
    for (const held of [paused, atPublishGate()])
      expect(mustReduce(held, rebuilt('gone')).at).toEqual(held.at)
    expect(reduce(proposed(), rebuilt('there'))).toMatchObject({ ok: false, refusal: { code: 'not_here' } })
    expect(mustReduce(intakeState(), rebuilt('there')).at.stage).toBe('intake')
  })
})

describe('work that finds the commits of its run nowhere', () => {
  it('leads to a new plan where nothing is published, at any trust level', () => {
    for (const trust of [1, 2, 3]) {
      const state = stateUnder({ trust }, 'reviewing')
      const reduced = reduce(state, lost(state))
      expect(reduced).toMatchObject({ ok: true, state: { at: { stage: 'planning' }, spent: state.spent } })
      expect(reduced.ok && reduced.effects.map(({ kind }) => kind)).toEqual(['make_plan'])
    }
  })

  it('is stuck where there is a pull request, and looks again when asked', () => {
    const state = returned()
    const blocked = mustReduce(state, lost(state))
    expect(blocked.at).toMatchObject({ stage: 'blocked', reason: { code: 'files_gone' } })
    const again = mustReduce(blocked, { kind: 'retry_requested', at: later(600), by: ALICE, stage: null })
    expect(again.at).toEqual(state.at)
  })

  it('says nothing for an attempt that nobody waits for', () => {
    const event = { ...lost(stateAt('coding')), attempt: 'abcde12345.1.0' }
    expect(reduce(stateAt('coding'), event)).toMatchObject({ ok: false, refusal: { code: 'stale_attempt' } })
  })
})

describe('something that was given up', () => {
  it('holds a run wherever it is, until a writer lets it go on from there', () => {
    const starts = [
      intakeState(),
      stateAt('coding'),
      stateAt('integrating'),
      mustReduce(stateAt('specifying'), taken),
    ]
    for (const state of starts) {
      const blocked = mustReduce(state, givenUp)
      expect(blocked.at).toMatchObject({
        stage: 'blocked',
        reason: { code: 'gave_up', detail: 'command_said' },
      })
      expect(mustReduce(blocked, resume).at).toEqual(workingPositionOf(state))
    }
  })

  it('publishes nothing that waits for an approval', () => {
    const resumed = mustReduce(mustReduce(atPublishGate(), givenUp), resume)
    expect(resumed.at.stage).toBe('reviewing')
    expect(mustReduce(resumed, result(resumed, FORWARD.publishing())).at).toMatchObject({
      stage: 'paused',
      reason: { code: 'publish_gate' },
    })
  })

  it('means nothing for a run that is over', () => {
    expect(reduce(proposed(), givenUp)).toMatchObject({ ok: false, refusal: { code: 'not_here' } })
  })
})
