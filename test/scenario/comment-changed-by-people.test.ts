import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { LABEL } from '../../src/app/demo/factory-floor.ts'
import { openScenarioRoom } from '../support/floor.ts'
import type { Scenario, ScenarioRoom } from '../support/floor.ts'
import { startRoleModel } from '../support/role-model.ts'
import type { RoleModel } from '../support/role-model.ts'
import { expectEnd, expectNothingHalfDone, impatientClock } from '../support/scenario-checks.ts'
import { HONEST_WORK, SMALL_ISSUE, SMALL_REPOSITORY } from '../support/small-repository.ts'

const MINUTES = 5 * 60_000

let room: ScenarioRoom
beforeAll(async () => void (room = await openScenarioRoom()), MINUTES)
afterAll(() => room.close())

/** A run in which somebody acts while the plan reviewer is asked; the next thing would be the tester. */
async function playMeddling(
  meddle: (scenario: Scenario, comment: number) => void,
  story: (scenario: Scenario, model: RoleModel) => Promise<void>,
): Promise<void> {
  let told: Scenario | undefined
  const model = await startRoleModel({
    ...HONEST_WORK,
    plan_reviewer: () => {
      const comment = told?.ours()[0]
      if (!told || !comment) throw new Error('There is no comment to meddle with')
      meddle(told, comment.id)
      return HONEST_WORK.plan_reviewer[0]
    },
  })
  await room.play({ files: SMALL_REPOSITORY, model, clock: impatientClock() }, async (scenario) => {
    told = scenario
    scenario.begin(SMALL_ISSUE)
    await story(scenario, model)
  })
}

describe('a state comment that', () => {
  it(
    'F-47: a person edits blocks the run, visibly, and no model is asked again',
    async () => {
      await playMeddling(
        (scenario, comment) =>
          scenario.floor.forge.as('alice').editComment(scenario.name, comment, 'All done!'),
        async (scenario, model) => {
          expectEnd(scenario, await scenario.ended(), { stage: 'blocked', code: 'state_tampered' })
          expect(scenario.status()).toContain('its text was changed by alice')
          expect(model.roles()).toEqual(['intake', 'architect', 'plan_reviewer'])
          await expectNothingHalfDone(scenario)
        },
      )
    },
    MINUTES,
  )

  it(
    'F-47: a person puts back to an older text is not believed, although we signed it',
    async () => {
      await playMeddling(
        (scenario, comment) => {
          const [, first] = scenario.ours()[0]?.edits ?? []
          const older = (first?.body ?? '').replace('Planning', 'Planning ')
          scenario.floor.forge.as('alice').editComment(scenario.name, comment, older)
        },
        async (scenario, model) => {
          expectEnd(scenario, await scenario.ended(), { stage: 'blocked', code: 'state_tampered' })
          expect(scenario.status()).toContain('an older revision (1) was put back by alice')
          expect(model.roles()).toEqual(['intake', 'architect', 'plan_reviewer'])
          await expectNothingHalfDone(scenario)
        },
      )
    },
    MINUTES,
  )

  it(
    'F-47: a person deletes is posted anew, and says that it was deleted',
    async () => {
      await playMeddling(
        (scenario, comment) => scenario.floor.forge.as('alice').deleteComment(scenario.name, comment),
        async (scenario, model) => {
          expectEnd(scenario, await scenario.ended(), { stage: 'blocked', code: 'state_tampered' })
          expect(scenario.status()).toContain('the state comment was deleted')
          expect(model.roles()).toEqual(['intake', 'architect', 'plan_reviewer'])
          await expectNothingHalfDone(scenario)
        },
      )
    },
    MINUTES,
  )

  it(
    'a person edits before taking the label off does not keep the run from stopping',
    async () => {
      await playMeddling(
        (scenario, comment) => {
          const alice = scenario.floor.forge.as('alice')
          alice.editComment(scenario.name, comment, 'All done!')
          alice.unlabel(scenario.name, 1, LABEL)
        },
        async (scenario) => {
          await scenario.reaches(({ at }) => at.stage === 'stopped')
          await scenario.quiet()
          expect(scenario.states.map(({ at }) => at.stage).slice(-2)).toEqual(['blocked', 'stopped'])
          expect(scenario.status()).toContain('alice removed the label.')
          await expectNothingHalfDone(scenario)
        },
      )
    },
    MINUTES,
  )
})
