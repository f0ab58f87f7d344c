/** The real webhook server with a queue that only remembers, and a sender that signs as GitHub does. */
import { createHmac, randomUUID } from 'node:crypto'
import { createRequire } from 'node:module'
import { Probot } from 'probot'
import { startWebhookServer } from '../../src/app/webhook-server.ts'
import type { Incoming, Work } from '../../src/ports/incoming.ts'
import type { Job, Queue } from '../../src/ports/queue.ts'
import { recordingLog } from '../support/recording-log.ts'
import type { RecordedLine } from '../support/recording-log.ts'
import { T0 } from '../support/states.ts'

export type Payload = Readonly<Record<string, unknown>>

interface Examples {
  readonly name: string
  readonly examples: readonly Payload[]
}

/** GitHub's own example payloads. The package's types describe its CommonJS form, so it is loaded as such. */
export const EXAMPLES = createRequire(import.meta.url)('@octokit/webhooks-examples') as readonly Examples[]

const SECRET = 'between GitHub and us'

export interface Posted {
  readonly status: number
  readonly text: string
}

export interface Letter {
  readonly event: string
  /** Text as it is, or anything as JSON. */
  readonly body: unknown
  readonly delivery?: string
  /** Replaces, or with undefined takes away, what would be right. */
  readonly headers?: Readonly<Record<string, string | undefined>>
}

export interface PostBox {
  readonly url: string
  /** Everything that was ever queued, in order. */
  readonly jobs: readonly Job<Incoming>[]
  readonly log: readonly RecordedLine[]
  /** What the queue does from now on instead of remembering. */
  fail(error: Error): void
  post(letter: Letter): Promise<Posted>
  close(): Promise<void>
}

export async function openPostBox(options: { host?: string } = {}): Promise<PostBox> {
  const jobs: Job<Incoming>[] = []
  const log = recordingLog()
  let failure: Error | undefined
  const unused = (): never => {
    throw new Error('A webhook server only adds events')
  }
  const queue: Queue<Incoming, Work> = {
    addEvent: async (job) => {
      if (failure) throw failure
      jobs.push(job)
    },
    addWork: unused,
    cancelWork: unused,
    start: unused,
    idle: unused,
    stop: unused,
  }
  const server = await startWebhookServer({
    probot: new Probot({ appId: 1, privateKey: 'never used', secret: SECRET, logLevel: 'fatal' }),
    queue,
    clock: { now: () => T0, sleep: unused },
    log,
    port: 0,
    host: options.host ?? '127.0.0.1',
  })
  return {
    url: server.url,
    jobs,
    log: log.lines,
    fail: (error) => {
      failure = error
    },
    async post(letter) {
      const answer = await fetch(server.url, { method: 'POST', ...sealed(letter) })
      return { status: answer.status, text: (await answer.text()).trimEnd() }
    },
    close: () => server.close(),
  }
}

/** Headers and body, right in every way but what the letter changes. */
export function sealed(letter: Letter): { headers: Record<string, string>; body: string } {
  const body = typeof letter.body === 'string' ? letter.body : JSON.stringify(letter.body)
  const right = {
    'content-type': 'application/json',
    'x-github-event': letter.event,
    'x-github-delivery': letter.delivery ?? randomUUID(),
    'x-hub-signature-256': signatureOf(body),
  }
  const headers = Object.entries({ ...right, ...letter.headers }).flatMap(([name, value]) =>
    value === undefined ? [] : [[name, value] as const],
  )
  return { headers: Object.fromEntries(headers), body }
}

export function signatureOf(body: string, secret = SECRET): string {
  return `sha256=${createHmac('sha256', secret).update(body).digest('hex')}`
}
