import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { createSign, generateKeyPairSync } from 'node:crypto'
import { forgeFixture, type ForgeFixture, refusal, REPO } from '../support/forge-fixture.ts'

let fixture: ForgeFixture
beforeAll(async () => {
  fixture = await forgeFixture({
    repositories: [{ owner: 'acme', name: 'secret', private: true, collaborators: { alice: 'admin' } }],
  })
})
afterAll(() => fixture.close())

const SECRET = { owner: 'acme', repo: 'secret' }

function token(claims: Record<string, unknown>, key = fixture.forge.app('mill').privateKey): string {
  const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url')
  const text = `${part({ alg: 'RS256', typ: 'JWT' })}.${part(claims)}`
  return `${text}.${createSign('RSA-SHA256').update(text).sign(key, 'base64url')}`
}

async function asked(jwt: string, path = '/app'): Promise<string> {
  const headers = { authorization: `Bearer ${jwt}`, 'user-agent': 'test' }
  const response = await fetch(fixture.forge.url + path, { headers })
  return `${response.status} ${((await response.json()) as { message?: string }).message ?? ''}`
}

describe('App authentication', () => {
  const now = () => Math.floor(Date.now() / 1000)
  const claims = (more: object = {}) => ({
    iss: fixture.forge.app('mill').id,
    iat: now() - 30,
    exp: now() + 500,
    ...more,
  })

  it('takes a token signed with the key of the App, by id or client id', async () => {
    expect(await asked(token(claims()))).toBe('200 ')
    expect(await asked(token(claims({ iss: fixture.forge.app('mill').clientId })))).toBe('200 ')
  })

  it('refuses a token signed with another key', async () => {
    const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
    const pem = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
    expect(await asked(token(claims(), pem))).toBe('401 A JSON web token could not be decoded')
    expect(await asked('a.b.c')).toBe('401 A JSON web token could not be decoded')
  })

  it('refuses a token that lives too long, has expired or was issued in the future', async () => {
    expect(await asked(token(claims({ exp: now() + 700 })))).toContain(
      "401 'Expiration time' claim ('exp') is too far",
    )
    expect(await asked(token(claims({ exp: now() - 1 })))).toContain(
      "401 'Expiration time' claim ('exp') must be",
    )
    expect(await asked(token(claims({ iat: now() + 300 })))).toContain(
      "401 'Issued at' claim ('iat') must be",
    )
  })

  it('does not know an App of another forge', async () => {
    expect(await asked(token(claims({ iss: 4711 })))).toBe('404 Integration not found')
  })

  it('answers GET /app to Apps only', async () => {
    expect(await asked('ghp_alice')).toBe('401 A JSON web token could not be decoded')
    expect(await asked('ghp_nobody')).toBe('401 Bad credentials')
  })

  it('lists installations and finds the one of a repository', async () => {
    const app = fixture.asApp()
    const [installation] = (await app.rest.apps.listInstallations()).data
    expect(installation).toMatchObject({ app_slug: 'mill', repository_selection: 'all' })
    expect((await app.rest.apps.getRepoInstallation(REPO)).data.id).toBe(installation?.id)
    expect(await refusal(app.rest.apps.getRepoInstallation({ owner: 'bob', repo: 'x' }))).toContain(
      '404 Not Found',
    )
  })
})

