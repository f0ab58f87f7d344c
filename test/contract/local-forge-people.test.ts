import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals'
import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { forgeFixture, type ForgeFixture, refusal, REPO } from '../support/forge-fixture.ts'

let fixture: ForgeFixture
beforeAll(async () => {
  fixture = await forgeFixture({
    repositories: [
      { owner: 'acme', name: 'other', labels: ['bug'], collaborators: { alice: 'admin', wendy: 'write' } },
      { owner: 'acme', name: 'secret', private: true, collaborators: { alice: 'admin' } },
      { owner: 'alice', name: 'own' },
    ],
  })
  fixture.forge.listen('mill', { url: 'http://127.0.0.1:9/', secret: 'x' })
  fixture.forge.seedApp({
    slug: 'triage-bot',
    owner: 'acme',
    permissions: { issues: 'write' },
    events: [],
    installations: [{ account: 'acme' }],
  })
})
afterAll(() => fixture.close())
beforeEach(async () => void (await told()))

const app = () => fixture.installation()
const as = (login: string) => fixture.forge.as(login)
const newIssue = (title = 'One') => as('bob').openIssue('acme/widget', { title })
const get = (issue_number: number, octokit = app()) => octokit.rest.issues.get({ ...REPO, issue_number })

let looked = 0
async function told(): Promise<string[]> {
  await fixture.forge.settled()
  const fresh = fixture.forge.deliveries.slice(looked)
  looked = fixture.forge.deliveries.length
  for (const delivery of fresh) fixture.schema.webhook(delivery.event, delivery.payload)
  return fresh.map((one) => (one.action === null ? one.event : `${one.event} ${one.action}`))
}
const payload = (fromEnd = 1) => fixture.forge.deliveries.at(-fromEnd)?.payload

describe('labels', () => {
  it('of an issue form come with the issue, by an author who may not label', async () => {
    const issue = { title: 'By a form', labels: ['bug'] }
    expect(() => as('bob').openIssue('acme/widget', issue)).toThrow('Must have admin rights to Repository.')
    as('bob').openIssue('acme/widget', { ...issue, byForm: true })
    expect(await told()).toEqual(['issues opened', 'issues labeled'])
    expect(payload(2)).toMatchObject({ issue: { labels: [{ name: 'bug' }] } })
    expect(payload()).toMatchObject({ label: { name: 'bug' }, sender: { login: 'bob', type: 'User' } })
  })

  it('are put on by another App as its bot, within its permissions', async () => {
    const number = newIssue()
    await told()
    as('triage-bot[bot]').label('acme/widget', number, 'bug')
    as('triage-bot[bot]').comment('acme/widget', number, 'Labelled.')
    expect(await told()).toEqual(['issues labeled', 'issue_comment created'])
    expect(payload()).toMatchObject({
      comment: { performed_via_github_app: { slug: 'triage-bot' } },
      sender: { login: 'triage-bot[bot]', type: 'Bot' },
    })
    const push = as('triage-bot[bot]').push('acme/widget', { branch: 'x', message: 'x', files: { x: 'x' } })
    await expect(push).rejects.toThrow('Resource not accessible by integration')
    expect(() => as('triage-bot[bot]').openIssue('alice/own', { title: 'x' })).toThrow('is not installed on')
  })

  it('are put on with the token of a person who may triage, and refused to a reader', async () => {
    const at = { ...REPO, issue_number: newIssue(), labels: ['bug'] }
    const labels = await fixture.user('wendy').rest.issues.addLabels(at)
    expect(labels.data.map((label) => label.name)).toEqual(['bug'])
    expect((await fixture.user('wendy').rest.issues.addLabels(at)).data).toHaveLength(1)
    expect(await told()).toEqual(['issues opened', 'issues labeled'])
    expect(await refusal(fixture.user('bob').rest.issues.addLabels(at))).toContain('403')
  })
})

