/** A run recorded through the proxy and served again, over real HTTP, with the real SDK and the real loop. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { startRecorder } from '../../../src/adapters/recorded-model/recorder.ts'
import { amendRecording } from '../../../src/adapters/recorded-model/recording.ts'
import { readMessage } from '../../../src/adapters/recorded-model/message-stream.ts'
import { loadRecording, startReplay } from '../../../src/adapters/recorded-model/replay.ts'
import type { Replay, ReplayOptions } from '../../../src/adapters/recorded-model/replay.ts'
import { agentsAt, FRUIT_SPEC, memoryHost, taskFor } from '../../support/agent-bench.ts'
import { startCapturingProxy } from '../../support/capturing-proxy.ts'
import { call, startScriptedModel, submit, text } from '../../support/scripted-model.ts'

const SECRET = 'hunter2-"quoted"-secret'
let folder = ''
const closing: { close(): Promise<void> }[] = []
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'recording-'))
})
afterEach(async () => {
  for (const server of closing.splice(0)) await server.close()
  rmSync(folder, { recursive: true })
})

const SCRIPT = [
  {
    content: [
      text('I look.'),
      call('bash', { command: 'npm test' }, 'a'),
      call('grep', { pattern: 'apple' }, 'b'),
    ],
  },
  { content: [text('Nothing more to say.')] },
  submit({ name: 'apple', count: 3 }),
  submit({ name: 'pear', count: 1 }),
]

/** A coder that looks around, forgets to submit, submits; then a reviewer. */
async function run(baseUrl: string, answers: { bash: string; grep?: string }) {
  const { agents, turns } = agentsAt(baseUrl)
  const tools = memoryHost((tool) => ({
    content: tool === 'bash' ? answers.bash : (answers.grep ?? 'a.js:1:apple\nb.js:2:apple'),
    isError: false,
  }))
  const task = taskFor({ tools })
  const coder = await agents.begin(FRUIT_SPEC, task).ask()
  const review = { ...FRUIT_SPEC, role: 'reviewer' as const, prompt: 'Review the {{what}}.' }
  const reviewer = coder.ok ? await agents.begin(review, task).ask() : undefined
  return { coder, reviewer, turns, meter: task.meter }
}

const THEN = `ok 3 in 12ms /tmp/run-1/a.js:3 ${SECRET} at 2026-11-20T10:00:00Z`
const NOW = `ok 3 in 480 ms /srv/elsewhere/deep/a.js:3 ${SECRET} at 2027-01-02T08:30:11.123Z`

/** What the model was asked and what it answered, byte for byte, and what was written about it. */
async function record() {
  const model = await startScriptedModel(SCRIPT)
  const file = join(folder, 'recordings', 'fruit.json')
  const recorder = await startRecorder({
    upstream: model.url,
    apiKey: 'real-upstream-key',
    file,
    source: 'by hand',
    secrets: [SECRET],
  })
  closing.push(recorder, model)
  await run(recorder.url, { bash: THEN })
  expect(model.asked[0]?.headers['x-api-key']).toBe('real-upstream-key')
  expect(
    Object.keys(model.asked[0]?.headers ?? {}).filter((name) => name.startsWith('x-millwright')),
  ).toEqual([])
  const answered = SCRIPT.map((reply) => ({
    content: 'content' in reply ? reply.content : [],
    stop_reason: reply === SCRIPT[1] ? 'end_turn' : 'tool_use',
  }))
  return { file, answered, asked: model.asked.map((request) => request.raw), recording: recorder.recording() }
}

async function replay(options: ReplayOptions): Promise<Replay> {
  const server = await startReplay({ secrets: [SECRET], ...options })
  closing.push(server)
  return server
}

