import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { openScenarioRoom } from '../support/floor.ts'
import type { Scenario, ScenarioRoom } from '../support/floor.ts'
import { waitUntil } from '../support/host-processes.ts'
import { startRoleModel } from '../support/role-model.ts'
import { SMALL_ISSUE, SMALL_REPOSITORY } from '../support/small-repository.ts'

const MINUTES = 5 * 60_000

let room: ScenarioRoom
beforeAll(async () => void (room = await openScenarioRoom()), MINUTES)
afterAll(() => room.close())

/** What we answered besides the state comment, oldest first. */
const replies = (scenario: Scenario): string[] =>
  scenario
    .ours()
    .slice(1)
    .map(({ body }) => body.replaceAll(/<!--[\s\S]*?-->/g, '').trim())

/** While the architect thinks, which it does to the end of the story. */
async function whilePlanning(story: (scenario: Scenario) => Promise<void>): Promise<void> {
  const model = await startRoleModel({ architect: [{ hang: true }, { hang: true }] })
  const repository = { collaborators: { alice: 'write', bob: 'write' } } as const
  await room.play({ files: SMALL_REPOSITORY, repository, model }, async (scenario) => {
    scenario.begin(SMALL_ISSUE)
    await waitUntil(async () => model.askedBy('architect').length === 1, MINUTES)
    await story(scenario)
  })
}

async function answerTo(scenario: Scenario, text: string): Promise<string> {
  const before = replies(scenario).length
  scenario.floor.forge.as('alice').comment(scenario.name, 1, text)
  await waitUntil(async () => replies(scenario).length > before, MINUTES)
  return replies(scenario).at(-1) ?? ''
}

describe('a command', () => {
  it(
    'with words behind it that mean nothing is not carried out, and says so',
    async () => {
      await whilePlanning(async (scenario) => {
        expect(await answerTo(scenario, '/mill pause until Monday')).toBe(
          'I did not take `until Monday` behind `/mill pause` to mean anything, so I did nothing: `/mill pause` stands alone; notes for people go on the lines below it.',
        )
        expect(await answerTo(scenario, '/mill retry planning now')).toBe(
          'I did not take `planning now` behind `/mill retry` to mean anything, so I did nothing: it is said as `/mill retry [stage]`; notes for people go on the lines below it.',
        )
        expect(await answerTo(scenario, '/mill retry plannign')).toBe(
          'There is no stage `plannign`; did you mean `/mill retry planning`?',
        )
        expect(await answerTo(scenario, '/mill trust 5')).toBe(
          '`/mill trust` is not in this version of Millwright; `/mill help` lists what is.',
        )
        expect(scenario.states.at(-1)?.at.stage).toBe('planning')
      })
    },
    MINUTES,
  )

  it(
    'to stop is heard with any words behind it, and one to pause with notes on the lines below',
    async () => {
      await whilePlanning(async (scenario) => {
        const alice = scenario.floor.forge.as('alice')
        alice.comment(scenario.name, 1, '/mill pause\n\nuntil Monday')
        await scenario.reaches(({ at }) => at.stage === 'paused')
        alice.comment(scenario.name, 1, '/mill stop, the numbers were wrong')
        await scenario.reaches(({ at }) => at.stage === 'stopped')
        await scenario.quiet()
        expect(replies(scenario)).toEqual([])
        expect(scenario.status()).toContain('alice stopped this run. Nothing more will happen.')
        expect(await answerTo(scenario, '/mill resume')).toBe(
          'This run is over: it was stopped by alice; to start again, take the label `millwright` off the issue, if it is still there, and add it.',
        )
      })
    },
    MINUTES,
  )

  it(
    'by somebody whose account is gone by the time it is read is nobody’s word',
    async () => {
      await whilePlanning(async (scenario) => {
        const bob = scenario.floor.forge.as('bob')
        const comment = bob.comment(scenario.name, 1, '/mill stop')
        bob.deleteAccount()
        await scenario.floor.forge.settled()
        // One that comes behind it in the same line is answered, so that one has been looked at.
        expect(await answerTo(scenario, '/mill status')).toContain('**planning**')
        expect(scenario.log.filter(({ event }) => event === 'command_not_heard')).toMatchObject([
          { fields: { comment, by: 'bob' } },
        ])
        expect(replies(scenario)).toHaveLength(1)
        expect(scenario.states.at(-1)?.at.stage).toBe('planning')
      })
    },
    MINUTES,
  )

  it(
    'that was edited before it is read is nobody’s word either',
    async () => {
      await whilePlanning(async (scenario) => {
        const bob = scenario.floor.forge.as('bob')
        const comment = bob.comment(scenario.name, 1, '/mill stop')
        bob.editComment(scenario.name, comment, '/mill hold')
        await scenario.floor.forge.settled()
        expect(await answerTo(scenario, '/mill status')).toContain('**planning**')
        expect(scenario.log.map(({ event }) => event)).toContain('command_not_heard')
        expect(scenario.states.at(-1)).toMatchObject({ hold: null, at: { stage: 'planning' } })
      })
    },
    MINUTES,
  )
})
