import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { LABEL } from '../../src/app/demo/factory-floor.ts'
import { openScenarioRoom } from '../support/floor.ts'
import type { Scenario, ScenarioRoom } from '../support/floor.ts'
import { processesWith, uniqueSeconds, waitUntil } from '../support/host-processes.ts'
import { calls, startRoleModel } from '../support/role-model.ts'
import type { RoleModel } from '../support/role-model.ts'
import { expectNothingHalfDone } from '../support/scenario-checks.ts'
import { HONEST_WORK, SMALL_ISSUE, SMALL_REPOSITORY } from '../support/small-repository.ts'

const MINUTES = 5 * 60_000
/** Longer than a request, a queue and a spawn take together: what was going to happen has happened. */
const A_WHILE_MS = 500

let room: ScenarioRoom
beforeAll(async () => void (room = await openScenarioRoom()), MINUTES)
afterAll(() => room.close())

async function expectSilence(scenario: Scenario, model: RoleModel): Promise<void> {
  const count = (): number[] => [model.asked.length, scenario.floor.forge.requests.length]
  const before = count()
  await sleep(A_WHILE_MS)
  expect(count()).toEqual(before)
}

describe('taking the label off', () => {
  it(
    'F-48: while the coder runs a command ends the command, the run and all requests',
    async () => {
      const seconds = uniqueSeconds()
      const long = calls(['bash', { command: `sleep ${seconds}` }])
      const model = await startRoleModel({ ...HONEST_WORK, coder: () => long })
      await room.play({ files: SMALL_REPOSITORY, model }, async (scenario) => {
        scenario.begin(SMALL_ISSUE)
        await scenario.reaches(({ at }) => at.stage === 'coding')
        await waitUntil(async () => (await processesWith(seconds)).length > 0, MINUTES)
        expect((await scenario.leftovers()).processes).not.toEqual([])
        scenario.floor.forge.as('bob').unlabel(scenario.name, 1, LABEL)
        const state = await scenario.ended()
        expect(state.at).toMatchObject({ stage: 'stopped', reason: { code: 'label_removed' } })
        expect(scenario.status()).toContain(
          'bob removed the label. Nothing more will happen. Adding it again starts over.',
        )
        expect(await processesWith(seconds)).toEqual([])
        expect(model.askedBy('coder')).toHaveLength(1)
        await expectNothingHalfDone(scenario)
        await expectSilence(scenario, model)
      })
    },
    MINUTES,
  )
})

describe('closing the issue', () => {
  it(
    'while the model thinks hangs up on it and stops the run',
    async () => {
      const model = await startRoleModel({ ...HONEST_WORK, architect: [{ hang: true }] })
      await room.play({ files: SMALL_REPOSITORY, model }, async (scenario) => {
        scenario.begin(SMALL_ISSUE)
        await waitUntil(async () => model.askedBy('architect').length === 1, MINUTES)
        await scenario.floor.forge.as('alice').closeIssue(scenario.name, 1)
        const state = await scenario.ended()
        await model.hungUp
        expect(state.at).toMatchObject({ stage: 'stopped', reason: { code: 'issue_closed' } })
        expect(scenario.status()).toContain(
          'The issue was closed by alice, so I stopped. Nothing more will happen.',
        )
        await expectNothingHalfDone(scenario)
        await expectSilence(scenario, model)
      })
    },
    MINUTES,
  )
})

describe('adding the label again after a stop', () => {
  it(
    'F-03: starts a new run with a comment of its own',
    async () => {
      const model = await startRoleModel({ architect: [{ hang: true }, { hang: true }] })
      await room.play({ files: SMALL_REPOSITORY, model }, async (scenario) => {
        const alice = scenario.floor.forge.as('alice')
        scenario.begin(SMALL_ISSUE)
        await waitUntil(async () => model.askedBy('architect').length === 1, MINUTES)
        alice.unlabel(scenario.name, 1, LABEL)
        await scenario.ended()
        alice.label(scenario.name, 1, LABEL)
        await waitUntil(async () => model.askedBy('architect').length === 2, MINUTES)
        expect(new Set(scenario.states.map(({ run }) => run)).size).toBe(2)
        expect(scenario.ours().map(({ body }) => body.split('\n')[0])).toEqual([
          '### 🛑 Stopped',
          '### 🗺️ Planning',
        ])
      })
    },
    MINUTES,
  )
})