describe('issues', () => {
  it('are locked against all but writers and Apps, with a reason or none', async () => {
    const number = newIssue()
    const at = { ...REPO, issue_number: number }
    await told()
    as('wendy').lockIssue('acme/widget', number)
    expect(await told()).toEqual(['issues locked'])
    expect(payload()).toMatchObject({ issue: { locked: true, active_lock_reason: null } })
    expect(() => as('bob').comment('acme/widget', number, 'But')).toThrow(
      'Unable to create comment because issue is locked.',
    )
    as('wendy').comment('acme/widget', number, 'Quiet, please.')
    expect((await app().rest.issues.createComment({ ...at, body: 'Yes.' })).status).toBe(201)
    await fixture.user('wendy').rest.issues.unlock(at)
    await fixture.user('wendy').rest.issues.lock({ ...at, lock_reason: 'too heated' })
    expect((await get(number)).data.active_lock_reason).toBe('too heated')
    expect(await refusal(fixture.user('bob').rest.issues.unlock(at))).toContain('403')
    const why = fixture.user('wendy').rest.issues.lock({ ...at, lock_reason: 'boring' as never })
    expect(await refusal(why)).toBe('422 Validation Failed invalid')
  })

  it('go to another repository of the owner, and their old address points there', async () => {
    const number = newIssue('Wrong place')
    as('bob').comment('acme/widget', number, 'Please look.')
    as('wendy').label('acme/widget', number, 'bug')
    await told()
    const there = as('wendy').transferIssue('acme/widget', number, 'acme/other')
    expect(await told()).toEqual(['issues transferred', 'issues opened'])
    expect(payload(2)).toMatchObject({
      issue: { number, title: 'Wrong place' },
      changes: { new_issue: { number: there }, new_repository: { full_name: 'acme/other' } },
      repository: { full_name: 'acme/widget' },
    })
    const found = await get(number)
    expect(found.data).toMatchObject({ number: there, comments: 1, labels: [{ name: 'bug' }] })
    expect(found.data.repository_url).toBe(`${fixture.forge.url}/repos/acme/other`)
    const comment = await app().rest.issues.createComment({ ...REPO, issue_number: number, body: 'Still' })
    expect(comment.data.issue_url).toBe(`${fixture.forge.url}/repos/acme/other/issues/${there}`)
    const hidden = newIssue()
    as('alice').transferIssue('acme/widget', hidden, 'acme/secret')
    expect(await refusal(fixture.user('bob').rest.issues.get({ ...REPO, issue_number: hidden }))).toBe(
      '404 Not Found',
    )
    expect(() => as('alice').transferIssue('acme/widget', newIssue(), 'alice/own')).toThrow(
      'Issues can only be transferred between repositories of the same owner.',
    )
  })

  it('are blocked by others until those are closed', async () => {
    const [one, two] = [newIssue('Later'), newIssue('First')]
    const elsewhere = as('wendy').openIssue('acme/other', { title: 'Elsewhere' })
    as('wendy').blockedBy('acme/widget', one, two)
    as('wendy').blockedBy('acme/widget', one, `acme/other#${elsewhere}`)
    const list = async () =>
      (await app().rest.issues.listDependenciesBlockedBy({ ...REPO, issue_number: one })).data
    expect((await list()).map((issue) => [issue.title, issue.state, issue.repository_url])).toEqual([
      ['First', 'open', `${fixture.forge.url}/repos/acme/widget`],
      ['Elsewhere', 'open', `${fixture.forge.url}/repos/acme/other`],
    ])
    await as('alice').closeIssue('acme/widget', two)
    expect((await list())[0]).toMatchObject({ title: 'First', state: 'closed' })
    expect((await get(one)).data).toMatchObject({
      issue_dependencies_summary: { blocked_by: 1, total_blocked_by: 2, blocking: 0 },
    })
    as('wendy').unblock('acme/widget', one, two)
    expect(await list()).toHaveLength(1)
  })

  it('take such links over the API from those who may triage', async () => {
    const [one, two] = [newIssue(), newIssue()]
    const issue_id = (await get(two)).data.id
    const at = { ...REPO, issue_number: one, issue_id }
    const wendy = fixture.user('wendy')
    expect((await wendy.rest.issues.addBlockedByDependency(at)).data.number).toBe(two)
    expect(await refusal(wendy.rest.issues.addBlockedByDependency(at))).toContain('422')
    expect(await refusal(wendy.rest.issues.addBlockedByDependency({ ...at, issue_id: 4711 }))).toBe(
      '404 Not Found',
    )
    expect(await refusal(fixture.user('bob').rest.issues.addBlockedByDependency(at))).toContain('403')
    expect((await wendy.rest.issues.removeDependencyBlockedBy(at)).data.number).toBe(two)
    expect(await refusal(wendy.rest.issues.removeDependencyBlockedBy(at))).toBe('404 Not Found')
  })

  it('are edited and closed by their authors and by triage, not by other readers', async () => {
    const number = as('alice').openIssue('acme/widget', { title: 'Hers', body: 'one' })
    expect(() => as('bob').editIssue('acme/widget', number, { body: 'two' })).toThrow(
      'Must have admin rights',
    )
    await expect(as('bob').closeIssue('acme/widget', number)).rejects.toThrow('Must have admin rights')
    as('wendy').editIssue('acme/widget', number, { body: 'two' })
    expect(await told()).toEqual(['issues opened', 'issues edited'])
    expect(payload()).toMatchObject({ changes: { body: { from: 'one' } }, issue: { body: 'two' } })
  })
})

