import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { openScenarioRoom } from '../support/floor.ts'
import type { Scenario, ScenarioRoom } from '../support/floor.ts'
import { processesWith, uniqueSeconds, waitUntil } from '../support/host-processes.ts'
import { calls, startRoleModel, writeAndSubmit } from '../support/role-model.ts'
import { expectNothingHalfDone } from '../support/scenario-checks.ts'
import {
  CRITERION_TEST,
  HONEST_WORK,
  SMALL_ISSUE,
  SMALL_PLAN,
  SMALL_REPOSITORY,
} from '../support/small-repository.ts'
import { submit } from '../support/scripted-model.ts'

const MINUTES = 5 * 60_000
const PLAN_GATE = { ...SMALL_REPOSITORY, '.github/millwright.yml': 'gates:\n  plan: human\n' }

let room: ScenarioRoom
beforeAll(async () => void (room = await openScenarioRoom()), MINUTES)
afterAll(() => room.close())

const said = (scenario: Scenario): string[] =>
  scenario.ours().map(({ body }) => body.replaceAll(/<!--[\s\S]*?-->/g, '').trim())

/** What we answered besides the state comment, oldest first. */
const replies = (scenario: Scenario): string[] => said(scenario).slice(1)

function reactions(scenario: Scenario, comment: number): string[] {
  const found = scenario.issue().comments.find(({ id }) => id === comment)
  return (found?.reactions ?? []).map(({ content }) => content)
}

describe('/mill stop', () => {
  it(
    'during a model call hangs up on the model, and nothing is half done',
    async () => {
      const model = await startRoleModel({ ...HONEST_WORK, coder: [{ hang: true }] })
      await room.play({ files: SMALL_REPOSITORY, model }, async (scenario) => {
        scenario.begin(SMALL_ISSUE)
        await waitUntil(async () => model.askedBy('coder').length === 1, MINUTES)
        const comment = scenario.floor.forge.as('alice').comment(scenario.name, 1, '/mill stop')
        const state = await scenario.ended()
        await model.hungUp
        expect(state.at).toMatchObject({ stage: 'stopped', by: { login: 'alice' } })
        expect(scenario.status()).toContain('alice stopped this run. Nothing more will happen.')
        expect(reactions(scenario, comment)).toEqual(['eyes', '+1'])
        await expectNothingHalfDone(scenario)
      })
    },
    MINUTES,
  )

  it(
    'during a long test ends every process of it',
    async () => {
      const seconds = uniqueSeconds()
      const slow = `const test = require('node:test')
const { spawnSync } = require('node:child_process')
test('${CRITERION_TEST}', () => void spawnSync('sleep', ['${seconds}']))
`
      const tests = [{ criterion: 'C1', file: 'test/first.test.js', name: CRITERION_TEST }]
      const tester = [writeAndSubmit({ 'test/first.test.js': slow }, { tests, cannot: null })]
      const model = await startRoleModel({ ...HONEST_WORK, tester })
      await room.play({ files: SMALL_REPOSITORY, model }, async (scenario) => {
        scenario.begin(SMALL_ISSUE)
        await waitUntil(async () => (await processesWith(seconds)).length > 0, MINUTES)
        scenario.floor.forge.as('alice').comment(scenario.name, 1, '/mill stop')
        expect((await scenario.ended()).at.stage).toBe('stopped')
        expect(await processesWith(seconds)).toEqual([])
        await expectNothingHalfDone(scenario)
      })
    },
    MINUTES,
  )

  it(
    'by somebody who may not is answered with one sentence, and the run goes on',
    async () => {
      const model = await startRoleModel({ ...HONEST_WORK, architect: [{ hang: true }] })
      await room.play({ files: SMALL_REPOSITORY, model }, async (scenario) => {
        scenario.begin(SMALL_ISSUE)
        await waitUntil(async () => model.askedBy('architect').length === 1, MINUTES)
        const comment = scenario.floor.forge.as('bob').comment(scenario.name, 1, '/mill stop')
        await waitUntil(async () => replies(scenario).length === 1, MINUTES)
        expect(replies(scenario)).toEqual([
          '`/mill stop` is for people with write access to this repository, and bob has only read access.',
        ])
        expect(reactions(scenario, comment)).toEqual(['eyes'])
        expect(scenario.states.at(-1)?.at.stage).toBe('planning')
      })
    },
    MINUTES,
  )
})

