import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { openScenarioRoom } from '../support/floor.ts'
import type { Scenario, ScenarioRoom } from '../support/floor.ts'
import { waitUntil } from '../support/host-processes.ts'
import { startRoleModel, writeAndSubmit } from '../support/role-model.ts'
import type { RoleModel, RoleScripts } from '../support/role-model.ts'
import { HONEST_WORK, MENDED, SMALL_ISSUE, SMALL_REPOSITORY } from '../support/small-repository.ts'

const MINUTES = 5 * 60_000
const CONFIG = '.github/millwright.yml'
const PEOPLE = { collaborators: { alice: 'write', bob: 'write' } } as const
const NAMED = MENDED.replaceAll('total', 'sum')
const AGAIN = {
  summary: 'sum adds all numbers now, under a better name.',
  not_done: [],
  cannot: null,
  answers: [{ remark: 'R1', done: true, text: 'The variable is called sum now.' }],
}

let room: ScenarioRoom
beforeAll(async () => void (room = await openScenarioRoom()), MINUTES)
afterAll(() => room.close())

type Happens = (scenario: Scenario) => void | Promise<void>

/** `happens` while `role` is at its first turn. */
async function meanwhile(
  role: 'tester' | 'reviewer',
  happens: Happens,
  story: (scenario: Scenario, model: RoleModel) => Promise<void>,
): Promise<void> {
  let told: Scenario | undefined
  const [first, ...rest] = HONEST_WORK[role]
  const scripts: RoleScripts = {
    ...HONEST_WORK,
    [role]: [
      async () => {
        if (told) await happens(told)
        return first
      },
      ...rest,
    ],
  }
  const model = await startRoleModel(scripts)
  await room.play({ files: SMALL_REPOSITORY, repository: PEOPLE, model }, async (scenario) => {
    told = scenario
    scenario.begin(SMALL_ISSUE)
    await story(scenario, model)
  })
}

/** Published at level 2, with somebody's word about it still to come, and a coder who would do as it says. */
async function drafted(story: (scenario: Scenario, model: RoleModel) => Promise<void>): Promise<void> {
  const coder = [...HONEST_WORK.coder, writeAndSubmit({ 'lib/sum.js': NAMED }, AGAIN)]
  const reviewer = [...HONEST_WORK.reviewer, ...HONEST_WORK.reviewer]
  const model = await startRoleModel({ ...HONEST_WORK, coder, reviewer })
  await room.play({ files: SMALL_REPOSITORY, repository: PEOPLE, model }, async (scenario) => {
    scenario.begin(SMALL_ISSUE)
    await scenario.reaches(({ at }) => at.stage === 'integrating')
    await scenario.quiet()
    await story(scenario, model)
  })
}

async function configure(scenario: Scenario, text: string): Promise<void> {
  await scenario.floor.forge
    .as('bob')
    .push(scenario.name, { branch: 'main', message: 'Configure', files: { [CONFIG]: text } })
}

async function says(scenario: Scenario, login: string, words: string): Promise<void> {
  scenario.floor.forge.as(login).comment(scenario.name, 1, words)
  await scenario.quiet()
}

async function remark(scenario: Scenario): Promise<void> {
  const [pull] = scenario.pulls()
  const line = { path: 'lib/sum.js', line: 3, body: 'Call it sum, not total.' }
  await scenario.floor.forge.as('bob').reviewLine(scenario.name, pull?.number ?? 0, line)
  await scenario.quiet()
}

const loses: Happens = ({ floor, name }) => void floor.forge.repo(name).collaborators.set('alice', 'read')
const refs = async ({ floor, name }: Scenario): Promise<string[]> => [
  ...(await floor.forge.repo(name).git.refs()).keys(),
]
const head = (scenario: Scenario): string | undefined => scenario.pulls()[0]?.pull?.head
const paused = (scenario: Scenario): Promise<unknown> => scenario.reaches(({ at }) => at.stage === 'paused')

/** What stands over the checklist. */
const said = (scenario: Scenario): string => scenario.status().split('\n- [')[0] ?? ''

