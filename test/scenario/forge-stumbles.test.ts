import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import type { Fault } from '../../src/adapters/local-forge/faults.ts'
import { LABEL } from '../../src/app/demo/factory-floor.ts'
import { openScenarioRoom } from '../support/floor.ts'
import type { Scenario, ScenarioRoom } from '../support/floor.ts'
import { startRoleModel } from '../support/role-model.ts'
import type { RoleModel } from '../support/role-model.ts'
import { expectEnd, impatientClock } from '../support/scenario-checks.ts'
import { submit } from '../support/scripted-model.ts'
import { SMALL_ISSUE, SMALL_REPOSITORY } from '../support/small-repository.ts'

const MINUTES = 5 * 60_000
const POST = { method: 'POST', path: '/repos/acme/widget/issues/1/comments' } as const
const EDIT = { method: 'PATCH', path: /comments\/\d+$/ } as const
const READ = { method: 'GET', path: /comments\/\d+$/ } as const
/** More than there are tries of one event. */
const OUTAGE = 8
const WAITS = [5_000, 7_000, 10_000, 20_000]

let room: ScenarioRoom
beforeAll(async () => void (room = await openScenarioRoom()), MINUTES)
afterAll(() => room.close())

interface Story {
  readonly scenario: Scenario
  readonly model: RoleModel
  readonly clock: ReturnType<typeof impatientClock>
}

/** A short run: the architect reads everything and declines. `meddle` happens while it is asked. */
async function play(
  story: (parts: Story) => Promise<void>,
  { meddle, leaps = false }: { meddle?: (scenario: Scenario) => void; leaps?: boolean } = {},
): Promise<void> {
  let told: Scenario | undefined
  const clock = impatientClock({ leaps })
  const model = await startRoleModel({
    architect: () => {
      if (told) meddle?.(told)
      return submit({ outcome: 'cannot', reason: 'Read it all.' })
    },
  })
  await room.play({ files: SMALL_REPOSITORY, model, clock }, async (scenario) => {
    told = scenario
    await story({ scenario, model, clock })
  })
}

const stages = ({ states }: Scenario): string[] => states.map(({ at }) => at.stage)
const failures = ({ log }: Scenario): string[] =>
  log.filter(({ level }) => level === 'error').map(({ event }) => event)

/** The story as it would have been on a good day. */
function expectAsOnAGoodDay({ scenario, model }: Story): void {
  expect(stages(scenario)).toEqual(['intake', 'planning', 'blocked'])
  expect(scenario.states.map(({ rev }) => rev)).toEqual([0, 1, 2])
  expect(scenario.status()).toContain('### ⛔')
  expect(model.askedBy('architect')).toHaveLength(1)
}

describe('a first comment', () => {
  it.each<[string, Fault]>([
    ['F-10: that was refused is posted again', { ...POST, status: 502 }],
    ['F-09: whose answer was lost is found again and not posted twice', { ...POST, reset: 'after' }],
    ['whose answer was lost twice is still the only one', { ...POST, reset: 'after', times: 2 }],
  ])(
    '%s',
    async (_, fault) => {
      await play(async (story) => {
        story.scenario.floor.forge.fault(fault)
        story.scenario.begin(SMALL_ISSUE)
        await story.scenario.ended()
        expectAsOnAGoodDay(story)
        expect(story.scenario.issue().comments).toHaveLength(1)
      })
    },
    MINUTES,
  )
})

describe('F-20: a first comment whose answer was lost, in a list that shows it late', () => {
  it(
    'is looked for when the list must show it, and not posted twice',
    async () => {
      await play(
        async (story) => {
          const { forge } = story.scenario.floor
          forge.lag(20_000)
          forge.fault({ ...POST, reset: 'after' })
          story.scenario.begin(SMALL_ISSUE)
          await story.scenario.ended()
          expectAsOnAGoodDay(story)
          expect(story.clock.waits).toEqual([expect.any(Number)])
          expect(story.clock.waits[0]).toBeGreaterThanOrEqual(30_000)
        },
        { leaps: true },
      )
    },
    MINUTES,
  )
})

