import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { openScenarioRoom } from '../support/floor.ts'
import type { ScenarioRoom } from '../support/floor.ts'
import { calls, startRoleModel } from '../support/role-model.ts'
import { expectEnd, expectNothingHalfDone, impatientClock } from '../support/scenario-checks.ts'
import { submit } from '../support/scripted-model.ts'
import type { ScriptedReply } from '../support/scripted-model.ts'
import { HONEST_WORK, SMALL_ISSUE, SMALL_REPOSITORY } from '../support/small-repository.ts'

const MINUTES = 5 * 60_000

let room: ScenarioRoom
beforeAll(async () => void (room = await openScenarioRoom()), MINUTES)
afterAll(() => room.close())

const OVERLOADED = { status: 529, type: 'overloaded_error' }
const BUSY: ScriptedReply = { status: 429, type: 'rate_limit_error', headers: { 'retry-after': '7' } }

function withBudget(budget: string): Record<string, string> {
  return { ...SMALL_REPOSITORY, '.github/millwright.yml': `budget:\n  ${budget}\n` }
}

/** Looks at another line each time, so that it is no loop; ten times as many tokens as an honest turn. */
function restless(): () => ScriptedReply {
  let line = 0
  return () => {
    line += 1
    return {
      ...calls(['read', { file_path: 'lib/sum.js', view_range: [1, line] }]),
      usage: { input_tokens: 1000, output_tokens: 100 },
    } as ScriptedReply
  }
}

describe('a model that is out of reach', () => {
  it(
    'F-22, F-24, F-25: for a while is waited for, and the run goes on from where it was',
    async () => {
      const clock = impatientClock()
      const [architect, tester] = [HONEST_WORK.architect, HONEST_WORK.tester]
      const model = await startRoleModel({
        ...HONEST_WORK,
        architect: [OVERLOADED, OVERLOADED, { midStream: 'overloaded_error' }, ...architect],
        tester: [BUSY, ...tester],
      })
      await room.play({ files: SMALL_REPOSITORY, model, clock }, async (scenario) => {
        scenario.begin(SMALL_ISSUE)
        expect((await scenario.ended()).at.stage).toBe('integrating')
        // Longer each time, unless the server says how long.
        expect(clock.waits).toEqual([5_000, 20_000, 60_000, 7_000])
        expect(model.askedBy('architect')).toHaveLength(4)
        expect(new Set(model.askedBy('architect').map(({ raw }) => raw)).size).toBe(1)
        expect(scenario.ours()).toHaveLength(1)
      })
    },
    MINUTES,
  )

  it(
    'F-24: for good ends the run with one sentence, after minutes of patience',
    async () => {
      const clock = impatientClock()
      const model = await startRoleModel({ architect: () => OVERLOADED })
      await room.play({ files: SMALL_REPOSITORY, model, clock }, async (scenario) => {
        scenario.begin(SMALL_ISSUE)
        expectEnd(scenario, await scenario.ended(), { stage: 'blocked', code: 'model_unavailable' })
        expect(clock.waits.reduce((sum, ms) => sum + ms, 0)).toBeGreaterThan(10 * 60_000)
        await expectNothingHalfDone(scenario)
      })
    },
    MINUTES,
  )

  it(
    'F-26: because of a bad key is not asked a second time',
    async () => {
      const unknown = { status: 401, type: 'authentication_error', message: 'invalid x-api-key' }
      const model = await startRoleModel({ architect: () => unknown })
      await room.play({ files: SMALL_REPOSITORY, model }, async (scenario) => {
        scenario.begin(SMALL_ISSUE)
        expectEnd(scenario, await scenario.ended(), { stage: 'blocked', code: 'model_rejected' })
        expect(scenario.status()).toContain('Set ANTHROPIC_API_KEY to a valid key.')
        expect(scenario.status()).not.toContain('test-key')
        expect(model.askedBy('architect')).toHaveLength(1)
        await expectNothingHalfDone(scenario)
      })
    },
    MINUTES,
  )
})

const REFUSED = 'The model provider refused the request. Whoever runs me has to look: the reason is below.'

