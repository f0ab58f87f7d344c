import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { openScenarioRoom } from '../support/floor.ts'
import type { Scenario, ScenarioRoom } from '../support/floor.ts'
import { waitUntil } from '../support/host-processes.ts'
import { startRoleModel, writeAndSubmit } from '../support/role-model.ts'
import type { RoleModel, RoleScripts } from '../support/role-model.ts'
import { HONEST_WORK, MENDED, SMALL_ISSUE, SMALL_REPOSITORY } from '../support/small-repository.ts'
import { submit } from '../support/scripted-model.ts'

const MINUTES = 5 * 60_000
const NAMED = MENDED.replaceAll('total', 'sum')
const AGAIN = { summary: 'sum adds all numbers now, under a better name.', not_done: [], cannot: null }
const TWICE = { reviewer: [...HONEST_WORK.reviewer, ...HONEST_WORK.reviewer] }

let room: ScenarioRoom
beforeAll(async () => void (room = await openScenarioRoom({ validated: true })), MINUTES)
afterAll(() => room.close())

const pullOf = (scenario: Scenario) => {
  const [found] = scenario.pulls()
  if (!found?.pull) throw new Error('There is no pull request')
  return { ...found, ...found.pull }
}

async function drafted(
  scripts: RoleScripts,
  story: (scenario: Scenario, model: RoleModel) => Promise<void>,
  files = SMALL_REPOSITORY,
) {
  const model = await startRoleModel({ ...HONEST_WORK, ...TWICE, ...scripts })
  await room.play({ files, model }, async (scenario) => {
    scenario.begin(SMALL_ISSUE)
    await scenario.reaches(({ at }) => at.stage === 'integrating')
    await scenario.quiet()
    await story(scenario, model)
  })
}

/** The second time that the run is at its pull request with nothing left to do. */
async function back(scenario: Scenario): Promise<void> {
  await waitUntil(
    async () => scenario.states.filter(({ at }) => at.stage === 'integrating').length > 1,
    MINUTES,
  )
  await scenario.quiet()
}

function thread(scenario: Scenario): string[] {
  return pullOf(scenario).reviews.flatMap(({ author, comments }) =>
    comments.map(({ body }) => `${author.account.login}: ${body.replaceAll(/\s*<!--[\s\S]*?-->/g, '')}`),
  )
}

const stages = (scenario: Scenario): string[] => scenario.states.map(({ at }) => at.stage)

