/** An App that is removed, suspended, and installed again, through Probot's real authentication. */
import { generateKeyPairSync } from 'node:crypto'
import { beforeEach, describe, expect, it } from '@jest/globals'
import { Octokit } from '@octokit/rest'
import nock from 'nock'
import { ProbotOctokit } from 'probot'
import { CLIENT_OPTIONS } from '../../../src/adapters/github/github-client.ts'
import type { ClientOf } from '../../../src/adapters/github/github-client.ts'
import { createGithubForge } from '../../../src/adapters/github/github-forge.ts'
import type { GithubForge } from '../../../src/adapters/github/github-forge.ts'
import {
  createGitTokens,
  createInstallationClients,
} from '../../../src/adapters/github/installation-clients.ts'
import type { AuthenticatedClient } from '../../../src/adapters/github/installation-clients.ts'
import {
  BAD_CREDENTIALS,
  guardNetwork,
  INVALID,
  ISSUE,
  NO_ACCESS,
  NOT_FOUND,
  PATH,
  rawComment,
  REPO,
  SECONDARY_LIMIT,
} from './github-bench.ts'

guardNetwork()

const { privateKey } = generateKeyPairSync('rsa', {
  modulusLength: 2048,
  publicKeyEncoding: { type: 'spki', format: 'pem' },
  privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
})
const log = { debug() {}, info() {}, warn() {}, error() {} }
const createAuthenticate = (): AuthenticatedClient => (installationId) =>
  Promise.resolve(
    new ProbotOctokit({
      auth: { appId: 777, privateKey, ...(installationId && { installationId }) },
      log,
      ...CLIENT_OPTIONS,
      throttle: { enabled: false },
    }),
  )
const asApp = (): nock.Scope =>
  nock('https://api.github.com', { reqheaders: { authorization: /^bearer ey/i } })
const as = (token: string): nock.Scope =>
  nock('https://api.github.com', { reqheaders: { authorization: `token ${token}` } })
const installed = (id: number): void => void asApp().get(`${PATH}/installation`).reply(200, { id })
const notInstalled = (): void => void asApp().get(`${PATH}/installation`).reply(404, NOT_FOUND)
const grants = (id: number, token: string): void =>
  void asApp()
    .post(`/app/installations/${id}/access_tokens`)
    .reply(201, {
      token,
      expires_at: new Date(Date.now() + 3_600_000).toISOString(),
      permissions: {},
      repository_selection: 'all',
    })
const denies = (id: number, status: number, body: object): void =>
  void asApp()
    .post(`/app/installations/${id}/access_tokens`)
    .reply(status, body as nock.Body)

const REMOVED =
  'The App is not installed on octocat/Hello-World: it was removed from there, or never was there. Install it on this repository, then try again. GitHub says: Not Found'

const forgeOf = (clientOf: ClientOf): GithubForge =>
  createGithubForge({
    clientOf,
    identity: { appId: 777, userId: 4242, login: 'mill[bot]' },
    git: { remote: () => Promise.reject(new Error('not part of this test')) },
  })
let forge: GithubForge

beforeEach(() => {
  forge = forgeOf(createInstallationClients(createAuthenticate()))
})

const labelled = (): Promise<void> => forge.issues.addLabel(ISSUE, 'bug')
const labels = (token: string): nock.Interceptor => as(token).post(`${PATH}/issues/1347/labels`)

