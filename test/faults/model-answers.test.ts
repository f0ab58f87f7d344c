/** Every bad answer of the model API's and of the model: what the engine or people are told, and that nothing half is run. */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, describe, expect, it } from '@jest/globals'
import { createMemoryJournal } from '../../src/adapters/memory/memory-journal.ts'
import { agentsAt, FRUIT_SPEC, memoryHost, taskFor } from '../support/agent-bench.ts'
import { call, startScriptedModel, submit, text } from '../support/scripted-model.ts'
import type { ScriptedModel, ScriptedReply } from '../support/scripted-model.ts'

const open: ScriptedModel[] = []
afterEach(async () => {
  await Promise.all(open.splice(0).map((model) => model.close()))
})

const ran = () => memoryHost(() => ({ content: 'ran', isError: false }))

async function ask(script: readonly ScriptedReply[], stallMs?: number) {
  const model = await startScriptedModel(script)
  open.push(model)
  const tools = ran()
  const journal = createMemoryJournal()
  const { agents } = agentsAt(model.url, stallMs === undefined ? { journal } : { journal, stallMs })
  const talk = agents.begin(FRUIT_SPEC, taskFor({ tools }))
  const answer = await talk.ask().catch((error: unknown) => error)
  return { answer, model, tools, talk }
}

const good = submit({ name: 'apple', count: 3 })
const writing = call('write', { file_path: 'a', content: 'x'.repeat(200) })
const error = (status: number, type: string, more: object = {}): ScriptedReply => ({ status, type, ...more })
const told = (model: ScriptedModel, index: number): string =>
  JSON.stringify(model.asked[index]?.body.messages.at(-1))

