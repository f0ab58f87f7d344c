/** The parts of the recorder: streams read and written, secrets kept out, differences shown. */
import { describe, expect, it } from '@jest/globals'
import { readMessage, writeMessage } from '../../../src/adapters/recorded-model/message-stream.ts'
import { parseRecording } from '../../../src/adapters/recorded-model/parse-recording.ts'
import { createPromptCache } from '../../../src/adapters/recorded-model/prompt-cache.ts'
import { serialiseRecording } from '../../../src/adapters/recorded-model/recording.ts'
import type { Recording } from '../../../src/adapters/recorded-model/recording.ts'
import { createRedactor } from '../../../src/adapters/recorded-model/redact.ts'
import { parseRequest } from '../../../src/adapters/recorded-model/request-facts.ts'
import { shortDiff } from '../../../src/adapters/recorded-model/short-diff.ts'

const CONTENT = [
  { type: 'thinking', thinking: 'hm', signature: 'c2ln' },
  { type: 'redacted_thinking', data: 'eA==' },
  { type: 'text', text: 'line\nline' },
  { type: 'tool_use', id: 't1', name: 'read', input: { file_path: 'ä.ts', view_range: [1, 2] } },
]

describe('a message as a stream', () => {
  const sse = writeMessage({
    id: 'm',
    model: 'x',
    content: CONTENT,
    stop_reason: 'tool_use',
    usage: { output_tokens: 5 },
  })

  it('is read back as it was written', () => {
    expect(readMessage(sse)).toEqual({ content: CONTENT, stop_reason: 'tool_use' })
  })

  it('is none when it broke off, failed, or holds a call whose input is no JSON', () => {
    expect(readMessage(sse.slice(0, sse.indexOf('event: message_stop')))).toBeUndefined()
    expect(readMessage(`${sse}event: error\ndata: {"type":"error"}\n\n`)).toBeUndefined()
    expect(readMessage(sse.replaceAll('view_range\\":', 'view_range\\"'))).toBeUndefined()
  })
})

describe('createRedactor', () => {
  it('masks what it was given, also escaped, and what looks like a secret', () => {
    const redact = createRedactor(['pass"word\nwith breaks'])
    const said = JSON.stringify({
      a: 'x pass"word\nwith breaks y',
      b: `ghp_${'a'.repeat(36)}`,
      c: `sk-ant-${'b'.repeat(20)}`,
    })
    expect(JSON.parse(redact(said))).toEqual({ a: 'x <secret> y', b: '<secret>', c: '<secret>' })
  })
})

describe('shortDiff', () => {
  it('shows what changed with two lines around it', () => {
    const then = 'a\nb\nc\nd\ne\nf\ng'
    expect(shortDiff(then, then.replace('d', 'D'))).toBe(' b\n c\n-d\n+D\n e\n f\n@@')
    expect(shortDiff(then, then)).toBe('')
  })

  it('stays short', () => {
    const long = Array.from({ length: 900 }, (_, n) => `line ${n}`).join('\n')
    expect(shortDiff(long, '').split('\n')).toHaveLength(31)
  })
})

describe('a recording file', () => {
  const recording: Recording = {
    format: 1,
    source: 'by hand',
    texts: { b: 'two', a: 'one' },
    conversations: [
      {
        conversation: 'coder-1',
        role: 'coder',
        model: 'm',
        tools: 'a',
        system: 'b',
        dossier: [],
        prompt: 'a',
        turns: [
          {
            turn: 1,
            heard: [],
            response: { content: [{ type: 'text', text: 'x' }], stop_reason: 'end_turn' },
          },
        ],
      },
    ],
  }

  it('has a stable order and reads back equal', () => {
    const json = serialiseRecording(recording)
    expect(json.indexOf('"a": "one"')).toBeLessThan(json.indexOf('"b": "two"'))
    expect(parseRecording(json)).toEqual(recording)
    expect(serialiseRecording(parseRecording(json))).toBe(json)
  })

  it.each([
    ['"turn": 1', '"turn": 0', 'conversations[0].turns[0].turn is not a number from 1'],
    ['"a": "one",', '', 'texts.a, which coder-1 needs, is not there'],
    ['"format": 1', '"format": 2', 'format is not 1'],
  ])('is refused with %s replaced by %s', (from, to, complaint) => {
    expect(() => parseRecording(serialiseRecording(recording).replace(from, to))).toThrow(complaint)
  })
})

describe('the prompt cache', () => {
  const ask = (text: string, model = 'm') =>
    parseRequest(
      JSON.stringify({
        model,
        cache_control: { type: 'ephemeral' },
        messages: [
          {
            role: 'user',
            content: [
              { type: 'text', text: 'x'.repeat(400), cache_control: { type: 'ephemeral' } },
              { type: 'text', text },
            ],
          },
        ],
      }),
    )

  it('reads up to the last breakpoint that was sent before, per model', () => {
    const cache = createPromptCache()
    const bill = (text: string, model?: string) => {
      const request = ask(text, model)
      if (!request) throw new Error('no request')
      return cache.bill(request)
    }
    const first = bill('one')
    expect(first.cache_read_input_tokens).toBe(0)
    const again = bill('one')
    expect(again).toEqual({
      cache_read_input_tokens: first.cache_creation_input_tokens,
      cache_creation_input_tokens: 0,
      input_tokens: 0,
    })
    const other = bill('two')
    expect(other.cache_read_input_tokens).toBeGreaterThan(100)
    expect(other.cache_read_input_tokens).toBeLessThan(again.cache_read_input_tokens)
    expect(bill('one', 'other').cache_read_input_tokens).toBe(0)
  })
})
