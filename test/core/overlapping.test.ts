import { describe, expect, it } from '@jest/globals'
import { overlapping } from '../../src/core/overlapping.ts'
import type { RunState } from '../../src/core/state.ts'
import {
  ALICE,
  FORWARD,
  ISSUE,
  later,
  mustReduce,
  PLAN,
  result,
  stateAt,
  stateUnder,
} from '../support/states.ts'

/** A run of issue `number` at `specifying` whose plan names these paths. */
function planned(number: number, paths: readonly string[], policy = {}): RunState {
  const files = paths.map((path) => ({ path, change: 'edit', why: '' }) as const)
  const start = { ...stateUnder(policy, 'planning'), run: `run${number}abcdef`, issue: { ...ISSUE, number } }
  const made = { ...FORWARD.specifying(), plan: { ...PLAN, files } } as ReturnType<typeof FORWARD.specifying>
  return mustReduce(start, result(start, made))
}

/** Of each run that is in the way, its issue and the files. */
const found = (state: RunState, ...others: RunState[]) =>
  overlapping(state, others).map((other) => [other.state.issue.number, other.files])

describe('two runs overlap', () => {
  const ours = planned(12, ['src/a.ts', 'src/b.ts'])

  it('where their plans name the same file', () => {
    expect(found(ours, planned(13, ['src/b.ts', 'src/c.ts']), planned(14, ['src/c.ts']))).toEqual([
      [13, ['src/b.ts']],
    ])
  })

  it('where one names a folder that holds a file of the other, and not where a name only begins alike', () => {
    expect(found(ours, planned(13, ['src']))).toEqual([[13, ['src/a.ts', 'src/b.ts']]])
    expect(found(planned(12, ['src']), planned(13, ['src/deep/x.ts']))).toEqual([[13, ['src/deep/x.ts']]])
    expect(found(planned(12, ['src/a']), planned(13, ['src/a.ts', 'src/ab/c.ts']))).toEqual([])
  })

  it('whatever the case of the letters, and however an accent is written', () => {
    expect(found(ours, planned(13, ['SRC/A.TS']))).toEqual([[13, ['src/a.ts']]])
    expect(found(planned(12, ['caf\u00E9.ts']), planned(13, ['cafe\u0301.ts']))).toEqual([
      [13, ['caf\u00E9.ts']],
    ])
  })

  it('also with one that a person holds, and with one whose change is published', () => {
    const paused = mustReduce(planned(13, ['src/a.ts']), {
      kind: 'pause_requested',
      at: later(50),
      by: ALICE,
    })
    const published = { ...stateAt('integrating'), issue: { ...ISSUE, number: 14 } }
    expect(found(ours, paused)).toEqual([[13, ['src/a.ts']]])
    expect(found(planned(12, ['index.js']), published)).toEqual([[14, ['index.js']]])
  })

  it('not with itself, with another repository, or with one that is over', () => {
    const elsewhere = { ...planned(13, ['src/a.ts']), issue: { repo: { ...ISSUE.repo, id: 8 }, number: 13 } }
    const over = mustReduce(planned(14, ['src/a.ts']), { kind: 'stop_requested', at: later(50), by: ALICE })
    expect(found(ours, ours, elsewhere, over)).toEqual([])
  })

  it('not with one that has no plan yet, whose plan waits for approval, or that waits for files itself', () => {
    const planning = { ...stateAt('planning'), issue: { ...ISSUE, number: 13 } }
    const gate = planned(14, ['src/a.ts'], { plan_gate: 'human' })
    const waiting = mustReduce(planned(15, ['src/a.ts']), {
      kind: 'files_taken',
      at: later(50),
      runs: [{ issue: 12, run: ours.run }],
      files: ['src/a.ts'],
    })
    expect(gate.at.stage).toBe('awaiting_approval')
    expect(found(ours, planning, gate, waiting)).toEqual([])
  })
})
