/** Bad days on order: webhooks that get lost, fail, repeat and overtake each other; answers after the deed; slow lists. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { join } from 'node:path'
import { git } from '../../src/adapters/git/git.ts'
import { forgeFixture, type ForgeFixture, refusal, REPO } from '../support/forge-fixture.ts'

const WIDGET = 'acme/widget'

let fixture: ForgeFixture
let receiver: Server
/** Titles of issues, in the order in which they were told of. */
const told: string[] = []
let answer = 200

beforeAll(async () => {
  fixture = await forgeFixture()
  receiver = createServer((request, response) => {
    void text(request).then((body) => {
      const payload = JSON.parse(body) as { issue?: { title: string }; action: string }
      told.push(payload.issue?.title ?? payload.action)
      response.writeHead(answer).end()
    })
  })
  await new Promise<void>((done) => receiver.listen(0, '127.0.0.1', done))
  const { port } = receiver.address() as AddressInfo
  fixture.forge.listen('mill', { url: `http://127.0.0.1:${port}/`, secret: 'x' })
})
afterAll(async () => {
  await fixture.close()
  receiver.close()
})
beforeEach(() => void (answer = 200))
afterEach(async () => {
  const { forge } = fixture
  forge.disturb(undefined)
  forge.faultsEnd()
  forge.lag(0)
  await forge.settled()
  for (const delivery of forge.deliveries) fixture.schema.webhook(delivery.event, delivery.payload)
  told.length = 0
})

const open = (title: string): number => fixture.forge.as('alice').openIssue(WIDGET, { title })
const titleOf = (payload: Readonly<Record<string, unknown>>): string =>
  (payload['issue'] as { title: string }).title
const listed = async (over: { cursor?: string; status?: 'success' | 'failure'; per_page?: number } = {}) =>
  fixture.asApp().rest.apps.listWebhookDeliveries({ per_page: 100, ...over })
const guidOf = (title: string): string =>
  fixture.forge.deliveries.find((one) => titleOf(one.payload) === title)?.guid ?? ''

describe('webhooks', () => {
  it('that are lost arrive nowhere and are on no list', async () => {
    const { forge } = fixture
    const before = forge.deliveries.length
    forge.disturb(() => ({ kind: 'lost' }))
    open('lost')
    await forge.settled()
    expect([told, forge.deliveries.length]).toEqual([[], before])
  })

  it('that fail are listed as failed, and arrive when they are asked for again', async () => {
    const { forge } = fixture
    forge.disturb(({ redelivery }) => (redelivery ? undefined : { kind: 'failed', status: 503 }))
    open('failed')
    const [failed] = (await listed({ status: 'failure' })).data
    expect(failed).toMatchObject({ guid: guidOf('failed'), status: 'Invalid HTTP Response: 503' })
    expect(told).toEqual([])
    await fixture.asApp().rest.apps.redeliverWebhookDelivery({ delivery_id: failed?.id ?? 0 })
    await forge.settled()
    expect(told).toEqual(['failed'])
    const attempts = (await listed()).data.filter(({ guid }) => guid === guidOf('failed'))
    expect(attempts.map(({ status, redelivery }) => [status, redelivery])).toEqual([
      ['OK', true],
      ['Invalid HTTP Response: 503', false],
    ])
  })

  it('that nobody answers say so', async () => {
    fixture.forge.disturb(() => ({ kind: 'failed' }))
    open('nobody')
    expect((await listed()).data[0]).toMatchObject({ status: 'failed to connect to host', status_code: 0 })
  })

  it('that the receiver refuses are failed as well', async () => {
    answer = 500
    open('refused')
    await fixture.forge.settled()
    expect((await listed({ status: 'failure' })).data[0]).toMatchObject({ status_code: 500 })
    expect((await listed({ status: 'success' })).data.map(({ guid }) => guid)).not.toContain(
      guidOf('refused'),
    )
  })

  it('arrive as often as was ordered, under one GUID', async () => {
    fixture.forge.disturb(() => ({ kind: 'sent', times: 3 }))
    open('thrice')
    await fixture.forge.settled()
    expect(told).toEqual(['thrice', 'thrice', 'thrice'])
  })

  it('that are held up are overtaken, and listed once they were sent', async () => {
    const { forge } = fixture
    const gate = Promise.withResolvers<undefined>()
    forge.disturb(({ payload }) =>
      titleOf(payload) === 'slow' ? { kind: 'sent', after: gate.promise } : undefined,
    )
    open('slow')
    open('quick')
    await arrived(1)
    expect((await listed()).data.map(({ guid }) => guid)).not.toContain(guidOf('slow'))
    gate.resolve(undefined)
    await forge.settled()
    expect(told).toEqual(['quick', 'slow'])
    expect((await listed()).data.map(({ guid }) => guid)).toContain(guidOf('slow'))
  })

  it('are listed newest first, and by a cursor that new ones do not move', async () => {
    for (const title of ['one', 'two', 'three']) open(title)
    await fixture.forge.settled()
    const first = await listed({ per_page: 2 })
    expect(first.data.map(({ guid }) => guid)).toEqual([guidOf('three'), guidOf('two')])
    open('four')
    await fixture.forge.settled()
    const cursor = /cursor=([^>&]+)>; rel="next"/.exec(first.headers.link ?? '')?.[1] ?? ''
    expect((await listed({ cursor, per_page: 1 })).data[0]?.guid).toBe(guidOf('one'))
    await expect(refusal(listed({ cursor: 'three' }))).resolves.toBe('422 Invalid cursor')
    const rest = await listed({ cursor, per_page: 100 })
    expect(rest.headers.link).toBeUndefined()
  })
})

