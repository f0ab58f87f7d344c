/** GitHub by a person's token: who it is, what it may do, and the sentence where it may not. */
import { describe, expect, it } from '@jest/globals'
import nock from 'nock'
import { openReaderForge, openTokenForge } from '../../../src/adapters/github/token-forge.ts'
import {
  BAD_CREDENTIALS,
  guardNetwork,
  NO_ACCESS,
  NO_TOKEN_ACCESS,
  NOT_FOUND,
  rawComment,
} from './github-bench.ts'

guardNetwork()

const SERVER = 'https://ghe.example.com'
const PATH = '/repos/acme/thing'
const OPTIONS = {
  token: 'ghp_person',
  apiUrl: `${SERVER}/api/v3`,
  webUrl: SERVER,
  repository: { owner: 'acme', name: 'thing' },
  paced: false,
}
const api = (): nock.Scope => nock(`${SERVER}/api/v3`, { reqheaders: { authorization: 'token ghp_person' } })
const person = (): nock.Scope => api().get('/user').reply(200, { id: 1, login: 'octocat' })
const repository = (over = {}, headers: Record<string, string> = {}): nock.Scope =>
  api()
    .get(PATH)
    .reply(
      200,
      {
        id: 5,
        name: 'Thing',
        full_name: 'Acme/Thing',
        owner: { login: 'Acme' },
        private: true,
        permissions: { push: true },
        ...over,
      },
      headers,
    )
const refusal = (): Promise<unknown> => openTokenForge(OPTIONS).catch((error: unknown) => error)
const WANTED =
  'a classic one with the scope "repo", or a fine-grained one with "Contents: write", "Issues: write", "Pull requests: write" and "Commit statuses: write" on the repository'

