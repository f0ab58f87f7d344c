/** What an attempt hears again from the journal, over real HTTP with the real SDK: requests are counted at the server. */
import { afterEach, describe, expect, it } from '@jest/globals'
import { createMemoryJournal } from '../../src/adapters/memory/memory-journal.ts'
import { createMeter } from '../../src/agent/meter.ts'
import { RetryableError, StageFailure } from '../../src/core/errors.ts'
import type { AgentSpec, AgentTask } from '../../src/ports/agents.ts'
import type { Journal } from '../../src/ports/journal.ts'
import type { KeptFiles, ToolAnswer, ToolFiles } from '../../src/ports/tools.ts'
import { agentsAt, FRUIT_SPEC, memoryHost, taskFor } from '../support/agent-bench.ts'
import type { Fruit } from '../support/agent-bench.ts'
import { recordingLog } from '../support/recording-log.ts'
import { call, startScriptedModel, submit, text } from '../support/scripted-model.ts'
import type { Replier, ScriptedModel, TimedReply } from '../support/scripted-model.ts'

const READER: AgentSpec<Fruit> = { ...FRUIT_SPEC, role: 'reviewer', allowed: ['read', 'bash'] }
const good = submit({ name: 'apple', count: 3 })
const reading = { content: [call('read', { file_path: 'basket.txt' })] }
const overloaded = { status: 529, type: 'overloaded_error' }
const bash = (command: string, id: string) => call('bash', { command }, id)

const open: ScriptedModel[] = []
afterEach(async () => {
  await Promise.all(open.splice(0).map((model) => model.close()))
})

interface Setting {
  readonly journal?: Journal
  readonly spec?: AgentSpec<Fruit>
  readonly task?: Partial<AgentTask>
  readonly effect?: string
  readonly system?: string
}

/** One attempt at an effect: a server, agents and a purse of its own, as after a restart. */
async function attempt(script: readonly (TimedReply | Replier)[], setting: Setting = {}) {
  const { journal = createMemoryJournal(), spec = READER, effect, system } = setting
  const model = await startScriptedModel(script)
  open.push(model)
  const log = recordingLog()
  const more = { ...(effect === undefined ? {} : { effect }), ...(system === undefined ? {} : { system }) }
  const { agents, turns } = agentsAt(model.url, { journal, log, ...more })
  const tools = memoryHost(() => ({ content: 'three apples', isError: false }))
  const task = taskFor({ tools, ...setting.task })
  return { model, journal, log, task, turns, tools, agents, talk: agents.begin(spec, task) }
}

const rejection = async (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    () => undefined,
    (error: unknown) => error,
  )
const said = (log: ReturnType<typeof recordingLog>, event: string) =>
  log.lines.filter((line) => line.event === event).map(({ fields }) => fields)