/** Told of so many, by asking the App's own list until it is so. */
async function arrived(count: number): Promise<void> {
  while (told.length < count) await listed()
}

describe('faults', () => {
  const path = '/repos/acme/widget/issues'
  const create = (title: string) => fixture.user('bob').rest.issues.create({ ...REPO, title })
  const isThere = (title: string): boolean =>
    [...fixture.forge.repo(WIDGET).issues.values()].some((issue) => issue.title === title)

  it.each([
    ['before', false],
    ['after', true],
  ])('answer 502 %s the deed', async (when, done) => {
    fixture.forge.fault({ method: 'POST', path, status: 502, done })
    expect(await refusal(create(`502 ${when}`))).toContain('502')
    expect(isThere(`502 ${when}`)).toBe(done)
  })

  it('hit the third request where two are to go well', async () => {
    fixture.forge.fault({ method: 'POST', path, status: 500, skip: 2 })
    await create('first')
    await create('second')
    expect(await refusal(create('third'))).toContain('500')
    await create('fourth')
  })

  it('end when they are told to', async () => {
    fixture.forge.fault({ method: 'POST', path, status: 500, times: Infinity })
    for (let time = 0; time < 3; time++) expect(await refusal(create('outage'))).toContain('500')
    fixture.forge.faultsEnd()
    await create('after the outage')
    expect(isThere('after the outage')).toBe(true)
  })

  it('hit GraphQL', async () => {
    const ask = () => fixture.installation().graphql('{ viewer { login } }')
    fixture.forge.fault({ path: '/graphql', status: 502 })
    await expect(ask()).rejects.toMatchObject({ status: 502 })
    fixture.forge.fault({ path: '/graphql', reset: 'before' })
    await expect(ask()).rejects.toThrow()
    expect(await ask()).toEqual({ viewer: { login: 'mill' } })
  })

  it('hit git, before a push is taken and after', async () => {
    const bare = join(fixture.root, 'pushing.git')
    const url = `${fixture.forge.url}/acme/widget.git`
    await git(undefined, ['clone', '--quiet', '--bare', url, bare])
    const basic = Buffer.from('x-access-token:ghp_wendy').toString('base64')
    const config = [['http.extraHeader', `Authorization: Basic ${basic}`]] as const
    const push = (name: string) =>
      git(bare, ['push', '--quiet', url, `refs/heads/main:refs/millwright/${name}`], { config })
    const ref = (name: string) => fixture.forge.repo(WIDGET).git.ref(`refs/millwright/${name}`)
    const pack = { method: 'POST', path: /\/git-receive-pack$/ }
    fixture.forge.fault({ ...pack, status: 502 })
    await expect(push('before')).rejects.toThrow(/502/)
    expect(await ref('before')).toBeUndefined()
    fixture.forge.fault({ ...pack, reset: 'after' })
    await expect(push('after')).rejects.toThrow()
    expect(await ref('after')).toBeDefined()
  })
})

describe('lists', () => {
  it('do not show what is new until it is old enough; by its number it is there at once', async () => {
    const { forge } = fixture
    const { rest } = fixture.user('alice')
    const number = open('commented')
    fixture.advance(60_000)
    forge.lag(30_000)
    const id = forge.as('bob').comment(WIDGET, number, 'New')
    const fresh = open('fresh')
    await forge.as('alice').push(WIDGET, { branch: 'lagging', message: 'x', files: { lag: 'x' } })
    const pull = await forge.as('alice').openPull(WIDGET, { title: 'Lagging', head: 'lagging' })
    const seen = async () => ({
      comments: (await rest.issues.listComments({ ...REPO, issue_number: number })).data.map((one) => one.id),
      issues: (await rest.issues.listForRepo({ ...REPO, per_page: 100 })).data.map((one) => one.number),
      pulls: (await rest.pulls.list({ ...REPO })).data.map((one) => one.number),
    })
    const soon = await seen()
    expect(soon).toEqual({ comments: [], issues: expect.not.arrayContaining([fresh, pull]), pulls: [] })
    expect(soon.issues).toContain(number)
    expect((await rest.issues.getComment({ ...REPO, comment_id: id })).data.body).toBe('New')
    expect((await rest.pulls.get({ ...REPO, pull_number: pull })).data.title).toBe('Lagging')
    fixture.advance(31_000)
    expect(await seen()).toEqual({
      comments: [id],
      issues: expect.arrayContaining([fresh, pull]),
      pulls: [pull],
    })
  })
})

describe('a suspended App', () => {
  it('gets no token, is refused with the one it has, and is told only of that', async () => {
    const { forge } = fixture
    const octokit = fixture.installation()
    await octokit.rest.repos.get(REPO)
    forge.as('alice').suspend(WIDGET, 'mill')
    open('while suspended')
    await forge.settled()
    expect(told).toEqual(['suspend'])
    expect(await refusal(octokit.rest.repos.get(REPO))).toBe('403 This installation has been suspended')
    const [installation] = (await fixture.asApp().rest.apps.listInstallations()).data
    expect(installation?.suspended_by?.login).toBe('alice')
    expect(installation?.suspended_at).toEqual(expect.any(String))
    const token = { installation_id: installation?.id ?? 0 }
    expect(await refusal(fixture.asApp().rest.apps.createInstallationAccessToken(token))).toBe(
      '403 This installation has been suspended',
    )
    forge.as('alice').unsuspend(WIDGET, 'mill')
    expect((await octokit.rest.repos.get(REPO)).status).toBe(200)
  })
})
