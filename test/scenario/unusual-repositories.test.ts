import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { openScenarioRoom } from '../support/floor.ts'
import type { Scenario, ScenarioRoom } from '../support/floor.ts'
import { startRoleModel } from '../support/role-model.ts'
import { expectEnd, expectNothingHalfDone } from '../support/scenario-checks.ts'
import { HONEST_WORK, SMALL_ISSUE, SMALL_REPOSITORY } from '../support/small-repository.ts'

const MINUTES = 3 * 60_000

let room: ScenarioRoom
beforeAll(async () => void (room = await openScenarioRoom()), MINUTES)
afterAll(() => room.close())

async function publishedTree(scenario: Scenario): Promise<readonly string[]> {
  const { git } = scenario.floor.forge.repo(scenario.name)
  const head = scenario.pulls()[0]?.pull?.head ?? ''
  const { tree } = await git.readCommit(head)
  const files = (await git.readTree(tree, true)).filter(({ type }) => type === 'blob')
  return files.map(({ path }) => path)
}

describe('a repository in which nothing can be done', () => {
  it(
    'because it is empty is told so',
    async () => {
      const model = await startRoleModel({})
      await room.play({ model }, async (scenario) => {
        scenario.begin(SMALL_ISSUE)
        expectEnd(scenario, await scenario.ended(), { stage: 'failed', code: 'repository_empty' })
        expect(model.asked).toEqual([])
        await expectNothingHalfDone(scenario, [])
      })
    },
    MINUTES,
  )

  it(
    'because nothing says how it is tested is told so, and what was looked for',
    async () => {
      const { 'README.md': readme = '', 'lib/sum.js': sum = '' } = SMALL_REPOSITORY
      const model = await startRoleModel({})
      await room.play({ files: { 'README.md': readme, 'lib/sum.js': sum }, model }, async (scenario) => {
        scenario.begin(SMALL_ISSUE)
        expectEnd(scenario, await scenario.ended(), { stage: 'blocked', code: 'no_test_command' })
        expect(scenario.status()).toContain('There is no `package.json`, and nothing that pytest would run.')
        expect(model.asked).toEqual([])
        await expectNothingHalfDone(scenario)
      })
    },
    MINUTES,
  )

  it(
    'because its config is wrong is told where, and what was meant',
    async () => {
      const config = 'budget:\n  per_isue_usd: 5\n'
      const model = await startRoleModel({})
      const files = { ...SMALL_REPOSITORY, '.github/millwright.yml': config }
      await room.play({ files, model }, async (scenario) => {
        scenario.begin(SMALL_ISSUE)
        expectEnd(scenario, await scenario.ended(), { stage: 'blocked', code: 'config_invalid' })
        expect(scenario.status()).toContain('per_issue_usd')
        expect(model.asked).toEqual([])
        await expectNothingHalfDone(scenario)
      })
    },
    MINUTES,
  )

  it(
    'because it was archived meanwhile is left as it is, and the operator reads why',
    async () => {
      const model = await startRoleModel({})
      await room.play({ files: SMALL_REPOSITORY, model, errors: ['event_failed'] }, async (scenario) => {
        scenario.begin(SMALL_ISSUE)
        scenario.floor.forge.archive(scenario.name)
        await scenario.quiet()
        // GitHub takes no comment there, so the log is the only place left.
        const failed = scenario.log.find(({ event }) => event === 'event_failed')
        expect(failed?.cause).toContain('the repository must not be archived')
        expect([scenario.issue().comments, scenario.states, model.asked]).toEqual([[], [], []])
      })
    },
    MINUTES,
  )
})

describe('a repository whose tests fail already', () => {
  it(
    'gets its change, with the failing test named and not held against it',
    async () => {
      const old = "\ntest('an old sorrow', () => {\n  assert.equal(sum([0]), 7)\n})\n"
      const files = {
        ...SMALL_REPOSITORY,
        'test/sum.test.js': `${SMALL_REPOSITORY['test/sum.test.js']}${old}`,
      }
      const model = await startRoleModel(HONEST_WORK)
      await room.play({ files, model }, async (scenario) => {
        scenario.begin(SMALL_ISSUE)
        expect((await scenario.ended()).at.stage).toBe('integrating')
        expect(scenario.pulls()[0]?.body).toMatch(
          /1 test failed on base already and is not held against this change: `[^`]*an old sorrow`/,
        )
        expect(scenario.notes).toContain('1 test(s) fail on the base already; they are left out')
      })
    },
    MINUTES,
  )
})

describe('a repository unlike others', () => {
  it(
    'may call its default branch trunk, and hold a file with a line break in its name',
    async () => {
      const odd = 'docs/two\nlines.md'
      const files = { ...SMALL_REPOSITORY, [odd]: 'Whoever made this had fun.\n' }
      const model = await startRoleModel(HONEST_WORK)
      await room.play({ files, repository: { defaultBranch: 'trunk' }, model }, async (scenario) => {
        scenario.begin(SMALL_ISSUE)
        expect((await scenario.ended()).at.stage).toBe('integrating')
        expect(scenario.pulls()[0]?.pull?.baseBranch).toBe('trunk')
        expect(await publishedTree(scenario)).toEqual(
          [...Object.keys(files), 'test/first.test.js'].toSorted(),
        )
        const shown = model.asked[0]?.body.messages[0]?.content
        expect(JSON.stringify(shown)).toContain('two[U+000A]lines.md')
      })
    },
    MINUTES,
  )
})
