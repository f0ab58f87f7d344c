/** A limit that one request meets, and what all others of the same installation do meanwhile, through Probot's clients. */
import { generateKeyPairSync } from 'node:crypto'
import { beforeEach, describe, expect, it } from '@jest/globals'
import nock from 'nock'
import { Probot } from 'probot'
import { createAppForge } from '../../../src/adapters/github/app-forge.ts'
import { appOctokit } from '../../../src/adapters/github/app-octokit.ts'
import type { GithubClient } from '../../../src/adapters/github/github-client.ts'
import { createGithubForge } from '../../../src/adapters/github/github-forge.ts'
import type { GithubForge } from '../../../src/adapters/github/github-forge.ts'
import {
  createGitTokens,
  createInstallationClients,
} from '../../../src/adapters/github/installation-clients.ts'
import { createLimits } from '../../../src/adapters/github/limits.ts'
import type { RepoRef } from '../../../src/core/ids.ts'
import { guardNetwork, NO_ACCESS, rawComment, SECONDARY_LIMIT } from './github-bench.ts'

guardNetwork()

const SERVER = 'https://ghe.example.com/api/v3'
const { privateKey } = generateKeyPairSync('rsa', {
  modulusLength: 2048,
  publicKeyEncoding: { type: 'spki', format: 'pem' },
  privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
})

/** Two repositories of one account, and one of another. */
const ONE: RepoRef = { id: 1, owner: 'acme', name: 'one' }
const TWO: RepoRef = { id: 2, owner: 'acme', name: 'two' }
const ELSEWHERE: RepoRef = { id: 3, owner: 'hubot', name: 'three' }
const INSTALLATION = { acme: 55, hubot: 56 } as const

/** An hour's allowance that GitHub's clock says is over in 90 seconds. */
const USED_UP = {
  'x-ratelimit-remaining': '0',
  'x-ratelimit-reset': '1372700903',
  date: 'Mon, 01 Jul 2013 17:46:53 GMT',
}
const RATE_LIMITED = { message: 'API rate limit exceeded for installation ID 55.' }

let now: number
let mill: Mill

interface Mill {
  readonly forge: GithubForge
  readonly app: ReturnType<typeof createAppForge>
  readonly gitToken: ReturnType<typeof createGitTokens>
}

function createMill({ paced = false } = {}): Mill {
  const probot = new Probot({
    appId: 777,
    privateKey,
    secret: 'secret',
    baseUrl: SERVER,
    logLevel: 'fatal',
    Octokit: appOctokit({ paced, limits: createLimits(() => now) }),
  })
  const authenticate = async (id?: number): Promise<GithubClient> =>
    (await probot.auth(id)) as unknown as GithubClient
  const forge = createGithubForge({
    clientOf: createInstallationClients(authenticate),
    identity: { appId: 777, userId: 4242, login: 'mill[bot]' },
    git: { remote: () => Promise.reject(new Error('not part of this test')) },
  })
  return { forge, app: createAppForge(authenticate), gitToken: createGitTokens(authenticate) }
}

const asApp = (): nock.Scope => nock(SERVER, { reqheaders: { authorization: /^bearer ey/i } })
const as = (id: number): nock.Scope => nock(SERVER, { reqheaders: { authorization: `token ghs_${id}` } })

function found(...repos: readonly RepoRef[]): void {
  for (const { owner, name } of repos)
    asApp()
      .get(`/repos/${owner}/${name}/installation`)
      .reply(200, { id: owner === 'acme' ? INSTALLATION.acme : INSTALLATION.hubot })
}

function grants(id: number): void {
  asApp()
    .post(`/app/installations/${id}/access_tokens`)
    .reply(201, {
      token: `ghs_${id}`,
      expires_at: new Date(Date.now() + 3_600_000).toISOString(),
      permissions: {},
      repository_selection: 'all',
    })
}

