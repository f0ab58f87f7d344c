/** What the sweep asks, over the local forge: where the App is, what changed, who labelled, what was not delivered. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { createAppForge } from '../../src/adapters/github/app-forge.ts'
import { createGithubForge } from '../../src/adapters/github/github-forge.ts'
import type { GithubForge } from '../../src/adapters/github/github-forge.ts'
import {
  appIdentity,
  createGitTokens,
  createInstallationClients,
} from '../../src/adapters/github/installation-clients.ts'
import { createTokenAccess } from '../../src/adapters/github/token-access.ts'
import type { RepoRef } from '../../src/core/ids.ts'
import type { AppForge, Labelling } from '../../src/ports/app-forge.ts'
import { forgeFixture } from '../support/forge-fixture.ts'
import type { ForgeFixture } from '../support/forge-fixture.ts'

const WIDGET = 'acme/widget'
const LABEL = 'millwright'
const DAY = 24 * 60 * 60_000

let fixture: ForgeFixture
let github: GithubForge
let app: AppForge
let repo: RepoRef

beforeAll(async () => {
  fixture = await forgeFixture({ repositories: [{ owner: 'acme', name: 'other' }] })
  const authenticate = (id?: number) => Promise.resolve(id ? fixture.installation() : fixture.asApp())
  app = createAppForge(authenticate)
  github = createGithubForge({
    clientOf: createInstallationClients(authenticate),
    identity: await appIdentity(authenticate),
    git: createTokenAccess({ gitUrl: fixture.forge.url, token: createGitTokens(authenticate) }),
    app,
  })
  repo = { id: fixture.forge.repo(WIDGET).id, owner: 'acme', name: 'widget' }
})
afterAll(() => fixture.close())

const now = (): string => fixture.forge.state.clock.now()
const labelling = (number: number): Promise<Labelling | undefined> =>
  github.issues.labelling({ repo, number }, LABEL)
const idOf = (login: string): number => fixture.forge.state.accounts.get(login)?.id ?? 0

/** An issue that was opened yesterday. */
function openOld(title: string): number {
  const createdAt = new Date(Date.parse(now()) - DAY).toISOString()
  return fixture.forge.as('bob').openIssue(WIDGET, { title, createdAt })
}

describe('the sweep over the local forge', () => {
  it('finds every repository, and none while the App is suspended', async () => {
    const other = fixture.forge.repo('acme/other').id
    expect(await app.repositories()).toEqual([repo, { id: other, owner: 'acme', name: 'other' }])
    fixture.forge.as('alice').suspend(WIDGET, 'mill')
    expect(await app.repositories()).toEqual([])
    fixture.forge.as('alice').unsuspend(WIDGET, 'mill')
  })

  it('finds what changed since, by change and not by age', async () => {
    const { forge } = fixture
    const old = openOld('Old')
    const closed = openOld('Closed')
    openOld('Untouched')
    fixture.advance(60_000)
    const since = now()
    fixture.advance(1000)
    await forge.as('bob').closeIssue(WIDGET, closed)
    await forge.as('wendy').push(WIDGET, { branch: 'topic', message: 'x', files: { topic: 'x' } })
    fixture.advance(1000)
    const pull = await forge.as('wendy').openPull(WIDGET, { title: 'Pull', head: 'topic' })
    fixture.advance(1000)
    forge.as('wendy').label(WIDGET, old, LABEL)
    const found = await github.issues.changedSince(repo, since)
    expect(found.map(({ ref, state, isPull }) => [ref.number, state, isPull])).toEqual([
      [closed, 'closed', false],
      [pull, 'open', true],
      [old, 'open', false],
    ])
    expect(found.at(-1)).toMatchObject({ title: 'Old', labels: [LABEL], author: { login: 'bob' } })
    expect(await github.issues.changedSince(repo, found.at(-1)?.updatedAt ?? '')).toHaveLength(1)
  })

  it('finds what is labelled and open', async () => {
    const there = openOld('There')
    const gone = openOld('Gone')
    for (const number of [there, gone]) fixture.forge.as('wendy').label(WIDGET, number, LABEL)
    await fixture.forge.as('bob').closeIssue(WIDGET, gone)
    const numbers = (await github.issues.labelled(repo, LABEL)).map(({ ref }) => ref.number)
    expect(numbers).toContain(there)
    expect(numbers).not.toContain(gone)
  })

  it('finds who labelled, also after others did other things', async () => {
    const number = openOld('Sum')
    expect(await labelling(number)).toBeUndefined()
    fixture.forge.as('wendy').label(WIDGET, number, LABEL)
    fixture.forge.as('alice').label(WIDGET, number, 'bug')
    fixture.forge.as('bob').comment(WIDGET, number, 'Hm')
    expect(await labelling(number)).toEqual({
      by: { id: idOf('wendy'), login: 'wendy' },
      labeller: 'person',
      at: expect.any(String),
      editedSince: false,
    })
    fixture.forge.as('wendy').unlabel(WIDGET, number, LABEL)
    expect(await labelling(number)).toBeUndefined()
    fixture.forge.as('mill[bot]').label(WIDGET, number, LABEL)
    expect(await labelling(number)).toMatchObject({ by: { login: 'mill[bot]' }, labeller: 'bot' })
  })

  it("finds an issue form's label to be that", async () => {
    const number = fixture.forge.as('bob').openIssue(WIDGET, { title: 'Form', labels: [LABEL], byForm: true })
    expect(await labelling(number)).toMatchObject({ by: { login: 'bob' }, labeller: 'issue_form' })
  })

  it.each([
    ['another title', { title: 'Another' }],
    ['another text', { body: 'Another' }],
  ])('sees %s since the label, and none that was there before', async (_what, edit) => {
    const number = openOld('Before')
    const bob = fixture.forge.as('bob')
    bob.editIssue(WIDGET, number, edit)
    fixture.advance(1000)
    fixture.forge.as('wendy').label(WIDGET, number, LABEL)
    fixture.advance(1000)
    expect(await labelling(number)).toMatchObject({ editedSince: false })
    bob.editIssue(WIDGET, number, {
      title: 'After',
      ...('body' in edit && { title: 'Before', body: 'After' }),
    })
    expect(await labelling(number)).toMatchObject({ editedSince: true })
  })

  it('F-06: finds what was not delivered, asks for it again, and finds it no more', async () => {
    const { forge } = fixture
    // Nobody listens there.
    forge.listen('mill', { url: 'http://127.0.0.1:9/', secret: 'x' })
    const since = now()
    forge.disturb(({ redelivery }) => ({ kind: 'failed', status: redelivery ? 200 : 502 }))
    openOld('Not delivered')
    const failed = await app.failedDeliveries(since)
    expect(failed).toEqual([
      {
        id: expect.any(Number),
        guid: forge.deliveries.at(-1)?.guid,
        event: 'issues',
        deliveredAt: expect.any(String),
        firstAt: failed[0]?.deliveredAt,
        attempts: 1,
        othersTaken: 'none',
      },
    ])
    fixture.advance(1000)
    expect(await app.failedDeliveries(now())).toEqual([])
    await app.redeliver(failed[0]?.id ?? 0)
    expect(await app.failedDeliveries(since)).toEqual([])
    await expect(app.redeliver(1)).rejects.toMatchObject({ name: 'UserError' })
  })
})
