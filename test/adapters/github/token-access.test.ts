/** Tokens for git: narrowed to one repository and to what git does there, through Probot's real authentication. */
import { generateKeyPairSync } from 'node:crypto'
import { describe, expect, it } from '@jest/globals'
import nock from 'nock'
import { ProbotOctokit } from 'probot'
import {
  appIdentity,
  createGitTokens,
  createInstallationClients,
} from '../../../src/adapters/github/installation-clients.ts'
import type { AuthenticatedClient } from '../../../src/adapters/github/installation-clients.ts'
import { CLIENT_OPTIONS } from '../../../src/adapters/github/github-client.ts'
import { createTokenAccess } from '../../../src/adapters/github/token-access.ts'
import { createForge, guardNetwork, ISSUE, NOT_FOUND, PATH, REPO } from './github-bench.ts'

guardNetwork()

const { privateKey } = generateKeyPairSync('rsa', {
  modulusLength: 2048,
  publicKeyEncoding: { type: 'spki', format: 'pem' },
  privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
})
const log = { debug() {}, info() {}, warn() {}, error() {} }
const authenticate: AuthenticatedClient = (installationId) =>
  Promise.resolve(
    new ProbotOctokit({
      auth: { appId: 777, privateKey, ...(installationId && { installationId }) },
      log,
      ...CLIENT_OPTIONS,
    }),
  )
const asApp = (): nock.Scope =>
  nock('https://api.github.com', { reqheaders: { authorization: /^bearer ey/i } })
const inAnHour = (): string => new Date(Date.now() + 3_600_000).toISOString()

describe('git access', () => {
  it('of an App asks for a token for that repository alone, to read contents alone', async () => {
    const asked: unknown[] = []
    asApp().get(`${PATH}/installation`).reply(200, { id: 55 })
    asApp()
      .post('/app/installations/55/access_tokens', (body) => (asked.push(body), true))
      .reply(201, {
        token: 'ghs_narrow',
        expires_at: inAnHour(),
        permissions: { contents: 'read' },
        repository_selection: 'selected',
        repositories: [{ id: REPO.id, name: REPO.name }],
      })
    const access = createTokenAccess({
      gitUrl: 'https://github.com',
      token: createGitTokens(authenticate),
    })
    expect(await access.remote(REPO, 'read')).toEqual({
      url: 'https://github.com/octocat/Hello-World.git',
      authorization: `Basic ${Buffer.from('x-access-token:ghs_narrow').toString('base64')}`,
    })
    expect(asked).toEqual([{ repository_ids: [REPO.id], permissions: { contents: 'read' } }])
  })

  it('of an App asks for the right to write where git is to push, and says so where it has none', async () => {
    const asked: unknown[] = []
    asApp().get(`${PATH}/installation`).twice().reply(200, { id: 55 })
    const tokens = (status: number, body: object): void =>
      void asApp()
        .post('/app/installations/55/access_tokens', (sent) => (asked.push(sent), true))
        .reply(status, body as nock.Body)
    const access = createTokenAccess({ gitUrl: 'https://github.com', token: createGitTokens(authenticate) })
    tokens(201, { token: 'ghs_push', expires_at: inAnHour(), permissions: { contents: 'write' } })
    expect(await access.remote(REPO, 'write')).toMatchObject({
      authorization: `Basic ${Buffer.from('x-access-token:ghs_push').toString('base64')}`,
    })
    expect(asked).toEqual([{ repository_ids: [REPO.id], permissions: { contents: 'write' } }])
    const refusal = { message: 'The permissions requested are not granted to this installation.' }
    tokens(422, refusal)
    tokens(422, refusal)
    await expect(access.remote(REPO, 'write')).rejects.toMatchObject({
      name: 'UserError',
      message: expect.stringContaining(refusal.message),
    })
  })

  it('of a personal token takes the token of the moment', async () => {
    const tokens = ['one', 'two']
    const access = createTokenAccess({
      gitUrl: 'https://ghe.example.com',
      token: () => Promise.resolve(tokens.shift() ?? ''),
    })
    const seen = [await access.remote(REPO, 'read'), await access.remote(REPO, 'read')].map((each) =>
      Buffer.from((each.authorization ?? '').replace('Basic ', ''), 'base64').toString(),
    )
    expect(seen).toEqual(['x-access-token:one', 'x-access-token:two'])
  })

  it('says that the App is not installed, and asks again the next time', async () => {
    const access = createTokenAccess({
      gitUrl: 'https://github.com',
      token: createGitTokens(authenticate),
    })
    asApp().get(`${PATH}/installation`).twice().reply(404, NOT_FOUND)
    for (let time = 0; time < 2; time++)
      await expect(access.remote(REPO, 'read')).rejects.toMatchObject({
        name: 'UserError',
        message:
          'The App is not installed on octocat/Hello-World: it was removed from there, or never was there. Install it on this repository, then try again. GitHub says: Not Found',
      })
  })
})

describe('an App', () => {
  it('learns who it is with the token of any installation', async () => {
    asApp().get('/app').reply(200, { id: 777, slug: 'mill' })
    asApp()
      .get('/app/installations')
      .query({ per_page: 1 })
      .reply(200, [{ id: 55 }])
    asApp()
      .post('/app/installations/55/access_tokens')
      .reply(201, { token: 'ghs_all', expires_at: inAnHour(), permissions: {}, repository_selection: 'all' })
    nock('https://api.github.com', { reqheaders: { authorization: 'token ghs_all' } })
      .get('/users/mill%5Bbot%5D')
      .reply(200, { id: 4242, login: 'mill[bot]' })
    expect(await appIdentity(authenticate)).toEqual({ appId: 777, userId: 4242, login: 'mill[bot]' })
  })

  it('learns who it is before it is installed anywhere', async () => {
    asApp().get('/app').reply(200, { id: 777, slug: 'mill' })
    asApp().get('/app/installations').query({ per_page: 1 }).reply(200, [])
    nock('https://api.github.com', { badheaders: ['authorization'] })
      .get('/users/mill%5Bbot%5D')
      .reply(200, { id: 4242, login: 'mill[bot]' })
    expect((await appIdentity(authenticate)).userId).toBe(4242)
  })

  it('acts on a repository as its installation, looked up once', async () => {
    asApp().get(`${PATH}/installation`).reply(200, { id: 55 })
    asApp()
      .post('/app/installations/55/access_tokens')
      .reply(201, { token: 'ghs_all', expires_at: inAnHour(), permissions: {}, repository_selection: 'all' })
    nock('https://api.github.com', { reqheaders: { authorization: 'token ghs_all' } })
      .post(`${PATH}/issues/1347/reactions`)
      .twice()
      .reply(200, {})
    const clientOf = createInstallationClients(authenticate)
    const forge = createForge(await clientOf(REPO))
    await Promise.all([clientOf(REPO), forge.issues.react(ISSUE, 'eyes')])
    await forge.issues.react(ISSUE, '+1')
  })
})
