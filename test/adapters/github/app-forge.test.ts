/** What the App asks as itself, through Probot's real authentication. */
import { generateKeyPairSync } from 'node:crypto'
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals'
import nock from 'nock'
import { Probot } from 'probot'
import { createAppForge } from '../../../src/adapters/github/app-forge.ts'
import { appOctokit } from '../../../src/adapters/github/app-octokit.ts'
import type { GithubClient } from '../../../src/adapters/github/github-client.ts'
import { createGithubForge } from '../../../src/adapters/github/github-forge.ts'
import { createInstallationClients } from '../../../src/adapters/github/installation-clients.ts'
import type { AuthenticatedClient } from '../../../src/adapters/github/installation-clients.ts'
import {
  BAD_CREDENTIALS,
  guardNetwork,
  ISSUE,
  NO_ACCESS,
  NOT_FOUND,
  PATH,
  SECONDARY_LIMIT,
  UNICORN,
} from './github-bench.ts'

guardNetwork()

const SERVER = 'https://ghe.example.com/api/v3'
const { privateKey } = generateKeyPairSync('rsa', {
  modulusLength: 2048,
  publicKeyEncoding: { type: 'spki', format: 'pem' },
  privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
})

/** Probot as the app makes it, on a server of its own: what went to api.github.com would find nobody. */
function createAuthenticate(): AuthenticatedClient {
  const probot = new Probot({
    appId: 777,
    privateKey,
    secret: 'secret',
    baseUrl: SERVER,
    logLevel: 'fatal',
    Octokit: appOctokit({ paced: false }),
  })
  return async (id) => (await probot.auth(id)) as unknown as GithubClient
}

/** Only the clock is ours. */
const TIMERS = [
  'hrtime',
  'nextTick',
  'performance',
  'queueMicrotask',
  'setImmediate',
  'clearImmediate',
  'setInterval',
  'clearInterval',
  'setTimeout',
  'clearTimeout',
] as const

const asApp = (): nock.Scope => nock(SERVER, { reqheaders: { authorization: /^bearer ey/i } })
const as = (token: string): nock.Scope => nock(SERVER, { reqheaders: { authorization: `token ${token}` } })
const app = (): ReturnType<typeof createAppForge> => createAppForge(createAuthenticate())

function grants(id: number, token: string): void {
  asApp()
    .post(`/app/installations/${id}/access_tokens`)
    .reply(201, {
      token,
      expires_at: new Date(Date.now() + 3_600_000).toISOString(),
      permissions: {},
      repository_selection: 'all',
    })
}

function installed(installations: readonly object[]): void {
  asApp()
    .get('/app/installations')
    .query({ per_page: 100, page: 1 })
    .reply(200, [...installations])
}

const installation = (id: number, suspended_at: string | null = null): object => ({ id, suspended_at })
const repository = (id: number): object => ({ id, name: `r${id}`, owner: { login: 'acme' } })
const ref = (id: number): object => ({ id, owner: 'acme', name: `r${id}` })

function shows(token: string, repositories: readonly object[], page = 1): void {
  as(token)
    .get('/installation/repositories')
    .query({ per_page: 100, page })
    .reply(200, { total_count: repositories.length, repositories: [...repositories] })
}

describe('the repositories of an App', () => {
  it('are those of all its installations that are not suspended, page by page', async () => {
    installed([installation(55), installation(56, '2026-11-20T10:00:00Z'), installation(57)])
    grants(55, 'ghs_55')
    grants(57, 'ghs_57')
    const hundred = Array.from({ length: 100 }, (_, index) => index + 1)
    shows('ghs_55', hundred.map(repository))
    shows('ghs_55', [repository(101)], 2)
    shows('ghs_57', [repository(500)])
    expect(await app().repositories()).toEqual([...hundred.map(ref), ref(101), ref(500)])
  })

  it.each([
    ['was removed meanwhile', 404, NOT_FOUND],
    ['was suspended meanwhile', 403, { message: 'This installation has been suspended' }],
    ['is limited', 403, SECONDARY_LIMIT],
  ])('are told of the others where one installation %s', async (_what, status, body) => {
    installed([installation(55), installation(57)])
    asApp()
      .post('/app/installations/55/access_tokens')
      .reply(status, body as nock.Body)
    grants(57, 'ghs_57')
    shows('ghs_57', [repository(500)])
    expect(await app().repositories()).toEqual([ref(500)])
  })

  it('are asked for again later where GitHub is away', async () => {
    installed([installation(55)])
    grants(55, 'ghs_55')
    as('ghs_55').get('/installation/repositories').query(true).reply(502, UNICORN)
    await expect(app().repositories()).rejects.toMatchObject({
      name: 'RetryableError',
      message: 'GitHub could not be reached to list where the App is installed.',
    })
  })

  it('are refused in a sentence where the key is not valid', async () => {
    asApp().get('/app/installations').query(true).reply(401, BAD_CREDENTIALS)
    await expect(app().repositories()).rejects.toMatchObject({
      name: 'UserError',
      message:
        "GitHub refused to list where the App is installed (401). The App's key is not valid any more; give Millwright a current one. GitHub says: Bad credentials",
    })
  })
})