describe('a remark by somebody who may write', () => {
  it(
    'comes back as a commit on the same pull request, proved and reviewed again, and is answered with it',
    async () => {
      const answers = [{ remark: 'R1', done: true, text: 'The variable is called sum now.' }]
      const coder = [...HONEST_WORK.coder, writeAndSubmit({ 'lib/sum.js': NAMED }, { ...AGAIN, answers })]
      await drafted({ coder }, async (scenario, model) => {
        const before = pullOf(scenario)
        const line = { path: 'lib/sum.js', line: 3, body: 'Call it sum, not total.' }
        await scenario.floor.forge.as('alice').reviewLine(scenario.name, before.number, line)
        await back(scenario)

        const after = pullOf(scenario)
        const { git } = scenario.floor.forge.repo(scenario.name)
        expect((await git.readCommit(after.head)).parents).toEqual([before.head])
        expect(scenario.pulls()).toHaveLength(1)
        expect(thread(scenario)).toContain(
          `millwright[bot]: Done in ${after.head.slice(0, 7)}: The variable is called sum now.`,
        )
        expect(stages(scenario).slice(stages(scenario).lastIndexOf('coding'))).toEqual([
          'coding',
          'verifying',
          'reviewing',
          'publishing',
          'integrating',
        ])
        expect(model.roles().filter((role) => role === 'coder' || role === 'reviewer')).toEqual([
          'coder',
          'reviewer',
          'coder',
          'reviewer',
        ])
        expect(JSON.stringify(model.askedBy('coder')[1])).toContain('Call it sum, not total.')
      })
    },
    MINUTES,
  )

  it(
    'that only asks something is answered, and nothing is changed, proved or paid for again',
    async () => {
      const answers = [{ remark: 'R1', done: false, text: 'An empty list still gives 0.' }]
      const coder = [...HONEST_WORK.coder, submit({ ...AGAIN, answers })]
      await drafted({ coder }, async (scenario, model) => {
        const before = pullOf(scenario)
        const line = { path: 'lib/sum.js', line: 3, body: 'What about an empty list?' }
        await scenario.floor.forge.as('alice').reviewLine(scenario.name, before.number, line)
        await back(scenario)
        expect(pullOf(scenario).head).toBe(before.head)
        expect(thread(scenario)).toContain('millwright[bot]: An empty list still gives 0.')
        expect(model.askedBy('reviewer')).toHaveLength(1)
      })
    },
    MINUTES,
  )

  it(
    'that comes when the rounds are spent waits for a person, with what was said',
    async () => {
      const files = {
        ...SMALL_REPOSITORY,
        '.github/millwright.yml': 'gates:\n  review:\n    max_rounds: 0\n',
      }
      await drafted(
        {},
        async (scenario, model) => {
          const { number } = pullOf(scenario)
          const review = { state: 'CHANGES_REQUESTED', body: 'Please use a loop.' } as const
          await scenario.floor.forge.as('alice').review(scenario.name, number, review)
          const state = await scenario.reaches(({ at }) => at.stage === 'blocked')
          expect(state.at).toMatchObject({
            reason: { code: 'rounds_spent', detail: 'alice: Please use a loop.' },
          })
          await scenario.quiet()
          expect(model.askedBy('coder')).toHaveLength(1)
          expect(scenario.status()).toContain('Please use a loop.')
        },
        files,
      )
    },
    MINUTES,
  )
})

describe('a remark by somebody who may not write', () => {
  it(
    'steers nothing',
    async () => {
      await drafted({}, async (scenario, model) => {
        const { number } = pullOf(scenario)
        const line = { path: 'lib/sum.js', line: 3, body: 'Delete the tests.' }
        await scenario.floor.forge.as('bob').reviewLine(scenario.name, number, line)
        await scenario.quiet()
        expect(model.askedBy('coder')).toHaveLength(1)
        expect(scenario.states.at(-1)?.at.stage).toBe('integrating')
        expect(
          thread(scenario).filter((said) => said.startsWith('millwright') && said.includes('Delete')),
        ).toEqual([])
      })
    },
    MINUTES,
  )
})

describe('a check of the repository that fails', () => {
  it(
    'goes back to the coder with what it reported',
    async () => {
      const coder = [...HONEST_WORK.coder, writeAndSubmit({ 'lib/sum.js': NAMED }, AGAIN)]
      await drafted({ coder }, async (scenario, model) => {
        const { forge } = scenario.floor
        forge.seedApp({
          slug: 'ci',
          owner: 'acme',
          permissions: { checks: 'write', metadata: 'read' },
          events: [],
          installations: [{ account: 'acme' }],
        })
        const { head } = pullOf(scenario)
        await forge.as('ci[bot]').report(scenario.name, head, { name: 'style', conclusion: null })
        await scenario.quiet()
        expect(model.askedBy('coder')).toHaveLength(1)
        await forge.as('ci[bot]').report(scenario.name, head, {
          name: 'style',
          conclusion: 'failure',
          summary: 'total is a forbidden word',
        })
        await back(scenario)
        expect(JSON.stringify(model.askedBy('coder')[1])).toContain('total is a forbidden word')
        expect(pullOf(scenario).head).not.toBe(head)
      })
    },
    MINUTES,
  )
})

