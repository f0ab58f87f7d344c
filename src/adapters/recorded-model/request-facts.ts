/** What there is to know about a request of the agent loop: who asks, on what ground, and what is new in it. */
import type { IncomingHttpHeaders } from 'node:http'
import { normaliseAnswer } from './normalise.ts'
import type { AnsweredCall } from './normalise.ts'
import type { ContentBlock, Heard } from './recording.ts'

interface Message {
  readonly role: string
  readonly content: readonly ContentBlock[]
}

export interface ModelRequest {
  readonly model: string
  readonly stream: boolean
  readonly tools: readonly unknown[]
  readonly system: readonly ContentBlock[]
  readonly messages: readonly Message[]
  /** The marker that the API puts on the last block by itself. */
  readonly automaticCache: boolean
}

/** Which call of which conversation; the agent loop says so in headers, because it must not be in the prompt. */
export interface Caller {
  readonly role: string
  readonly conversation: string
  readonly turn: number
}

export interface RequestFacts {
  readonly tools: string
  readonly system: string
  readonly dossier: readonly string[]
  readonly prompt: string
  readonly heard: readonly Heard[]
}

type Fields = Record<string, unknown>

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function blocks(content: unknown): ContentBlock[] {
  if (typeof content === 'string') return [{ type: 'text', text: content }]
  return Array.isArray(content)
    ? content.filter((block): block is ContentBlock => isFields(block) && typeof block.type === 'string')
    : []
}

/** Undefined for a body that is no Messages request. */
export function parseRequest(raw: string): ModelRequest | undefined {
  let body: unknown
  try {
    body = JSON.parse(raw)
  } catch {
    return undefined
  }
  if (!isFields(body) || typeof body.model !== 'string' || !Array.isArray(body.messages)) return undefined
  const messages = body.messages.filter(isFields).map((message) => ({
    role: String(message.role),
    content: blocks(message.content),
  }))
  return {
    model: body.model,
    stream: body.stream === true,
    tools: Array.isArray(body.tools) ? body.tools : [],
    system: blocks(body.system),
    messages,
    automaticCache: isFields(body.cache_control),
  }
}

/** Undefined when the headers are not there or make no sense: then it is not the agent loop that asks. */
export function parseCaller(headers: IncomingHttpHeaders): Caller | undefined {
  const role = headers['x-millwright-role']
  const conversation = headers['x-millwright-conversation']
  const turn = Number(headers['x-millwright-turn'])
  if (typeof role !== 'string' || typeof conversation !== 'string' || !Number.isInteger(turn) || turn < 1)
    return undefined
  return { role, conversation, turn }
}

function textOf(block: ContentBlock): string {
  if (typeof block.text === 'string') return block.text
  const { content } = block
  if (typeof content === 'string') return content
  return Array.isArray(content) ? blocks(content).map(textOf).join('\n') : ''
}

function callsOf(message: Message | undefined): Map<string, AnsweredCall> {
  const used = (message?.content ?? []).filter((block) => block.type === 'tool_use')
  return new Map(used.map((block) => [String(block.id), { tool: String(block.name), input: block.input }]))
}

function heardOf(block: ContentBlock, calls: ReadonlyMap<string, AnsweredCall>): Heard {
  if (block.type !== 'tool_result') return { kind: 'text', text: textOf(block) }
  const call = calls.get(String(block.tool_use_id)) ?? { tool: 'unknown', input: undefined }
  const text = normaliseAnswer(textOf(block), call)
  return { kind: 'tool_result', tool: call.tool, error: block.is_error === true, text }
}

/** The dossier ends at the last cache marker of the first message; the block after it is the role's prompt. */
export function requestFacts(request: ModelRequest): RequestFacts {
  const first = request.messages[0]?.content ?? []
  const marked = first.findLastIndex((block) => block.cache_control !== undefined)
  const dossier = first.slice(0, marked + 1).map(textOf)
  const prompt = first[marked + 1]
  const answered = request.messages.findLastIndex((message) => message.role === 'assistant')
  const calls = callsOf(request.messages[answered])
  const opening = answered === -1 ? first.slice(marked + 2) : []
  const later = request.messages.slice(Math.max(1, answered + 1)).flatMap((message) => message.content)
  return {
    tools: JSON.stringify(request.tools, null, 1),
    system: request.system.map(textOf).join('\n\n'),
    dossier,
    prompt: prompt ? textOf(prompt) : '',
    heard: [...opening, ...later].map((block) => heardOf(block, calls)),
  }
}