describe('a repository', () => {
  it('that was renamed answers under its old name by sending there, git too', async () => {
    const { forge } = fixture
    const number = as('alice').openIssue('acme/other', { title: 'Before' })
    await told()
    await as('alice').push('acme/other', { branch: 'main', message: 'One', files: { a: '1' } })
    expect(() => as('wendy').renameRepository('acme/other', 'x')).toThrow('Must have admin rights')
    expect(() => as('alice').renameRepository('acme/other', 'widget')).toThrow('Validation Failed')
    as('alice').renameRepository('acme/other', 'renamed')
    expect(await told()).toEqual(['push', 'repository renamed'])
    expect(payload()).toMatchObject({
      changes: { repository: { name: { from: 'other' } } },
      repository: { full_name: 'acme/renamed' },
    })
    const old = { owner: 'acme', repo: 'other' }
    expect((await app().rest.repos.get(old)).data.full_name).toBe('acme/renamed')
    expect((await app().rest.issues.get({ ...old, issue_number: number })).data.title).toBe('Before')
    const comment = await app().rest.issues.createComment({ ...old, issue_number: number, body: 'Found' })
    expect(comment.status).toBe(201)
    const asked = `query { repository(owner: "acme", name: "other") { nameWithOwner } }`
    expect(await app().graphql(asked)).toEqual({ repository: { nameWithOwner: 'acme/renamed' } })
    expect((await fixture.asApp().rest.apps.getRepoInstallation(old)).data.app_slug).toBe('mill')
    const response = await fetch(`${forge.url}/repos/acme/other?x=1`, {
      headers: { authorization: 'token ghp_alice', 'user-agent': 'test' },
      redirect: 'manual',
    })
    const location = `${forge.url}/repositories/${forge.repo('acme/renamed').id}?x=1`
    expect([response.status, response.headers.get('location')]).toEqual([301, location])
    expect(await response.json()).toMatchObject({ message: 'Moved Permanently', url: location })
    const refs = await promisify(execFile)('git', ['ls-remote', `${forge.url}/acme/other.git`, 'main'])
    expect(refs.stdout).toContain('refs/heads/main')
  })

  it('that was archived can only be read, until it is opened again', async () => {
    as('alice').archiveRepository('acme/widget')
    expect(await told()).toEqual(['repository archived'])
    expect(payload()).toMatchObject({ repository: { archived: true } })
    expect(() => newIssue()).toThrow('Repository was archived so is read-only.')
    expect((await app().rest.repos.get(REPO)).data.archived).toBe(true)
    as('alice').unarchiveRepository('acme/widget')
    expect(await told()).toEqual(['repository unarchived'])
  })

  it('that was transferred belongs to the new owner, whose Apps alone are told', async () => {
    const { data } = await app().rest.repos.get({ owner: 'acme', repo: 'renamed' })
    as('alice').transferRepository('acme/renamed', 'alice')
    expect(await told()).toEqual([])
    const moved = await fixture.user('bob').rest.repos.get({ owner: 'acme', repo: 'renamed' })
    expect(moved.data).toMatchObject({ id: data.id, full_name: 'alice/renamed' })
    const write = app().rest.issues.create({ owner: 'alice', repo: 'renamed', title: 'x' })
    expect(await refusal(write)).toBe('403 Resource not accessible by integration')
    as('alice').transferRepository('alice/renamed', 'acme')
    expect(await told()).toEqual(['repository transferred'])
    expect(payload()).toMatchObject({ changes: { owner: { from: { user: { login: 'alice' } } } } })
  })

  it('that was deleted is not there', async () => {
    as('alice').deleteRepository('acme/renamed')
    expect(await told()).toEqual(['repository deleted'])
    expect(await refusal(app().rest.repos.get({ owner: 'acme', repo: 'renamed' }))).toBe('404 Not Found')
  })
})

