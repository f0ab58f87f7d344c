import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { branchName } from '../../src/core/branch-name.ts'
import { openScenarioRoom } from '../support/floor.ts'
import type { Scenario, ScenarioRoom } from '../support/floor.ts'
import { startRoleModel } from '../support/role-model.ts'
import { expectEnd } from '../support/scenario-checks.ts'
import { HONEST_WORK, SMALL_ISSUE, SMALL_PLAN, SMALL_REPOSITORY } from '../support/small-repository.ts'

const MINUTES = 5 * 60_000

let room: ScenarioRoom
beforeAll(async () => void (room = await openScenarioRoom()), MINUTES)
afterAll(() => room.close())

describe('a branch that somebody else has pushed to', () => {
  it(
    'F-40: is left to them: no commit, no pull request, and the issue says why',
    async () => {
      let told: Scenario | undefined
      let branch = ''
      let pushed = ''
      const model = await startRoleModel({
        ...HONEST_WORK,
        reviewer: async () => {
          if (!told) throw new Error('The reviewer was asked before the story began')
          branch = branchName({ issue: 1, title: SMALL_PLAN.title, run: told.states[0]?.run ?? '' })
          const change = { branch, message: 'Mine now', files: { 'mine.txt': 'hers\n' } }
          pushed = await told.floor.forge.as('alice').push(told.name, change)
          return HONEST_WORK.reviewer[0]
        },
      })
      await room.play({ files: SMALL_REPOSITORY, model }, async (scenario) => {
        told = scenario
        scenario.begin(SMALL_ISSUE)
        expectEnd(scenario, await scenario.ended(), { stage: 'blocked', code: 'branch_moved' })
        expect(scenario.status()).toContain(`The branch ${branch} points to ${pushed}`)
        const { git, checks } = scenario.floor.forge.repo(scenario.name)
        expect(await git.ref(`refs/heads/${branch}`)).toBe(pushed)
        expect([await scenario.branches(), scenario.pulls(), checks]).toEqual([['main', branch], [], []])
        expect(scenario.ours()).toHaveLength(1)
        expect(await scenario.leftovers()).toEqual({ checkouts: [], processes: [] })
      })
    },
    MINUTES,
  )
})
