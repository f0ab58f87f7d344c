import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { specOf } from '../../src/core/state.ts'
import type { RunState } from '../../src/core/state.ts'
import { openScenarioRoom } from '../support/floor.ts'
import type { Scenario, ScenarioRoom } from '../support/floor.ts'
import { startRoleModel } from '../support/role-model.ts'
import { submit } from '../support/scripted-model.ts'
import { HONEST_WORK, SMALL_ISSUE, SMALL_REPOSITORY } from '../support/small-repository.ts'

const MINUTES = 2 * 60_000
const CONFIG = '.github/millwright.yml'

interface Asked {
  readonly role: string
  readonly body: Readonly<Record<string, unknown>>
}

let room: ScenarioRoom
beforeAll(async () => {
  room = await openScenarioRoom()
}, MINUTES)
afterAll(() => room.close())

/** The small repository with this config, labelled; `check` looks at how it ended. */
async function withConfig(
  config: string,
  check: (scenario: Scenario, asked: readonly Asked[]) => void | Promise<void>,
  label = 'millwright',
): Promise<void> {
  const model = await startRoleModel(HONEST_WORK)
  const files = { ...SMALL_REPOSITORY, [CONFIG]: config }
  await room.play({ files, model, repository: { labels: [label] } }, async (scenario) => {
    const number = scenario.begin(SMALL_ISSUE, { label: false })
    scenario.floor.forge.as('alice').label(scenario.name, number, label)
    await scenario.quiet()
    const asked = model.asked.map(({ headers, body }) => ({
      role: String(headers['x-millwright-role']),
      body,
    }))
    await check(scenario, asked)
  })
}

describe('the config on the default branch', () => {
  it(
    'names the model of each role, and caps of the run',
    async () => {
      const config = [
        'models:',
        '  default: claude-haiku-5-5',
        '  coder: claude-opus-5-5',
        'budget:',
        '  per_issue_usd: 3',
        '',
      ].join('\n')
      await withConfig(config, (scenario, asked) => {
        expect(Object.fromEntries(asked.map((one) => [one.role, one.body['model']]))).toEqual({
          intake: 'claude-haiku-5-5',
          architect: 'claude-haiku-5-5',
          plan_reviewer: 'claude-haiku-5-5',
          tester: 'claude-haiku-5-5',
          coder: 'claude-opus-5-5',
          reviewer: 'claude-haiku-5-5',
        })
        expect(scenario.status()).toContain('Limit: $3.00.')
      })
    },
    MINUTES,
  )

  it(
    'sets the share of a role',
    async () => {
      await withConfig('limits:\n  tester:\n    max_tokens: 1234\n', (scenario, asked) => {
        expect(asked.find((one) => one.role === 'tester')?.body['max_tokens']).toBe(1234)
        expect(asked.find((one) => one.role === 'coder')?.body['max_tokens']).not.toBe(1234)
        expect(scenario.states.at(-1)?.at.stage).toBe('integrating')
      })
    },
    MINUTES,
  )

  it(
    'refuses a model that has no price, since its budget could not be kept',
    async () => {
      await withConfig('models:\n  coder: gpt-99\n', (scenario, asked) => {
        expect(asked).toEqual([])
        expect(scenario.status()).toContain('There is no price for the model "gpt-99"')
      })
    },
    MINUTES,
  )

  it(
    'names its mistakes with line and column, before any model is asked',
    async () => {
      await withConfig('trust:\n  level: 2\n  levle: 3\n', (scenario, asked) => {
        expect(asked).toEqual([])
        expect(scenario.status()).toContain(
          "can't be used, and I know no earlier version of it without mistakes. Mend what is listed.",
        )
        expect(scenario.status()).toContain(
          '- line 3, column 3: levle is no key in trust. Did you mean trust.level? Allowed: level, scopes, authors, low_risk.',
        )
        expect(scenario.pulls()).toEqual([])
      })
    },
    MINUTES,
  )

  it(
    'decides which label starts a run',
    async () => {
      await withConfig(
        'label: factory\n',
        (scenario) => expect(scenario.states.at(-1)?.at.stage).toBe('integrating'),
        'factory',
      )
      await withConfig('label: factory\n', (scenario) => {
        expect(scenario.states).toEqual([])
        expect(scenario.issue().comments).toEqual([])
        expect(scenario.issue().reactions).toEqual([])
      })
    },
    MINUTES,
  )

  it(
    'F-50: stops nobody by a mistake where the last run found it in order: that one is used, and the mistake is answered',
    async () => {
      const model = await startRoleModel({
        architect: () => submit({ outcome: 'cannot', reason: 'Nothing to plan.' }),
      })
      const files = { ...SMALL_REPOSITORY, [CONFIG]: 'rails: []\n' }
      await room.play({ files, model }, async (scenario) => {
        scenario.begin(SMALL_ISSUE)
        const first = await scenario.ended()
        const files = { [CONFIG]: 'rails: []\nlimits:\n  testre:\n    max_tokens: 1\n' }
        const change = { branch: 'main', message: 'A typing mistake', files }
        const mistaken = await scenario.floor.forge.as('alice').push(scenario.name, change)
        const number = scenario.begin({ ...SMALL_ISSUE, title: 'sum is still wrong' })
        const isSecond = ({ issue, pending }: RunState) => issue.number === number && pending.length === 0
        const second = await scenario.reaches(isSecond)
        await scenario.quiet()
        const good = specOf(first)?.base.commit ?? ''
        expect(specOf(second)).toMatchObject({
          base: { commit: mistaken },
          policy: { config_commit: good, config_hash: specOf(first)?.policy.config_hash },
        })
        expect(scenario.status(number)).toContain(
          `> \`.github/millwright.yml\` has mistakes. I go on with its last version that had none, of commit ${good.slice(0, 7)}; the next run reads it again.\n` +
            '> - line 3, column 3: testre is no key in limits. Did you mean limits.tester?',
        )
      })
    },
    MINUTES,
  )
})
