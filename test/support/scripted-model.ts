/** A Messages API endpoint on loopback that answers from a script, and keeps what it was asked. */
import { createServer } from 'node:http'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'

export interface ScriptedBlock {
  readonly type: string
  readonly [key: string]: unknown
}

export type ScriptedReply =
  | {
      readonly content: readonly ScriptedBlock[]
      readonly stop_reason?: string
      readonly usage?: Readonly<Record<string, number>>
    }
  | {
      readonly status: number
      readonly type: string
      readonly headers?: Readonly<Record<string, string>>
      readonly message?: string
      readonly details?: Readonly<Record<string, unknown>>
    }
  /** Sends so many events of the reply and then destroys the connection, or politely ends the answer. */
  | { readonly content: readonly ScriptedBlock[]; readonly cutAfter: number; readonly politely?: boolean }
  /** Sends the start of a message and then nothing more. */
  | { readonly hang: true }
  /** An error event in the middle of a stream. */
  | { readonly midStream: string }
  /** Raw text of a tool's input, for JSON that is none. */
  | { readonly rawInput: string; readonly tool: string }

/** Any reply may come late. */
export type TimedReply = ScriptedReply & { readonly delayMs?: number }

export interface AskedRequest {
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  readonly raw: string
  readonly body: {
    readonly model: string
    readonly max_tokens: number
    readonly system: unknown
    readonly tools: readonly { name: string }[]
    readonly cache_control?: unknown
    readonly messages: readonly { role: string; content: string | readonly ScriptedBlock[] }[]
  }
}

export interface ScriptedModel {
  readonly url: string
  readonly asked: AskedRequest[]
  /** Resolves when the client has closed a connection before its answer was complete. */
  readonly hungUp: Promise<void>
  close(): Promise<void>
}

/** How those requests begin that were made more than once, to the byte. */
export function askedTwice(asked: readonly AskedRequest[]): readonly string[] {
  const seen = new Map<string, number>()
  for (const { raw } of asked) seen.set(raw, (seen.get(raw) ?? 0) + 1)
  return [...seen].filter(([, times]) => times > 1).map(([raw]) => raw.slice(0, 120))
}

export const text = (words: string): ScriptedBlock => ({ type: 'text', text: words })
export const call = (name: string, input: unknown, id = `toolu_${name}`): ScriptedBlock => ({
  type: 'tool_use',
  id,
  name,
  input,
})
export const submit = (result: unknown): ScriptedReply => ({
  content: [call('submit', { result }, 'toolu_submit')],
})

type Event = readonly [name: string, data: Record<string, unknown>]

const USAGE = {
  input_tokens: 100,
  output_tokens: 10,
  cache_read_input_tokens: 0,
  cache_creation_input_tokens: 0,
}

function opening(model: string, id: string, usage: Readonly<Record<string, number>>): Event {
  const message = {
    id,
    type: 'message',
    role: 'assistant',
    model,
    content: [],
    stop_reason: null,
    stop_sequence: null,
  }
  return ['message_start', { message: { ...message, usage: { ...USAGE, ...usage, output_tokens: 1 } } }]
}

function blockEvents(block: ScriptedBlock, index: number): Event[] {
  const isTool = block.type === 'tool_use'
  const input = JSON.stringify(block.input ?? {})
  const half = Math.ceil(input.length / 2)
  const deltas = isTool
    ? [input.slice(0, half), input.slice(half)].map((partial_json) => ({
        type: 'input_json_delta',
        partial_json,
      }))
    : [{ type: 'text_delta', text: block.text }]
  return [
    [
      'content_block_start',
      { index, content_block: isTool ? { ...block, input: {} } : { type: 'text', text: '' } },
    ],
    ...deltas.map((delta): Event => ['content_block_delta', { index, delta }]),
    ['content_block_stop', { index }],
  ]
}

function write(res: ServerResponse, [name, data]: Event): void {
  res.write(`event: ${name}\ndata: ${JSON.stringify({ type: name, ...data })}\n\n`)
}

