/** How a conversation ends, over real HTTP with the real SDK: every row of the table in docs/agents.md. */
import { afterEach, describe, expect, it } from '@jest/globals'
import { createMeter } from '../../src/agent/meter.ts'
import { RetryableError } from '../../src/core/errors.ts'
import type { AgentTask } from '../../src/ports/agents.ts'
import { agentsAt, FRUIT_SPEC, memoryHost, taskFor } from '../support/agent-bench.ts'
import { call, startScriptedModel, submit, text } from '../support/scripted-model.ts'
import type { ScriptedModel, ScriptedReply } from '../support/scripted-model.ts'

const open: ScriptedModel[] = []
afterEach(async () => {
  await Promise.all(open.splice(0).map((model) => model.close()))
})

async function bench(script: readonly ScriptedReply[], over: Partial<AgentTask> = {}, stallMs?: number) {
  const model = await startScriptedModel(script)
  open.push(model)
  const { agents, turns } = agentsAt(model.url, stallMs === undefined ? {} : { stallMs })
  const task = taskFor(over)
  return { model, task, turns, talk: agents.begin(FRUIT_SPEC, task) }
}

const good = submit({ name: 'apple', count: 3 })
const reading = { content: [call('read', { file_path: 'basket.txt' })] }
const lastText = (model: ScriptedModel, index: number): string =>
  JSON.stringify(model.asked[index]?.body.messages.at(-1))

async function rejection(work: Promise<unknown>): Promise<unknown> {
  return work.then(
    () => undefined,
    (error: unknown) => error,
  )
}

describe('a conversation that works', () => {
  it('runs the tools, submits, and is paid for', async () => {
    const { talk, task, turns } = await bench([reading, good])
    expect(await talk.ask()).toEqual({ ok: true, output: { name: 'apple', count: 3 }, turns: 2 })
    expect(task.meter.spent()).toMatchObject({ turns: 2, input_tokens: 200, output_tokens: 20, usd: 0.0012 })
    expect(turns.map((turn) => [turn.conversation, turn.turn, turn.stopReason, turn.tools])).toEqual([
      ['coder-1', 1, 'tool_use', ['read']],
      ['coder-1', 2, 'tool_use', ['submit']],
    ])
  })

  it('goes on after a submit with one more message of the factory', async () => {
    const { talk, model } = await bench([good, submit({ name: 'pear', count: 1 })])
    await talk.ask()
    expect(await talk.ask('The gate wants pears.')).toMatchObject({ ok: true, output: { name: 'pear' } })
    const last = model.asked[1]?.body.messages.at(-1)
    expect(last).toMatchObject({
      role: 'user',
      content: [{ type: 'tool_result', content: 'Received.' }, { text: 'Factory: The gate wants pears.' }],
    })
  })

  it('runs the calls of one reply one after the other, in their order', async () => {
    const order: string[] = []
    const tools = memoryHost(async (_tool, input) => {
      const { command } = input as { command: string }
      if (command === 'first') await new Promise((done) => setTimeout(done, 30))
      order.push(command)
      return { content: command, isError: false }
    })
    const two = {
      content: [call('bash', { command: 'first' }, 'a'), call('bash', { command: 'second' }, 'b')],
    }
    const { talk } = await bench([two, good], { tools })
    await talk.ask()
    expect(order).toEqual(['first', 'second'])
  })

  it('goes on after pause_turn', async () => {
    const { talk, model } = await bench([{ content: [text('thinking')], stop_reason: 'pause_turn' }, good])
    expect(await talk.ask()).toMatchObject({ ok: true, turns: 2 })
    expect(model.asked[1]?.body.messages.at(-1)?.role).toBe('assistant')
  })

  it('that pauses again and again stops at the cap of the run', async () => {
    const pause: ScriptedReply = { content: [text('thinking')], stop_reason: 'pause_turn' }
    // More pauses than the cap, so that only the cap can be what ends it.
    const script = Array.from({ length: 12 }, () => pause)
    const { talk, task, model } = await bench(script, { meter: createMeter({ usd: 10, turns: 3 }) })
    expect(await talk.ask()).toEqual({
      ok: false,
      code: 'budget_turns',
      detail: 'The run has used its budget of 3 model calls.',
    })
    expect([model.asked.length, task.meter.spent().turns]).toEqual([3, 3])
  })

  it('says which tools a role may use when it asks for another', async () => {
    const tools = memoryHost(() => ({ content: 'ran', isError: false }))
    const model = await startScriptedModel([reading, good])
    open.push(model)
    const spec = { ...FRUIT_SPEC, allowed: ['grep'] as const }
    await agentsAt(model.url).agents.begin(spec, taskFor({ tools })).ask()
    expect(tools.calls).toEqual([])
    expect(lastText(model, 1)).toContain('Your role may not use read. It may use: grep, submit.')
  })
})

