/** Serves a recording as if it were the model, and says loudly when the run is no longer the recorded one. */
import { readFileSync } from 'node:fs'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { UserError } from '../../core/errors.ts'
import { answerError, readBody, serveMessages } from './loopback-server.ts'
import type { Loopback } from './loopback-server.ts'
import { writeMessage } from './message-stream.ts'
import { normaliseAnswer, normaliseText } from './normalise.ts'
import { parseRecording } from './parse-recording.ts'
import { createPromptCache, tokens } from './prompt-cache.ts'
import type { Heard, RecordedConversation, RecordedTurn, Recording } from './recording.ts'
import { createRedactor } from './redact.ts'
import { parseCaller, parseRequest, requestFacts } from './request-facts.ts'
import type { Caller, ModelRequest, RequestFacts } from './request-facts.ts'
import { shortDiff } from './short-diff.ts'

export interface ReplayOptions {
  /** A recording, or the file that holds one. */
  readonly recording: Recording | string
  /** Any free port of loopback when left out. */
  readonly port?: number
  /** Wait before each answer, so that a demo can be followed. */
  readonly latencyMs?: number
  /** What the recorder was told to keep out, so that an answer that holds it compares equal. */
  readonly secrets?: readonly string[]
}

/** A text of the prompt that is no longer the one that was recorded. The replay goes on; the recording grows old. */
export interface Drift {
  readonly conversation: string
  readonly part: 'tools' | 'system' | 'dossier' | 'prompt' | 'message'
  readonly diff: string
}

export interface Replay extends Loopback {
  drift(): readonly Drift[]
  /** Conversations and turns that were asked for outside the recording, as told to the agent loop. */
  left(): readonly string[]
}

type Matched =
  | { readonly ok: true; readonly conversation: RecordedConversation; readonly turn: RecordedTurn }
  | { readonly ok: false; readonly message: string }

function find(recording: Recording, caller: Caller): Matched {
  const { conversation: name, role, turn: number } = caller
  const conversation = recording.conversations.find(
    (known) => known.conversation === name && known.role === role,
  )
  if (!conversation) {
    const known = recording.conversations.map((one) => one.conversation).join(', ')
    return { ok: false, message: `The recording has no conversation ${name}; it has ${known}.` }
  }
  const turn = conversation.turns.find((known) => known.turn === number)
  if (turn) return { ok: true, conversation, turn }
  return {
    ok: false,
    message: `The recording of ${name} has ${conversation.turns.length} turns, and turn ${number} was asked for.`,
  }
}

const results = (heard: readonly Heard[]) => heard.filter((one) => one.kind === 'tool_result')
const texts = (heard: readonly Heard[]) => heard.filter((one) => one.kind === 'text')

/** The first tool answer that is not the recorded one, as a sentence with the difference. */
function difference(turn: RecordedTurn, heard: readonly Heard[], conversation: string): string | undefined {
  const [then, now] = [results(turn.heard), results(heard)]
  const where = `${conversation}, turn ${turn.turn}`
  for (const [index, was] of then.entries()) {
    const is = now[index]
    if (!is || is.tool !== was.tool) {
      return `${where}: the recording heard from ${was.tool} here, and this run from ${is?.tool ?? 'no tool'}.`
    }
    // Stored answers may be from an older set of rules; going through the present ones makes the two comparable.
    const recorded = normaliseAnswer(was.text, { tool: was.tool, input: undefined })
    const present = normaliseAnswer(is.text, { tool: is.tool, input: undefined })
    if (is.error !== was.error || recorded !== present) {
      const failed = is.error === was.error ? '' : ` (${is.error ? 'failed now' : 'failed then'})`
      return `${where}: ${was.tool} answers otherwise than recorded${failed}:\n${shortDiff(recorded, present)}`
    }
  }
  return now.length > then.length
    ? `${where}: ${now.length} tools answered, ${then.length} in the recording.`
    : undefined
}

