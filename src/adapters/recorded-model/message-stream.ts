/** A message as server-sent events: written for a replay, read back for a recording. */
import type { ContentBlock } from './recording.ts'

export interface Message {
  readonly id: string
  readonly model: string
  readonly content: readonly ContentBlock[]
  readonly stop_reason: string
  readonly usage: Readonly<Record<string, number>>
}

type Fields = Record<string, unknown>

function event(type: string, data: Fields): string {
  return `event: ${type}\ndata: ${JSON.stringify({ type, ...data })}\n\n`
}

/** Text, input and thinking arrive in deltas; any other block arrives whole with its start. */
function blockEvents(block: ContentBlock, index: number): string {
  const start = (content_block: Fields): string => event('content_block_start', { index, content_block })
  const delta = (change: Fields): string => event('content_block_delta', { index, delta: change })
  const stop = event('content_block_stop', { index })
  switch (block.type) {
    case 'text':
      return start({ ...block, text: '' }) + delta({ type: 'text_delta', text: block.text }) + stop
    case 'tool_use':
      return (
        start({ ...block, input: {} }) +
        delta({ type: 'input_json_delta', partial_json: JSON.stringify(block.input) }) +
        stop
      )
    case 'thinking':
      return (
        start({ ...block, thinking: '', signature: '' }) +
        delta({ type: 'thinking_delta', thinking: block.thinking }) +
        delta({ type: 'signature_delta', signature: block.signature }) +
        stop
      )
    default:
      return start(block) + stop
  }
}

export function writeMessage(message: Message): string {
  const { content, stop_reason, usage, ...head } = message
  const empty = {
    ...head,
    type: 'message',
    role: 'assistant',
    content: [],
    stop_reason: null,
    stop_sequence: null,
  }
  return [
    event('message_start', { message: { ...empty, usage: { ...usage, output_tokens: 0 } } }),
    ...content.map(blockEvents),
    event('message_delta', { delta: { stop_reason, stop_sequence: null }, usage }),
    event('message_stop', {}),
  ].join('')
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null
}

function parse(json: string): unknown {
  try {
    return JSON.parse(json)
  } catch {
    return undefined
  }
}

function said(value: unknown): string {
  return typeof value === 'string' ? value : ''
}

interface Growing {
  block: Fields
  json: string
}

function grow(growing: Growing, delta: Fields): void {
  const { block } = growing
  if (delta.type === 'text_delta') block.text = `${said(block.text)}${said(delta.text)}`
  else if (delta.type === 'thinking_delta') block.thinking = `${said(block.thinking)}${said(delta.thinking)}`
  else if (delta.type === 'signature_delta') block.signature = delta.signature
  else if (delta.type === 'input_json_delta') growing.json += said(delta.partial_json)
}

/** A call's input is complete JSON or the reply is unusable; the agent loop asks for such a turn again. */
function finished({ block, json }: Growing): ContentBlock | undefined {
  if (typeof block.type !== 'string') return undefined
  if (json === '') return { ...block, type: block.type }
  const input = parse(json)
  return input === undefined ? undefined : { ...block, type: block.type, input }
}

/** The content and stop reason of a whole stream; undefined when it broke off, failed, or holds an unusable call. */
export function readMessage(sse: string): { content: ContentBlock[]; stop_reason: string } | undefined {
  const growing: Growing[] = []
  let stopReason: string | undefined
  let whole = false
  for (const line of sse.split('\n')) {
    const data = line.startsWith('data:') ? parse(line.slice(5)) : undefined
    if (!isFields(data)) continue
    const { type, index, content_block: block, delta } = data
    if (type === 'error') return undefined
    if (type === 'content_block_start' && isFields(block))
      growing[Number(index)] = { block: { ...block }, json: '' }
    const current = growing[Number(index)]
    if (type === 'content_block_delta' && current && isFields(delta)) grow(current, delta)
    if (type === 'message_delta' && isFields(delta)) stopReason = String(delta.stop_reason)
    if (type === 'message_stop') whole = true
  }
  const content = growing.map(finished)
  const complete = content.filter((block) => block !== undefined)
  if (!whole || stopReason === undefined || complete.length !== growing.length) return undefined
  return { content: complete, stop_reason: stopReason }
}