describe('a recording', () => {
  it('serves the same conversation again, byte for byte', async () => {
    const { file, asked, answered } = await record()
    const server = await replay({ recording: file })
    const proxy = await startCapturingProxy(server.url)
    closing.push(proxy)
    const { coder, reviewer } = await run(proxy.url, { bash: THEN })
    expect(coder).toEqual({ ok: true, output: { name: 'apple', count: 3 }, turns: 3 })
    expect(reviewer).toEqual({ ok: true, output: { name: 'pear', count: 1 }, turns: 1 })
    expect(proxy.seen.map((one) => one.request)).toEqual(asked)
    expect(proxy.seen.map((one) => readMessage(one.answer))).toEqual(answered)
    expect(server.drift()).toEqual([])
    expect(server.left()).toEqual([])
  })

  it('holds neither secrets nor paths of the machine', async () => {
    const { file } = await record()
    const json = readFileSync(file, 'utf8')
    expect(json).not.toContain('hunter2')
    expect(json).not.toContain('real-upstream-key')
    expect(json).not.toContain('/tmp/run-1')
    expect(json).toContain('ok 3 in <time> <path>/a.js:3 <secret> at <date>')
  })

  it('has one text for the dossier that two roles share', async () => {
    const { recording } = await record()
    const [coder, reviewer] = recording.conversations
    expect(reviewer?.dossier).toEqual(coder?.dossier)
    expect(reviewer?.prompt).not.toBe(coder?.prompt)
    expect(coder?.dossier.map((name) => recording.texts[name])).toEqual([
      'The orchard has trees.',
      'The basket holds apples.',
    ])
    expect(coder?.turns.map((turn) => [turn.turn, turn.heard.map((heard) => heard.kind)])).toEqual([
      [1, []],
      [2, ['tool_result', 'tool_result']],
      [3, ['text']],
    ])
  })
})

describe('a replay', () => {
  it('does not mind durations, dates, paths and the order of search results', async () => {
    const { file } = await record()
    const server = await replay({ recording: file })
    const { reviewer } = await run(server.url, { bash: NOW, grep: 'b.js:2:apple\na.js:1:apple' })
    expect(reviewer).toMatchObject({ ok: true })
    expect(server.left()).toEqual([])
  })

  it('says so, with the difference, when a tool answers otherwise', async () => {
    const { file } = await record()
    const server = await replay({ recording: file })
    const { coder } = await run(server.url, { bash: THEN.replace('ok 3', 'not ok 3') })
    expect(coder).toMatchObject({ ok: false, code: 'recording_left' })
    const detail = coder.ok ? '' : coder.detail
    expect(detail).toContain('coder-1, turn 2: bash answers otherwise than recorded:')
    expect(detail).toContain('\n-ok 3 in <time>')
    expect(detail).toContain('\n+not ok 3 in <time>')
    expect(server.left()).toEqual([detail])
  })

  it('says so when a conversation or a turn is not in it', async () => {
    const { recording } = await record()
    const short = { ...recording, conversations: recording.conversations.slice(0, 1) }
    const first = await run((await replay({ recording: short })).url, { bash: THEN })
    expect(first.reviewer).toMatchObject({
      ok: false,
      code: 'recording_left',
      detail: 'The recording has no conversation reviewer-1; it has coder-1.',
    })
    const cut = {
      ...recording,
      conversations: recording.conversations.map((one) => ({ ...one, turns: one.turns.slice(0, 1) })),
    }
    const second = await run((await replay({ recording: cut })).url, { bash: THEN })
    expect(second.coder).toMatchObject({
      ok: false,
      code: 'recording_left',
      detail: expect.stringContaining('turn 2 was asked for'),
    })
  })

  it('collects prompts that have changed and goes on', async () => {
    const { recording } = await record()
    const texts = Object.fromEntries(
      Object.entries(recording.texts).map(([name, said]) => [
        name,
        said.replace('You count fruit.', 'You count.'),
      ]),
    )
    const server = await replay({ recording: { ...recording, texts } })
    const { reviewer } = await run(server.url, { bash: THEN })
    expect(reviewer).toMatchObject({ ok: true })
    expect(server.drift()).toEqual([
      { conversation: 'coder-1', part: 'system', diff: '-You count.\n+You count fruit.' },
      { conversation: 'reviewer-1', part: 'system', diff: '-You count.\n+You count fruit.' },
    ])
  })

  it('serves an amended answer, and tolerates what the tools then say', async () => {
    const { recording } = await record()
    const amended = amendRecording(
      recording,
      (turn, { conversation }) => {
        if (conversation !== 'coder-1' || turn.turn !== 1) return turn
        const content = [call('bash', { command: 'false' }, 'a'), call('grep', { pattern: 'x' }, 'b')]
        return { ...turn, response: { ...turn.response, content } }
      },
      { tolerate: ['coder-1'] },
    )
    const { coder } = await run((await replay({ recording: amended })).url, { bash: 'something else' })
    expect(coder).toMatchObject({ ok: true })
    const strict = await run((await replay({ recording })).url, { bash: 'something else' })
    expect(strict.coder).toMatchObject({ ok: false, code: 'recording_left' })
  })

  it('counts tokens from the requests: another role finds the shared prefix, a later turn its own', async () => {
    const { file } = await record()
    const { turns, meter } = await run((await replay({ recording: file })).url, { bash: THEN })
    const [first, second, , review] = turns.map((turn) => turn.usage)
    expect(first?.cache_read_tokens).toBe(0)
    expect(first?.cache_write_tokens).toBeGreaterThan(500)
    expect(second?.cache_read_tokens).toBe(first?.cache_write_tokens)
    // Tools, system and dossier; the coder's prompt is what the reviewer does not share.
    expect(review?.cache_read_tokens).toBeGreaterThan(500)
    expect(review?.cache_read_tokens).toBeLessThan(first?.cache_write_tokens ?? 0)
    expect(meter.continuity().cached_across_roles).toBe(review?.cache_read_tokens)
  })

  it('refuses a file that is no recording, naming the place', () => {
    expect(() => loadRecording(join(folder, 'none.json'))).toThrow('cannot be read')
    expect(() => loadRecording('package.json')).toThrow('The recording is damaged: format is not 1')
  })
})