describe('an attempt after another one', () => {
  it('hears all of it without a request, and is charged what the first was charged', async () => {
    const one = await attempt([reading, good])
    const answer = await one.talk.ask()
    const two = await attempt([], { journal: one.journal })
    expect(await two.talk.ask()).toEqual(answer)
    expect([two.model.asked, two.tools.calls, two.turns]).toEqual([[], [], []])
    expect(two.task.meter.spent()).toEqual(one.task.meter.spent())
    expect(two.task.meter.continuity()).toEqual(one.task.meter.continuity())
    expect(said(two.log, 'turns_replayed')).toEqual([{ conversation: 'reviewer-1', turns: 2, left: 0 }])
  })

  it('on the same purse is not charged again', async () => {
    const one = await attempt([reading, good])
    await one.talk.ask()
    const [spent, continuity] = [one.task.meter.spent(), one.task.meter.continuity()]
    const two = await attempt([], { journal: one.journal, task: { meter: one.task.meter } })
    await two.talk.ask()
    expect([one.task.meter.spent(), one.task.meter.continuity()]).toEqual([spent, continuity])
  })

  it('makes the request that was never answered, byte for byte as if nothing had happened', async () => {
    const undisturbed = await attempt([reading, good])
    await undisturbed.talk.ask()
    const one = await attempt([reading, overloaded])
    expect(await rejection(one.talk.ask())).toBeInstanceOf(RetryableError)
    const two = await attempt([good], { journal: one.journal })
    expect(await two.talk.ask()).toMatchObject({ ok: true, turns: 2 })
    expect(two.model.asked.map((request) => request.raw)).toEqual([undisturbed.model.asked[1]?.raw])
    expect(two.model.asked[0]?.headers).toMatchObject({
      'x-millwright-conversation': 'reviewer-1',
      'x-millwright-turn': '2',
    })
    expect(two.tools.calls).toEqual([])
    expect(two.task.meter.spent()).toEqual(undisturbed.task.meter.spent())
  })

  const ways: Record<string, TimedReply[]> = {
    'prose that had to be reminded': [{ content: [text('Three, I think.')] }],
    'an empty reply': [{ content: [] }],
    'a reply cut at its limit': [
      { content: [call('read', { file_path: 'a' })], stop_reason: 'max_tokens' },
      { content: [text('…')], stop_reason: 'end_turn' },
    ],
    'a call whose input is no JSON': [{ rawInput: '{"file_path": ', tool: 'read' }],
    'a result that missed its schema': [submit({ name: 'apple' })],
    'input that a tool refuses, and a tool that there is not': [
      { content: [call('read', {}), call('juggle', {})] },
    ],
    'a tool that failed': [{ content: [bash('exit 1', 'b1')] }],
    'a pause': [{ content: [text('thinking')], stop_reason: 'pause_turn' }],
    'a connection that was lost': [{ content: [text('one two')], cutAfter: 2 }],
  }
  const failing = (): { tools: AgentTask['tools'] } => ({
    tools: memoryHost((tool) => ({ content: '', isError: tool === 'bash' })),
  })
  it.each(Object.entries(ways))('replays %s', async (_what, first) => {
    const whole = await attempt([...first, reading, good], { task: failing() })
    const last = whole.model.asked
    // A lost connection rejects the question; it is asked again, as the desk does.
    await whole.talk.ask().catch(() => whole.talk.ask())
    const one = await attempt([...first, reading, overloaded], { task: failing() })
    await rejection(one.talk.ask().catch(() => one.talk.ask()))
    const two = await attempt([good], { journal: one.journal, task: failing() })
    expect(await two.talk.ask()).toMatchObject({ ok: true })
    expect(two.model.asked.map(({ raw }) => raw)).toEqual([last.at(-1)?.raw])
    expect(two.task.meter.spent()).toEqual(whole.task.meter.spent())
  })

  it('ends as the first did where the model refused', async () => {
    const one = await attempt([reading, { content: [text('No.')], stop_reason: 'refusal' }])
    const answer = await one.talk.ask()
    const two = await attempt([], { journal: one.journal })
    expect(await two.talk.ask()).toEqual(answer)
    expect(answer).toMatchObject({ ok: false, code: 'model_refused' })
    expect(two.model.asked).toEqual([])
  })

  it('goes on with what the factory says next', async () => {
    const one = await attempt([good, reading, overloaded])
    await one.talk.ask()
    await rejection(one.talk.ask('Count again.'))
    const two = await attempt([submit({ name: 'pear', count: 1 })], { journal: one.journal })
    expect(await two.talk.ask()).toMatchObject({ ok: true, output: { name: 'apple' } })
    expect(await two.talk.ask('Count again.')).toMatchObject({ ok: true, output: { name: 'pear' } })
    expect(two.model.asked).toHaveLength(1)
  })

  it('is not stopped by a cap before a turn that is paid for, and is before one that is not', async () => {
    const one = await attempt([reading, reading, overloaded])
    await rejection(one.talk.ask())
    const meter = createMeter({ usd: 10, turns: 2 })
    const two = await attempt([good], { journal: one.journal, task: { meter } })
    expect(await two.talk.ask()).toMatchObject({ ok: false, code: 'budget_turns' })
    expect([two.model.asked.length, meter.spent().turns]).toEqual([0, 2])
  })
})