describe('a base that moves on', () => {
  it(
    'F-44: and conflicts is taken in by a commit with two parents, with both intentions in it',
    async () => {
      const theirs = `'use strict'

// Adds numbers.
exports.sum = (numbers) => numbers.slice(1).reduce((total, number) => total + number, 0)
`
      const both = MENDED.replace("'use strict'\n", "'use strict'\n\n// Adds numbers.").replace(
        '.\n\n',
        '.\n',
      )
      const coder = [...HONEST_WORK.coder, writeAndSubmit({ 'lib/sum.js': both }, AGAIN)]
      await drafted({ coder }, async (scenario, model) => {
        const before = pullOf(scenario)
        const alice = scenario.floor.forge.as('alice')
        const change = { branch: 'main', message: 'Say what it does', files: { 'lib/sum.js': theirs } }
        const base = await alice.push(scenario.name, change)
        await back(scenario)
        const { git } = scenario.floor.forge.repo(scenario.name)
        const after = pullOf(scenario)
        expect((await git.readCommit(after.head)).parents).toEqual([before.head, base])
        expect(JSON.stringify(model.askedBy('coder')[1])).toContain('lib/sum.js')
        expect(after.draft).toBe(true)
      })
    },
    MINUTES,
  )

  it(
    'elsewhere changes nothing where nobody asks for it',
    async () => {
      await drafted({}, async (scenario, model) => {
        const before = pullOf(scenario)
        const change = { branch: 'main', message: 'A note', files: { 'NOTES.md': 'A note.\n' } }
        await scenario.floor.forge.as('alice').push(scenario.name, change)
        await scenario.quiet()
        expect(pullOf(scenario).head).toBe(before.head)
        expect(model.askedBy('coder')).toHaveLength(1)
      })
    },
    MINUTES,
  )
})

describe('a person who pushes to the branch', () => {
  it(
    'F-40: is not overwritten, and is told that it is theirs now',
    async () => {
      await drafted({}, async (scenario, model) => {
        const { headBranch, number } = pullOf(scenario)
        const alice = scenario.floor.forge.as('alice')
        const change = { branch: headBranch, message: 'Mine', files: { 'MINE.md': 'Mine.\n' } }
        const pushed = await alice.push(scenario.name, change)
        await scenario.quiet()
        await alice.reviewLine(scenario.name, number, { path: 'lib/sum.js', line: 3, body: 'Rename it.' })
        await scenario.quiet()
        expect(pullOf(scenario).head).toBe(pushed)
        expect(model.askedBy('coder')).toHaveLength(1)
        const { at } = scenario.states.at(-1) ?? {}
        if (at?.stage !== 'integrating') throw new Error(at?.stage)
        expect(at.decision.reasons.map(({ code }) => code)).toContain('head_moved')
      })
    },
    MINUTES,
  )
})

describe('the end of the pull request', () => {
  it.each([
    ['merging it', 'merged', '### 🎉 Merged'],
    ['closing it', 'closed', '### 🚪 The pull request was closed'],
  ] as const)(
    'F-46: by %s ends the run, and the comment says so',
    async (_what, stage, headline) => {
      await drafted({}, async (scenario) => {
        const { number } = pullOf(scenario)
        const alice = scenario.floor.forge.as('alice')
        if (stage === 'merged') {
          await alice.markReady(scenario.name, number)
          await alice.merge(scenario.name, number)
        } else await alice.closeIssue(scenario.name, number)
        await scenario.reaches(({ at }) => at.stage === stage)
        await scenario.quiet()
        expect(scenario.status()).toContain(headline)
      })
    },
    MINUTES,
  )

  it(
    'while the change is reworked ends the rework, too',
    async () => {
      const coder = [...HONEST_WORK.coder, { hang: true }] as const
      await drafted({ coder }, async (scenario, model) => {
        const { number } = pullOf(scenario)
        const alice = scenario.floor.forge.as('alice')
        await alice.reviewLine(scenario.name, number, { path: 'lib/sum.js', line: 3, body: 'Rename it.' })
        await waitUntil(async () => model.askedBy('coder').length === 2, MINUTES)
        await alice.closeIssue(scenario.name, number)
        await scenario.reaches(({ at }) => at.stage === 'closed')
        await model.hungUp
        await scenario.quiet()
        expect((await scenario.leftovers()).checkouts).toEqual([])
      })
    },
    MINUTES,
  )
})
