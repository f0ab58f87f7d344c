import { createHmac } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { openScenarioRoom } from '../support/floor.ts'
import type { Scenario, ScenarioRoom } from '../support/floor.ts'
import { startRoleModel } from '../support/role-model.ts'
import { SMALL_ISSUE, SMALL_REPOSITORY } from '../support/small-repository.ts'

const MINUTES = 60_000

let room: ScenarioRoom
beforeAll(async () => {
  room = await openScenarioRoom()
}, MINUTES)
afterAll(() => room.close())

/** A delivery that would start a run, were it GitHub's: everything is right but what `change` makes wrong. */
async function deliver(
  scenario: Scenario,
  change: (request: { headers: Record<string, string>; body: string }) => void,
): Promise<number> {
  const { forge, mill } = scenario.floor
  const number = scenario.begin(SMALL_ISSUE, { label: false })
  const repo = forge.repo(scenario.name)
  const alice = [...forge.state.accounts.values()].find((account) => account.login === 'alice')
  const payload = {
    action: 'labeled',
    label: { name: 'millwright' },
    issue: {
      number,
      ...SMALL_ISSUE,
      user: { id: alice?.id, login: 'alice', type: 'User' },
      created_at: '2026-11-19T09:00:00Z',
      updated_at: '2026-11-20T10:00:00Z',
    },
    repository: { id: repo.id, name: repo.name, owner: { login: 'acme' } },
    sender: { id: alice?.id, login: 'alice', type: 'User' },
  }
  const secret = forge.state.apps[0]?.hook?.secret ?? ''
  const body = JSON.stringify(payload)
  const request = {
    body,
    headers: {
      'content-type': 'application/json',
      'x-github-event': 'issues',
      'x-github-delivery': '72d3162e-cc78-11e3-81ab-4c9367dc0958',
      'x-hub-signature-256': `sha256=${createHmac('sha256', secret).update(body).digest('hex')}`,
    } as Record<string, string>,
  }
  change(request)
  const answer = await fetch(mill.webhookUrl, { method: 'POST', ...request })
  await scenario.quiet()
  return answer.status
}

async function outcomeOf(change: Parameters<typeof deliver>[1]): Promise<{ status: number; began: boolean }> {
  const model = await startRoleModel({})
  let outcome = { status: 0, began: false }
  await room.play({ files: SMALL_REPOSITORY, model }, async (scenario) => {
    const status = await deliver(scenario, change)
    outcome = { status, began: scenario.states.length > 0 }
  })
  return outcome
}

describe('a webhook that is not from the forge', () => {
  it(
    'would start a run if it were: the request is right in every other way',
    async () => {
      expect(await outcomeOf(() => {})).toEqual({ status: 202, began: true })
    },
    MINUTES,
  )

  it.each<[string, Parameters<typeof deliver>[1]]>([
    [
      'signed with another secret',
      ({ headers, body }) => {
        headers['x-hub-signature-256'] =
          `sha256=${createHmac('sha256', 'guessed').update(body).digest('hex')}`
      },
    ],
    [
      'changed after it was signed',
      (request) => {
        request.body = request.body.replace('"labeled"', '"labeled" ')
      },
    ],
    [
      'not signed',
      ({ headers }) => {
        delete headers['x-hub-signature-256']
      },
    ],
    [
      'signed with SHA-1 only',
      ({ headers, body }) => {
        delete headers['x-hub-signature-256']
        headers['x-hub-signature'] = `sha1=${createHmac('sha1', 'guessed').update(body).digest('hex')}`
      },
    ],
    [
      'without an event name',
      ({ headers }) => {
        delete headers['x-github-event']
      },
    ],
  ])(
    'F-07: %s is refused and starts nothing',
    async (_what, change) => {
      const { status, began } = await outcomeOf(change)
      expect(began).toBe(false)
      expect(status).toBeGreaterThanOrEqual(400)
      expect(status).toBeLessThan(500)
    },
    MINUTES,
  )
})
