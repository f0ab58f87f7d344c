import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { ProbotOctokit } from 'probot'
import { LABEL } from '../../src/app/demo/factory-floor.ts'
import { openScenarioRoom } from '../support/floor.ts'
import type { Scenario, ScenarioRoom } from '../support/floor.ts'
import { waitUntil } from '../support/host-processes.ts'
import { startRoleModel } from '../support/role-model.ts'
import { expectEnd, expectNothingHalfDone } from '../support/scenario-checks.ts'
import { SMALL_ISSUE, SMALL_REPOSITORY } from '../support/small-repository.ts'

const MINUTES = 3 * 60_000

let room: ScenarioRoom
beforeAll(async () => void (room = await openScenarioRoom()), MINUTES)
afterAll(() => room.close())

function labelledBy(scenario: Scenario): unknown[] {
  return scenario.floor.forge.deliveries
    .filter(({ action }) => action === 'labeled')
    .map(({ payload, status }) => [(payload['sender'] as { login: string }).login, status])
}

describe('the label', () => {
  it(
    'added by somebody who may only read starts nothing, and the issue says so',
    async () => {
      const model = await startRoleModel({})
      await room.play({ files: SMALL_REPOSITORY, model }, async (scenario) => {
        scenario.begin(SMALL_ISSUE, { label: false })
        scenario.floor.forge.as('bob').label(scenario.name, 1, LABEL)
        expectEnd(scenario, await scenario.ended(), { stage: 'failed', code: 'not_permitted' })
        expect(scenario.status()).toContain('bob has the permission "read"; "write" is needed.')
        expect(model.asked).toEqual([])
        await expectNothingHalfDone(scenario)
      })
    },
    MINUTES,
  )

  it(
    'added by another App starts nothing, and nothing is said',
    async () => {
      const model = await startRoleModel({})
      await room.play({ files: SMALL_REPOSITORY, model }, async (scenario) => {
        const { forge } = scenario.floor
        const other = forge.seedApp({
          slug: 'labeller',
          owner: 'acme',
          permissions: { issues: 'write', metadata: 'read' },
          events: [],
          installations: [{ account: 'acme' }],
        })
        const installation = forge.state.installations.find(({ app }) => app.slug === 'labeller')
        const octokit = new ProbotOctokit({
          baseUrl: forge.url,
          throttle: { enabled: false },
          retry: { enabled: false },
          auth: { appId: other.id, privateKey: other.privateKey, installationId: installation?.id },
        })
        scenario.begin(SMALL_ISSUE, { label: false })
        await octokit.request('POST /repos/{owner}/{repo}/issues/{issue_number}/labels', {
          owner: 'acme',
          repo: 'widget',
          issue_number: 1,
          labels: [LABEL],
        })
        await scenario.quiet()
        expect(labelledBy(scenario)).toEqual([['labeller[bot]', 200]])
        expect([scenario.issue().comments, scenario.issue().reactions, model.asked]).toEqual([[], [], []])
        expect([scenario.states, scenario.traffic().writes]).toEqual([[], []])
      })
    },
    MINUTES,
  )

  it(
    'of another name starts nothing, and nothing is said',
    async () => {
      const model = await startRoleModel({})
      const repository = { labels: [LABEL, 'bug'] }
      await room.play({ files: SMALL_REPOSITORY, repository, model }, async (scenario) => {
        scenario.begin(SMALL_ISSUE, { label: false })
        scenario.floor.forge.as('alice').label(scenario.name, 1, 'bug')
        await scenario.quiet()
        expect(labelledBy(scenario)).toEqual([['alice', 200]])
        expect([scenario.issue().comments, scenario.issue().reactions, model.asked]).toEqual([[], [], []])
        expect([scenario.states, scenario.traffic().writes]).toEqual([[], []])
      })
    },
    MINUTES,
  )

  it(
    'added twice, and delivered twice, starts one run',
    async () => {
      const model = await startRoleModel({ architect: [{ hang: true }] })
      await room.play({ files: SMALL_REPOSITORY, model }, async (scenario) => {
        const { forge } = scenario.floor
        scenario.begin(SMALL_ISSUE)
        forge.as('bob').label(scenario.name, 1, LABEL)
        const [delivery] = forge.deliveries.filter(({ action }) => action === 'labeled')
        if (!delivery) throw new Error('Nothing was delivered')
        forge.state.redeliver(delivery)
        // GitHub repeats what it is not sure of under another id, too.
        const again = { ...delivery, guid: '00000000-0000-4000-8000-000000000000' }
        const headers = { ...delivery.requestHeaders, 'x-github-delivery': again.guid }
        forge.state.redeliver({ ...again, requestHeaders: headers })
        await forge.settled()
        await waitUntil(async () => model.asked.length === 1, MINUTES)
        expect(scenario.log.filter(({ event }) => event === 'accepted').length).toBeGreaterThanOrEqual(2)
        expect(scenario.log.map(({ event }) => event)).toContain('run_already_there')
        expect(new Set(scenario.states.map(({ run }) => run)).size).toBe(1)
        expect([scenario.ours().length, scenario.issue().reactions.length]).toEqual([1, 1])
      })
    },
    MINUTES,
  )
})