const commentPath = ({ owner, name }: RepoRef): string => `/repos/${owner}/${name}/issues/comments/1`
const idOf = ({ owner }: RepoRef): number => (owner === 'acme' ? INSTALLATION.acme : INSTALLATION.hubot)
const read = (repo: RepoRef, forge = mill.forge): Promise<unknown> => forge.issues.comment(repo, 1)
const react = (repo: RepoRef): Promise<unknown> => mill.forge.issues.react({ repo, number: 1 }, 'eyes')
const shows = (repo: RepoRef, headers = {}): void =>
  void as(idOf(repo)).get(commentPath(repo)).reply(200, rawComment(), headers)
const limits = (repo: RepoRef, headers: object, body: object = SECONDARY_LIMIT): void =>
  void as(idOf(repo))
    .get(commentPath(repo))
    .reply(403, body as nock.Body, { ...headers })
const later = (retryAfterMs: number): object => ({
  name: 'RetryableError',
  code: 'forge_unavailable',
  retryAfterMs,
})

beforeEach(() => {
  now = 1_000_000
  mill = createMill()
})

describe('F-11: a limit', () => {
  beforeEach(() => {
    found(ONE, TWO, ELSEWHERE)
    grants(55)
    grants(56)
  })
  const all = async (): Promise<void> => {
    shows(TWO)
    shows(ELSEWHERE)
    await read(TWO)
    await read(ELSEWHERE)
  }

  it('holds back all that the installation asks until its time is over, and no other', async () => {
    await all()
    limits(ONE, { 'retry-after': '120' })
    await expect(read(ONE)).rejects.toMatchObject(later(120_000))
    now += 50_000
    await expect(read(TWO)).rejects.toMatchObject({
      ...later(70_000),
      message: 'GitHub asks to wait before it lets us read comment 1 in acme/two.',
    })
    await expect(react(ONE)).rejects.toMatchObject({
      ...later(70_000),
      message: 'GitHub asks to wait before it lets us react to acme/one#1.',
    })
    shows(ELSEWHERE)
    expect(await read(ELSEWHERE)).toBeDefined()
    now += 70_000
    shows(TWO)
    expect(await read(TWO)).toBeDefined()
  })

  it('keeps no other app of the same process waiting', async () => {
    await all()
    as(55).get(commentPath(ONE)).reply(429, SECONDARY_LIMIT, { 'retry-after': '120' })
    await expect(read(ONE)).rejects.toMatchObject(later(120_000))
    const other = createMill()
    found(TWO)
    grants(55)
    shows(TWO)
    expect(await read(TWO, other.forge)).toBeDefined()
  })

  it('holds git back too, which gets no token meanwhile', async () => {
    await all()
    found(ONE)
    grants(55)
    expect(await mill.gitToken(ONE, 'write')).toBe('ghs_55')
    limits(ONE, { 'retry-after': '60' })
    await expect(read(ONE)).rejects.toMatchObject(later(60_000))
    await expect(mill.gitToken(ONE, 'write')).rejects.toMatchObject({
      ...later(60_000),
      message: 'GitHub asks to wait before it lets us push to acme/one.',
    })
  })

  it('that is not said how long lasts a minute, and twice as long each time until a request is granted', async () => {
    await all()
    const waits: number[] = []
    for (let time = 1; time <= 3; time++) {
      limits(ONE, {})
      await expect(read(ONE)).rejects.toMatchObject(later(60_000))
      const held: unknown = await read(TWO).catch((error: unknown) => error)
      waits.push((held as { retryAfterMs: number }).retryAfterMs)
      now += 60_000 * 2 ** (time - 1)
    }
    expect(waits).toEqual([60_000, 120_000, 240_000])
    shows(ONE)
    await read(ONE)
    limits(ONE, {})
    await expect(read(ONE)).rejects.toMatchObject(later(60_000))
    await expect(read(TWO)).rejects.toMatchObject(later(60_000))
  })

  it('of an hour is about the kind of request that GitHub names', async () => {
    await all()
    limits(ONE, { ...USED_UP, 'x-ratelimit-resource': 'graphql' }, RATE_LIMITED)
    await expect(read(ONE)).rejects.toMatchObject(later(91_000))
    shows(TWO)
    expect(await read(TWO)).toBeDefined()
    shows(TWO)
    await expect(mill.forge.issues.lastEditor(TWO, 1)).rejects.toMatchObject(later(91_000))
    limits(ONE, { ...USED_UP, 'x-ratelimit-resource': 'core' }, RATE_LIMITED)
    await expect(read(ONE)).rejects.toMatchObject(later(91_000))
    await expect(read(TWO)).rejects.toMatchObject(later(91_000))
  })

  it('is not waited to be met: the last request that is granted says that the next is not', async () => {
    await all()
    shows(ONE, { ...USED_UP, 'x-ratelimit-resource': 'core' })
    expect(await read(ONE)).toBeDefined()
    await expect(read(TWO)).rejects.toMatchObject(later(91_000))
  })

  it('is not that of our address, which GitHub tells of where a token is not valid any more', async () => {
    await all()
    const headers = { ...USED_UP, 'x-ratelimit-resource': 'core' }
    as(55).get(commentPath(ONE)).reply(401, { message: 'Bad credentials' }, headers)
    shows(ONE)
    expect(await read(ONE)).toBeDefined()
  })

  it('is no lack of rights', async () => {
    await all()
    limits(ONE, { 'x-ratelimit-remaining': '4000' }, NO_ACCESS)
    await expect(read(ONE)).rejects.toMatchObject({ name: 'UserError' })
    found(ONE)
    shows(ONE)
    expect(await read(ONE)).toBeDefined()
  })

  it('ends where the clock is set back, rather than last for hours', async () => {
    await all()
    limits(ONE, { 'retry-after': '120' })
    await expect(read(ONE)).rejects.toMatchObject(later(120_000))
    now -= 3_600_000
    shows(TWO)
    expect(await read(TWO)).toBeDefined()
  })
})

