import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { LABEL } from '../../src/app/demo/factory-floor.ts'
import { specOf } from '../../src/core/state.ts'
import { openScenarioRoom } from '../support/floor.ts'
import type { Scenario, ScenarioRoom } from '../support/floor.ts'
import { waitUntil } from '../support/host-processes.ts'
import { startRoleModel } from '../support/role-model.ts'
import type { RoleModel } from '../support/role-model.ts'
import { expectEnd, expectNothingHalfDone, impatientClock } from '../support/scenario-checks.ts'
import { submit } from '../support/scripted-model.ts'
import { SMALL_ISSUE, SMALL_REPOSITORY } from '../support/small-repository.ts'

const MINUTES = 5 * 60_000
const NEW_BODY = 'sum([1, 2]) gives 2, and I expect 4. It seems that the first number is left out.'
const DIFFERENCE = [
  '```diff',
  '- sum([1, 2]) gives 2, and I expect 3. It seems that the first number is left out.',
  '+ sum([1, 2]) gives 2, and I expect 4. It seems that the first number is left out.',
  '```',
].join('\n')
const EDITED =
  "The issue's text was edited after work was asked for, so what I was asked is no longer what it says. What changed is below."

let room: ScenarioRoom
beforeAll(async () => void (room = await openScenarioRoom()), MINUTES)
afterAll(() => room.close())

/** An architect that never answers at first, and then declines: what it is shown is what these stories are about. */
const waiting = () =>
  startRoleModel({
    architect: [{ hang: true }, submit({ outcome: 'cannot', reason: 'Read it all.' })],
  })

async function play(
  story: (scenario: Scenario, model: RoleModel) => Promise<void>,
  options: { errors?: readonly string[]; model?: RoleModel } = {},
): Promise<void> {
  const { errors = [] } = options
  const model = options.model ?? (await waiting())
  await room.play({ files: SMALL_REPOSITORY, model, errors }, (scenario) => story(scenario, model))
}

/** The text that the architect worked from when it was asked for the n-th time. */
function shownTo(model: RoleModel, time: number): string {
  const asked = JSON.stringify(model.askedBy('architect')[time - 1]?.body.messages)
  return /<<<outside issue [^>]*>>>(.*?)<<<end outside issue/.exec(asked)?.[1] ?? ''
}

const thinks = (model: RoleModel): Promise<void> =>
  waitUntil(async () => model.askedBy('architect').length === 1, MINUTES)

/** Without a webhook: it was lost, or is still under way. */
function changeQuietly(scenario: Scenario, change: Partial<ReturnType<Scenario['issue']>>): void {
  Object.assign(scenario.issue(), change)
}