describe('an account that was deleted', () => {
  it('leaves what it wrote to a ghost, and has no token and no rights', async () => {
    fixture.forge.seedUser({ login: 'carol', token: 'ghp_carol' })
    const number = as('carol').openIssue('acme/widget', { title: 'Mine' })
    as('carol').comment('acme/widget', number, '/mill status')
    as('carol').deleteAccount()
    const { data } = await app().rest.issues.listComments({ ...REPO, issue_number: number })
    expect(data[0]?.user).toMatchObject({ login: 'ghost', id: 10_137 })
    const answer = await app().graphql<{ node: unknown }>(
      `query ($id: ID!) { node(id: $id) { ... on IssueComment { author { login } } } }`,
      { id: data[0]?.node_id },
    )
    expect(answer.node).toEqual({ author: null })
    const level = app().rest.repos.getCollaboratorPermissionLevel({ ...REPO, username: 'carol' })
    expect(await refusal(level)).toContain('404 carol is not a user')
    const mine = fixture.user('carol').rest.users.getAuthenticated()
    expect(await refusal(mine)).toBe('401 Bad credentials')
  })
})

describe('an installation', () => {
  it('from which a repository was taken cannot reach it any more', async () => {
    const octokit = app()
    expect((await octokit.rest.repos.get({ owner: 'acme', repo: 'secret' })).status).toBe(200)
    as('alice').removeFromInstallation('acme/secret', 'mill')
    expect(await told()).toEqual(['installation_repositories removed'])
    expect(payload()).toMatchObject({
      repositories_removed: [{ full_name: 'acme/secret' }],
      installation: { app_slug: 'mill', account: { login: 'acme' } },
      sender: { login: 'alice' },
    })
    expect(await refusal(octokit.rest.repos.get({ owner: 'acme', repo: 'secret' }))).toBe('404 Not Found')
    expect((await octokit.rest.repos.get(REPO)).status).toBe(200)
  })

  it('that was removed is told so, once, and its tokens and events end', async () => {
    const id = fixture.forge.state.installations[0]?.id
    const { data } = await fixture
      .asApp()
      .rest.apps.createInstallationAccessToken({ installation_id: id ?? 0 })
    const ask = async () => {
      const headers = { authorization: `token ${data.token}`, 'user-agent': 'test' }
      const answer = await fetch(`${fixture.forge.url}/repos/acme/widget`, { headers })
      return [answer.status, ((await answer.json()) as { message?: string }).message]
    }
    expect(await ask()).toEqual([200, undefined])
    as('alice').uninstall('acme/widget', 'mill')
    expect(await told()).toEqual(['installation deleted'])
    expect(payload()).toMatchObject({
      installation: { id },
      repositories: [{ full_name: 'acme/widget' }],
      sender: { login: 'alice' },
    })
    newIssue()
    expect(await told()).toEqual([])
    expect(await ask()).toEqual([401, 'Bad credentials'])
    expect(await refusal(app().rest.repos.get(REPO))).toBe('404 Not Found')
  })
})