describe('an answer that is none', () => {
  it('is asked for once more after prose, then counts', async () => {
    const { talk, model } = await bench([{ content: [text('Three apples.')] }, good])
    expect(await talk.ask()).toMatchObject({ ok: true, turns: 2 })
    expect(lastText(model, 1)).toContain('Factory: Your last reply ended without a result')
  })

  it('is model_no_answer after prose twice', async () => {
    const { talk, model } = await bench([{ content: [text('Three.')] }, { content: [text('Still three.')] }])
    expect(await talk.ask()).toMatchObject({ ok: false, code: 'model_no_answer' })
    expect(model.asked).toHaveLength(2)
  })

  it('is asked for once more when empty, then is model_no_answer', async () => {
    const { talk, model } = await bench([{ content: [] }, { content: [] }])
    expect(await talk.ask()).toMatchObject({ ok: false, code: 'model_no_answer' })
    expect(model.asked[1]?.body.messages.map((message) => message.role)).toEqual(['user', 'user'])
    expect(lastText(model, 1)).toContain('Your last reply was empty')
  })

  it('is told exactly where a result misses its schema, once', async () => {
    const { talk, model } = await bench([submit({ name: 7, count: 3, colour: 'red' }), good])
    expect(await talk.ask()).toMatchObject({ ok: true, turns: 2 })
    expect(lastText(model, 1)).toContain('- name: expected string, got 7')
    expect(lastText(model, 1)).toContain('expected no key \\"colour\\"')
  })

  it('is model_bad_answer when the second result misses it as well', async () => {
    const { talk } = await bench([submit({ name: 7 }), submit({ name: 'apple' })])
    const answer = await talk.ask()
    expect(answer).toMatchObject({ ok: false, code: 'model_bad_answer' })
    expect(answer).toMatchObject({ detail: expect.stringContaining('- count: expected number, got nothing') })
  })

  it('is model_refused when the model refuses', async () => {
    const { talk } = await bench([{ content: [text('No.')], stop_reason: 'refusal' }])
    expect(await talk.ask()).toMatchObject({ ok: false, code: 'model_refused' })
  })

  it('is model_cut_off when the context window is full', async () => {
    const { talk } = await bench([{ content: [text('…')], stop_reason: 'model_context_window_exceeded' }])
    expect(await talk.ask()).toMatchObject({
      ok: false,
      code: 'model_cut_off',
      detail: expect.stringContaining('window'),
    })
  })
})

describe('a reply cut at max_tokens', () => {
  const cut = { content: [call('write', { file_path: 'a', content: 'half' })], stop_reason: 'max_tokens' }

  it('never runs its calls, and goes on once', async () => {
    const tools = memoryHost(() => ({ content: 'written', isError: false }))
    const { talk, model } = await bench([cut, good], { tools })
    expect(await talk.ask()).toMatchObject({ ok: true, turns: 2 })
    expect(tools.calls).toEqual([])
    expect(lastText(model, 1)).toContain('Not run: the reply was cut off.')
    expect(lastText(model, 1)).toContain('Factory: Your last reply reached its length limit')
  })

  it('is model_cut_off the second time', async () => {
    const { talk } = await bench([cut, cut])
    expect(await talk.ask()).toMatchObject({ ok: false, code: 'model_cut_off' })
  })
})

