import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { openScenarioRoom } from '../support/floor.ts'
import type { Scenario, ScenarioRoom } from '../support/floor.ts'
import { waitUntil } from '../support/host-processes.ts'
import { startRoleModel } from '../support/role-model.ts'
import { HONEST_WORK, SMALL_ISSUE, SMALL_REPOSITORY } from '../support/small-repository.ts'

const MINUTES = 5 * 60_000
const WOULD =
  '**I would merge this:** every gate holds. This version of me merges nothing, so a person has to.'
const WOULD_NOT =
  '**I would not merge this**, and merge nothing in this version anyway. What speaks against it:'
const PINNED = { strict: true, contexts: ['ci'], approvals: 0 }

let room: ScenarioRoom
beforeAll(async () => void (room = await openScenarioRoom()), MINUTES)
afterAll(() => room.close())

async function explained(scenario: Scenario): Promise<string> {
  const before = scenario.ours().length
  scenario.floor.forge.as('alice').comment(scenario.name, 1, '/mill explain')
  await waitUntil(async () => scenario.ours().length > before, 20_000)
  return scenario.ours().at(-1)?.body ?? ''
}

/** The same words in all three places: state comment, check run, answer. */
async function expectSaid(scenario: Scenario, words: string, title: string): Promise<void> {
  const check = scenario.floor.forge.repo(scenario.name).checks.find(({ name }) => name === 'millwright')
  expect(scenario.ours()[0]?.body).toContain(words)
  expect(check?.title).toContain(title)
  expect(check?.summary).toContain(words)
  expect(await explained(scenario)).toContain(words)
}

async function play(
  config: string,
  story: (scenario: Scenario, pull: { number: number; head: string }) => Promise<void>,
  { pinned = false } = {},
): Promise<void> {
  const model = await startRoleModel(HONEST_WORK)
  const files = { ...SMALL_REPOSITORY, '.github/millwright.yml': config }
  const repository = { labels: ['millwright', 'easy'] }
  await room.play({ files, repository, model }, async (scenario) => {
    if (pinned) scenario.floor.forge.protect(scenario.name, 'main', PINNED)
    scenario.begin(SMALL_ISSUE)
    await scenario.reaches(({ at }) => at.stage === 'integrating')
    await scenario.quiet()
    const [pull] = scenario.pulls()
    await story(scenario, { number: pull?.number ?? 0, head: pull?.pull?.head ?? '' })
    expect(scenario.pulls()[0]?.pull).toMatchObject({ draft: true, merged: undefined })
  })
}

async function passes(scenario: Scenario, head: string): Promise<void> {
  await scenario.floor.forge.as('alice').report(scenario.name, head, { name: 'ci', conclusion: 'success' })
  await scenario.quiet()
}

/** Whatever changes about a pull request has it looked at anew. */
async function touch(scenario: Scenario, number: number): Promise<void> {
  const alice = scenario.floor.forge.as('alice')
  await alice.markReady(scenario.name, number)
  await alice.convertToDraft(scenario.name, number)
  await scenario.quiet()
}

describe('trust level 3', () => {
  it(
    'says all that speaks against merging, and that it would merge once nothing does',
    async () => {
      await play('trust:\n  level: 3\n', async (scenario, { number, head }) => {
        await touch(scenario, number)
        await expectSaid(
          scenario,
          `${WOULD_NOT}\n\n- The base is not pinned: its protection must require branches to be up to date, or have a merge queue that requires the check \`millwright\`.\n- Checks that must pass did not; one that was skipped or is missing has not passed (none of the repository's own has passed).`,
          'would not merge: 2 reasons',
        )
        scenario.floor.forge.protect(scenario.name, 'main', PINNED)
        await passes(scenario, head)
        await expectSaid(scenario, WOULD, 'would merge')
      })
    },
    MINUTES,
  )

  it(
    'names a hold',
    async () => {
      await play(
        'trust:\n  level: 3\n',
        async (scenario, { number, head }) => {
          const alice = scenario.floor.forge.as('alice')
          await passes(scenario, head)
          alice.comment(scenario.name, number, '/mill hold')
          await scenario.reaches(({ hold }) => hold !== null)
          await touch(scenario, number)
          await expectSaid(
            scenario,
            `${WOULD_NOT}\n\n- Somebody said \`/mill hold\` (by \`alice\`).`,
            'would not merge: 1 reason',
          )
        },
        { pinned: true },
      )
    },
    MINUTES,
  )
})

describe('trust level 4', () => {
  it(
    'would merge only inside its scopes',
    async () => {
      const config = 'trust:\n  level: 4\n  scopes:\n    paths: [docs/**]\n    labels: [easy]\n'
      await play(
        config,
        async (scenario, { head }) => {
          await passes(scenario, head)
          await expectSaid(
            scenario,
            `${WOULD_NOT}\n\n- The change is not inside the scopes of level 4 (\`lib/sum.js\`, \`test/first.test.js\` outside \`trust.scopes.paths\`; the issue has no label of \`trust.scopes.labels\`).`,
            'would not merge: 1 reason',
          )
        },
        { pinned: true },
      )
    },
    MINUTES,
  )
})

describe('trust level 5', () => {
  it(
    'would merge what nothing speaks against, and still leaves it to people',
    async () => {
      await play(
        'trust:\n  level: 5\n',
        async (scenario, { head }) => {
          await passes(scenario, head)
          await expectSaid(scenario, WOULD, 'would merge')
        },
        { pinned: true },
      )
    },
    MINUTES,
  )
})
