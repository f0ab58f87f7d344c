/** Reads a recording from outside: everything is checked, and a mistake is named with its place in the file. */
import { UserError } from '../../core/errors.ts'
import { RECORDING_FORMAT } from './recording.ts'
import type { ContentBlock, Heard, RecordedConversation, RecordedTurn, Recording } from './recording.ts'

type Fields = Record<string, unknown>

function wrong(place: string, expected: string): never {
  throw new UserError(
    'recording_left',
    `The recording is damaged: ${place} is not ${expected}. Record it again.`,
  )
}

function fields(value: unknown, place: string): Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Fields)
    : wrong(place, 'an object')
}

function text(value: unknown, place: string): string {
  return typeof value === 'string' ? value : wrong(place, 'a text')
}

function list<T>(value: unknown, place: string, item: (value: unknown, place: string) => T): T[] {
  if (!Array.isArray(value)) return wrong(place, 'a list')
  return value.map((entry, index) => item(entry, `${place}[${index}]`))
}

function heard(value: unknown, place: string): Heard {
  const given = fields(value, place)
  const said = text(given.text, `${place}.text`)
  if (given.kind === 'text') return { kind: 'text', text: said }
  if (given.kind !== 'tool_result') return wrong(`${place}.kind`, '"text" or "tool_result"')
  return {
    kind: 'tool_result',
    tool: text(given.tool, `${place}.tool`),
    error: given.error === true,
    text: said,
  }
}

function block(value: unknown, place: string): ContentBlock {
  const given = fields(value, place)
  return { ...given, type: text(given.type, `${place}.type`) }
}

function turn(value: unknown, place: string): RecordedTurn {
  const given = fields(value, place)
  const response = fields(given.response, `${place}.response`)
  if (!Number.isInteger(given.turn) || Number(given.turn) < 1)
    return wrong(`${place}.turn`, 'a number from 1')
  return {
    turn: Number(given.turn),
    heard: list(given.heard, `${place}.heard`, heard),
    response: {
      content: list(response.content, `${place}.response.content`, block),
      stop_reason: text(response.stop_reason, `${place}.response.stop_reason`),
    },
  }
}

function conversation(value: unknown, place: string): RecordedConversation {
  const given = fields(value, place)
  return {
    conversation: text(given.conversation, `${place}.conversation`),
    role: text(given.role, `${place}.role`),
    model: text(given.model, `${place}.model`),
    tools: text(given.tools, `${place}.tools`),
    system: text(given.system, `${place}.system`),
    dossier: list(given.dossier, `${place}.dossier`, text),
    prompt: text(given.prompt, `${place}.prompt`),
    ...(given.tolerate === true ? { tolerate: true } : {}),
    turns: list(given.turns, `${place}.turns`, turn),
  }
}

/** Throws UserError for anything that is not a recording of this format, or that names a text it does not hold. */
export function parseRecording(json: string): Recording {
  let value: unknown
  try {
    value = JSON.parse(json)
  } catch {
    return wrong('the file', 'JSON')
  }
  const given = fields(value, 'the file')
  if (given.format !== RECORDING_FORMAT) return wrong('format', String(RECORDING_FORMAT))
  const named = fields(given.texts, 'texts')
  const texts = Object.fromEntries(
    Object.entries(named).map(([name, said]) => [name, text(said, `texts.${name}`)]),
  )
  const conversations = list(given.conversations, 'conversations', conversation)
  for (const { conversation: name, tools, system, dossier, prompt } of conversations) {
    const missing = [tools, system, ...dossier, prompt].find((hash) => !Object.hasOwn(texts, hash))
    if (missing !== undefined) wrong(`texts.${missing}, which ${name} needs,`, 'there')
  }
  return { format: RECORDING_FORMAT, source: text(given.source, 'source'), texts, conversations }
}
