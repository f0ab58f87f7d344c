/** The inbox: verify, translate, store under the delivery id, and only then answer. Nothing is done here. */
import type { IncomingMessage } from 'node:http'
import { Webhooks } from '@octokit/webhooks'
import { RetryableError } from '../core/errors.ts'
import { oneLine } from '../core/untrusted.ts'
import type { Clock } from '../ports/clock.ts'
import { incomingKey, saidJob } from '../ports/incoming.ts'
import type { Incoming, Work } from '../ports/incoming.ts'
import type { Log } from '../ports/log.ts'
import type { Queue } from '../ports/queue.ts'
import { translate } from '../webhooks/translate.ts'
import type { Translation } from '../webhooks/translation.ts'
import type { Answer, TakeDelivery } from './door.ts'
import { readBody } from './read-body.ts'

export interface InboxOptions {
  /** What the forge signs with. */
  readonly secret: string
  readonly queue: Pick<Queue<Incoming, Work>, 'addEvent'>
  readonly clock: Clock
  readonly log: Log
}

/** With what tells the forge's deliveries from forged ones. */
interface Inbox extends InboxOptions {
  readonly webhooks: Pick<Webhooks, 'verify'>
}

/** What is in the headers, checked. */
interface Announced {
  readonly delivery: string
  readonly event: string
  readonly signature: string
}

/** GitHub's own limit for payloads. Bytes. */
const LIMIT = 25 * 1024 * 1024
/** GitHub gives up after ten seconds, and lists as failed only what was answered so or not at all. Milliseconds. */
const STORED_WITHIN = 8000

const JSON_TYPE = /^\s*application\/json\s*(;|$)/i
const DELIVERY = /^[\w-]{1,100}$/
const EVENT = /^[a-z0-9_]{1,100}$/

export function createInbox(options: InboxOptions): TakeDelivery {
  const inbox: Inbox = { ...options, webhooks: new Webhooks({ secret: options.secret }) }
  return async (request) => {
    const announced = announcedBy(request)
    if ('status' in announced) return announced
    const body = await readBody(request, LIMIT)
    if (body === 'too_large') return refused(inbox, announced, { status: 413, text: 'larger than 25 MB' })
    if (body === 'cut_off') return refused(inbox, announced, { status: 400, text: 'the body is cut off' })
    return take(announced, body.toString('utf8'), inbox)
  }
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

async function take(announced: Announced, body: string, inbox: Inbox): Promise<Answer> {
  const { delivery, event, signature } = announced
  // An empty text is an error to the verifier, which calls that our mistake.
  if (body === '' || !(await inbox.webhooks.verify(body, signature)))
    return refused(inbox, announced, { status: 401, text: 'the signature does not match' })
  const payload = objectIn(body)
  if (!payload) return refused(inbox, announced, { status: 400, text: 'the body is not a JSON object' })
  const translation = translate(event, payload, inbox.clock.now())
  const subject = { delivery, event: nameOf(event, payload) }
  try {
    await inTime(store(translation, delivery, inbox.queue), inbox.clock)
  } catch (error) {
    if (!(error instanceof RetryableError)) throw error
    inbox.log.warn('put_off', { ...subject, why: error.message })
    return { status: 503, text: "the database is away; GitHub's delivery will be sent again" }
  }
  return told(translation, subject, inbox.log)
}

function refused(inbox: Inbox, { delivery, event }: Announced, answer: Answer): Answer {
  inbox.log.warn('refused', { delivery, event, status: answer.status, why: answer.text })
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
async function store(
  translation: Translation,
  delivery: string,
  queue: InboxOptions['queue'],
): Promise<void> {
  if (translation.kind !== 'incoming') return
  for (const [index, payload] of translation.incoming.entries()) {
    const id = payload.kind === 'command_given' ? saidJob(payload.comment) : nthOf(delivery, index)
    await queue.addEvent({ id, key: incomingKey(payload), payload })
  }
}

function nthOf(delivery: string, index: number): string {
  return index === 0 ? delivery : `${delivery}.${index + 1}`
}

/** What is stored a moment too late is dropped when it is sent again: it has the same ids. */
async function inTime(stored: Promise<void>, clock: Clock): Promise<void> {
  const answered = new AbortController()
  const late = clock.sleep(STORED_WITHIN, answered.signal).then(() => {
    throw new RetryableError('store_unavailable', 'the database did not answer in time')
  })
  try {
    await Promise.race([stored, late])
  } finally {
    answered.abort()
  }
}

/** One line for every delivery, so that an operator finds out why a label did nothing. */
function told(translation: Translation, subject: { delivery: string; event: string }, log: Log): Answer {
  switch (translation.kind) {
    case 'incoming': {
      const as = translation.incoming.map(({ kind }) => kind).join(', ')
      log.info('accepted', { ...subject, as })
      return { status: 202, text: as }
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
