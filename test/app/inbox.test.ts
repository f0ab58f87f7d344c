import { once } from 'node:events'
import { request } from 'node:http'
import type { ClientRequest, IncomingMessage } from 'node:http'
import { connect } from 'node:net'
import { text } from 'node:stream/consumers'
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { RetryableError } from '../../src/core/errors.ts'
import { T0 } from '../support/states.ts'
import { BY, COMMENTED, ISSUE, LABELLED, REPO, REPOSITORY } from '../webhooks/payloads.ts'
import { openPostBox, sealed, signatureOf } from '../webhooks/post-box.ts'
import type { Letter, PostBox, Posted } from '../webhooks/post-box.ts'

const DELIVERY = '72d3162e-cc78-11e3-81ab-4c9367dc0958'
const LIMIT = 25 * 1024 * 1024

const letter = (more: Partial<Letter> = {}): Letter => ({
  event: 'issues',
  delivery: DELIVERY,
  body: { action: 'labeled', ...LABELLED },
  ...more,
})

let box: PostBox
beforeEach(async () => {
  box = await openPostBox()
})
afterEach(() => box.close())

/** Says that nothing was taken in, and that the operator was told in these words. */
function expectRefusal(status: number, why: string): void {
  expect(box.jobs).toEqual([])
  expect(box.log).toEqual([
    {
      level: 'warn',
      event: 'refused',
      fields: { delivery: DELIVERY, event: 'issues', status, why },
      cause: undefined,
    },
  ])
}

describe('a delivery of the forge', () => {
  it('is queued under its id, in the line of its issue, and answered', async () => {
    expect(await box.post(letter())).toEqual({ status: 202, text: 'run_requested' })
    expect(box.jobs).toEqual([
      {
        id: DELIVERY,
        key: '7#12',
        payload: {
          kind: 'run_requested',
          at: T0,
          issue: ISSUE,
          requester: BY,
          labelledBy: 'person',
          label: 'millwright',
          text: {
            title: 'Short options lose text',
            body: 'What follows the second `=` is lost.',
            author: { id: 12, login: 'bob' },
          },
        },
      },
    ])
    expect(box.log).toEqual([
      {
        level: 'info',
        event: 'accepted',
        fields: { delivery: DELIVERY, event: 'issues.labeled', as: 'run_requested' },
        cause: undefined,
      },
    ])
  })

  it('F-05: with a command is queued under the comment, as by a sweep that finds it', async () => {
    const comment = { ...COMMENTED.comment, body: '/mill stop' }
    const body = { action: 'created', ...COMMENTED, comment }
    await box.post(letter({ event: 'issue_comment', body }))
    expect(box.jobs.map(({ id, key, payload: { kind } }) => [id, key, kind])).toEqual([
      ['said.501', '7#12', 'command_given'],
    ])
  })

  it('F-02: that means several things has an id for each, the same ones when it is sent again', async () => {
    const branches = [12, 13, 14].map((number) => ({ name: `millwright/${number}-words-ab12` }))
    const body = { repository: REPOSITORY, state: 'failure', context: 'ci', branches }
    const answer = { status: 202, text: 'pull_touched, pull_touched, pull_touched' }
    expect(await box.post(letter({ event: 'status', body }))).toEqual(answer)
    const ids = [
      [DELIVERY, '7#12'],
      [`${DELIVERY}.2`, '7#13'],
      [`${DELIVERY}.3`, '7#14'],
    ]
    expect(box.jobs.map(({ id, key }) => [id, key])).toEqual(ids)
    expect(await box.post(letter({ event: 'status', body }))).toEqual(answer)
    expect(box.jobs.slice(3).map(({ id, key }) => [id, key])).toEqual(ids)
  })

  it('about a branch or a repository is queued in the line of the repository', async () => {
    const pushed = { repository: REPOSITORY, ref: 'refs/heads/main', deleted: false }
    await box.post(letter({ event: 'push', body: pushed }))
    await box.post(letter({ event: 'repository', body: { action: 'deleted', repository: REPOSITORY } }))
    expect(box.jobs.map(({ key, payload }) => [key, payload.kind])).toEqual([
      ['7', 'branch_pushed'],
      ['7', 'access_lost'],
    ])
    expect(box.jobs[1]?.payload).toEqual({ kind: 'access_lost', repos: [REPO] })
  })

  it('that means nothing is answered with the reason, which the log has too', async () => {
    const why = 'only the label starts a run'
    expect(await box.post(letter({ body: { action: 'reopened' } }))).toEqual({
      status: 200,
      text: `nothing: ${why}`,
    })
    expect(await box.post(letter({ event: 'never_heard_of', body: {} }))).toEqual({
      status: 200,
      text: 'nothing: this event means nothing to a run',
    })
    expect(box.jobs).toEqual([])
    expect(box.log.map(({ level, event, fields }) => [level, event, fields['event'], fields['why']])).toEqual(
      [
        ['info', 'ignored', 'issues.reopened', why],
        ['info', 'ignored', 'never_heard_of', 'this event means nothing to a run'],
      ],
    )
  })

  it('that has not the shape of its event is logged with the place, and answered like any other', async () => {
    const body = { action: 'labeled', ...LABELLED, sender: { id: 'eleven', login: 'alice', type: 'User' } }
    expect(await box.post(letter({ body }))).toEqual({
      status: 200,
      text: 'nothing: the payload has not the shape of this event',
    })
    expect(box.jobs).toEqual([])
    expect(box.log).toEqual([
      {
        level: 'warn',
        event: 'unreadable',
        fields: {
          delivery: DELIVERY,
          event: 'issues.labeled',
          problem: 'sender.id: Invalid input: expected number, received string',
        },
        cause: undefined,
      },
    ])
  })

  it('keeps letters of every script', async () => {
    const issue = { ...LABELLED.issue, title: 'Größe 尺寸 \u{1F4CF}', body: '\uFEFFمقاس' }
    await box.post(letter({ body: { action: 'labeled', ...LABELLED, issue } }))
    expect(box.jobs[0]?.payload).toMatchObject({
      text: { title: 'Größe 尺寸 \u{1F4CF}', body: '\uFEFFمقاس' },
    })
  })

  it('brings no line breaks of its action into the log', async () => {
    await box.post(letter({ body: { action: `re\nopened ${'x'.repeat(500)}` } }))
    expect(String(box.log[0]?.fields['event'])).toMatch(/^issues\.re opened x+…?$/)
    expect(String(box.log[0]?.fields['event']).length).toBeLessThanOrEqual(70)
  })
})