describe('the model API', () => {
  const wait = (seconds: number): object => ({ headers: { 'retry-after': `${seconds}` } })

  it.each<[string, ScriptedReply, number | undefined]>([
    ['F-22: limited, and says for how long', error(429, 'rate_limit_error', wait(7)), 7000],
    ['F-22: limited for ten minutes', error(429, 'rate_limit_error', wait(600)), 600_000],
    ['F-22: limited, and does not say for how long', error(429, 'rate_limit_error'), undefined],
    ['F-24: overloaded', error(529, 'overloaded_error'), undefined],
    ['F-24: overloaded in the middle of an answer', { midStream: 'overloaded_error' }, undefined],
    ['F-25: broken', error(500, 'api_error'), undefined],
    ['F-25: behind a gateway that gave up', error(504, 'timeout_error'), undefined],
    ['F-25: out of order, and says until when', error(503, 'api_error', wait(20)), 20_000],
    ['F-25: cut off in the middle of a call', { content: [writing], cutAfter: 3 }, undefined],
    ['F-25: ended in the middle of a call', { content: [writing], cutAfter: 3, politely: true }, undefined],
  ])('%s, is asked once and left for later, and nothing is run', async (_what, reply, retryAfterMs) => {
    const { answer, model, tools, talk } = await ask([reply, good])
    expect(answer).toMatchObject({ name: 'RetryableError', code: 'model_unavailable', retryAfterMs })
    expect([model.asked.length, tools.calls]).toEqual([1, []])
    expect(await talk.ask()).toMatchObject({ ok: true, output: { name: 'apple', count: 3 } })
    expect(model.asked[1]?.raw).toBe(model.asked[0]?.raw)
  })

  it('F-25: that says nothing more is left for later', async () => {
    const { answer, model } = await ask([{ hang: true }], 150)
    expect(answer).toMatchObject({
      name: 'RetryableError',
      code: 'model_unavailable',
      message: 'The model API did not answer in time.',
    })
    await model.hungUp
  })

  it('F-25: that resets the connection before it answers is left for later', async () => {
    let asked = 0
    const server = createServer((request) => {
      asked += 1
      request.socket.destroy()
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const { port } = server.address() as AddressInfo
    const talk = agentsAt(`http://127.0.0.1:${port}`).agents.begin(FRUIT_SPEC, taskFor())
    await expect(talk.ask()).rejects.toMatchObject({
      name: 'RetryableError',
      code: 'model_unavailable',
      message: 'The model API cannot be reached.',
    })
    expect(asked).toBe(1)
    await new Promise((resolve) => server.close(resolve))
  })

  const reached = { error_code: 'enforced_spend_limit_reached' }
  const LIMITED =
    'The model API refused the request (400). If it names a spend limit or credits, raise them in the console; if it names a parameter, this version of Millwright does not fit that model. It said: "their words"'
  it.each<[string, ScriptedReply, string]>([
    [
      'F-23: whose spend limit is reached, as 429',
      error(429, 'rate_limit_error', { details: reached, message: 'their words' }),
      'The spend limit of the account is reached (429). Raise it in the console, or wait until the month is over. It said: "their words"',
    ],
    [
      'F-23: whose spend limit is reached, as 400',
      error(400, 'invalid_request_error', { message: 'their words' }),
      LIMITED,
    ],
    [
      'F-23: that wants to be paid',
      error(402, 'billing_error', { message: 'their words' }),
      'The model API asks for payment (402). Add credits or raise the spend limit of the account. It said: "their words"',
    ],
    [
      'F-26: that does not know the key',
      error(401, 'authentication_error', { message: 'their words' }),
      'The model API does not know the key (401). Set ANTHROPIC_API_KEY to a valid key. It said: "their words"',
    ],
    [
      'F-26: that forbids the model',
      error(403, 'permission_error', { message: 'their words' }),
      'The key may not use this model or this endpoint (403). Check the workspace, its model access and its spend limit. It said: "their words"',
    ],
    [
      'F-26: that does not know the model',
      error(404, 'not_found_error', { message: 'their words' }),
      'The model API does not know the model or the address (404). Check the model names in `models` of the config and the base URL. It said: "their words"',
    ],
    [
      'F-27: to which the request is too large',
      error(413, 'request_too_large', { message: 'their words' }),
      'The request is larger than the model API takes (413). A smaller issue or a shorter dossier is needed. It said: "their words"',
    ],
  ])('%s is asked once, and people read what to mend', async (_what, reply, detail) => {
    const { answer, model } = await ask([reply, good])
    expect(answer).toEqual({ ok: false, code: 'model_rejected', detail })
    expect(model.asked).toHaveLength(1)
  })
})

describe('a model', () => {
  const cut: ScriptedReply = { content: [writing], stop_reason: 'max_tokens' }
  const same = { content: [call('read', { file_path: 'a' }), call('read', { file_path: 'b' })] }

  it.each<[string, readonly ScriptedReply[], string, string, number]>([
    [
      'F-27: whose window is full',
      [{ content: [writing], stop_reason: 'model_context_window_exceeded' }],
      'model_cut_off',
      "The conversation no longer fits into the model's context window. Split the issue, or use a model with a larger window.",
      1,
    ],
    [
      'F-28: whose call is cut at the limit of an answer, twice,',
      [cut, cut],
      'model_cut_off',
      "The model's answer was cut twice at its limit of 4000 tokens.",
      2,
    ],
    [
      'F-29: that declines in the middle of a call',
      [{ content: [text('I will not.'), writing], stop_reason: 'refusal' }],
      'model_refused',
      'The model refused to go on with this task.',
      1,
    ],
    [
      'F-30: that sends input which is no JSON, three times,',
      [1, 2, 3].map(() => ({ rawInput: '{"file_path": ]', tool: 'write' })),
      'model_bad_answer',
      'The model sent malformed tool calls 3 times in a row.',
      3,
    ],
    [
      'F-30: that calls what is not there, with too little and with the wrong kinds,',
      [
        { content: [call('delete', { path: '/' })] },
        { content: [call('write', { file_path: 'a' })] },
        { content: [call('write', { file_path: 7, content: ['a'] })] },
      ],
      'model_bad_answer',
      'The model sent malformed tool calls 3 times in a row.',
      3,
    ],
    [
      'F-30: that gives two calls one name, three times,',
      [same, same, same],
      'model_bad_answer',
      'The model sent malformed tool calls 3 times in a row.',
      3,
    ],
    [
      'F-31: that ends without a result, twice,',
      [{ content: [text('Done.')] }, { content: [] }],
      'model_no_answer',
      'The model ended its work twice without submitting a result.',
      2,
    ],
  ])('%s has nothing run, and people read why', async (...[, script, code, detail, asked]) => {
    const { answer, model, tools } = await ask([...script, good])
    expect(answer).toEqual({ ok: false, code, detail })
    expect([model.asked.length, tools.calls]).toEqual([asked, []])
  })

  it('F-30: that makes 200 calls at once has none of them run, and is told', async () => {
    const many = Array.from({ length: 200 }, (_, n) =>
      call('write', { file_path: `f${n}`, content: '' }, `t${n}`),
    )
    const { answer, model, tools } = await ask([{ content: many }, good])
    expect(answer).toMatchObject({ ok: true })
    expect(tools.calls).toEqual([])
    expect(told(model, 1)).toContain('At most 20 calls in one reply; this one had 200')
  })

  it('F-31: that pauses is heard out', async () => {
    const pause = { content: [text('One moment.')], stop_reason: 'pause_turn' }
    expect((await ask([pause, pause, good])).answer).toMatchObject({ ok: true, turns: 3 })
  })

  it('F-32: that makes the same call five times is stopped, and people read which', async () => {
    const reading = { content: [call('read', { file_path: 'basket.txt' })] }
    const { answer, model } = await ask([...Array.from({ length: 5 }, () => reading), good])
    expect(answer).toEqual({
      ok: false,
      code: 'model_loop',
      detail: 'The same call gave the same answer five times: read basket.txt',
    })
    expect(model.asked).toHaveLength(5)
  })
})
