import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { ProbotOctokit } from 'probot'
import { LABEL } from '../../src/app/demo/factory-floor.ts'
import { openScenarioRoom } from '../support/floor.ts'
import type { Scenario, ScenarioRoom } from '../support/floor.ts'
import { waitUntil } from '../support/host-processes.ts'
import { startRoleModel } from '../support/role-model.ts'
import { expectEnd, expectNothingHalfDone } from '../support/scenario-checks.ts'
import { submit } from '../support/scripted-model.ts'
import { SMALL_ISSUE, SMALL_REPOSITORY } from '../support/small-repository.ts'

const MINUTES = 5 * 60_000

const CANNOT = submit({ outcome: 'cannot', reason: 'Read it all.' })

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
    'added by another App starts nothing, and the issue says so, once',
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
        const where = { owner: 'acme', repo: 'widget', issue_number: 1 }
        const add = () =>
          octokit.request('POST /repos/{owner}/{repo}/issues/{issue_number}/labels', {
            ...where,
            labels: [LABEL],
          })
        await add()
        expectEnd(scenario, await scenario.ended(), { stage: 'failed', code: 'not_by_person' })
        expect(scenario.status()).toContain('labeller[bot] is no person.')
        await octokit.request('DELETE /repos/{owner}/{repo}/issues/{issue_number}/labels/{name}', {
          ...where,
          name: LABEL,
        })
        await add()
        await scenario.quiet()
        expect(labelledBy(scenario)).toEqual(Array(2).fill(['labeller[bot]', 202]))
        expect([scenario.states.length, model.asked]).toEqual([2, []])
        await expectNothingHalfDone(scenario)
      })
    },
    MINUTES,
  )

  it(
    'that an issue form brings starts nothing, and the issue says what does',
    async () => {
      const model = await startRoleModel({})
      await room.play({ files: SMALL_REPOSITORY, model }, async (scenario) => {
        const alice = scenario.floor.forge.as('alice')
        alice.openIssue(scenario.name, { ...SMALL_ISSUE, labels: [LABEL], byForm: true })
        expectEnd(scenario, await scenario.ended(), { stage: 'failed', code: 'not_by_person' })
        expect(scenario.status()).toContain(
          'The label came with the issue; a person has to add it: take it off and add it again.',
        )
        expect(model.asked).toEqual([])
        await expectNothingHalfDone(scenario)
      })
    },
    MINUTES,
  )

  it(
    'on an issue whose conversation is locked starts nothing',
    async () => {
      const model = await startRoleModel({})
      await room.play({ files: SMALL_REPOSITORY, model }, async (scenario) => {
        const number = scenario.begin(SMALL_ISSUE, { label: false })
        const alice = scenario.floor.forge.as('alice')
        alice.lockIssue(scenario.name, number)
        alice.label(scenario.name, number, LABEL)
        expectEnd(scenario, await scenario.ended(), { stage: 'failed', code: 'issue_locked' })
        expect(model.asked).toEqual([])
        await expectNothingHalfDone(scenario)
      })
    },
    MINUTES,
  )

  it(
    'on an issue that others block waits for them, by name',
    async () => {
      const model = await startRoleModel({ architect: [CANNOT] })
      await room.play({ files: SMALL_REPOSITORY, model }, async (scenario) => {
        const alice = scenario.floor.forge.as('alice')
        const first = scenario.begin({ title: 'the list must come first' }, { label: false })
        const number = scenario.begin(SMALL_ISSUE, { label: false })
        alice.blockedBy(scenario.name, number, first)
        alice.label(scenario.name, number, LABEL)
        const waiting = await scenario.ended()
        expect(waiting.at).toMatchObject({
          stage: 'blocked',
          reason: { code: 'waits_for_issues', detail: `#${first}` },
        })
        expect(scenario.status(number)).toContain(
          `This issue is blocked by others that are still open, so I wait for them.\n\n- #${first}`,
        )
        expect(model.asked).toEqual([])
        await alice.closeIssue(scenario.name, first)
        await scenario.reaches(({ at }) => at.stage === 'blocked' && at.reason.code === 'no_plan')
        expect(model.roles()).toEqual(['intake', 'architect'])
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
        expect(labelledBy(scenario)).toEqual([['alice', 202]])
        expect([scenario.issue().comments, scenario.issue().reactions, model.asked]).toEqual([[], [], []])
        expect([scenario.states, scenario.traffic().writes]).toEqual([[], []])
      })
    },
    MINUTES,
  )

  it(
    'F-01, F-03: added twice, and delivered twice, starts one run',
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
        await waitUntil(async () => model.askedBy('architect').length === 1, MINUTES)
        expect(scenario.log.filter(({ event }) => event === 'accepted').length).toBeGreaterThanOrEqual(2)
        expect(scenario.log.map(({ event }) => event)).toContain('run_already_there')
        expect(new Set(scenario.states.map(({ run }) => run)).size).toBe(1)
        expect([scenario.ours().length, scenario.issue().reactions.length]).toEqual([1, 1])
      })
    },
    MINUTES,
  )
})

describe('an issue by somebody who may not write', () => {
  it.each([
    {
      what: 'is not worked on, and says what would change that',
      config: '',
      end: { stage: 'failed', code: 'author_not_permitted' },
    },
    {
      what: 'is worked on where the config names the author',
      config: 'trust:\n  authors: [bob]\n',
      end: { stage: 'blocked', code: 'no_plan' },
    },
  ] as const)(
    '$what',
    async ({ config, end }) => {
      const model = await startRoleModel({ architect: [CANNOT] })
      const files = { ...SMALL_REPOSITORY, '.github/millwright.yml': config }
      await room.play({ files, model }, async (scenario) => {
        const { forge } = scenario.floor
        const createdAt = new Date(Date.now() - 60_000).toISOString()
        const number = forge.as('bob').openIssue(scenario.name, { ...SMALL_ISSUE, createdAt })
        forge.as('alice').label(scenario.name, number, LABEL)
        expectEnd(scenario, await scenario.ended(), end)
        expect(scenario.status().includes('bob has the permission "read".')).toBe(end.stage === 'failed')
        await expectNothingHalfDone(scenario)
      })
    },
    MINUTES,
  )
})