describe('tool calls that go wrong', () => {
  it('answers wrong input and unknown tools with an error, and ends after three turns of it', async () => {
    const tools = memoryHost(() => ({ content: 'ran', isError: false }))
    const { talk, model } = await bench(
      [
        { content: [call('read', { path: 'a' })] },
        { content: [call('delete', {})] },
        { rawInput: '{"a": }', tool: 'read' },
      ],
      { tools },
    )
    expect(await talk.ask()).toMatchObject({ ok: false, code: 'model_bad_answer' })
    expect(tools.calls).toEqual([])
    expect(lastText(model, 1)).toContain('- file_path: expected string, got nothing')
    expect(lastText(model, 2)).toContain("Tool 'delete' not found")
  })

  it('asks again after input that is no JSON', async () => {
    const { talk, model } = await bench([{ rawInput: '{"file_path": ]', tool: 'read' }, good])
    expect(await talk.ask()).toMatchObject({ ok: true, turns: 2 })
    expect(lastText(model, 1)).toContain('was not valid JSON')
    expect(model.asked.map((request) => request.headers['x-millwright-turn'])).toEqual(['1', '1'])
  })

  it('refuses more than twenty calls in one reply', async () => {
    const tools = memoryHost(() => ({ content: 'ran', isError: false }))
    const many = Array.from({ length: 21 }, (_, n) => call('read', { file_path: `f${n}` }, `toolu_${n}`))
    const { talk, model } = await bench([{ content: many }, good], { tools })
    await talk.ask()
    expect(tools.calls).toEqual([])
    expect(lastText(model, 1)).toContain('At most 20 calls in one reply; this one had 21')
  })

  it('is model_loop after the same call with the same answer five times', async () => {
    const { talk, model } = await bench([reading, reading, reading, reading, reading, good])
    expect(await talk.ask()).toMatchObject({
      ok: false,
      code: 'model_loop',
      detail: expect.stringContaining('read basket.txt'),
    })
    expect(model.asked).toHaveLength(5)
  })

  it('is no loop while the answers differ', async () => {
    let count = 0
    const tools = memoryHost(() => ({ content: `${++count}`, isError: false }))
    const { talk } = await bench([reading, reading, reading, reading, reading, reading, good], { tools })
    expect(await talk.ask()).toMatchObject({ ok: true })
  })
})

describe('limits', () => {
  it('stops before the call that would follow an empty purse', async () => {
    const meter = createMeter({ usd: 0.0005, turns: 100 })
    const { talk, model } = await bench([reading, good], { meter })
    expect(await talk.ask()).toMatchObject({
      ok: false,
      code: 'budget_usd',
      detail: expect.stringContaining('0.0005 USD'),
    })
    expect(model.asked).toHaveLength(1)
  })

  it('makes no call at all when the run has none left', async () => {
    const spent = {
      input_tokens: 0,
      output_tokens: 0,
      cache_read_tokens: 0,
      cache_write_tokens: 0,
      usd: 0,
      turns: 3,
    }
    const meter = createMeter({ usd: 5, turns: 3 }, { spent })
    const { talk, model } = await bench([good], { meter })
    expect(await talk.ask()).toMatchObject({
      ok: false,
      code: 'budget_turns',
      detail: expect.stringContaining('The run'),
    })
    expect(model.asked).toHaveLength(0)
  })

  it("keeps the role's own limits as well", async () => {
    const model = await startScriptedModel([reading, reading, good])
    open.push(model)
    const spec = { ...FRUIT_SPEC, limits: { ...FRUIT_SPEC.limits, turns: 2 } }
    const answer = await agentsAt(model.url).agents.begin(spec, taskFor()).ask()
    expect(answer).toMatchObject({
      ok: false,
      code: 'role_limit',
      detail: expect.stringContaining('role coder'),
    })
  })
})