describe('who asked for a run', () => {
  it(
    'F-49: is looked up again before code is written, and without write access it waits for somebody who has it',
    async () => {
      await meanwhile('tester', loses, async (scenario, model) => {
        await paused(scenario)
        await scenario.quiet()
        expect(model.askedBy('coder')).toEqual([])
        expect(said(scenario)).toMatch(/^### ⏸️ Paused: who asked for this may not any more\n/)
        expect(said(scenario)).toContain(
          'The person who asked for this has no write access to this repository any more, so I have paused. Somebody who has it can go on with it in their place.\n\n```text\nalice has the permission "read" now; "write" is needed.\n```',
        )
        expect(scenario.status()).toContain(
          '**What you can do**\n\n- `/mill resume`: I go on from where I was, for whoever says it\n',
        )
        await says(scenario, 'alice', '/mill resume')
        expect(scenario.states.at(-1)?.at.stage).toBe('paused')

        await says(scenario, 'bob', '/mill resume')
        await scenario.reaches(({ at }) => at.stage === 'integrating')
        expect(scenario.ours()[0]?.body).toContain('Draft pull request: #2. Asked for by bob.')
        expect(model.askedBy('coder')).toHaveLength(1)
      })
    },
    MINUTES,
  )

  it(
    'F-49: is looked up again at a published change, of which nothing is touched then, and which people may merge',
    async () => {
      await drafted(async (scenario, model) => {
        const before = head(scenario)
        await loses(scenario)
        await remark(scenario)
        expect(scenario.states.at(-1)?.at).toMatchObject({
          stage: 'paused',
          reason: { code: 'permission_lost' },
          from: { stage: 'integrating' },
        })
        expect([head(scenario), model.askedBy('coder').length]).toEqual([before, 1])
        await scenario.floor.forge.as('bob').markReady(scenario.name, 2)
        await scenario.floor.forge.as('bob').merge(scenario.name, 2)
        await scenario.quiet()
        expect(scenario.states.at(-1)?.at.stage).toBe('merged')
      })
    },
    MINUTES,
  )
})

describe('the config on the default branch', () => {
  it(
    'F-51: that lowers the level to 1 during a run has the patch in a comment, and nothing pushed',
    async () => {
      const lowers: Happens = (scenario) => configure(scenario, 'trust:\n  level: 1\n')
      await meanwhile('reviewer', lowers, async (scenario) => {
        await scenario.reaches(({ at }) => at.stage === 'proposed')
        await scenario.quiet()
        const base = scenario.states.findLast(({ at }) => 'spec' in at)?.at
        const commit = base && 'spec' in base ? base.spec.policy.config_commit : ''
        const [status] = scenario.ours()
        expect(status?.body).toContain(
          `> \`.github/millwright.yml\` on the default branch allows less than when this run began (commit ${commit.slice(0, 7)}), and I keep to that: trust level 1 instead of 2. What it allows more of later is for the next run.`,
        )
        expect(status?.body).toContain('### 📝 The patch is proposed')
        expect(scenario.pulls()).toEqual([])
        // What went there before, for another machine to go on with, goes with the run.
        await waitUntil(async () => (await refs(scenario)).join(' ') === 'refs/heads/main', MINUTES)
      })
    },
    MINUTES,
  )

  it(
    'F-51: that is switched off during a run pauses it before code is written, until it is on again and somebody says so',
    async () => {
      const off: Happens = (scenario) => configure(scenario, 'enabled: false\n')
      await meanwhile('tester', off, async (scenario, model) => {
        await paused(scenario)
        await scenario.quiet()
        expect(said(scenario)).toMatch(/^### ⏸️ Paused: the config was changed\n/)
        expect(said(scenario)).toMatch(
          /The config file `\.github\/millwright\.yml` on the default branch was changed during this run, and does not let me go on\. What it says now is below\.\n\n```text\n`enabled` is false now\. It was true when this run began, in commit [0-9a-f]{7}\.\n```/,
        )
        expect(scenario.status()).toContain(
          '- `/mill resume`: I read the config again, and go on if it lets me\n',
        )
        await says(scenario, 'alice', '/mill resume')
        await waitUntil(
          async () => scenario.states.filter(({ at }) => at.stage === 'paused').length > 1,
          MINUTES,
        )
        expect(model.askedBy('coder')).toEqual([])

        await configure(scenario, 'enabled: true\n')
        await says(scenario, 'alice', '/mill resume')
        await scenario.reaches(({ at }) => at.stage === 'integrating')
      })
    },
    MINUTES,
  )

  it(
    'F-51: that lowers the level to 1 under an open draft leaves it as it is, until the level is up again',
    async () => {
      await drafted(async (scenario) => {
        const before = head(scenario)
        await configure(scenario, 'trust:\n  level: 1\n')
        await remark(scenario)
        await paused(scenario)
        expect(head(scenario)).toBe(before)
        expect(said(scenario)).toMatch(
          /```text\n`trust\.level` is 1 now\. It was 2 when this run began, in commit [0-9a-f]{7}\.\nAt level 1 nothing is pushed, so pull request #2 stays as it is\.\n```/,
        )
        await configure(scenario, 'trust:\n  level: 2\n')
        await says(scenario, 'alice', '/mill resume')
        await waitUntil(async () => head(scenario) !== before, MINUTES)
      })
    },
    MINUTES,
  )
})