describe('a request that differs', () => {
  it('ends the replay, and what was paid for in vain is counted all the same', async () => {
    const one = await attempt([reading, good])
    await one.talk.ask()
    const two = await attempt([reading, good], { journal: one.journal, system: 'You count pears.' })
    expect(await two.talk.ask()).toMatchObject({ ok: true })
    expect([two.model.asked.length, two.task.meter.spent().turns]).toEqual([2, 4])
    expect(said(two.log, 'replay_ended')).toEqual([{ conversation: 'reviewer-1', turns: 0, left: 2 }])
    const three = await attempt([], { journal: one.journal, system: 'You count pears.' })
    expect(await three.talk.ask()).toMatchObject({ ok: true })
    expect([three.model.asked.length, three.task.meter.spent().turns]).toEqual([0, 4])
  })

  it('in the middle keeps what came before it, and forgets what came after', async () => {
    const one = await attempt([good, reading, good])
    await one.talk.ask()
    await one.talk.ask('Count again.')
    const two = await attempt([good], { journal: one.journal })
    await two.talk.ask()
    await two.talk.ask('Count the pears.')
    expect([two.model.asked.length, two.task.meter.spent().turns]).toEqual([1, 4])
    const three = await attempt([good], { journal: one.journal })
    await three.talk.ask()
    await three.talk.ask('Count again.')
    expect([three.model.asked.length, three.task.meter.spent().turns]).toEqual([1, 5])
  })

  it('is one of another effect, of another role, and of the role’s second conversation', async () => {
    const one = await attempt([good])
    await one.talk.ask()
    const { journal } = one
    const other = await attempt([good], { journal, effect: 'abcdef1234.4.0' })
    await other.talk.ask()
    const role = await attempt([good], { journal, spec: { ...READER, role: 'architect' } })
    await role.talk.ask()
    const second = await attempt([good], { journal })
    await second.talk.ask()
    await second.agents.begin(READER, taskFor()).ask()
    const asked = [other, role, second].map(({ model }) =>
      model.asked.map(({ headers }) => headers['x-millwright-conversation']),
    )
    expect(asked).toEqual([['reviewer-2'], ['architect-1'], ['reviewer-2']])
  })
})

/** Aborts when the tool is asked for the n-th time, as a stop in the middle of a turn does. */
function stopAt(nth: number) {
  const stop = new AbortController()
  let asked = 0
  const tools = memoryHost((): ToolAnswer => {
    asked += 1
    if (asked === nth) stop.abort(new Error('the worker stops'))
    return { content: `answer ${asked}`, isError: false }
  })
  return { tools, signal: stop.signal }
}

describe('an attempt that was cut in the middle of a turn', () => {
  const two = { content: [call('read', { file_path: 'a' }, 'a'), call('read', { file_path: 'b' }, 'b')] }

  it('has its reply, the results that were there, and runs the other tools', async () => {
    const one = await attempt([two], { task: stopAt(2) })
    expect(await rejection(one.talk.ask())).toEqual(new Error('the worker stops'))
    const next = await attempt([good], { journal: one.journal })
    expect(await next.talk.ask()).toMatchObject({ ok: true })
    expect(next.tools.calls.map(({ input }) => input)).toEqual([{ file_path: 'b' }])
    const results = JSON.stringify(next.model.asked[0]?.body.messages.at(-1))
    expect(next.model.asked).toHaveLength(1)
    expect(results).toContain('answer 1')
    expect(results).toContain('three apples')
  })

  it('runs all tools of the turn again where one of them may have changed files', async () => {
    const writing = {
      content: [call('write', { file_path: 'a', content: 'x' }, 'a'), call('read', { file_path: 'a' }, 'b')],
    }
    const one = await attempt([writing], { spec: FRUIT_SPEC, task: stopAt(2) })
    await rejection(one.talk.ask())
    const next = await attempt([good], { journal: one.journal, spec: FRUIT_SPEC })
    expect(await next.talk.ask()).toMatchObject({ ok: true })
    expect(next.tools.calls.map(({ tool }) => tool)).toEqual(['write', 'read'])
    expect(said(next.log, 'tools_run_again')).toEqual([
      { conversation: 'coder-1', at: 1, why: 'no_snapshot' },
    ])
  })

  it('F-25: asks again for a reply that did not arrive whole, and counts what it had cost', async () => {
    const stop = new AbortController()
    const one = await attempt([reading, { hang: true }], { task: { signal: stop.signal } })
    const asking = rejection(one.talk.ask())
    while (one.model.asked.length < 2) await new Promise((done) => setTimeout(done, 5))
    await new Promise((done) => setTimeout(done, 50))
    stop.abort(new Error('the worker stops'))
    expect(await asking).toEqual(new Error('the worker stops'))
    const next = await attempt([good], { journal: one.journal })
    expect(await next.talk.ask()).toMatchObject({ ok: true })
    expect(next.model.asked).toHaveLength(1)
    expect(next.task.meter.spent()).toMatchObject({ turns: 3, input_tokens: 300 })
  })
})

/** Files that remember where they were put back to. */
function memoryFiles(known: readonly string[] = ['1', '2', '3']): ToolFiles & { readonly back: string[] } {
  const back: string[] = []
  let kept = 0
  return {
    back,
    keep: async () => ({ start: '0', end: String((kept += 1)) }),
    putBack: async ({ end }: KeptFiles) => {
      if (known.includes(end)) back.push(end)
      return known.includes(end)
    },
  }
}

