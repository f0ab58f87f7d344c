import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { openScenarioRoom } from '../support/floor.ts'
import type { Scenario, ScenarioRoom } from '../support/floor.ts'
import { waitUntil } from '../support/host-processes.ts'
import { startRoleModel } from '../support/role-model.ts'
import { HONEST_WORK, SMALL_ISSUE, SMALL_REPOSITORY } from '../support/small-repository.ts'

const MINUTES = 5 * 60_000
const GATED = { ...SMALL_REPOSITORY, '.github/millwright.yml': 'gates:\n  publish: human\n' }

let room: ScenarioRoom
beforeAll(async () => void (room = await openScenarioRoom()), MINUTES)
afterAll(() => room.close())

const texts = (scenario: Scenario): string[] =>
  scenario.ours().map(({ body }) => body.replaceAll(/<!--[\s\S]*?-->/g, '').trim())

async function answerTo(scenario: Scenario, who: string, text: string): Promise<string> {
  const before = texts(scenario).length
  scenario.floor.forge.as(who).comment(scenario.name, 1, text)
  await waitUntil(async () => texts(scenario).length > before, MINUTES)
  return texts(scenario).at(-1) ?? ''
}

describe('gates.publish: human', () => {
  it(
    'pushes nothing until somebody approves exactly this change',
    async () => {
      const model = await startRoleModel(HONEST_WORK)
      await room.play({ files: GATED, model }, async (scenario) => {
        scenario.begin(SMALL_ISSUE)
        const { at } = await scenario.reaches(({ at: here }) => here.stage === 'paused')
        await scenario.quiet()
        if (at.stage !== 'paused' || at.from.stage !== 'publishing') throw new Error(at.stage)
        const { tree } = at.from.evidence
        const words = `\`/mill approve ${tree.slice(0, 12)}\``
        expect(at.reason.code).toBe('publish_gate')
        expect(scenario.status()).toContain('### ✋ The change waits for your approval')
        expect(scenario.status()).toContain(
          'The change is proved and reviewed. `gates.publish` in `.github/millwright.yml` says that a person decides before anything is pushed.',
        )
        expect(scenario.status()).toContain(`- ${words}: exactly this change is published`)
        expect([scenario.pulls(), await scenario.branches()]).toEqual([[], ['main']])

        const wayRound = `The change waits for a person's approval, and nothing else lets it go on: ${words} approves it, \`/mill stop\` ends the run.`
        expect(await answerTo(scenario, 'alice', '/mill resume')).toBe(wayRound)
        expect(await answerTo(scenario, 'alice', '/mill retry')).toBe(wayRound)
        expect(await answerTo(scenario, 'alice', '/mill approve 0123456789ab')).toBe(
          `That hash names another change; to approve the one that waits here, say ${words}.`,
        )
        expect(await answerTo(scenario, 'bob', `/mill approve ${tree.slice(0, 12)}`)).toBe(
          '`/mill approve` is for people with write access to this repository, and bob has only read access.',
        )
        expect([scenario.pulls(), await scenario.branches()]).toEqual([[], ['main']])

        scenario.floor.forge.as('alice').comment(scenario.name, 1, `/mill approve ${tree.slice(0, 12)}`)
        await scenario.reaches(({ at: here }) => here.stage === 'integrating')
        await scenario.quiet()
        const head = scenario.pulls()[0]?.pull?.head ?? ''
        expect((await scenario.floor.forge.repo(scenario.name).git.readCommit(head)).tree).toBe(tree)
        expect(model.roles()).toEqual(['intake', 'architect', 'plan_reviewer', 'tester', 'coder', 'reviewer'])
      })
    },
    MINUTES,
  )
})