const SINCE = '2026-11-20T00:00:00Z'

/** An attempt as GitHub lists it. */
function attempt(id: number, guid: string, over: Record<string, unknown> = {}): Record<string, unknown> {
  return {
    id,
    guid,
    delivered_at: '2026-11-21T10:00:00Z',
    redelivery: false,
    duration: 0.27,
    status: 'Invalid HTTP Response: 503',
    status_code: 503,
    event: 'issues',
    action: 'labeled',
    installation_id: 55,
    repository_id: 1,
    throttled_at: null,
    ...over,
  }
}

const OK = { status: 'OK', status_code: 202 }

function deliveries(attempts: readonly object[], over: { cursor?: string; next?: string } = {}): void {
  const { cursor, next } = over
  const link = next && { link: `<${SERVER}/app/hook/deliveries?per_page=100&cursor=${next}>; rel="next"` }
  asApp()
    .get('/app/hook/deliveries')
    .query({ per_page: 100, ...(cursor && { cursor }) })
    .reply(200, [...attempts], { ...link })
}

describe('failed deliveries', () => {
  it('F-06: are those of which no attempt was taken, each by its newest attempt', async () => {
    deliveries([
      attempt(9, 'failed-twice', { redelivery: true }),
      attempt(8, 'failed-after-ok', { redelivery: true }),
      attempt(7, 'healed', { ...OK, redelivery: true }),
      attempt(6, 'failed-twice', {
        status: 'timed out',
        status_code: 0,
        delivered_at: '2026-11-21T09:55:00Z',
      }),
      attempt(5, 'healed'),
      attempt(4, 'failed-after-ok', { status: 'Accepted', status_code: 202 }),
    ])
    expect(await app().failedDeliveries(SINCE)).toEqual([
      {
        id: 9,
        guid: 'failed-twice',
        event: 'issues',
        deliveredAt: '2026-11-21T10:00:00Z',
        firstAt: '2026-11-21T09:55:00Z',
        attempts: 2,
        othersTaken: 'meanwhile',
      },
    ])
  })

  it('F-06: tell whether others were taken: since then, between their attempts, or none', async () => {
    deliveries([
      attempt(9, 'new'),
      attempt(8, 'taken', OK),
      attempt(7, 'long', { redelivery: true }),
      attempt(6, 'brief'),
      attempt(5, 'taken before', OK),
      attempt(4, 'long', { redelivery: true }),
      attempt(3, 'long'),
      attempt(2, 'taken long ago', OK),
    ])
    const found = await app().failedDeliveries(SINCE)
    expect(found.map(({ guid, attempts, othersTaken }) => [guid, attempts, othersTaken])).toEqual([
      ['new', 1, 'none'],
      ['long', 3, 'meanwhile'],
      ['brief', 1, 'since'],
    ])
  })

  it('F-06: whose first attempt is older than the list goes back are left', async () => {
    deliveries([
      attempt(9, 'old', { redelivery: true }),
      attempt(8, 'old', { delivered_at: '2026-11-19T23:59:59Z' }),
    ])
    expect(await app().failedDeliveries(SINCE)).toEqual([])
  })

  it('are read by cursor, and no further back than asked', async () => {
    deliveries([attempt(9, 'a')], { next: 'v1_9' })
    deliveries([attempt(8, 'b'), attempt(7, 'old', { delivered_at: '2026-11-19T23:59:59Z' })], {
      cursor: 'v1_9',
      next: 'v1_7',
    })
    expect((await app().failedDeliveries(SINCE)).map(({ guid }) => guid)).toEqual(['a', 'b'])
  })

  it('are asked for again later where GitHub limits us', async () => {
    asApp().get('/app/hook/deliveries').query(true).reply(429, SECONDARY_LIMIT, { 'retry-after': '30' })
    await expect(app().failedDeliveries(SINCE)).rejects.toMatchObject({
      name: 'RetryableError',
      retryAfterMs: 30_000,
      message: "GitHub asks to wait before it lets us list the App's webhook deliveries.",
    })
  })
})