describe('an issue that is edited', () => {
  it(
    'while it is worked on pauses the run with the difference, and /mill resume goes on with the text as it was',
    async () => {
      await play(async (scenario, model) => {
        const alice = scenario.floor.forge.as('alice')
        scenario.begin(SMALL_ISSUE)
        await thinks(model)
        alice.editIssue(scenario.name, 1, { body: NEW_BODY })
        const paused = await scenario.reaches(({ at }) => at.stage === 'paused')
        await model.hungUp
        await scenario.quiet()
        expect(paused.at).toMatchObject({ reason: { code: 'issue_changed' }, from: { stage: 'planning' } })
        expect(scenario.status()).toContain('### ⏸️ Paused: the issue was edited')
        expect(scenario.status()).toContain(`${EDITED}\n\n${DIFFERENCE}`)
        expect(scenario.status()).toContain('- `/mill resume`: I go on with the text as I read it')
        expect(scenario.status()).toContain(
          '- `/mill retry intake`: I read the issue again and begin with what it says now',
        )
        alice.comment(scenario.name, 1, '/mill resume')
        await scenario.reaches(({ at }) => at.stage === 'blocked')
        expect(model.roles()).toEqual(['intake', 'architect', 'architect'])
        expect(shownTo(model, 2)).toBe(`\\n${SMALL_ISSUE.title}\\n\\n${SMALL_ISSUE.body}\\n`)
      })
    },
    MINUTES,
  )

  it(
    'while it is worked on is read anew after /mill retry intake',
    async () => {
      await play(async (scenario, model) => {
        const alice = scenario.floor.forge.as('alice')
        scenario.begin(SMALL_ISSUE)
        await thinks(model)
        alice.editIssue(scenario.name, 1, { title: 'sum is off by one', body: NEW_BODY })
        await scenario.reaches(({ at }) => at.stage === 'paused')
        await scenario.quiet()
        expect(scenario.status()).toContain(
          '```diff\n- Title: sum loses the first number\n' +
            '- sum([1, 2]) gives 2, and I expect 3. It seems that the first number is left out.\n' +
            '+ Title: sum is off by one\n' +
            '+ sum([1, 2]) gives 2, and I expect 4. It seems that the first number is left out.\n```',
        )
        alice.comment(scenario.name, 1, '/mill retry intake')
        const end = await scenario.reaches(({ at }) => at.stage === 'blocked')
        expect(model.roles()).toEqual(['intake', 'architect', 'intake', 'architect'])
        expect(shownTo(model, 2)).toBe(`\\nsum is off by one\\n\\n${NEW_BODY}\\n`)
        expect(specOf(end)?.task.title).toBe('sum is off by one')
      })
    },
    MINUTES,
  )

  it(
    'and put back before anybody said anything needs no word about it: nothing is different',
    async () => {
      await play(async (scenario, model) => {
        scenario.begin(SMALL_ISSUE)
        await thinks(model)
        scenario.floor.forge.as('alice').editIssue(scenario.name, 1, { body: SMALL_ISSUE.body })
        await scenario.floor.forge.settled()
        expect(scenario.states.at(-1)?.at.stage).toBe('planning')
      })
    },
    MINUTES,
  )

  it(
    'between the label and the first look is not worked on: nobody asked for what it says now',
    async () => {
      await play(async (scenario, model) => {
        scenario.begin(SMALL_ISSUE)
        changeQuietly(scenario, { body: NEW_BODY })
        expectEnd(scenario, await scenario.ended(), { stage: 'blocked', code: 'issue_changed' })
        expect(scenario.status()).toContain(`${EDITED}\n\n${DIFFERENCE}`)
        expect(model.asked).toEqual([])
        await expectNothingHalfDone(scenario)
        scenario.floor.forge.as('alice').comment(scenario.name, 1, '/mill retry intake')
        await thinks(model)
        expect(shownTo(model, 1)).toBe(`\\n${SMALL_ISSUE.title}\\n\\n${NEW_BODY}\\n`)
      })
    },
    MINUTES,
  )
})

describe('an issue that is blocked by others', () => {
  it(
    'waits, says for which, and goes on by itself when the last of them is closed',
    async () => {
      await play(async (scenario, model) => {
        const alice = scenario.floor.forge.as('alice')
        const first = scenario.begin({ title: 'Number one' }, { label: false })
        const second = scenario.begin({ title: 'Number two' }, { label: false })
        const number = scenario.begin(SMALL_ISSUE, { label: false })
        alice.blockedBy(scenario.name, number, first)
        alice.blockedBy(scenario.name, number, second)
        alice.label(scenario.name, number, LABEL)
        const waits = await scenario.ended()
        expect(waits.at).toMatchObject({ stage: 'blocked', reason: { code: 'waits_for_issues' } })
        const list = 'This issue is blocked by others that are still open, so I wait for them.\n\n'
        expect(scenario.status(number)).toContain('### ⏳ Waiting for other issues')
        expect(scenario.status(number)).toContain(`${list}- #1\n- #2\n`)
        expect(scenario.status(number)).toContain(
          '- nothing: I go on by myself when the last of these issues is closed',
        )
        await alice.closeIssue(scenario.name, first)
        await scenario.quiet()
        expect(scenario.states.at(-1)?.at).toMatchObject({ stage: 'blocked', reason: { detail: '#2' } })
        expect(scenario.status(number)).toContain(`${list}- #2\n`)
        expect(model.asked).toEqual([])
        await alice.closeIssue(scenario.name, second)
        await thinks(model)
      })
    },
    MINUTES,
  )
})

describe('an issue whose conversation is locked', () => {
  it(
    'F-15: while it is worked on stops the run, since nobody could stop it there any more',
    async () => {
      await play(async (scenario, model) => {
        scenario.begin(SMALL_ISSUE)
        await thinks(model)
        scenario.floor.forge.as('alice').lockIssue(scenario.name, 1)
        const state = await scenario.ended()
        await model.hungUp
        expect(state.at).toMatchObject({ stage: 'stopped', reason: { code: 'issue_locked' } })
        expect(scenario.status()).toContain(
          "The issue's conversation was locked by alice, so I stopped. Nothing more will happen.",
        )
        await expectNothingHalfDone(scenario)
      })
    },
    MINUTES,
  )
})