describe('a model provider that refuses', () => {
  it.each<[string, ScriptedReply, string]>([
    [
      'an invalid key',
      { status: 401, type: 'authentication_error', message: 'invalid x-api-key' },
      'The model API does not know the key (401). Set ANTHROPIC_API_KEY to a valid key. It said: "invalid x-api-key"',
    ],
    [
      'F-23: an account without credits',
      {
        status: 400,
        type: 'invalid_request_error',
        message:
          'Your credit balance is too low to access the Anthropic API. Please go to Plans & Billing to upgrade or purchase credits.',
      },
      'The model API refused the request (400). If it names a spend limit or credits, raise them in the console; if it names a parameter, this version of Millwright does not fit that model. It said: "Your credit balance is too low to access the Anthropic API. Please go to Plans & Billing to upgrade or purchase credits."',
    ],
    [
      'F-23: a spend limit',
      {
        status: 400,
        type: 'invalid_request_error',
        message:
          'You have reached your specified API usage limits. You will regain access on 2026-12-01 at 00:00 UTC.',
      },
      'The model API refused the request (400). If it names a spend limit or credits, raise them in the console; if it names a parameter, this version of Millwright does not fit that model. It said: "You have reached your specified API usage limits. You will regain access on 2026-12-01 at 00:00 UTC."',
    ],
    [
      'F-23: a bill that was not paid',
      { status: 402, type: 'billing_error', message: 'There is an issue with your billing.' },
      'The model API asks for payment (402). Add credits or raise the spend limit of the account. It said: "There is an issue with your billing."',
    ],
    [
      'F-26: a key without the right',
      {
        status: 403,
        type: 'permission_error',
        message: 'Your API key does not have permission to use the specified resource.',
      },
      'The key may not use this model or this endpoint (403). Check the workspace, its model access and its spend limit. It said: "Your API key does not have permission to use the specified resource."',
    ],
    [
      'F-26: an unknown model',
      { status: 404, type: 'not_found_error', message: 'model: claude-haiku-5-5' },
      'The model API does not know the model or the address (404). Check the model names in `models` of the config and the base URL. It said: "model: claude-haiku-5-5"',
    ],
  ])(
    '%s is asked once, says what to mend, and goes on after /mill retry',
    async (_what, refusal, detail) => {
      const cannot = submit({ outcome: 'cannot', reason: 'Nothing to plan.' })
      const intake = [refusal, ...HONEST_WORK.intake]
      const model = await startRoleModel({ intake, architect: [cannot] })
      await room.play({ files: SMALL_REPOSITORY, model }, async (scenario) => {
        scenario.begin(SMALL_ISSUE)
        expectEnd(scenario, await scenario.ended(), { stage: 'blocked', code: 'model_rejected' })
        expect(scenario.status()).toContain(`${REFUSED}\n\n\`\`\`text\n${detail}\n\`\`\``)
        expect(scenario.status()).toContain('- `/mill retry`: I try again from `intake`, where it stopped')
        expect(scenario.status()).not.toContain('test-key')
        expect(model.roles()).toEqual(['intake'])
        await expectNothingHalfDone(scenario)
        scenario.floor.forge.as('alice').comment(scenario.name, 1, '/mill retry')
        await scenario.reaches(({ at }) => at.stage === 'blocked' && at.reason.code === 'no_plan')
        expect(model.roles()).toEqual(['intake', 'intake', 'architect'])
      })
    },
    MINUTES,
  )
})

describe('a budget', () => {
  it(
    'F-32: of turns is kept to the turn',
    async () => {
      const model = await startRoleModel({ architect: restless() })
      await room.play({ files: withBudget('per_issue_turns: 3'), model }, async (scenario) => {
        scenario.begin(SMALL_ISSUE)
        expectEnd(scenario, await scenario.ended(), { stage: 'blocked', code: 'budget_turns' })
        expect(scenario.status()).toContain('The run has used its budget of 3 model calls.')
        expect(model.roles()).toEqual(['intake', 'architect', 'architect'])
        await expectNothingHalfDone(scenario)
      })
    },
    MINUTES,
  )

  it(
    'F-32: of dollars is overshot by one call at most',
    async () => {
      // A call costs 1000 × $2 + 100 × $10 a million tokens: $0.003.
      const model = await startRoleModel({ architect: restless() })
      await room.play({ files: withBudget('per_issue_usd: 0.0075'), model }, async (scenario) => {
        scenario.begin(SMALL_ISSUE)
        const state = await scenario.ended()
        expectEnd(scenario, state, { stage: 'blocked', code: 'budget_usd' })
        expect(model.askedBy('architect')).toHaveLength(3)
        // Three of those, and one of a tenth by the intake agent.
        expect(state.spent.usd).toBe(0.0093)
        await expectNothingHalfDone(scenario)
      })
    },
    MINUTES,
  )

  it(
    'holds for the run and not for a stage: what the architect used is gone for the tester',
    async () => {
      const model = await startRoleModel({ ...HONEST_WORK, tester: restless() })
      await room.play({ files: withBudget('per_issue_turns: 5'), model }, async (scenario) => {
        scenario.begin(SMALL_ISSUE)
        const state = await scenario.ended()
        expectEnd(scenario, state, { stage: 'blocked', code: 'budget_turns' })
        expect(model.roles()).toEqual(['intake', 'architect', 'plan_reviewer', 'tester', 'tester'])
        expect(state.spent.turns).toBe(5)
        await expectNothingHalfDone(scenario)
      })
    },
    MINUTES,
  )
})