describe('installation tokens', () => {
  const newToken = async (body: object) => {
    const installation_id = fixture.forge.state.installations[0]?.id ?? 0
    return fixture.asApp().rest.apps.createInstallationAccessToken({ installation_id, ...body })
  }
  const ask = async (value: string, { method = 'GET', path }: { method?: string; path: string }) => {
    const headers = { authorization: `token ${value}`, 'user-agent': 'test' }
    const body = method === 'GET' ? undefined : JSON.stringify({ body: 'x', name: 'x' })
    return (await fetch(fixture.forge.url + path, { method, headers, body })).status
  }

  it('reach only the repositories that they were narrowed to', async () => {
    const { data } = await newToken({ repository_ids: [fixture.forge.repo('acme/widget').id] })
    expect(data.repositories?.map((repo) => repo.name)).toEqual(['widget'])
    expect(await ask(data.token, { path: '/repos/acme/widget' })).toBe(200)
    expect(await ask(data.token, { path: '/repos/acme/secret' })).toBe(404)
  })

  it('can do only what they were narrowed to', async () => {
    const { data } = await newToken({ permissions: { issues: 'read' } })
    const { forge } = fixture
    const number = forge.as('alice').openIssue('acme/widget', { title: 'One' })
    expect(await ask(data.token, { path: `/repos/acme/widget/issues/${number}` })).toBe(200)
    const path = `/repos/acme/widget/issues/${number}/comments`
    expect(await ask(data.token, { method: 'POST', path })).toBe(403)
  })

  it('cannot have what the installation does not', async () => {
    expect(await refusal(newToken({ permissions: { workflows: 'write' } }))).toContain(
      '422 The permissions requested are not granted to this installation.',
    )
    expect(await refusal(newToken({ repository_ids: [999_999] }))).toContain(
      '422 There is at least one repository',
    )
  })

  it('expire after an hour of the clock', async () => {
    const { data } = await newToken({})
    expect(Date.parse(data.expires_at) - Date.now()).toBeGreaterThan(3_590_000)
    expect(await ask(data.token, { path: '/repos/acme/widget' })).toBe(200)
    fixture.advance(3_601_000)
    expect(await ask(data.token, { path: '/repos/acme/widget' })).toBe(401)
    fixture.advance(-3_601_000)
  })
})

describe('visibility and rights', () => {
  it('hides a private repository from everybody who has no part in it', async () => {
    expect(await refusal(fixture.user('bob').rest.repos.get(SECRET))).toBe('404 Not Found')
    expect(await refusal(fixture.anonymous().rest.repos.get(SECRET))).toBe('404 Not Found')
    expect((await fixture.user('alice').rest.repos.get(SECRET)).data.private).toBe(true)
    expect((await fixture.installation().rest.repos.get(SECRET)).data.private).toBe(true)
  })

  it('says who may do what, for people without a role too', async () => {
    const { rest } = fixture.installation()
    const of = async (where: { owner: string; repo: string }, username: string) =>
      (await rest.repos.getCollaboratorPermissionLevel({ ...where, username })).data.permission
    expect(await of(REPO, 'alice')).toBe('admin')
    expect(await of(REPO, 'wendy')).toBe('write')
    expect(await of(REPO, 'bob')).toBe('read')
    expect(await of(SECRET, 'bob')).toBe('none')
    expect(await refusal(of(REPO, 'nobody'))).toContain('404')
  })

  it('asks the anonymous to sign in before they write', async () => {
    const call = fixture.anonymous().rest.issues.create({ ...REPO, title: 'x' })
    expect(await refusal(call)).toBe('401 Requires authentication')
  })

  it('needs a user agent', async () => {
    const response = await fetch(`${fixture.forge.url}/repos/acme/widget`, { headers: { 'user-agent': '' } })
    expect(response.status).toBe(403)
  })

  it('counts requests and refuses when none are left', async () => {
    const { headers } = await fixture.user('wendy').rest.repos.get(REPO)
    expect(headers['x-ratelimit-limit']).toBe('5000')
    expect(headers['x-ratelimit-remaining']).toBe('4999')
    const limit = await fixture.user('wendy').rest.rateLimit.get()
    expect(limit.data.rate).toMatchObject({ limit: 5000, used: 1 })
    for (let left = 60; left > 0; left--)
      await fixture
        .anonymous()
        .rest.repos.get(REPO)
        .catch(() => {})
    expect(await refusal(fixture.anonymous().rest.repos.get(REPO))).toContain('403 API rate limit exceeded')
  })
})
