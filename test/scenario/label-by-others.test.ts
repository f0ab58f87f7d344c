import { createHmac } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { APP_SLUG, LABEL } from '../../src/app/demo/factory-floor.ts'
import { openScenarioRoom } from '../support/floor.ts'
import type { Scenario, ScenarioRoom } from '../support/floor.ts'
import { startRoleModel } from '../support/role-model.ts'
import { expectEnd, expectNothingHalfDone } from '../support/scenario-checks.ts'
import { SMALL_ISSUE, SMALL_REPOSITORY } from '../support/small-repository.ts'

const MINUTES = 5 * 60_000
const ONLY_WRITERS =
  'Only people with write access to this repository may start work, and the person who added the label has none right now.'
const ONLY_PEOPLE =
  'Work starts when a person adds the label to an issue that is there, and this label came another way.'

let room: ScenarioRoom
beforeAll(async () => void (room = await openScenarioRoom()), MINUTES)
afterAll(() => room.close())

/** The delivery of a label that GitHub itself would not let them add: signed as GitHub signs, so only we can refuse it. */
async function labelAs(scenario: Scenario, login: string, type: 'User' | 'Bot' = 'User'): Promise<void> {
  const { forge, mill } = scenario.floor
  const secret = forge.state.apps[0]?.hook?.secret ?? ''
  // That of whoever really put the label there is lost.
  forge.listen(APP_SLUG, { url: `${forge.url}/nowhere`, secret })
  const number = scenario.begin(SMALL_ISSUE)
  const repo = forge.repo(scenario.name)
  const id = forge.state.accounts.get(login)?.id ?? 4711
  const author = forge.state.accounts.get('alice')
  const payload = {
    action: 'labeled',
    label: { name: LABEL },
    issue: {
      number,
      ...SMALL_ISSUE,
      user: { id: author?.id, login: 'alice', type: 'User' },
      created_at: '2026-11-19T09:00:00Z',
      updated_at: '2026-11-20T10:00:00Z',
    },
    repository: { id: repo.id, name: repo.name, owner: { login: 'acme' } },
    sender: { id, login, type },
  }
  const body = JSON.stringify(payload)
  const headers = {
    'content-type': 'application/json',
    'x-github-event': 'issues',
    'x-github-delivery': '72d3162e-cc78-11e3-81ab-4c9367dc0958',
    'x-hub-signature-256': `sha256=${createHmac('sha256', secret).update(body).digest('hex')}`,
  }
  expect((await fetch(mill.webhookUrl, { method: 'POST', headers, body })).status).toBe(202)
}

describe('a label', () => {
  it.each([
    { who: 'who may only read', login: 'rita', has: 'read' },
    { who: 'whom a public repository lets read', login: 'sam', has: 'read' },
    { who: 'who has no part in a private repository', login: 'sam', has: 'none', isPrivate: true },
    { who: 'whom GitHub does not know', login: 'nobody', has: 'none' },
  ])(
    'by somebody $who starts nothing, and the issue says so',
    async ({ login, has, isPrivate = false }) => {
      const detail = `${login} has the permission "${has}"; "write" is needed.`
      const model = await startRoleModel({})
      const repository = { private: isPrivate, collaborators: { alice: 'write', bob: 'triage' } } as const
      await room.play({ files: SMALL_REPOSITORY, repository, model }, async (scenario) => {
        const { forge } = scenario.floor
        for (const known of ['rita', 'sam']) forge.seedUser({ login: known })
        forge.repo(scenario.name).collaborators.set('rita', 'read')
        await labelAs(scenario, login)
        expectEnd(scenario, await scenario.ended(), { stage: 'failed', code: 'not_permitted' })
        expect(scenario.status()).toContain(`${ONLY_WRITERS}\n\n\`\`\`text\n${detail}\n\`\`\``)
        expect(model.asked).toEqual([])
        await expectNothingHalfDone(scenario)
      })
    },
    MINUTES,
  )

  it(
    'by a bot starts nothing, and the issue says so',
    async () => {
      const model = await startRoleModel({})
      await room.play({ files: SMALL_REPOSITORY, model }, async (scenario) => {
        await labelAs(scenario, 'dependabot[bot]', 'Bot')
        expectEnd(scenario, await scenario.ended(), { stage: 'failed', code: 'not_by_person' })
        expect(scenario.status()).toContain(
          `${ONLY_PEOPLE}\n\n\`\`\`text\ndependabot[bot] is no person.\n\`\`\``,
        )
        expect(model.asked).toEqual([])
        await expectNothingHalfDone(scenario)
      })
    },
    MINUTES,
  )

  it(
    'F-49: by somebody who lost write access since starts nothing: what counts is what they may do now',
    async () => {
      const model = await startRoleModel({})
      await room.play({ files: SMALL_REPOSITORY, model }, async (scenario) => {
        scenario.begin(SMALL_ISSUE)
        scenario.floor.forge.repo(scenario.name).collaborators.delete('alice')
        expectEnd(scenario, await scenario.ended(), { stage: 'failed', code: 'not_permitted' })
        expect(scenario.status()).toContain(
          `${ONLY_WRITERS}\n\n\`\`\`text\nalice has the permission "read"; "write" is needed.\n\`\`\``,
        )
        expect(model.asked).toEqual([])
      })
    },
    MINUTES,
  )

  it(
    'on an issue whose author deleted their account starts nothing: nobody answers for its text',
    async () => {
      const model = await startRoleModel({})
      await room.play({ files: SMALL_REPOSITORY, model }, async (scenario) => {
        const { forge } = scenario.floor
        const createdAt = new Date(Date.now() - 60_000).toISOString()
        const number = forge.as('bob').openIssue(scenario.name, { ...SMALL_ISSUE, createdAt })
        forge.as('bob').deleteAccount()
        forge.as('alice').label(scenario.name, number, LABEL)
        expectEnd(scenario, await scenario.ended(), { stage: 'failed', code: 'author_not_permitted' })
        const text = scenario.status().split('```text\n')[1]?.split('\n```')[0]
        // Who deleted their account is `ghost` to everybody, as on GitHub's own pages.
        expect(text).toBe('ghost has the permission "none".')
        expect(model.asked).toEqual([])
      })
    },
    MINUTES,
  )
})