describe('gates.plan: human', () => {
  it(
    'holds the plan until a person approves it, and then goes on to the draft',
    async () => {
      const model = await startRoleModel(HONEST_WORK)
      await room.play({ files: PLAN_GATE, model }, async (scenario) => {
        const alice = scenario.floor.forge.as('alice')
        scenario.begin(SMALL_ISSUE)
        const waiting = await scenario.reaches(({ at }) => at.stage === 'awaiting_approval')
        if (waiting.at.stage !== 'awaiting_approval') throw new Error(waiting.at.stage)
        await scenario.quiet()
        const hash = waiting.at.plan_hash
        expect(scenario.status()).toContain(`\`/mill approve ${hash.slice(0, 12)}\``)
        expect(model.askedBy('tester')).toEqual([])

        alice.comment(scenario.name, 1, `/mill approve ${'0'.repeat(7)}`)
        await scenario.quiet()
        expect(replies(scenario)).toHaveLength(1)
        expect(scenario.states.at(-1)?.at.stage).toBe('awaiting_approval')

        const comment = alice.comment(scenario.name, 1, `/mill approve ${hash.slice(0, 7)}`)
        expect((await scenario.reaches(({ at }) => at.stage === 'integrating')).at.stage).toBe('integrating')
        await scenario.quiet()
        expect(reactions(scenario, comment)).toEqual(['eyes', '+1'])
        expect(scenario.pulls()).toHaveLength(1)
      })
    },
    MINUTES,
  )

  it(
    'sends the plan back with what was said, and asks again',
    async () => {
      const other = { ...SMALL_PLAN, title: 'Add every number up' }
      const model = await startRoleModel({
        ...HONEST_WORK,
        architect: [...HONEST_WORK.architect, submit({ outcome: 'plan', plan: other })],
        plan_reviewer: [...HONEST_WORK.plan_reviewer, ...HONEST_WORK.plan_reviewer],
      })
      await room.play({ files: PLAN_GATE, model }, async (scenario) => {
        const alice = scenario.floor.forge.as('alice')
        scenario.begin(SMALL_ISSUE)
        await scenario.reaches(({ at }) => at.stage === 'awaiting_approval')
        await scenario.quiet()
        alice.comment(scenario.name, 1, '/mill revise Call it what it is:\nadding every number up.')
        await waitUntil(async () => model.askedBy('architect').length === 2, MINUTES)
        expect(JSON.stringify(model.askedBy('architect')[1])).toContain('adding every number up.')
        await scenario.reaches(
          ({ at }) => at.stage === 'awaiting_approval' && at.plan.title === 'Add every number up',
        )
        await scenario.quiet()
        // Written before anybody could have read the plan that is there now: it names none, so it counts for none.
        expect(scenario.status()).toContain('#### Plan: Add every number up')
      })
    },
    MINUTES,
  )
})

describe('words that are no command', () => {
  it(
    'in a quote, a code block, a sentence, or edited into an old comment change nothing and are not answered',
    async () => {
      const model = await startRoleModel({ ...HONEST_WORK, architect: [{ hang: true }] })
      await room.play({ files: SMALL_REPOSITORY, model }, async (scenario) => {
        const alice = scenario.floor.forge.as('alice')
        scenario.begin(SMALL_ISSUE)
        await waitUntil(async () => model.askedBy('architect').length === 1, MINUTES)
        for (const text of [
          '> /mill stop',
          '```\n/mill stop\n```',
          '    /mill stop',
          'You can say /mill stop here.',
          'Thanks!\n/mill stop',
          '/millstop',
        ])
          alice.comment(scenario.name, 1, text)
        const old = alice.comment(scenario.name, 1, 'Hello')
        alice.editComment(scenario.name, old, '/mill stop')
        await scenario.floor.forge.settled()
        // A command behind them in the same queue is answered, so all of them have been looked at.
        alice.comment(scenario.name, 1, '/mill status')
        await waitUntil(async () => replies(scenario).length === 1, MINUTES)
        expect(scenario.states.at(-1)?.at.stage).toBe('planning')
      })
    },
    MINUTES,
  )

  it(
    'are answered with what was probably meant where the verb is unknown, and help names what there is',
    async () => {
      const model = await startRoleModel({ ...HONEST_WORK, architect: [{ hang: true }] })
      await room.play({ files: SMALL_REPOSITORY, model }, async (scenario) => {
        const alice = scenario.floor.forge.as('alice')
        scenario.begin(SMALL_ISSUE)
        await waitUntil(async () => model.askedBy('architect').length === 1, MINUTES)
        alice.comment(scenario.name, 1, '/mill stpo')
        alice.comment(scenario.name, 1, '/mill help')
        await waitUntil(async () => replies(scenario).length === 2, MINUTES)
        const [unknown = '', help = ''] = replies(scenario)
        expect(unknown).toContain('`/mill stop`')
        for (const verb of [
          'approve',
          'explain',
          'hold',
          'pause',
          'resume',
          'retry',
          'revise',
          'status',
          'unhold',
        ])
          expect(help).toContain(`/mill ${verb}`)
        expect(scenario.states.at(-1)?.at.stage).toBe('planning')
      })
    },
    MINUTES,
  )
})

describe('/mill pause and /mill resume', () => {
  it(
    'end the work at once, and begin it anew where it was',
    async () => {
      const long = calls(['bash', { command: 'sleep 600' }])
      const model = await startRoleModel({ ...HONEST_WORK, coder: [long, ...HONEST_WORK.coder] })
      await room.play({ files: SMALL_REPOSITORY, model }, async (scenario) => {
        const alice = scenario.floor.forge.as('alice')
        scenario.begin(SMALL_ISSUE)
        await waitUntil(async () => model.askedBy('coder').length === 1, MINUTES)
        alice.comment(scenario.name, 1, '/mill pause')
        await scenario.reaches(({ at }) => at.stage === 'paused')
        await scenario.quiet()
        expect(scenario.status()).toContain('alice paused this run.')
        expect((await scenario.leftovers()).processes).toEqual([])
        alice.comment(scenario.name, 1, '/mill resume')
        await scenario.reaches(({ at }) => at.stage === 'integrating')
        await scenario.quiet()
        expect(scenario.pulls()).toHaveLength(1)
        // The pull request is there, and a hold is noted on it without anything being done anew.
        const before = model.asked.length
        alice.comment(scenario.name, 2, '/mill hold')
        await scenario.reaches(({ hold }) => hold !== null)
        await scenario.quiet()
        alice.comment(scenario.name, 2, '/mill unhold')
        await waitUntil(async () => scenario.states.at(-1)?.hold === null, MINUTES)
        expect(model.asked).toHaveLength(before)
      })
    },
    MINUTES,
  )
})
