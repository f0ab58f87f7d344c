import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import type { FailureCode } from '../../src/core/event.ts'
import { openScenarioRoom } from '../support/floor.ts'
import type { ScenarioRoom } from '../support/floor.ts'
import { calls, startRoleModel, UNDERSTOOD } from '../support/role-model.ts'
import type { RoleScripts } from '../support/role-model.ts'
import { expectEnd, expectNothingHalfDone } from '../support/scenario-checks.ts'
import { submit, text } from '../support/scripted-model.ts'
import { HONEST_WORK, SMALL_ISSUE, SMALL_REPOSITORY } from '../support/small-repository.ts'

const MINUTES = 5 * 60_000

let room: ScenarioRoom
beforeAll(async () => void (room = await openScenarioRoom()), MINUTES)
afterAll(() => room.close())

const prose = { content: [text('I had a look around and all seems well to me.')] }
const empty = { content: [], stop_reason: 'end_turn' }
const glance = calls(['read', { file_path: 'lib/sum.js' }])

interface Story {
  readonly title: string
  readonly script: RoleScripts
  readonly code: FailureCode
  /** The roles that were asked, one entry per request. */
  readonly asked: readonly string[]
}

const times = (count: number, role: string): string[] => Array.from({ length: count }, () => role)

const STORIES: readonly Story[] = [
  {
    title: 'says nothing of the issue, twice',
    script: { intake: [prose, empty] },
    code: 'model_no_answer',
    asked: times(2, 'intake'),
  },
  {
    title: 'reads the issue into another shape, twice',
    script: { intake: [submit({ ...UNDERSTOOD, kind: 'wish' }), submit({ problem: 'It is broken.' })] },
    code: 'model_bad_answer',
    asked: times(2, 'intake'),
  },
  {
    title: 'answers with prose, twice',
    script: { architect: [prose, prose] },
    code: 'model_no_answer',
    asked: ['intake', ...times(2, 'architect')],
  },
  {
    title: 'F-31: stops early with nothing at all, twice',
    script: { architect: [empty, empty] },
    code: 'model_no_answer',
    asked: ['intake', ...times(2, 'architect')],
  },
  {
    title: 'F-29: declines',
    script: { architect: [{ content: [text('No.')], stop_reason: 'refusal' }] },
    code: 'model_refused',
    asked: ['intake', ...times(1, 'architect')],
  },
  {
    title: 'F-30: hands in something of another shape, twice',
    script: { architect: [submit({ outcome: 'plan', plan: 'later' }), submit({ answer: 42 })] },
    code: 'model_bad_answer',
    asked: ['intake', ...times(2, 'architect')],
  },
  {
    title: 'F-32: makes the same call again and again',
    script: { architect: () => glance },
    code: 'model_loop',
    asked: ['intake', ...times(5, 'architect')],
  },
  {
    title: 'ends without changing anything',
    script: {
      ...HONEST_WORK,
      coder: [submit({ summary: 'It is fine as it is.', not_done: [], cannot: null })],
    },
    code: 'nothing_changed',
    asked: ['intake', 'architect', 'plan_reviewer', 'tester', 'coder'],
  },
]

describe('a model that', () => {
  for (const { title, script, code, asked } of STORIES) {
    it(
      `${title} ends the run with one sentence, and nothing half-done`,
      async () => {
        const model = await startRoleModel(script)
        await room.play({ files: SMALL_REPOSITORY, model }, async (scenario) => {
          scenario.begin(SMALL_ISSUE)
          expectEnd(scenario, await scenario.ended(), { stage: 'blocked', code })
          expect(model.roles()).toEqual(asked)
          await expectNothingHalfDone(scenario)
        })
      },
      MINUTES,
    )
  }
})