describe('a model that is not there', () => {
  it('is "later" for an overload, with the history kept', async () => {
    const { talk, model } = await bench([reading, { status: 529, type: 'overloaded_error' }, good])
    const error = await rejection(talk.ask())
    expect(error).toBeInstanceOf(RetryableError)
    expect(error).toMatchObject({ code: 'model_unavailable', retryAfterMs: undefined })
    expect(await talk.ask()).toMatchObject({ ok: true, turns: 1 })
    expect(model.asked[2]?.body.messages).toEqual(model.asked[1]?.body.messages)
  })

  it('passes on how long the API says to wait', async () => {
    const { talk, model } = await bench([
      { status: 429, type: 'rate_limit_error', headers: { 'retry-after': '7' } },
    ])
    expect(await rejection(talk.ask())).toMatchObject({ name: 'RetryableError', retryAfterMs: 7000 })
    expect(model.asked).toHaveLength(1)
  })

  it('is "later" for an error in the middle of a stream', async () => {
    const { talk, task } = await bench([{ midStream: 'overloaded_error' }])
    expect(await rejection(talk.ask())).toMatchObject({ name: 'RetryableError', code: 'model_unavailable' })
    expect(task.meter.spent()).toMatchObject({ turns: 1, input_tokens: 100 })
  })

  it.each([
    ['in the middle of a call', 3, false],
    ['in the middle of a call, politely', 3, true],
    ['after a whole call', 5, false],
    ['after a whole call, politely', 5, true],
    ['before anything', 0, true],
  ])('is "later" when the stream ends %s, and nothing is run', async (_when, cutAfter, politely) => {
    const tools = memoryHost(() => ({ content: 'ran', isError: false }))
    const { talk } = await bench([{ ...reading, cutAfter, politely }], { tools })
    expect(await rejection(talk.ask())).toMatchObject({ name: 'RetryableError', code: 'model_unavailable' })
    expect(tools.calls).toEqual([])
  })

  it('is "later" when nothing listens there', async () => {
    const { talk, model } = await bench([good])
    await model.close()
    expect(await rejection(talk.ask())).toMatchObject({ name: 'RetryableError', code: 'model_unavailable' })
  })

  it('is "later" when a stream stays open and says nothing', async () => {
    const { talk, model } = await bench([{ hang: true }], {}, 150)
    expect(await rejection(talk.ask())).toMatchObject({
      name: 'RetryableError',
      message: expect.stringContaining('in time'),
    })
    await model.hungUp
  })

  it.each([
    [401, 'authentication_error', 'ANTHROPIC_API_KEY'],
    [403, 'permission_error', 'model access'],
    [404, 'not_found_error', 'model names'],
    [413, 'request_too_large', 'larger than'],
    [400, 'invalid_request_error', 'spend limit'],
  ])('is model_rejected for %d, with what to mend', async (status, type, fix) => {
    const { talk } = await bench([{ status, type, message: 'their words' }])
    const answer = await talk.ask()
    expect(answer).toMatchObject({ ok: false, code: 'model_rejected', detail: expect.stringContaining(fix) })
    expect(answer).toMatchObject({ detail: expect.not.stringContaining('\n') })
  })
})

describe('an abort', () => {
  it('closes the stream at once and rejects with its reason', async () => {
    const stop = new AbortController()
    const { talk, model } = await bench([{ hang: true }], { signal: stop.signal })
    const asked = rejection(talk.ask())
    setTimeout(() => stop.abort(new Error('stopped by a person')), 100)
    expect(await asked).toMatchObject({ message: 'stopped by a person' })
    await model.hungUp
  })

  it('does not wait for a tool that hangs, and tells it', async () => {
    const stop = new AbortController()
    const tools = memoryHost(() => new Promise(() => {}))
    const { talk } = await bench([reading], { signal: stop.signal, tools })
    const asked = rejection(talk.ask())
    setTimeout(() => stop.abort(new Error('stopped')), 100)
    expect(await asked).toMatchObject({ message: 'stopped' })
    expect(tools.calls[0]?.signal.aborted).toBe(true)
  })
})