function closing(stop: string, usage: Readonly<Record<string, number>>): Event[] {
  return [
    ['message_delta', { delta: { stop_reason: stop, stop_sequence: null }, usage: { ...USAGE, ...usage } }],
    ['message_stop', {}],
  ]
}

function eventsOf(reply: Extract<ScriptedReply, { content: unknown }>, start: Event): Event[] {
  const used = reply.content.some((block) => block.type === 'tool_use')
  const stop = ('stop_reason' in reply ? reply.stop_reason : undefined) ?? (used ? 'tool_use' : 'end_turn')
  const usage = ('usage' in reply ? reply.usage : undefined) ?? {}
  return [start, ...reply.content.flatMap(blockEvents), ...closing(stop, usage)]
}

function broken(reply: { rawInput: string; tool: string }, start: Event): Event[] {
  const block = { type: 'tool_use', id: 'toolu_raw', name: reply.tool, input: {} }
  return [
    start,
    ['content_block_start', { index: 0, content_block: block }],
    ['content_block_delta', { index: 0, delta: { type: 'input_json_delta', partial_json: reply.rawInput } }],
    ['content_block_stop', { index: 0 }],
    ...closing('tool_use', {}),
  ]
}

function answer(res: ServerResponse, reply: ScriptedReply, about: { model: string; id: string }): void {
  if ('status' in reply) {
    res.writeHead(reply.status, { 'content-type': 'application/json', ...reply.headers })
    const { type, message = 'scripted', details } = reply
    res.end(JSON.stringify({ type: 'error', error: { type, message, details } }))
    return
  }
  res.writeHead(200, { 'content-type': 'text/event-stream' })
  const usage = 'usage' in reply ? (reply.usage ?? {}) : {}
  const start = opening(about.model, about.id, usage)
  if ('hang' in reply) return write(res, start)
  if ('midStream' in reply) {
    write(res, start)
    write(res, ['error', { error: { type: reply.midStream, message: 'scripted' } }])
    res.end()
    return
  }
  const events = 'rawInput' in reply ? broken(reply, start) : eventsOf(reply, start)
  if ('cutAfter' in reply) {
    for (const event of events.slice(0, reply.cutAfter)) write(res, event)
    setTimeout(() => (reply.politely ? res.end() : res.destroy()), 20)
    return
  }
  for (const event of events) write(res, event)
  res.end()
}

async function textOf(req: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of req) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks).toString('utf8')
}

/** Looks at the request first, and may take its time. Undefined: the script has ended. */
export type Replier = (request: AskedRequest) => TimedReply | undefined | Promise<TimedReply | undefined>

/** Answers the n-th request with the n-th reply; or asks the one function that stands for all of them. */
export async function startScriptedModel(
  script: readonly (TimedReply | Replier)[] | Replier,
): Promise<ScriptedModel> {
  const asked: AskedRequest[] = []
  const { promise: hungUp, resolve } = Promise.withResolvers<void>()
  const server = createServer((req, res) => {
    res.on('close', () => {
      if (!res.writableFinished) resolve()
    })
    const respond = async (): Promise<void> => {
      const raw = await textOf(req)
      // What a worker asks when it starts costs nothing and is no turn.
      if (req.url?.startsWith('/v1/messages/count_tokens')) return void res.end('{"input_tokens":1}')
      const request: AskedRequest = {
        headers: req.headers,
        raw,
        body: JSON.parse(raw) as AskedRequest['body'],
      }
      const scripted = typeof script === 'function' ? script : script[asked.length]
      asked.push(request)
      const reply = await (typeof scripted === 'function' ? scripted(request) : scripted)
      if (reply?.delayMs !== undefined) await sleep(reply.delayMs)
      const about = { model: request.body.model, id: `msg_${asked.length}` }
      answer(
        res,
        reply ?? { status: 400, type: 'invalid_request_error', message: 'the script has ended' },
        about,
      )
    }
    void respond()
  })
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked,
    hungUp,
    close: () =>
      new Promise((done) => {
        server.close(() => done())
        server.closeAllConnections()
      }),
  }
}
