/** The real webhook server with a queue that only remembers, and a sender that signs as GitHub does. */
import { createHmac, randomUUID } from 'node:crypto'
import { createRequire } from 'node:module'
import { openDoor } from '../../src/app/door.ts'
import { createInbox } from '../../src/app/inbox.ts'
import { createReadiness } from '../../src/app/readiness.ts'
import type { Readiness } from '../../src/app/readiness.ts'
import type { Clock } from '../../src/ports/clock.ts'
import type { Incoming } from '../../src/ports/incoming.ts'
import type { Job } from '../../src/ports/queue.ts'
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
  /** The queue answers nothing from now on. */
  hang(): void
  /** The next job is stored only when it is released. */
  storeLate(): { readonly asked: Promise<void>; release(): void }
  readonly readiness: Readiness
  post(letter: Letter): Promise<Posted>
  close(): Promise<void>
}

interface PostBoxOptions {
  readonly host?: string
  readonly sleep?: Clock['sleep']
  /** False for a door that is open before there is an inbox behind it. */
  readonly accepting?: boolean
}

export async function openPostBox(options: PostBoxOptions = {}): Promise<PostBox> {
  const { host = '127.0.0.1', sleep = () => new Promise(() => undefined), accepting = true } = options
  const jobs: Job<Incoming>[] = []
  const log = recordingLog()
  let failure: Error | 'hangs' | undefined
  let gate: { asked: () => void; opened: Promise<void> } | undefined
  const addEvent = async (job: Job<Incoming>): Promise<void> => {
    gate?.asked()
    await gate?.opened
    if (failure === 'hangs') return new Promise(() => undefined)
    if (failure) throw failure
    jobs.push(job)
  }
  const readiness = createReadiness()
  const server = await openDoor({ port: 0, host, deliveries: true, readiness, log })
  const clock = { now: () => T0, sleep }
  if (accepting) server.accept(createInbox({ secret: SECRET, queue: { addEvent }, clock, log }))
  return {
    url: server.webhookUrl,
    jobs,
    log: log.lines,
    readiness,
    fail: (error) => {
      failure = error
    },
    hang: () => {
      failure = 'hangs'
    },
    storeLate: () => {
      const asked = Promise.withResolvers<void>()
      const opened = Promise.withResolvers<void>()
      gate = { asked: asked.resolve, opened: opened.promise }
      return { asked: asked.promise, release: opened.resolve }
    },
    async post(letter) {
      const answer = await fetch(server.webhookUrl, { method: 'POST', ...sealed(letter) })
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