describe('F-07: a delivery by somebody else', () => {
  const right = sealed(letter()).body
  it.each<[string, Partial<Letter>]>([
    ['signed with another secret', { headers: { 'x-hub-signature-256': signatureOf(right, 'guessed') } }],
    ['signed with no secret', { headers: { 'x-hub-signature-256': `sha256=${'0'.repeat(64)}` } }],
    ['with a signature that is none', { headers: { 'x-hub-signature-256': 'trust me' } }],
    [
      'changed after it was signed',
      { body: right.replace('"alice"', '"admin"'), headers: { 'x-hub-signature-256': signatureOf(right) } },
    ],
    ['without a body', { body: '' }],
  ])('%s is refused, and nothing of it is looked at', async (_what, more) => {
    expect(await box.post(letter(more))).toEqual({ status: 401, text: 'the signature does not match' })
    expectRefusal(401, 'the signature does not match')
  })

  it.each([
    ['with SHA-1 only', { 'x-hub-signature-256': undefined, 'x-hub-signature': `sha1=${'0'.repeat(40)}` }],
    ['by nobody', { 'x-hub-signature-256': '' }],
  ])('signed %s is not signed', async (_what, headers) => {
    expect(await box.post(letter({ headers }))).toEqual({
      status: 401,
      text: 'x-hub-signature-256 is missing',
    })
    expect(box.jobs).toEqual([])
  })

  it('that names an admin as its sender is refused for its signature', async () => {
    const sender = { id: 1, login: 'admin', type: 'User', site_admin: true }
    const body = JSON.stringify({ action: 'labeled', ...LABELLED, sender })
    const headers = { 'x-hub-signature-256': signatureOf(body, '') }
    expect((await box.post(letter({ body, headers }))).status).toBe(401)
    expect(box.jobs).toEqual([])
  })
})