describe('an issue that goes away while it is worked on', () => {
  const ADMIN = { collaborators: { alice: 'admin', bob: 'triage' } } as const

  it(
    'F-14: by being deleted ends the work at once, although nothing can be said there any more',
    async () => {
      const model = await waiting()
      await room.play({ files: SMALL_REPOSITORY, repository: ADMIN, model }, async (scenario) => {
        scenario.begin(SMALL_ISSUE)
        await thinks(model)
        scenario.floor.forge.as('alice').deleteIssue(scenario.name, 1)
        const state = await scenario.reaches(({ at }) => at.stage === 'stopped')
        await model.hungUp
        await scenario.quiet()
        expect(state.at).toMatchObject({ by: { login: 'alice' }, reason: { code: 'issue_deleted' } })
        await expectNothingHalfDone(scenario)
      })
    },
    MINUTES,
  )

  it(
    'F-14: by being deleted without a word of it ends the work when its comment is missed twice',
    async () => {
      let deleted = (): void => undefined
      const model = await startRoleModel({
        architect: () => (deleted(), submit({ outcome: 'cannot', reason: 'Read it all.' })),
      })
      const clock = impatientClock()
      await room.play({ files: SMALL_REPOSITORY, repository: ADMIN, model, clock }, async (scenario) => {
        const { forge } = scenario.floor
        deleted = () => {
          forge.disturb(() => ({ kind: 'lost' }))
          forge.as('alice').deleteIssue(scenario.name, 1)
        }
        scenario.begin(SMALL_ISSUE)
        const state = await scenario.reaches(({ at }) => at.stage === 'stopped')
        await scenario.quiet()
        expect(state.at).toMatchObject({ by: null, reason: { code: 'issue_deleted' } })
        expect(scenario.log.find(({ event }) => event === 'issue_away')).toMatchObject({
          fields: { where: 'deleted' },
        })
        expect(clock.waits.every((ms) => ms >= 30_000)).toBe(true)
        expect(clock.waits).toHaveLength(1)
        await expectNothingHalfDone(scenario)
      })
    },
    MINUTES,
  )

  it(
    'by being moved to another repository ends the work, and is told there that it has to be labelled anew',
    async () => {
      const model = await waiting()
      await room.play({ files: SMALL_REPOSITORY, model }, async (scenario) => {
        const { forge } = scenario.floor
        await forge.seedRepository({ owner: 'acme', name: 'gadget', collaborators: { alice: 'write' } })
        scenario.begin(SMALL_ISSUE)
        await thinks(model)
        const number = forge.as('alice').transferIssue(scenario.name, 1, 'acme/gadget')
        await scenario.reaches(({ at }) => at.stage === 'stopped')
        await model.hungUp
        await scenario.quiet()
        const [moved, last, ...more] = forge.repo('acme/gadget').issues.get(number)?.comments ?? []
        expect(moved?.body).toContain('### 🗺️ Planning')
        expect(last?.body).toContain(
          'The issue was moved to another repository by alice, so I stopped. Nothing more will happen. Adding the label where it is now starts over.',
        )
        expect(more).toEqual([])
        expect(await scenario.leftovers()).toEqual({ checkouts: [], processes: [] })
      })
    },
    MINUTES,
  )
})

describe('an issue that was closed, or lost its label, before anybody looked', () => {
  it.each<[string, Partial<ReturnType<Scenario['issue']>>, string]>([
    ['closed', { state: 'closed' }, 'The issue is closed.'],
    ['without its label', { labels: [] }, 'The label "millwright" is not on the issue.'],
  ])(
    'F-04: %s is not begun with',
    async (_what, change, detail) => {
      await play(async (scenario, model) => {
        scenario.begin(SMALL_ISSUE)
        changeQuietly(scenario, change)
        expectEnd(scenario, await scenario.ended(), { stage: 'failed', code: 'issue_gone' })
        expect(scenario.status()).toContain(
          `The issue was closed, or the label taken off it, before I could begin, so I did not.\n\n\`\`\`text\n${detail}\n\`\`\``,
        )
        expect(model.asked).toEqual([])
        await expectNothingHalfDone(scenario)
      })
    },
    MINUTES,
  )
})
