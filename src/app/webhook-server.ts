/** The webhook endpoint: verify, translate, enqueue under the delivery id, answer. Nothing is done here. */
import { createServer } from 'node:http'
import type { IncomingMessage, Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Probot } from 'probot'
import { oneLine } from '../core/untrusted.ts'
import type { Clock } from '../ports/clock.ts'
import { incomingKey } from '../ports/incoming.ts'
import type { Incoming, Work } from '../ports/incoming.ts'
import type { Log } from '../ports/log.ts'
import type { Queue } from '../ports/queue.ts'
import { translate } from '../webhooks/translate.ts'
import type { Translation } from '../webhooks/translation.ts'
import { readBody } from './read-body.ts'

export interface WebhookServerOptions {
  /** Holds the webhook secret. Its own dispatch is not used: it would make an Octokit of every delivery. */
  readonly probot: Probot
  readonly queue: Queue<Incoming, Work>
  readonly clock: Clock
  readonly log: Log
  /** 0 takes a free port. */
  readonly port: number
  readonly host: string
}

export interface WebhookServer {
  /** Where the forge sends its deliveries. */
  readonly url: string
  /** Deliveries that are being read are still taken in: GitHub sends nothing twice by itself. */
  close(): Promise<void>
}

interface Answer {
  readonly status: number
  /** A line of ours; GitHub shows it in its list of deliveries. */
  readonly text: string
}

/** What is in the headers, checked. */
interface Announced {
  readonly delivery: string
  readonly event: string
  readonly signature: string
}

const PATH = '/api/github/webhooks'
const HEALTH = '/health'

/** GitHub's own limit for payloads. Bytes. */
const LIMIT = 25 * 1024 * 1024
/** GitHub gives up after ten seconds; whoever sends slower than three times that is not GitHub. Milliseconds. */
const REQUEST_TIMEOUT = 30_000
/** For deliveries that are being read when the app stops. Milliseconds. */
const CLOSING_TIMEOUT = 2000

const JSON_TYPE = /^\s*application\/json\s*(;|$)/i
const DELIVERY = /^[\w-]{1,100}$/
const EVENT = /^[a-z0-9_]{1,100}$/

export async function startWebhookServer(options: WebhookServerOptions): Promise<WebhookServer> {
  await options.probot.ready()
  const server = createServer((request, response) => {
    void answerTo(request, options).then(({ status, text }) => {
      // A refused request may have a body that nobody wants to read to its end; a closing server waits for every line.
      const end = status < 400 && server.listening ? {} : { connection: 'close' }
      response.writeHead(status, { 'content-type': 'text/plain; charset=utf-8', ...end }).end(`${text}\n`)
    })
  })
  server.requestTimeout = REQUEST_TIMEOUT
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(options.port, options.host, resolve)
  })
  const { port } = server.address() as AddressInfo
  const host = options.host.includes(':') ? `[${options.host}]` : options.host
  return { url: `http://${host}:${port}${PATH}`, close: () => closeServer(server) }
}

function closeServer(server: Server): Promise<void> {
  return new Promise((resolve) => {
    const hurry = setTimeout(() => server.closeAllConnections(), CLOSING_TIMEOUT)
    server.close(() => {
      clearTimeout(hurry)
      resolve()
    })
    server.closeIdleConnections()
  })
}

/** Never rejects, and never says what went wrong inside. */
async function answerTo(request: IncomingMessage, options: WebhookServerOptions): Promise<Answer> {
  try {
    return await route(request, options)
  } catch (error) {
    options.log.error('delivery_failed', error, { delivery: String(request.headers['x-github-delivery']) })
    return { status: 500, text: 'the delivery could not be taken in; redeliver it' }
  }
}

async function route(request: IncomingMessage, options: WebhookServerOptions): Promise<Answer> {
  const [path] = (request.url ?? '').split('?')
  if (path === HEALTH && request.method === 'GET') return { status: 200, text: 'ok' }
  if (path !== PATH) return { status: 404, text: 'there is nothing here' }
  if (request.method !== 'POST') return { status: 405, text: 'deliveries are sent with POST' }
  const announced = announcedBy(request)
  if ('status' in announced) return announced
  const body = await readBody(request, LIMIT)
  if (body === 'too_large') return refused(options, announced, { status: 413, text: 'larger than 25 MB' })
  if (body === 'cut_off') return refused(options, announced, { status: 400, text: 'the body is cut off' })
  return take(announced, body.toString('utf8'), options)
}

function announcedBy({ headers }: IncomingMessage): Announced | Answer {
  const delivery = String(headers['x-github-delivery'] ?? '')
  const event = String(headers['x-github-event'] ?? '')
  const signature = String(headers['x-hub-signature-256'] ?? '')
  if (!JSON_TYPE.test(headers['content-type'] ?? ''))
    return { status: 415, text: 'set the content type of the webhook to application/json' }
  if (!DELIVERY.test(delivery)) return { status: 400, text: 'x-github-delivery is missing or is no id' }
  if (!EVENT.test(event)) return { status: 400, text: 'x-github-event is missing or is no event' }
  if (signature === '') return { status: 401, text: 'x-hub-signature-256 is missing' }
  return { delivery, event, signature }
}

async function take(announced: Announced, body: string, options: WebhookServerOptions): Promise<Answer> {
  const { delivery, event, signature } = announced
  // An empty text is an error to the verifier, which calls that our mistake.
  if (body === '' || !(await options.probot.webhooks.verify(body, signature)))
    return refused(options, announced, { status: 401, text: 'the signature does not match' })
  const payload = objectIn(body)
  if (!payload) return refused(options, announced, { status: 400, text: 'the body is not a JSON object' })
  const translation = translate(event, payload, options.clock.now())
  await enqueue(translation, delivery, options.queue)
  return told(translation, { delivery, event: nameOf(event, payload) }, options.log)
}

function refused(options: WebhookServerOptions, { delivery, event }: Announced, answer: Answer): Answer {
  options.log.warn('refused', { delivery, event, status: answer.status, why: answer.text })
  return answer
}

function objectIn(body: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(body)
    const isObject = typeof value === 'object' && value !== null && !Array.isArray(value)
    return isObject ? (value as Readonly<Record<string, unknown>>) : undefined
  } catch {
    return undefined
  }
}

/** A delivery that is sent again has the same ids, so what was taken in before is not taken in twice. */
async function enqueue(
  translation: Translation,
  delivery: string,
  queue: Queue<Incoming, Work>,
): Promise<void> {
  if (translation.kind !== 'incoming') return
  for (const [index, payload] of translation.incoming.entries()) {
    const id = index === 0 ? delivery : `${delivery}.${index + 1}`
    await queue.addEvent({ id, key: incomingKey(payload), payload })
  }
}

/** One line for every delivery, so that an operator finds out why a label did nothing. */
function told(translation: Translation, subject: { delivery: string; event: string }, log: Log): Answer {
  switch (translation.kind) {
    case 'incoming': {
      const as = translation.incoming.map(({ kind }) => kind).join(', ')
      log.info('accepted', { ...subject, as })
      return { status: 200, text: as }
    }
    case 'nothing':
      log.info('ignored', { ...subject, why: translation.why })
      return { status: 200, text: `nothing: ${translation.why}` }
    case 'unreadable':
      log.warn('unreadable', { ...subject, problem: translation.problem })
      return { status: 200, text: 'nothing: the payload has not the shape of this event' }
  }
}

/** `issues.labeled` */
function nameOf(event: string, { action }: Readonly<Record<string, unknown>>): string {
  return typeof action === 'string' ? `${event}.${oneLine(action, 60)}` : event
}