describe('F-07: a request that is no delivery', () => {
  const NO_ID = { status: 400, text: 'x-github-delivery is missing or is no id' }
  const NO_EVENT = { status: 400, text: 'x-github-event is missing or is no event' }
  const NO_JSON = { status: 415, text: 'set the content type of the webhook to application/json' }
  const CASES: readonly (readonly [string, Record<string, string | undefined>, Posted])[] = [
    ['without a delivery id', { 'x-github-delivery': undefined }, NO_ID],
    ['with a path for an id', { 'x-github-delivery': '../../x' }, NO_ID],
    ['with an id as long as a page', { 'x-github-delivery': 'a'.repeat(101) }, NO_ID],
    ['without an event', { 'x-github-event': undefined }, NO_EVENT],
    ['with a sentence for an event', { 'x-github-event': 'issues labeled' }, NO_EVENT],
    ['as a form', { 'content-type': 'application/x-www-form-urlencoded' }, NO_JSON],
    ['as a text that looks like JSON', { 'content-type': 'text/plain' }, NO_JSON],
  ]

  it.each(CASES)('%s is refused with what is wrong with it', async (_what, headers, answer) => {
    expect(await box.post(letter({ headers }))).toEqual(answer)
    expect([box.jobs, box.log]).toEqual([[], []])
  })

  it.each(['{', '', 'null', '5', '"text"', '[]', '[{"action":"labeled"}]', '{"a":1}}', '{action:1}'])(
    'with %j for a body is refused',
    async (body) => {
      const answer = await box.post(letter({ body }))
      const why = body === '' ? 'the signature does not match' : 'the body is not a JSON object'
      const status = body === '' ? 401 : 400
      expect(answer).toEqual({ status, text: why })
      expectRefusal(status, why)
    },
  )

  it('finds nothing beside the places there are', async () => {
    const { origin } = new URL(box.url)
    const ask = async (path: string, method = 'GET'): Promise<readonly [number, string]> => {
      const answer = await fetch(`${origin}${path}`, { method })
      return [answer.status, (await answer.text()).trimEnd()]
    }
    expect(await ask('/health')).toEqual([200, 'ok'])
    expect(await ask('/health?deep=1')).toEqual([200, 'ok'])
    expect(await ask('/health', 'POST')).toEqual([404, 'there is nothing here'])
    expect(await ask('/')).toEqual([404, 'there is nothing here'])
    expect(await ask('/api/github/webhooks/')).toEqual([404, 'there is nothing here'])
    expect(await ask('/api/github/webhooks')).toEqual([405, 'deliveries are sent with POST'])
    expect(await ask('/api/github/webhooks', 'DELETE')).toEqual([405, 'deliveries are sent with POST'])
    expect(box.jobs).toEqual([])
  })
})

/** Headers without a body behind them; what follows is written by the test. */
function begin(headers: Readonly<Record<string, string>>): ClientRequest {
  const sending = request(box.url, { method: 'POST', headers: { ...sealed(letter()).headers, ...headers } })
  // The server hangs up on what it will not read.
  sending.on('error', () => undefined)
  return sending
}

async function answerTo(sending: ClientRequest): Promise<{ status: number | undefined; text: string }> {
  const [answer] = (await once(sending, 'response')) as [IncomingMessage]
  return { status: answer.statusCode, text: (await text(answer)).trimEnd() }
}

describe('F-07: a delivery as large as GitHub sends', () => {
  const filled = (size: number): string => {
    const start = '{"action":"reopened","filling":"'
    return `${start}${'x'.repeat(size - start.length - 2)}"}`
  }

  it('is taken, to the last of 25 MB', async () => {
    expect((await box.post(letter({ body: filled(LIMIT) }))).status).toBe(200)
  })

  it('and a byte larger is refused by the size that it announces, before anything of it is read', async () => {
    const sending = begin({ 'content-length': String(LIMIT + 1) })
    sending.flushHeaders()
    expect(await answerTo(sending)).toEqual({ status: 413, text: 'larger than 25 MB' })
    sending.destroy()
    expectRefusal(413, 'larger than 25 MB')
  })

  it('and a byte larger is refused where it announces no size and does not end', async () => {
    const sending = begin({ 'transfer-encoding': 'chunked' })
    const answer = answerTo(sending)
    sending.write(Buffer.alloc(LIMIT, 0x20))
    sending.write(' ')
    // Not ended: whoever waits for the end of it never answers.
    expect(await answer).toEqual({ status: 413, text: 'larger than 25 MB' })
    sending.destroy()
    expectRefusal(413, 'larger than 25 MB')
  })

  it('that breaks off is not taken', async () => {
    const { body } = sealed(letter())
    const sending = begin({ 'content-length': String(body.length) })
    sending.write(body.slice(0, 100))
    await once(sending, 'socket')
    sending.flushHeaders()
    setTimeout(() => sending.destroy(), 20)
    while (box.log.length === 0) await new Promise((resolve) => setTimeout(resolve, 5))
    expectRefusal(400, 'the body is cut off')
  })
})

