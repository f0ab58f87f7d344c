import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { install } from '../../src/adapters/local-forge/seed.ts'
import { APP_SLUG } from '../../src/app/demo/factory-floor.ts'
import { openScenarioRoom } from '../support/floor.ts'
import type { Scenario, ScenarioRoom } from '../support/floor.ts'
import { waitUntil } from '../support/host-processes.ts'
import { startRoleModel } from '../support/role-model.ts'
import { expectNothingHalfDone } from '../support/scenario-checks.ts'
import { HONEST_WORK, SMALL_ISSUE, SMALL_REPOSITORY } from '../support/small-repository.ts'

const MINUTES = 5 * 60_000
const ADMIN = { collaborators: { alice: 'admin', bob: 'triage' } } as const

let room: ScenarioRoom
beforeAll(async () => void (room = await openScenarioRoom()), MINUTES)
afterAll(() => room.close())

function installAgain({ floor }: Scenario): void {
  const { state } = floor.forge
  const app = state.apps.find(({ slug }) => slug === APP_SLUG)
  if (!app) throw new Error('There is no App')
  const there = state.installations.find((installation) => installation.app === app)
  if (there) there.repositories = 'all'
  else install(state, app, { account: 'acme' })
}

const writes = ({ floor }: Scenario): number =>
  floor.forge.requests.filter(({ method, status }) => method !== 'GET' && status < 300).length

describe('an App that is taken off while it works', () => {
  it.each(['uninstall', 'removeFromInstallation'] as const)(
    'F-63: by %s stops at once, and goes on when it is back and somebody says so',
    async (deed) => {
      const model = await startRoleModel({
        ...HONEST_WORK,
        architect: [{ hang: true }, ...HONEST_WORK.architect],
      })
      await room.play({ files: SMALL_REPOSITORY, repository: ADMIN, model }, async (scenario) => {
        const { forge } = scenario.floor
        scenario.begin(SMALL_ISSUE)
        await waitUntil(async () => model.askedBy('architect').length === 1, MINUTES)
        const before = writes(scenario)
        forge.as('alice')[deed](scenario.name, APP_SLUG)
        await model.hungUp
        await scenario.quiet()
        expect(scenario.log.filter(({ event }) => event === 'access_lost')).toHaveLength(1)
        expect(writes(scenario)).toBe(before)
        // The page is as it was: nobody could write there.
        expect(scenario.status()).toContain('### 🗺️ Planning')
        await expectNothingHalfDone(scenario)

        installAgain(scenario)
        forge.as('alice').comment(scenario.name, 1, '/mill explain')
        await scenario.quiet()
        expect(scenario.issue().comments.at(-1)?.body).toContain(
          'GitHub refused a request of mine. The reason is below.\n\n```text\nThe App was taken off this repository, or suspended, while I was at work.\n```',
        )
        expect(scenario.issue().comments[0]?.body).toContain(
          '- `/mill retry`: I try again from `planning`, where it stopped',
        )
        forge.as('alice').comment(scenario.name, 1, '/mill retry')
        await scenario.reaches(({ at }) => at.stage === 'integrating')
        await scenario.quiet()
        expect(scenario.pulls()).toHaveLength(1)
      })
    },
    MINUTES,
  )
})
