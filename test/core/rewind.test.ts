import { describe, expect, it } from '@jest/globals'
import { rewound } from '../../src/core/rewind.ts'
import { WORKING_STAGES } from '../../src/core/stage.ts'
import { workingPositionOf } from '../../src/core/state.ts'
import {
  atPublishGate,
  CHANGE,
  EVIDENCE,
  intakeState,
  returned,
  stateAt,
  stateUnder,
} from '../support/states.ts'

const from = (state: ReturnType<typeof intakeState>) => workingPositionOf(state)

describe('beginning again at an earlier stage', () => {
  it.each([
    ['intake', intakeState(), ['intake']],
    ['planning', stateAt('planning'), ['intake', 'planning']],
    [
      'awaiting_approval',
      stateUnder({ plan_gate: 'human' }, 'specifying'),
      ['intake', 'planning', 'awaiting_approval'],
    ],
    ['specifying', stateAt('specifying'), ['intake', 'planning', 'specifying']],
    ['coding', stateAt('coding'), ['intake', 'planning', 'specifying', 'coding']],
    ['verifying', stateAt('verifying'), ['intake', 'planning', 'specifying', 'coding', 'verifying']],
    [
      'publishing',
      stateAt('publishing'),
      ['intake', 'planning', 'specifying', 'coding', 'verifying', 'reviewing', 'publishing'],
    ],
    ['integrating', stateAt('integrating'), ['coding', 'verifying', 'reviewing', 'integrating']],
    ['coding once there is a pull request', returned(), ['coding']],
  ])('from %s leads only to what the run has reached', (_name, state, reachable) => {
    expect(WORKING_STAGES.filter((stage) => rewound(from(state), stage) !== undefined)).toEqual(reachable)
  })

  it('without a stage is the position itself', () => {
    const state = stateAt('coding')
    expect(rewound(from(state), null)).toBe(from(state))
  })

  it('reads the issue anew where intake is named, also when it is there already', () => {
    expect(rewound(from(intakeState()), 'intake')).toEqual({ stage: 'intake', asked: null })
    expect(rewound(from(intakeState()), null)).toEqual(from(intakeState()))
    expect(rewound(from(stateAt('coding')), 'intake')).toEqual({ stage: 'intake', asked: null })
  })

  it('takes along what was known at that stage, and no more', () => {
    const gate = from(atPublishGate())
    const { change, evidence, verdict, ...rest } = gate as Extract<typeof gate, { stage: 'publishing' }>
    expect(verdict.findings).toEqual([])
    expect(rewound(gate, 'coding')).toEqual({
      ...rest,
      stage: 'coding',
      previous: CHANGE,
      settled: null,
      feedback: null,
    })
    expect(rewound(gate, 'verifying')).toEqual({ ...rest, stage: 'verifying', change })
    expect(rewound(gate, 'reviewing')).toEqual({ ...rest, stage: 'reviewing', change, evidence: EVIDENCE })
    expect(evidence).toEqual(EVIDENCE)
  })
})