describe('files', () => {
  const script = [
    { content: [bash('cd lib', 'b1')] },
    { content: [call('read', { file_path: 'a' })] },
    { content: [bash('touch x', 'b2')] },
  ]
  const at = (files: ToolFiles) => ({
    ...memoryHost((_tool, input) => ({ content: JSON.stringify(input), isError: false })),
    files,
  })

  it('are put back with the results of every turn that may have changed them', async () => {
    const one = await attempt([...script, overloaded], {
      spec: FRUIT_SPEC,
      task: { tools: at(memoryFiles()) },
    })
    await rejection(one.talk.ask())
    const files = memoryFiles()
    const tools = at(files)
    const two = await attempt([good], { journal: one.journal, spec: FRUIT_SPEC, task: { tools } })
    await two.talk.ask()
    expect([files.back, tools.calls]).toEqual([['1', '2'], []])
  })

  it('that are gone have the tools run again, and equal results go on without a request', async () => {
    const one = await attempt([...script, overloaded], {
      spec: FRUIT_SPEC,
      task: { tools: at(memoryFiles()) },
    })
    await rejection(one.talk.ask())
    const tools = at(memoryFiles([]))
    const two = await attempt([good], { journal: one.journal, spec: FRUIT_SPEC, task: { tools } })
    await two.talk.ask()
    expect(tools.calls.map(({ tool }) => tool)).toEqual(['bash', 'bash'])
    expect(two.model.asked).toHaveLength(1)
    expect(said(two.log, 'tools_run_again').map((fields) => fields?.['why'])).toEqual([
      'snapshot_gone',
      'snapshot_gone',
    ])
  })

  it('that cannot be kept cost a line in the log, not the stage', async () => {
    const files: ToolFiles = {
      ...memoryFiles(),
      keep: () => Promise.reject(new StageFailure('unsupported_file', 'too many files')),
    }
    const { talk, log } = await attempt([...script, good], { spec: FRUIT_SPEC, task: { tools: at(files) } })
    expect(await talk.ask()).toMatchObject({ ok: true })
    expect(said(log, 'files_not_kept').map((fields) => fields?.['code'])).toEqual([
      'unsupported_file',
      'unsupported_file',
    ])
  })

  it('are kept, but not the shell, and the first command that really runs says so once', async () => {
    const one = await attempt([...script, overloaded], {
      spec: FRUIT_SPEC,
      task: { tools: at(memoryFiles()) },
    })
    await rejection(one.talk.ask())
    const more = [{ content: [bash('pwd', 'b3')] }, { content: [bash('ls', 'b4')] }, overloaded]
    const task = { tools: at(memoryFiles()) }
    const two = await attempt(more, { journal: one.journal, spec: FRUIT_SPEC, task })
    await rejection(two.talk.ask())
    const lastOf = (model: ScriptedModel, index: number) => model.asked[index]?.body.messages.at(-1)?.content
    expect(lastOf(two.model, 1)).toMatchObject([
      {
        content:
          '[the machine was changed: this is a new shell in the repository root. Files are kept, but not those that git ignores and not those in /tmp; variables and background processes are gone]\n{"command":"pwd"}',
      },
    ])
    expect(lastOf(two.model, 2)).toMatchObject([{ content: '{"command":"ls"}' }])
    const three = await attempt([good], { journal: one.journal, spec: FRUIT_SPEC, task })
    await three.talk.ask()
    expect(three.model.asked[0]?.raw).toBe(two.model.asked[2]?.raw)
  })
})

describe('a journal that is away', () => {
  const away = (): Promise<never> => Promise.reject(new RetryableError('forge_unavailable', 'no database'))

  it('when it is read makes the stage wait, and an answer that is paid for goes on without it', async () => {
    const journal = createMemoryJournal()
    let reads = 0
    const slow: Journal = {
      ...journal,
      read: (run, effect) => ((reads += 1) === 1 ? away() : journal.read(run, effect)),
      addCall: away,
    }
    const { talk, log, task, model } = await attempt([reading, good], { journal: slow })
    expect(await rejection(talk.ask())).toBeInstanceOf(RetryableError)
    expect(model.asked).toEqual([])
    expect(await talk.ask()).toMatchObject({ ok: true, turns: 2 })
    expect(task.meter.spent().turns).toBe(2)
    expect(said(log, 'journal_away')).toEqual([{ conversation: 'reviewer-1', at: 0 }])
  })

  it('with a mistake of ours in it is not passed over', async () => {
    const broken: Journal = { ...createMemoryJournal(), addCall: () => Promise.reject(new TypeError('ours')) }
    const { talk } = await attempt([good], { journal: broken })
    expect(await rejection(talk.ask())).toEqual(new TypeError('ours'))
  })
})