describe('a delivery that is deep', () => {
  const deep = (levels: number): string => `${'['.repeat(levels)}${']'.repeat(levels)}`

  it('is read for what it names, however deep the rest is', async () => {
    const { body } = sealed(letter())
    const stuffed = `{"filling":${deep(1_000_000)},${body.slice(1)}`
    expect(await box.post(letter({ body: stuffed }))).toEqual({ status: 202, text: 'run_requested' })
  })

  it('where a name belongs is unreadable', async () => {
    const body = JSON.stringify({ action: 'labeled', ...LABELLED }).replace('"alice"', deep(100_000))
    expect((await box.post(letter({ body }))).text).toBe(
      'nothing: the payload has not the shape of this event',
    )
  })

  it('and is nothing else is refused', async () => {
    expect((await box.post(letter({ body: deep(1_000_000) }))).status).toBe(400)
  })

  it('or names prototypes changes nothing but itself', async () => {
    const body =
      '{"__proto__":{"action":"labeled"},"constructor":{"prototype":{"label":1}},"action":"reopened"}'
    expect((await box.post(letter({ body }))).text).toBe('nothing: only the label starts a run')
    expect(({} as Record<string, unknown>)['label']).toBeUndefined()
  })
})

describe('a mistake of our own', () => {
  it('is answered with a sentence that says nothing of it, and logged with its stack', async () => {
    box.fail(new Error('the password of the queue is hunter2'))
    expect(await box.post(letter())).toEqual({
      status: 500,
      text: 'the delivery could not be taken in; redeliver it',
    })
    expect(box.log.map(({ level, event, fields }) => [level, event, fields])).toEqual([
      ['error', 'delivery_failed', { delivery: DELIVERY }],
    ])
    expect(box.log[0]?.cause).toContain('the password of the queue is hunter2\n    at ')
  })

  it('leaves the server at work', async () => {
    box.fail(new Error('away'))
    expect((await box.post(letter())).status).toBe(500)
    expect((await box.post(letter({ body: { action: 'reopened' } }))).status).toBe(200)
  })
})

describe('F-54: a delivery while the database is away', () => {
  const away = { status: 503, text: "the database is away; GitHub's delivery will be sent again" }
  const line = (why: string) => ({
    level: 'warn',
    event: 'put_off',
    fields: { delivery: DELIVERY, event: 'issues.labeled', why },
    cause: undefined,
  })

  it('is refused for now, never answered as taken in, and kept nowhere', async () => {
    box.fail(new RetryableError('store_unavailable', 'the database could not be reached'))
    expect(await box.post(letter())).toEqual(away)
    expect(box.jobs).toEqual([])
    expect(box.log).toEqual([line('the database could not be reached')])
  })

  it('gets that answer within the ten seconds that GitHub waits, though the database never answers', async () => {
    const waits: number[] = []
    const other = await openPostBox({ sleep: async (ms) => void waits.push(ms) })
    other.hang()
    expect(await other.post(letter())).toEqual(away)
    expect(waits).toEqual([8000])
    expect(other.log).toEqual([line('the database did not answer in time')])
    await other.close()
  })

  it('that means nothing to us is answered as ever', async () => {
    box.fail(new RetryableError('store_unavailable', 'the database could not be reached'))
    expect((await box.post(letter({ body: { action: 'reopened' } }))).status).toBe(200)
  })

  it('and is forged is refused as ever', async () => {
    box.fail(new RetryableError('store_unavailable', 'the database could not be reached'))
    expect((await box.post(letter({ headers: { 'x-hub-signature-256': 'trust me' } }))).status).toBe(401)
  })

  it('comes too early where the door is open and the inbox is not', async () => {
    const early = await openPostBox({ accepting: false })
    expect(await early.post(letter())).toEqual({
      status: 503,
      text: 'Millwright is starting; this delivery will be sent again',
    })
    await early.close()
  })
})