describe('an App that was removed from a repository', () => {
  it('says so where it never was there', async () => {
    notInstalled()
    await expect(labelled()).rejects.toMatchObject({
      name: 'UserError',
      code: 'forge_refused',
      message: REMOVED,
    })
  })

  it.each([
    ['removed', { status: 404, body: NOT_FOUND }, REMOVED],
    [
      'suspended',
      { status: 403, body: { message: 'This installation has been suspended' } },
      'The App is not installed on octocat/Hello-World: its installation there is suspended. Lift the suspension, then try again. GitHub says: This installation has been suspended',
    ],
  ])('F-63: says so where it gets no token: %s', async (_what, { status, body }, message) => {
    installed(55)
    denies(55, status, body)
    await expect(labelled()).rejects.toMatchObject({ name: 'UserError', code: 'forge_refused', message })
  })

  it('does not take what it cannot see for gone', async () => {
    installed(55)
    denies(55, 404, NOT_FOUND)
    await expect(forge.issues.comment(REPO, 1)).rejects.toMatchObject({ message: REMOVED })
  })

  it('works again once it is installed again, as the new installation', async () => {
    // Not Probot's client, which tries a refused new token again for five seconds.
    const clientOf = createInstallationClients((id) =>
      Promise.resolve(new Octokit({ auth: id === undefined ? 'app' : `ghs_${id}`, log })),
    )
    const { issues } = forgeOf(clientOf)
    const lookUp = (status: number, body: object): void =>
      void as('app')
        .get(`${PATH}/installation`)
        .reply(status, body as nock.Body)
    lookUp(200, { id: 55 })
    labels('ghs_55').reply(200, [])
    await issues.addLabel(ISSUE, 'bug')
    labels('ghs_55').reply(401, BAD_CREDENTIALS)
    lookUp(404, NOT_FOUND)
    await expect(issues.addLabel(ISSUE, 'bug')).rejects.toMatchObject({ message: REMOVED })
    lookUp(200, { id: 56 })
    labels('ghs_56').reply(200, [])
    await issues.addLabel(ISSUE, 'bug')
  })

  it('F-13: that was installed again meanwhile does not notice', async () => {
    installed(55)
    denies(55, 401, BAD_CREDENTIALS)
    installed(56)
    grants(56, 'ghs_new')
    labels('ghs_new').reply(200, [])
    await labelled()
  })

  it.each([
    ['a right', 403, NO_ACCESS],
    ['the repository', 404, NOT_FOUND],
  ])('looks its installation up anew after a refusal for lack of %s', async (_what, status, body) => {
    installed(55)
    grants(55, 'ghs_old')
    labels('ghs_old').reply(status, body)
    await expect(labelled()).rejects.toMatchObject({ name: 'UserError' })
    installed(56)
    grants(56, 'ghs_new')
    labels('ghs_new').reply(200, [])
    await labelled()
  })

  it('acts as the installation of the new owner once the repository is theirs', async () => {
    installed(55)
    grants(55, 'ghs_old')
    labels('ghs_old').reply(200, [])
    await labelled()
    const moved = { ...ISSUE, repo: { ...ISSUE.repo, owner: 'hubot' } }
    asApp().get(`/repos/hubot/${REPO.name}/installation`).reply(200, { id: 56 })
    grants(56, 'ghs_new')
    as('ghs_new').post(`/repos/hubot/${REPO.name}/issues/1347/labels`).reply(200, [])
    await forge.issues.addLabel(moved, 'bug')
  })

  it('keeps its installation where a thing is gone, which is part of normal life', async () => {
    installed(55)
    grants(55, 'ghs_old')
    as('ghs_old').get(`${PATH}/issues/comments/1`).reply(404, NOT_FOUND)
    as('ghs_old').get(`${PATH}/issues/comments/2`).reply(200, rawComment())
    expect(await forge.issues.comment(REPO, 1)).toBeUndefined()
    expect(await forge.issues.comment(REPO, 2)).toBeDefined()
  })

  it('waits where GitHub limits tokens', async () => {
    installed(55)
    denies(55, 403, SECONDARY_LIMIT)
    await expect(labelled()).rejects.toMatchObject({ name: 'RetryableError', retryAfterMs: 60_000 })
  })
})

describe('a token to fetch with', () => {
  it.each([
    ['the App was removed', 404, NOT_FOUND],
    ['the repository was taken out of the installation', 422, INVALID],
  ])('comes from the new installation after %s and was installed again', async (_what, status, body) => {
    const token = createGitTokens(createAuthenticate())
    installed(55)
    grants(55, 'ghs_one')
    expect(await token(REPO, 'read')).toBe('ghs_one')
    denies(55, status, body)
    installed(56)
    grants(56, 'ghs_two')
    expect(await token(REPO, 'read')).toBe('ghs_two')
  })

  it('is refused in a sentence where the App is gone', async () => {
    const token = createGitTokens(createAuthenticate())
    installed(55)
    denies(55, 404, NOT_FOUND)
    await expect(token(REPO, 'read')).rejects.toMatchObject({ name: 'UserError', message: REMOVED })
    notInstalled()
    await expect(token(REPO, 'read')).rejects.toMatchObject({ name: 'UserError', message: REMOVED })
  })
})
