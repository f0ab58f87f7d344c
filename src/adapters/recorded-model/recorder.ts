/** A proxy before a Messages API endpoint that passes everything on and writes down what was said. */
import { createHash } from 'node:crypto'
import { mkdirSync, renameSync, writeFileSync } from 'node:fs'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { dirname } from 'node:path'
import { callUpstream } from './call-upstream.ts'
import { answerError, readBody, serveMessages } from './loopback-server.ts'
import type { Loopback } from './loopback-server.ts'
import { readMessage } from './message-stream.ts'
import { keepAlive, passOn, PATIENCE_MS } from './pass-on.ts'
import { RECORDING_FORMAT, serialiseRecording } from './recording.ts'
import type { ContentBlock, RecordedConversation, RecordedTurn, Recording } from './recording.ts'
import { createRedactor } from './redact.ts'
import { parseCaller, parseRequest, requestFacts } from './request-facts.ts'
import type { Caller } from './request-facts.ts'

export interface RecorderOptions {
  /** Base URL of any endpoint that speaks the Messages API. */
  readonly upstream: string
  /** Sent upstream in place of whatever the client sent. */
  readonly apiKey: string
  /** Where the recording is written, anew after every turn, so that a run that dies leaves what it had. */
  readonly file: string
  readonly source: string
  /** Tell the endpoint which role asks: for one that is answered by hand. */
  readonly tellCaller?: boolean
  /** Texts that must not be in the file; the key is one of them without being named. */
  readonly secrets?: readonly string[]
  /** Milliseconds of silence after which the client is sent pings, so that it does not hang up. */
  readonly patienceMs?: number
}

export interface Recorder extends Loopback {
  recording(): Recording
}

/** What goes upstream of the client's headers; the rest is about this connection or about us. */
const PASSED_HEADERS = ['anthropic-version', 'anthropic-beta', 'content-type', 'accept', 'user-agent']
/** Which role asks, and where in its conversation: nobody's business but that of an endpoint answered by hand. */
const CALLER_HEADERS = ['x-millwright-role', 'x-millwright-conversation', 'x-millwright-turn']

type Kept = Omit<RecordedConversation, 'turns'> & { readonly turns: Map<number, RecordedTurn> }

/** The growing recording. */
class Notes {
  readonly #texts = new Map<string, string>()
  readonly #conversations = new Map<string, Kept>()
  readonly #source: string

  constructor(source: string) {
    this.#source = source
  }

  /** `request` and `content` are redacted already. */
  add(caller: Caller, request: string, answer: { content: ContentBlock[]; stop_reason: string }): void {
    const parsed = parseRequest(request)
    if (!parsed) return
    const { tools, system, dossier, prompt, heard } = requestFacts(parsed)
    const { role, conversation, turn } = caller
    const kept = this.#conversations.get(conversation) ?? {
      conversation,
      role,
      model: parsed.model,
      tools: this.#name(tools),
      system: this.#name(system),
      dossier: dossier.map((text) => this.#name(text)),
      prompt: this.#name(prompt),
      turns: new Map<number, RecordedTurn>(),
    }
    // A turn that was asked for twice (a lost connection) is the one that the conversation went on from.
    kept.turns.set(turn, { turn, heard, response: answer })
    this.#conversations.set(conversation, kept)
  }

  recording(): Recording {
    const conversations = [...this.#conversations.values()].map((kept) => ({
      ...kept,
      turns: [...kept.turns.values()].toSorted((a, b) => a.turn - b.turn),
    }))
    return {
      format: RECORDING_FORMAT,
      source: this.#source,
      texts: Object.fromEntries(this.#texts),
      conversations,
    }
  }

  #name(text: string): string {
    const name = createHash('sha256').update(text).digest('hex')
    this.#texts.set(name, text)
    return name
  }
}

function save(file: string, recording: Recording): void {
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(`${file}.part`, serialiseRecording(recording))
  renameSync(`${file}.part`, file)
}

function upstreamHeaders(
  req: IncomingMessage,
  { apiKey, tellCaller = false }: RecorderOptions,
): Record<string, string> {
  const passed = [...PASSED_HEADERS, ...(tellCaller ? CALLER_HEADERS : [])].flatMap((name) => {
    const value = req.headers[name]
    return typeof value === 'string' ? [[name, value] as const] : []
  })
  return { ...Object.fromEntries(passed), 'x-api-key': apiKey }
}

/** Starts the proxy on a free port of loopback. */
export async function startRecorder(options: RecorderOptions): Promise<Recorder> {
  const { upstream, apiKey, file } = options
  const redact = createRedactor([apiKey, ...(options.secrets ?? [])])
  const notes = new Notes(options.source)
  const handle = async (req: IncomingMessage, res: ServerResponse): Promise<void> => {
    const body = await readBody(req)
    const caller = parseCaller(req.headers)
    if (!caller) {
      answerError(res, 400, {
        type: 'invalid_request_error',
        message: 'The recorder needs to know role, conversation and turn; only the agent loop says so.',
      })
      return
    }
    const gone = new AbortController()
    res.on('close', () => gone.abort())
    const target = new URL(`${upstream.replace(/\/$/, '')}${req.url ?? ''}`)
    const headers = upstreamHeaders(req, options)
    const waiting = keepAlive(res, options.patienceMs ?? PATIENCE_MS)
    const response = await callUpstream(target, { headers, body, signal: gone.signal }).finally(() =>
      waiting.stop(),
    )
    const text = await passOn(response, res)
    const answer = text === undefined ? undefined : readMessage(text)
    if (answer) {
      const content = JSON.parse(redact(JSON.stringify(answer.content))) as ContentBlock[]
      notes.add(caller, redact(body), { ...answer, content })
      save(file, notes.recording())
    }
    // Only now: whoever waits for the answer may look at the recording next.
    res.end()
  }
  const server = await serveMessages(0, handle)
  return { ...server, recording: () => notes.recording() }
}
