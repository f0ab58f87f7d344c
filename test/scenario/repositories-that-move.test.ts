import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { install } from '../../src/adapters/local-forge/seed.ts'
import { APP_SLUG, LABEL } from '../../src/app/demo/factory-floor.ts'
import { openScenarioRoom } from '../support/floor.ts'
import type { Scenario, ScenarioRoom } from '../support/floor.ts'
import { startRoleModel, UNDERSTOOD } from '../support/role-model.ts'
import { submit } from '../support/scripted-model.ts'
import { HONEST_WORK, SMALL_ISSUE, SMALL_REPOSITORY } from '../support/small-repository.ts'

const MINUTES = 5 * 60_000
const ADMIN = { collaborators: { alice: 'admin', bob: 'triage' } } as const
/** Work that waits for an answer first. */
const ASKING = {
  ...HONEST_WORK,
  intake: [submit({ ...UNDERSTOOD, questions: ['Which numbers?'] }), ...HONEST_WORK.intake],
}
const DELIVERED = '### ✅ The draft pull request is ready for you'

let room: ScenarioRoom
beforeAll(async () => void (room = await openScenarioRoom()), MINUTES)
afterAll(() => room.close())

/** Honest work; `deed` happens while the tester is asked. */
async function duringWork(deed: () => void) {
  return startRoleModel({
    ...HONEST_WORK,
    tester: [
      () => {
        deed()
        return HONEST_WORK.tester[0]
      },
    ],
  })
}

async function untilItAsks(scenario: Scenario): Promise<void> {
  scenario.begin(SMALL_ISSUE)
  await scenario.reaches(({ at }) => at.stage === 'needs_info')
  await scenario.quiet()
}

/** What people see under the name that the repository has now. */
function seenAt(
  { floor }: Scenario,
  name: string,
): { pulls: readonly (string | undefined)[]; first: string } {
  const issues = [...floor.forge.repo(name).issues.values()]
  const pulls = issues.filter(({ pull }) => pull !== undefined).map(({ pull }) => pull?.headBranch)
  return { pulls, first: issues[0]?.comments[0]?.body.split('\n')[0] ?? '' }
}

const ONE_DRAFT = {
  pulls: [expect.stringMatching(/^millwright\/1-add-the-first-number-too-/)],
  first: DELIVERED,
}

describe('a repository that is renamed', () => {
  it(
    'while a run waits for an answer gets its draft under the new name',
    async () => {
      const model = await startRoleModel(ASKING)
      await room.play({ files: SMALL_REPOSITORY, repository: ADMIN, model }, async (scenario) => {
        await untilItAsks(scenario)
        const alice = scenario.floor.forge.as('alice')
        alice.renameRepository('acme/widget', 'gadget')
        alice.comment('acme/gadget', 1, 'All of them.')
        const end = await scenario.reaches(({ at }) => at.stage === 'integrating')
        await scenario.quiet()
        expect(end.issue.repo).toMatchObject({ owner: 'acme', name: 'gadget' })
        expect(seenAt(scenario, 'acme/gadget')).toEqual(ONE_DRAFT)
      })
    },
    MINUTES,
  )

  it(
    'F-16: under the hands of a run gets its draft, since GitHub forwards the old name',
    async () => {
      let rename = (): void => undefined
      const model = await duringWork(() => rename())
      await room.play({ files: SMALL_REPOSITORY, repository: ADMIN, model }, async (scenario) => {
        rename = () => scenario.floor.forge.as('alice').renameRepository('acme/widget', 'gadget')
        scenario.begin(SMALL_ISSUE)
        expect((await scenario.ended()).at.stage).toBe('integrating')
        expect(seenAt(scenario, 'acme/gadget')).toEqual(ONE_DRAFT)
        // A name costs a request more for each one, and nothing is written twice.
        const kept = scenario.traffic().writes.filter((line) => !line.endsWith(' 307'))
        expect(kept.length).toBeLessThanOrEqual(15)
      })
    },
    MINUTES,
  )
})