describe('an edit of the state comment', () => {
  it.each<[string, Fault]>([
    ['that GitHub did not make', { ...EDIT, status: 502 }],
    ['whose connection was cut before', { ...EDIT, reset: 'before' }],
    ['whose answer was lost', { ...EDIT, reset: 'after' }],
    ['that failed six times', { ...EDIT, status: 502, times: 6 }],
  ])(
    '%s is made in the end, and the run goes on',
    async (_, fault) => {
      await play(async (story) => {
        story.scenario.floor.forge.fault(fault)
        story.scenario.begin(SMALL_ISSUE)
        await story.scenario.ended()
        expectAsOnAGoodDay(story)
      })
    },
    MINUTES,
  )

  it(
    'that tells of the end is made although nothing more happens in the run',
    async () => {
      const meddle = (scenario: Scenario): void => {
        scenario.floor.forge.fault({ ...EDIT, reset: 'after' })
        scenario.floor.forge.as('alice').unlabel(scenario.name, 1, LABEL)
      }
      await play(
        async ({ scenario }) => {
          scenario.begin(SMALL_ISSUE)
          await scenario.reaches(({ at }) => at.stage === 'stopped')
          await scenario.quiet()
          expect(stages(scenario)).toEqual(['intake', 'planning', 'stopped'])
          expect(scenario.status()).toContain('### 🛑 Stopped')
        },
        { meddle },
      )
    },
    MINUTES,
  )
})

describe('an outage of GitHub', () => {
  it(
    'F-08, F-11: is waited for, longer each time, or as long as GitHub says',
    async () => {
      await play(async (story) => {
        const { forge } = story.scenario.floor
        forge.fault({ ...EDIT, status: 503, headers: { 'retry-after': '7' } })
        forge.fault({ ...READ, status: 502, times: 3 })
        story.scenario.begin(SMALL_ISSUE)
        await story.scenario.ended()
        const waits = story.clock.waits.toSorted((a, b) => a - b)
        // A fifth more at most, so that many runs do not come back at one moment.
        expect(waits.map((ms, index) => ms / (WAITS[index] ?? 1)).every((by) => by >= 1 && by <= 1.2)).toBe(
          true,
        )
        expect(waits).toHaveLength(WAITS.length)
        expectAsOnAGoodDay(story)
      })
    },
    MINUTES,
  )

  it(
    'F-11: that is a limit is waited for, and nothing is asked meanwhile',
    async () => {
      await play(
        async (story) => {
          const { forge } = story.scenario.floor
          forge.fault({ ...EDIT, status: 403, headers: { 'retry-after': '120' } })
          story.scenario.begin(SMALL_ISSUE)
          await story.scenario.ended()
          expectAsOnAGoodDay(story)
          expect(story.clock.waits[0]).toBeGreaterThanOrEqual(120_000)
          expect(forge.requests.filter(({ status }) => status === 403)).toHaveLength(1)
        },
        { leaps: true },
      )
    },
    MINUTES,
  )

  it(
    'F-14: that takes what is there for gone is believed only when it says so again after half a minute',
    async () => {
      await play(async (story) => {
        story.scenario.floor.forge.fault({ ...READ, status: 404 })
        story.scenario.begin(SMALL_ISSUE)
        await story.scenario.ended()
        expect(story.clock.waits).toEqual([expect.any(Number)])
        expect(story.clock.waits[0]).toBeGreaterThanOrEqual(30_000)
        expectAsOnAGoodDay(story)
      })
    },
    MINUTES,
  )

  it.each<[string, Fault]>([
    ['before a run has a comment', { ...POST, status: 502, times: OUTAGE }],
    ['before a result is stored', { ...READ, status: 502, times: OUTAGE }],
    ['after a result is stored', { ...EDIT, status: 502, times: OUTAGE }],
  ])(
    'of ten minutes and more %s loses nothing: the event is brought again until it is done',
    async (_, fault) => {
      await play(async (story) => {
        const { scenario, clock } = story
        scenario.floor.forge.fault(fault)
        scenario.begin(SMALL_ISSUE)
        await scenario.ended()
        expect(clock.waits.reduce((sum, ms) => sum + ms, 0)).toBeGreaterThan(10 * 60_000)
        expect(failures(scenario)).toEqual([])
        expectAsOnAGoodDay(story)
      })
    },
    MINUTES,
  )
})

describe('a state comment under another name', () => {
  it(
    'is not written into: the run is blocked in a comment of our own',
    async () => {
      const meddle = (scenario: Scenario): void => {
        const { author, comments } = scenario.issue()
        const [mine] = comments
        if (mine) comments[0] = { ...mine, author }
      }
      await play(
        async ({ scenario, model }) => {
          scenario.begin(SMALL_ISSUE)
          expectEnd(scenario, await scenario.ended(), { stage: 'blocked', code: 'state_tampered' })
          expect(scenario.status()).toContain('the state comment is not ours any more')
          const [theirs, mine, ...more] = scenario.issue().comments
          expect(theirs?.body).toContain('Planning')
          expect([mine?.author.account.login, more]).toEqual(['millwright[bot]', []])
          expect(model.askedBy('architect')).toHaveLength(1)
        },
        { meddle },
      )
    },
    MINUTES,
  )
})