describe('a recorder', () => {
  const begin = async (script: Parameters<typeof startScriptedModel>[0]) => {
    const model = await startScriptedModel(script)
    const recorder = await startRecorder({
      upstream: model.url,
      apiKey: 'k',
      file: join(folder, 'r.json'),
      source: 'by hand',
      patienceMs: 40,
    })
    closing.push(recorder, model)
    return {
      model,
      recorder,
      talk: (over = {}) => agentsAt(recorder.url).agents.begin(FRUIT_SPEC, taskFor(over)),
    }
  }

  it('passes on an overload and its wait, and records the turn that came instead', async () => {
    const overload = { status: 529, type: 'overloaded_error', headers: { 'retry-after': '3' } }
    const { recorder, talk } = await begin([overload, submit({ name: 'apple', count: 3 })])
    const conversation = talk()
    await expect(conversation.ask()).rejects.toMatchObject({ name: 'RetryableError', retryAfterMs: 3000 })
    expect(recorder.recording().conversations).toEqual([])
    await conversation.ask()
    expect(recorder.recording().conversations[0]?.turns.map((turn) => turn.turn)).toEqual([1])
  })

  it('keeps the client waiting for an answer that takes long, and tells it of an error even then', async () => {
    const late = { ...submit({ name: 'apple', count: 3 }), delayMs: 150 }
    const { recorder, talk } = await begin([late, { status: 529, type: 'overloaded_error', delayMs: 150 }])
    expect(await talk().ask()).toMatchObject({ ok: true })
    expect(recorder.recording().conversations[0]?.turns).toHaveLength(1)
    await expect(talk().ask()).rejects.toMatchObject({ name: 'RetryableError', code: 'model_unavailable' })
  })

  it('hangs up on the model when the client does', async () => {
    const stop = new AbortController()
    const { model, talk } = await begin([{ hang: true }])
    const asked = talk({ signal: stop.signal }).ask()
    setTimeout(() => stop.abort(new Error('stopped')), 100)
    await expect(asked).rejects.toThrow('stopped')
    await model.hungUp
  })

  it('is "later" for the loop while the model cannot be reached', async () => {
    const { model, talk } = await begin([])
    await model.close()
    await expect(talk().ask()).rejects.toMatchObject({ name: 'RetryableError', code: 'model_unavailable' })
  })
})