describe("a person's token", () => {
  it('gives a forge on a server of its own, GraphQL and git included, and the number of the repository', async () => {
    person()
    repository()
    const { forge, identity, repo } = await openTokenForge(OPTIONS)
    expect(identity).toEqual({ appId: undefined, userId: 1, login: 'octocat' })
    expect(repo).toEqual({ id: 5, owner: 'Acme', name: 'Thing' })
    expect(await forge.git.remote(repo, 'read')).toEqual({
      url: `${SERVER}/Acme/Thing.git`,
      authorization: `Basic ${Buffer.from('x-access-token:ghp_person').toString('base64')}`,
    })
    api().get('/repos/Acme/Thing/issues/comments/1').reply(200, rawComment())
    nock(SERVER)
      .post('/api/graphql')
      .reply(200, { data: { node: { editor: null } } })
    expect(await forge.issues.lastEditor(repo, 1)).toBeNull()
  })

  it.each([
    ['the scope for everything', 'gist, repo', { private: true }],
    ['the scope for public repositories, of a public one', 'public_repo', { private: false }],
  ])('with %s will do', async (_what, scopes, over) => {
    person()
    repository(over, { 'x-oauth-scopes': scopes })
    expect((await openTokenForge(OPTIONS)).repo.id).toBe(5)
  })

  it('that is not valid any more says so', async () => {
    api().get('/user').reply(401, BAD_CREDENTIALS)
    expect(await refusal()).toMatchObject({
      name: 'UserError',
      code: 'forge_refused',
      message:
        'GitHub refused to say whose token this is (401). The token is expired, revoked or mistyped; make a new one. GitHub says: Bad credentials',
    })
  })

  it("is a person's, not the one that a workflow has", async () => {
    api().get('/user').reply(403, NO_ACCESS)
    expect(await refusal()).toMatchObject({
      name: 'UserError',
      message: `GitHub refused to say whose token this is (403). It takes the token of a person: ${WANTED}.`,
    })
  })

  it('waits where GitHub limits it', async () => {
    api().get('/user').reply(403, NO_ACCESS, { 'retry-after': '9' })
    expect(await refusal()).toMatchObject({ name: 'RetryableError', retryAfterMs: 9000 })
  })

  it.each([
    ['repo:status, public_repo', 'it has repo:status, public_repo'],
    ['', 'it has none'],
  ])('with the scopes "%s" is told which it lacks', async (scopes, has) => {
    person()
    repository({}, { 'x-oauth-scopes': scopes })
    expect(await refusal()).toMatchObject({
      name: 'UserError',
      message: `The token lacks the scope "repo"; ${has}. Use ${WANTED}.`,
    })
  })

  it('of somebody who may only read is told so before anything is paid for', async () => {
    person()
    repository({ permissions: { push: false } })
    expect(await refusal()).toMatchObject({
      name: 'UserError',
      message: 'octocat, whose token this is, may not push to Acme/Thing. It takes write permission there.',
    })
  })

  it('that may not see the repository is told what it takes', async () => {
    person()
    api().get(PATH).reply(404, NOT_FOUND)
    expect(await refusal()).toMatchObject({
      name: 'UserError',
      message:
        'GitHub refused to read acme/thing (404). It is gone, or the token may not see it: it takes a classic token with the scope "repo", or a fine-grained one with "Metadata: read" on this repository. GitHub says: Not Found',
    })
  })

  it('without a right that shows later names it then', async () => {
    person()
    repository()
    const { forge, repo } = await openTokenForge(OPTIONS)
    api().post('/repos/Acme/Thing/issues/3/comments').reply(403, NO_TOKEN_ACCESS, {
      'x-accepted-github-permissions': 'issues=write; pull_requests=write',
    })
    await expect(forge.issues.addComment({ repo, number: 3 }, 'x')).rejects.toMatchObject({
      name: 'UserError',
      message:
        'GitHub refused to comment on Acme/Thing#3 (403). It takes a classic token with the scope "repo", or a fine-grained one with "issues: write; pull_requests: write" on this repository, and the repository must not be archived. GitHub says: Resource not accessible by personal access token',
    })
  })

  it('that an organization wants signed on is told where', async () => {
    person()
    api()
      .get(PATH)
      .reply(
        403,
        { message: 'Resource protected by organization SAML enforcement.' },
        { 'x-github-sso': 'required; url=https://github.com/orgs/acme/sso?authorization_request=AZ' },
      )
    expect(await refusal()).toMatchObject({
      name: 'UserError',
      message:
        'GitHub refused to read acme/thing (403). The organization wants single sign-on for this token: authorize it at https://github.com/orgs/acme/sso?authorization_request=AZ. GitHub says: Resource protected by organization SAML enforcement.',
    })
  })
})

describe('a reader', () => {
  const { apiUrl, repository: named } = OPTIONS
  const anybody = (): nock.Scope => nock(`${SERVER}/api/v3`, { badheaders: ['authorization'] })

  it('without a token reads what everybody may', async () => {
    anybody()
      .get(PATH)
      .reply(200, { id: 5, name: 'Thing', owner: { login: 'Acme' } })
    const { forge, repo } = await openReaderForge({ token: undefined, apiUrl, repository: named })
    anybody().get('/repos/Acme/Thing/contents/f').query({ ref: 'HEAD' }).reply(404, NOT_FOUND)
    expect(await forge.issues.textFile(repo, { path: 'f', ref: 'HEAD', limit: 9 })).toBeUndefined()
  })

  it('without a token is told that a private repository takes one', async () => {
    anybody().get(PATH).reply(404, NOT_FOUND)
    await expect(openReaderForge({ token: undefined, apiUrl, repository: named })).rejects.toMatchObject({
      name: 'UserError',
      message:
        'GitHub shows no repository acme/thing to everybody. Check the name; a private one takes a token in GITHUB_TOKEN.',
    })
  })

  it('with a token reads what the token may', async () => {
    repository()
    const { repo } = await openReaderForge({ token: 'ghp_person', apiUrl, repository: named })
    expect(repo).toEqual({ id: 5, owner: 'Acme', name: 'Thing' })
  })
})