describe('a redelivery', () => {
  it('is asked for by the number of the attempt', async () => {
    asApp().post('/app/hook/deliveries/9/attempts').reply(202, {})
    await app().redeliver(9)
  })

  it('is asked for once, whatever GitHub answers', async () => {
    asApp().post('/app/hook/deliveries/9/attempts').reply(502, UNICORN)
    await expect(app().redeliver(9)).rejects.toMatchObject({
      name: 'RetryableError',
      message: 'GitHub could not be reached to send a webhook delivery again.',
    })
  })

  it('of what GitHub has forgotten is refused in a sentence', async () => {
    asApp().post('/app/hook/deliveries/9/attempts').reply(404, NOT_FOUND)
    await expect(app().redeliver(9)).rejects.toMatchObject({
      name: 'UserError',
      message:
        'GitHub refused to send a webhook delivery again (404). It is gone, or the App is not installed on this repository with the permission "Metadata: read". GitHub says: Not Found',
    })
  })
})

describe('F-13: a token that is worth nothing before its hour is over', () => {
  const found = (): void => void asApp().get(`${PATH}/installation`).reply(200, { id: 55 })
  const forge = (): ReturnType<typeof createGithubForge> =>
    createGithubForge({
      clientOf: createInstallationClients(createAuthenticate()),
      identity: { appId: 777, userId: 4242, login: 'mill[bot]' },
      git: { remote: () => Promise.reject(new Error('not part of this test')) },
    })
  const labels = (token: string): nock.Interceptor => as(token).post(`${PATH}/issues/1347/labels`)
  const MINUTE = 60_000
  beforeEach(() => void jest.useFakeTimers({ now: Date.now(), doNotFake: [...TIMERS] }))
  afterEach(() => void jest.useRealTimers())

  it('is minted once more, and the call made once more, writes too', async () => {
    const { issues } = forge()
    found()
    grants(55, 'ghs_one')
    labels('ghs_one').reply(200, [])
    await issues.addLabel(ISSUE, 'bug')
    jest.advanceTimersByTime(MINUTE)
    labels('ghs_one').reply(401, BAD_CREDENTIALS)
    found()
    grants(55, 'ghs_two')
    labels('ghs_two').twice().reply(200, [])
    await issues.addLabel(ISSUE, 'bug')
    await issues.addLabel(ISSUE, 'bug')
  })

  it('ends it where the new one is worth nothing either', async () => {
    const { issues } = forge()
    found()
    grants(55, 'ghs_one')
    labels('ghs_one').reply(200, [])
    await issues.addLabel(ISSUE, 'bug')
    jest.advanceTimersByTime(MINUTE)
    labels('ghs_one').reply(401, BAD_CREDENTIALS)
    found()
    grants(55, 'ghs_two')
    // Octokit takes a token of less than five seconds for one that has not arrived everywhere yet.
    labels('ghs_two').reply(() => (jest.advanceTimersByTime(MINUTE), [401, BAD_CREDENTIALS]))
    labels('ghs_two').reply(401, BAD_CREDENTIALS)
    await expect(issues.addLabel(ISSUE, 'bug')).rejects.toMatchObject({
      name: 'UserError',
      message:
        "GitHub refused to label octocat/Hello-World#1347 (401). The App's key is not valid any more; give Millwright a current one. GitHub says: Bad credentials",
    })
  })

  it('is not minted again for lack of a right', async () => {
    const { issues } = forge()
    found()
    grants(55, 'ghs_one')
    labels('ghs_one').reply(403, NO_ACCESS)
    await expect(issues.addLabel(ISSUE, 'bug')).rejects.toMatchObject({ name: 'UserError' })
    found()
    labels('ghs_one').reply(200, [])
    await issues.addLabel(ISSUE, 'bug')
  })

  it('is minted once more for the list of repositories too', async () => {
    const mine = app()
    installed([installation(55)])
    grants(55, 'ghs_one')
    shows('ghs_one', [repository(1)])
    await mine.repositories()
    jest.advanceTimersByTime(MINUTE)
    installed([installation(55)])
    as('ghs_one').get('/installation/repositories').query(true).reply(401, BAD_CREDENTIALS)
    grants(55, 'ghs_two')
    shows('ghs_two', [repository(1)])
    expect(await mine.repositories()).toEqual([ref(1)])
  })
})