describe('a repository that is transferred while a run waits', () => {
  it(
    'to somebody who has the App, too, goes on there',
    async () => {
      const model = await startRoleModel(ASKING)
      await room.play({ files: SMALL_REPOSITORY, repository: ADMIN, model }, async (scenario) => {
        await untilItAsks(scenario)
        const { forge } = scenario.floor
        const app = forge.state.apps.find(({ slug }) => slug === APP_SLUG)
        if (!app) throw new Error('There is no App')
        install(forge.state, app, { account: 'bob' })
        forge.as('alice').transferRepository('acme/widget', 'bob')
        forge.as('bob').comment('bob/widget', 1, 'All of them.')
        await scenario.reaches(({ at }) => at.stage === 'integrating')
        await scenario.quiet()
        expect(seenAt(scenario, 'bob/widget')).toEqual(ONE_DRAFT)
      })
    },
    MINUTES,
  )

  it(
    'F-14: to somebody who has not hears nothing more of it, and neither do we',
    async () => {
      const model = await startRoleModel(ASKING)
      await room.play({ files: SMALL_REPOSITORY, repository: ADMIN, model }, async (scenario) => {
        await untilItAsks(scenario)
        const { forge } = scenario.floor
        const writes = scenario.traffic().writes.length
        forge.as('alice').transferRepository('acme/widget', 'bob')
        forge.as('bob').comment('bob/widget', 1, 'All of them.')
        await scenario.quiet()
        expect(scenario.traffic().writes).toHaveLength(writes)
        expect(seenAt(scenario, 'bob/widget')).toEqual({
          pulls: [],
          first: '### ❓ I need a few facts first',
        })
        expect(model.roles()).toEqual(['intake'])
      })
    },
    MINUTES,
  )
})

describe('a repository that is archived', () => {
  it(
    'takes no label, so nothing begins',
    async () => {
      const model = await startRoleModel({})
      await room.play({ files: SMALL_REPOSITORY, repository: ADMIN, model }, async (scenario) => {
        const number = scenario.begin(SMALL_ISSUE, { label: false })
        scenario.floor.forge.archive(scenario.name)
        const label = () => scenario.floor.forge.as('alice').label(scenario.name, number, LABEL)
        expect(label).toThrow('Repository was archived so is read-only.')
        await scenario.quiet()
        expect([scenario.states, scenario.ours(), model.asked]).toEqual([[], [], []])
      })
    },
    MINUTES,
  )

  it(
    'under the hands of a run stays as it is, and gets its draft once it is opened again and somebody says a word',
    async () => {
      let archive = (): void => undefined
      const model = await duringWork(() => archive())
      const errors = ['event_failed']
      await room.play({ files: SMALL_REPOSITORY, repository: ADMIN, model, errors }, async (scenario) => {
        const alice = scenario.floor.forge.as('alice')
        archive = () => alice.archiveRepository('acme/widget')
        scenario.begin(SMALL_ISSUE)
        await scenario.reaches(({ at }) => at.stage === 'specifying')
        await scenario.quiet()
        // GitHub takes not even a comment, so the page stays and the operator reads why.
        expect(scenario.log.find(({ event }) => event === 'event_failed')?.cause).toContain(
          'GitHub refused to edit comment',
        )
        expect(seenAt(scenario, 'acme/widget').first).toBe('### 🔴 Writing tests that fail first')
        expect(await scenario.branches()).toEqual(['main'])

        alice.unarchiveRepository('acme/widget')
        alice.comment('acme/widget', 1, '/mill status')
        await scenario.reaches(({ at }) => at.stage === 'integrating')
        await scenario.quiet()
        expect(scenario.pulls()).toHaveLength(1)
        expect(model.roles().filter((role) => role === 'tester')).toHaveLength(1)
      })
    },
    MINUTES,
  )
})