function driftOf(recording: Recording, matched: Matched & { ok: true }, facts: RequestFacts): Drift[] {
  const { conversation, turn } = matched
  const recorded = (hash: string): string => recording.texts[hash] ?? ''
  const compared: (readonly [Drift['part'], string, string])[] = [
    [
      'message',
      texts(turn.heard)
        .map((one) => one.text)
        .join('\n'),
      texts(facts.heard)
        .map((one) => one.text)
        .join('\n'),
    ],
  ]
  if (turn.turn === 1) {
    compared.push(
      ['tools', recorded(conversation.tools), facts.tools],
      ['system', recorded(conversation.system), facts.system],
      ['dossier', conversation.dossier.map(recorded).join('\n'), facts.dossier.join('\n')],
      ['prompt', recorded(conversation.prompt), facts.prompt],
    )
  }
  return compared.flatMap(([part, was, is]) => {
    const diff = shortDiff(normaliseText(was), normaliseText(is))
    return diff === '' ? [] : [{ conversation: conversation.conversation, part, diff }]
  })
}

class Player {
  readonly #recording: Recording
  readonly #latencyMs: number
  readonly #redact: (json: string) => string
  readonly #cache = createPromptCache()
  readonly drift: Drift[] = []
  readonly left: string[] = []

  constructor(recording: Recording, { latencyMs = 0, secrets = [] }: ReplayOptions) {
    this.#recording = recording
    this.#latencyMs = latencyMs
    this.#redact = createRedactor(secrets)
  }

  async handle(req: IncomingMessage, res: ServerResponse): Promise<void> {
    const request = parseRequest(this.#redact(await readBody(req)))
    const caller = parseCaller(req.headers)
    if (!request || !caller) {
      const message = 'A replay answers only the agent loop, which says role, conversation and turn.'
      return answerError(res, 400, { type: 'invalid_request_error', message })
    }
    const matched = this.#match(caller, request)
    if (!matched.ok) {
      this.left.push(matched.message)
      return answerError(res, 422, { type: 'recording_left', message: matched.message })
    }
    if (this.#latencyMs > 0) await new Promise((resolve) => setTimeout(resolve, this.#latencyMs))
    const { content, stop_reason } = matched.turn.response
    const usage = { ...this.#cache.bill(request), output_tokens: tokens(JSON.stringify(content).length) }
    const id = `msg_${caller.conversation}_${caller.turn}`
    res.writeHead(200, { 'content-type': 'text/event-stream' })
    res.end(writeMessage({ id, model: request.model, content, stop_reason, usage }))
  }

  #match(caller: Caller, request: ModelRequest): Matched {
    const matched = find(this.#recording, caller)
    if (!matched.ok) return matched
    const facts = requestFacts(request)
    const { conversation, turn } = matched
    const differs = conversation.tolerate
      ? undefined
      : difference(turn, facts.heard, conversation.conversation)
    if (differs !== undefined) return { ok: false, message: differs }
    this.drift.push(...driftOf(this.#recording, matched, facts))
    return matched
  }
}

/** Throws UserError for a file that cannot be read or is no recording. */
export function loadRecording(file: string): Recording {
  let json: string
  try {
    json = readFileSync(file, 'utf8')
  } catch (cause) {
    throw new UserError(
      'recording_left',
      `The recording ${file} cannot be read. Record it, or name another.`,
      { cause },
    )
  }
  return parseRecording(json)
}

/** Starts serving on loopback. Nothing is kept between runs: one replay serves one run. */
export async function startReplay(options: ReplayOptions): Promise<Replay> {
  const { recording } = options
  const loaded = typeof recording === 'string' ? loadRecording(recording) : recording
  const player = new Player(loaded, options)
  const server = await serveMessages(options.port ?? 0, (req, res) => player.handle(req, res))
  return { ...server, drift: () => player.drift, left: () => player.left }
}