describe("F-11: a limit of the App's own key", () => {
  it('holds back what the App asks as itself, and no installation that has its token', async () => {
    found(ONE)
    grants(55)
    shows(ONE)
    await read(ONE)
    asApp().get('/app/installations').query(true).reply(429, SECONDARY_LIMIT, { 'retry-after': '30' })
    await expect(mill.app.repositories()).rejects.toMatchObject(later(30_000))
    await expect(mill.app.failedDeliveries('2026-11-20T00:00:00Z')).rejects.toMatchObject(later(30_000))
    shows(ONE)
    expect(await read(ONE)).toBeDefined()
  })

  it('that is about the token of one installation leaves the others theirs', async () => {
    found(ONE, ELSEWHERE)
    asApp().post('/app/installations/55/access_tokens').reply(403, SECONDARY_LIMIT, { 'retry-after': '30' })
    grants(56)
    shows(ELSEWHERE)
    await expect(read(ONE)).rejects.toMatchObject(later(30_000))
    expect(await read(ELSEWHERE)).toBeDefined()
    asApp()
      .get('/app/installations')
      .query(true)
      .reply(200, [{ id: 55 }, { id: 56 }])
    as(56)
      .get('/installation/repositories')
      .query(true)
      .reply(200, { total_count: 1, repositories: [{ id: 3, name: 'three', owner: { login: 'hubot' } }] })
    expect(await mill.app.repositories()).toEqual([ELSEWHERE])
  })
})

describe('F-11: what waits its turn when a limit is met', () => {
  it('is not sent any more', async () => {
    mill = createMill({ paced: true })
    found(ONE)
    grants(55)
    as(55).post('/repos/acme/one/issues/1/reactions').reply(403, SECONDARY_LIMIT, { 'retry-after': '120' })
    const answers = await Promise.allSettled([react(ONE), react(ONE), react(ONE)])
    expect(answers).toEqual([
      { status: 'rejected', reason: expect.objectContaining({ retryAfterMs: 120_000 }) },
      { status: 'rejected', reason: expect.objectContaining({ retryAfterMs: 120_000 }) },
      { status: 'rejected', reason: expect.objectContaining({ retryAfterMs: 120_000 }) },
    ])
  })
})