describe('readiness', () => {
  const ready = async (): Promise<readonly [number, string]> => {
    const answer = await fetch(new URL('/ready', box.url))
    return [answer.status, await answer.text()]
  }

  it('begins when the process accepts, and ends when it stops, while it lives all the time', async () => {
    expect(await ready()).toEqual([503, 'It is starting.\n'])
    box.readiness.starting('The database is away.')
    expect(await ready()).toEqual([503, 'The database is away.\n'])
    box.readiness.accepting([])
    expect(await ready()).toEqual([200, 'ready\n'])
    box.readiness.stopping()
    expect(await ready()).toEqual([503, 'It is stopping.\n'])
    expect((await fetch(new URL('/health', box.url))).status).toBe(200)
  })

  it('names every reason against it, a line for each', async () => {
    box.readiness.accepting([async () => 'One.', async () => undefined, async () => 'Two.'])
    expect(await ready()).toEqual([503, 'One.\nTwo.\n'])
  })
})

describe('the server', () => {
  it('listens where it is told to, and says so', async () => {
    const other = await openPostBox({ host: 'localhost' })
    expect(other.url).toMatch(/^http:\/\/localhost:\d+\/api\/github\/webhooks$/)
    const answer = await fetch(new URL('/health', other.url))
    expect(await answer.text()).toBe('ok\n')
    await other.close()
  })

  it('takes in what is being read when it is closed, and nothing after that', async () => {
    const { body } = sealed(letter({ event: 'issue_comment', body: { action: 'created', ...COMMENTED } }))
    const sending = begin({
      'x-github-event': 'issue_comment',
      'x-hub-signature-256': signatureOf(body),
      'content-length': String(body.length),
    })
    const answer = answerTo(sending)
    sending.write(body.slice(0, 10))
    await once(sending, 'socket')
    // Asked on another line, so that the first request has reached the server for certain.
    expect((await fetch(new URL('/health', box.url))).status).toBe(200)
    const closed = box.close()
    sending.end(body.slice(10))
    expect(await answer).toEqual({ status: 202, text: 'run_event' })
    await closed
    expect(box.jobs.map(({ payload }) => payload.kind)).toEqual(['run_event'])
    await expect(box.post(letter())).rejects.toThrow('fetch failed')
    box = await openPostBox()
  })

  it('answers a delivery that is still being stored when it is closed', async () => {
    const stored = box.storeLate()
    const posted = box.post(letter())
    await stored.asked
    const closed = box.close()
    // Longer than a sender gets who has not sent everything.
    await new Promise((resolve) => setTimeout(resolve, 2300))
    stored.release()
    expect(await posted).toEqual({ status: 202, text: 'run_requested' })
    await closed
    expect(box.jobs).toHaveLength(1)
    box = await openPostBox()
  })

  it('cuts off a sender that does not end its body', async () => {
    const sending = begin({ 'content-length': '100' })
    sending.write('{')
    await once(sending, 'socket')
    expect((await fetch(new URL('/health', box.url))).status).toBe(200)
    const cut = new Promise((resolve) => sending.once('close', resolve))
    await box.close()
    await cut
    while (box.log.length === 0) await new Promise((resolve) => setTimeout(resolve, 5))
    expectRefusal(400, 'the body is cut off')
    box = await openPostBox()
  })

  it('does not wait for a sender that has stopped in the middle', async () => {
    const { hostname, port } = new URL(box.url)
    const line = connect(Number(port), hostname)
    line.on('error', () => undefined)
    await once(line, 'connect')
    line.write('POST /api/github/webhooks HTTP/1.1\r\nhost: x\r\ncontent-length: 100\r\n')
    await box.close()
    await once(line, 'close')
    expect(box.jobs).toEqual([])
    box = await openPostBox()
  })
})
