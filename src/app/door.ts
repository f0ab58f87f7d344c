/** A process's way in: whether it lives, whether it can be used, and, where deliveries are taken, those. */
import { createServer } from 'node:http'
import type { IncomingMessage, Server } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import type { Log } from '../ports/log.ts'
import type { Readiness } from './readiness.ts'

export interface Answer {
  readonly status: number
  /** A line of ours; GitHub shows it in its list of deliveries. */
  readonly text: string
}

export type TakeDelivery = (request: IncomingMessage) => Promise<Answer>

export interface DoorOptions {
  /** 0 takes a free port. */
  readonly port: number
  readonly host: string
  /** False for a worker: webhooks sent there find nothing. */
  readonly deliveries: boolean
  readonly readiness: Pick<Readiness, 'reasons'>
  readonly log: Log
}

export interface Door {
  /** Where the forge sends its deliveries, or would. */
  readonly webhookUrl: string
  /** Until it is called, deliveries are told to come again: the door is open before the database is. */
  accept(take: TakeDelivery): void
  /** Deliveries that are being read or stored are still taken in: GitHub sends nothing twice by itself. */
  close(): Promise<void>
}

const PATH = '/api/github/webhooks'

/** GitHub gives up after ten seconds; whoever sends slower than three times that is not GitHub. Milliseconds. */
const REQUEST_TIMEOUT = 30_000
/** For deliveries that are being read when the app stops. Milliseconds. */
const CLOSING_TIMEOUT = 2000

/** What may be asked of an open door. */
interface Desk extends DoorOptions {
  take: TakeDelivery
  readonly lines: Set<Socket>
  /** Not answered yet. */
  readonly pending: Set<IncomingMessage>
}

export async function openDoor(options: DoorOptions): Promise<Door> {
  const desk: Desk = { ...options, take: notYet, lines: new Set(), pending: new Set() }
  const server = createServer((request, response) => {
    desk.pending.add(request)
    response.once('close', () => desk.pending.delete(request))
    void answerTo(request, desk).then(({ status, text }) => {
      // A refused request may have a body that nobody wants to read to its end; a closing server waits for every line.
      const end = status < 400 && server.listening ? {} : { connection: 'close' }
      response.writeHead(status, { 'content-type': 'text/plain; charset=utf-8', ...end }).end(`${text}\n`)
    })
  })
  server.requestTimeout = REQUEST_TIMEOUT
  server.on('connection', (line) => {
    desk.lines.add(line)
    line.once('close', () => desk.lines.delete(line))
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(options.port, options.host, resolve)
  })
  const { port } = server.address() as AddressInfo
  const host = options.host.includes(':') ? `[${options.host}]` : options.host
  let closing: Promise<void> | undefined
  return {
    webhookUrl: `http://${host}:${port}${PATH}`,
    accept: (take) => {
      desk.take = take
    },
    close: () => (closing ??= closeServer(server, desk)),
  }
}

const notYet: TakeDelivery = async () => ({
  status: 503,
  text: 'Millwright is starting; this delivery will be sent again',
})

function closeServer(server: Server, { lines, pending }: Desk): Promise<void> {
  return new Promise((resolve) => {
    const hurry = setTimeout(() => {
      // What was read to its end is being stored: that ends within GitHub's ten seconds, and gets its answer.
      const storing = new Set([...pending].filter(({ complete }) => complete).map(({ socket }) => socket))
      for (const line of lines) if (!storing.has(line)) line.destroy()
    }, CLOSING_TIMEOUT)
    server.close(() => {
      clearTimeout(hurry)
      resolve()
    })
    server.closeIdleConnections()
  })
}

/** Never rejects, and never says what went wrong inside. */
async function answerTo(request: IncomingMessage, desk: Desk): Promise<Answer> {
  try {
    return await route(request, desk)
  } catch (error) {
    desk.log.error('delivery_failed', error, { delivery: String(request.headers['x-github-delivery']) })
    return { status: 500, text: 'the delivery could not be taken in; redeliver it' }
  }
}

async function route(request: IncomingMessage, desk: Desk): Promise<Answer> {
  const [path] = (request.url ?? '').split('?')
  if (path === '/health' && request.method === 'GET') return { status: 200, text: 'ok' }
  if (path === '/ready' && request.method === 'GET') return readyAnswer(await desk.readiness.reasons())
  if (path !== PATH || !desk.deliveries) return { status: 404, text: 'there is nothing here' }
  if (request.method !== 'POST') return { status: 405, text: 'deliveries are sent with POST' }
  return desk.take(request)
}

/** A line for each reason, for whoever looks why nothing is sent here any more. */
function readyAnswer(reasons: readonly string[]): Answer {
  return reasons.length === 0 ? { status: 200, text: 'ready' } : { status: 503, text: reasons.join('\n') }
}
