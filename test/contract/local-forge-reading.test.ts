import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { gunzipSync } from 'node:zlib'
import { forgeFixture, type ForgeFixture, lines, refusal, REPO } from '../support/forge-fixture.ts'

let fixture: ForgeFixture
let head: string
let pull: number

beforeAll(async () => {
  fixture = await forgeFixture()
  const alice = fixture.forge.as('alice')
  const files = { 'src/sum.js': lines(20).replace('line 10\n', 'line ten\n'), 'a b/ü.txt': 'x\n' }
  head = await alice.push('acme/widget', { branch: 'feature/one', message: 'Fix', files })
  pull = await alice.openPull('acme/widget', { title: 'Fix', head: 'feature/one' })
})
afterAll(() => fixture.close())

const rest = () => fixture.installation().rest

describe('files', () => {
  it('come as JSON, raw, as folders, and from branches with slashes', async () => {
    const json = await rest().repos.getContent({ ...REPO, path: 'README.md' })
    expect(json.data).toMatchObject({ type: 'file', encoding: 'base64', content: 'IyBXaWRnZXQK\n', size: 9 })
    const raw = await rest().repos.getContent({ ...REPO, path: 'README.md', mediaType: { format: 'raw' } })
    expect(raw.data).toBe('# Widget\n')
    const folder = await rest().repos.getContent({ ...REPO, path: '' })
    expect((folder.data as { name: string; type: string }[]).map((one) => `${one.type} ${one.name}`)).toEqual(
      ['file README.md', 'dir src'],
    )
    const named = await rest().repos.getContent({ ...REPO, path: 'a b/ü.txt', ref: 'feature/one' })
    expect(named.data).toMatchObject({ path: 'a b/ü.txt' })
  })

  it('are 404 where there are none', async () => {
    expect(await refusal(rest().repos.getContent({ ...REPO, path: 'nothing' }))).toBe('404 Not Found')
    expect(await refusal(rest().repos.getContent({ ...REPO, path: 'a', ref: 'none' }))).toContain(
      '404 No commit found',
    )
  })

  it('come as an archive', async () => {
    const { data, headers } = await rest().repos.downloadTarballArchive({ ...REPO, ref: 'feature/one' })
    expect(headers['content-disposition']).toContain(`acme-widget-${head.slice(0, 7)}.tar.gz`)
    expect(gunzipSync(Buffer.from(data as ArrayBuffer)).toString('latin1')).toContain('/src/sum.js')
  })
})

describe('conditional requests', () => {
  it('answer 304 without a body and without cost while nothing changed', async () => {
    const number = fixture.forge.as('bob').openIssue('acme/widget', { title: 'One' })
    const id = fixture.forge.as('bob').comment('acme/widget', number, 'first')
    const octokit = fixture.installation()
    const get = (etag?: string) =>
      octokit.rest.issues.getComment({
        ...REPO,
        comment_id: id,
        headers: etag ? { 'if-none-match': etag } : {},
      })
    const { headers } = await get()
    expect(await refusal(get(headers.etag))).toMatch(/^304/)
    const again = await get()
    expect(Number(again.headers['x-ratelimit-used'])).toBe(Number(headers['x-ratelimit-used']) + 1)
    fixture.forge.as('bob').editComment('acme/widget', id, 'second')
    expect((await get(headers.etag)).data.body).toBe('second')
    const logged = fixture.forge.requests.filter((request) => request.path.endsWith(`/comments/${id}`))
    expect(logged.map((request) => request.notModified)).toEqual([false, true, false, false])
  })
})

describe('history', () => {
  it('compares branches and lists commits', async () => {
    const compared = await rest().repos.compareCommitsWithBasehead({
      ...REPO,
      basehead: 'main...feature/one',
    })
    expect(compared.data).toMatchObject({ status: 'ahead', ahead_by: 1, behind_by: 0, total_commits: 1 })
    expect(compared.data.files?.map((file) => file.filename)).toEqual(['a b/ü.txt', 'src/sum.js'])
    const commits = await rest().repos.listCommits({ ...REPO, sha: 'feature/one', path: 'src/sum.js' })
    expect(commits.data).toHaveLength(2)
    const one = await rest().repos.getCommit({ ...REPO, ref: head })
    expect(one.data).toMatchObject({ stats: { additions: 2, deletions: 1 }, author: { login: 'alice' } })
    expect(await refusal(rest().repos.getCommit({ ...REPO, ref: 'none' }))).toContain('422 No commit found')
  })

  it('gives a pull request as a diff', async () => {
    const { data } = await rest().pulls.get({ ...REPO, pull_number: pull, mediaType: { format: 'diff' } })
    expect(data as unknown as string).toContain('-line 10\n+line ten\n')
    const commits = await rest().pulls.listCommits({ ...REPO, pull_number: pull })
    expect(commits.data.map((commit) => commit.sha)).toEqual([head])
    const files = await rest().pulls.listFiles({ ...REPO, pull_number: pull })
    expect(files.data[1]?.patch).toContain('@@ -7,7 +7,7 @@')
  })

  it('shows branches and their protection', async () => {
    fixture.forge.protect('acme/widget', 'main', { strict: true, contexts: ['ci'], approvals: 1 })
    const branch = await rest().repos.getBranch({ ...REPO, branch: 'main' })
    expect(branch.data.protected).toBe(true)
    const rules = await rest().repos.getBranchProtection({ ...REPO, branch: 'main' })
    expect(rules.data.required_status_checks).toMatchObject({ strict: true, contexts: ['ci'] })
    expect((await rest().repos.getBranch({ ...REPO, branch: 'feature/one' })).data.commit.sha).toBe(head)
    expect(await refusal(rest().repos.getBranchProtection({ ...REPO, branch: 'feature/one' }))).toContain(
      '404 Branch not protected',
    )
    expect((await rest().repos.listBranches(REPO)).data.map((one) => one.name)).toEqual([
      'feature/one',
      'main',
    ])
  })

  it('combines statuses, newest per context', async () => {
    const post = (state: 'success' | 'failure', context: string) =>
      rest().repos.createCommitStatus({ ...REPO, sha: head, state, context })
    await post('failure', 'ci')
    await post('success', 'ci')
    const combined = await rest().repos.getCombinedStatusForRef({ ...REPO, ref: 'feature/one' })
    expect(combined.data).toMatchObject({ state: 'success', total_count: 1 })
    expect((await rest().repos.listCommitStatusesForRef({ ...REPO, ref: head })).data).toHaveLength(2)
  })
})

describe('issues', () => {
  it('are listed by label and state, page by page', async () => {
    const bob = fixture.forge.as('alice')
    for (const title of ['A', 'B', 'C']) bob.openIssue('acme/widget', { title, labels: ['paged'] })
    const octokit = fixture.installation()
    const all = await octokit.paginate(octokit.rest.issues.listForRepo, {
      ...REPO,
      labels: 'paged',
      per_page: 2,
    })
    expect(all.map((issue) => issue.title)).toEqual(['C', 'B', 'A'])
    await bob.closeIssue('acme/widget', all[0]?.number ?? 0)
    expect((await octokit.rest.issues.listForRepo({ ...REPO, labels: 'paged' })).data).toHaveLength(2)
  })

  it('remember who labelled them', async () => {
    const number = fixture.forge.as('bob').openIssue('acme/widget', { title: 'Labels' })
    fixture.forge.as('wendy').label('acme/widget', number, 'bug')
    fixture.forge.as('alice').unlabel('acme/widget', number, 'bug')
    fixture.forge.as('bob').comment('acme/widget', number, 'hm')
    const at = { ...REPO, issue_number: number }
    const events = await rest().issues.listEvents(at)
    expect(events.data.map((event) => [event.event, event.actor?.login])).toEqual([
      ['labeled', 'wendy'],
      ['unlabeled', 'alice'],
    ])
    const timeline = await rest().issues.listEventsForTimeline(at)
    expect(timeline.data.map((entry) => entry.event)).toEqual(['labeled', 'unlabeled', 'commented'])
    expect((await rest().issues.listLabelsOnIssue(at)).data).toEqual([])
  })

  it('are listed by their last change, and since one', async () => {
    const [first = 0, second = 0] = ['D', 'E'].map((title) =>
      fixture.forge.as('alice').openIssue('acme/widget', { title, labels: ['changed'] }),
    )
    fixture.advance(60_000)
    const since = fixture.forge.state.clock.now()
    fixture.advance(1000)
    fixture.forge.as('bob').comment('acme/widget', first, 'hm')
    const list = async (more: object) => {
      const query = { ...REPO, labels: 'changed', sort: 'updated', ...more } as const
      return (await rest().issues.listForRepo(query)).data.map((issue) => issue.number)
    }
    expect(await list({})).toEqual([first, second])
    expect(await list({ direction: 'asc' })).toEqual([second, first])
    expect(await list({ since })).toEqual([first])
    // GitHub's own times have no fractions of seconds.
    expect(await list({ since: since.replace(/\.\d+Z$/, 'Z') })).toEqual([first])
  })

  it('remember their former titles, and when their text was edited', async () => {
    const alice = fixture.forge.as('alice')
    const number = alice.openIssue('acme/widget', { title: 'Former', body: 'a' })
    const edited = () =>
      fixture
        .installation()
        .graphql<{ repository: { issue: { lastEditedAt: string | null } } }>(
          'query ($n: Int!) { repository(owner: "acme", name: "widget") { issue(number: $n) { lastEditedAt } } }',
          { n: number },
        )
    alice.editIssue('acme/widget', number, { title: 'Present' })
    expect((await edited()).repository.issue.lastEditedAt).toBeNull()
    alice.editIssue('acme/widget', number, { body: 'b' })
    expect((await edited()).repository.issue.lastEditedAt).toEqual(expect.any(String))
    const events = await rest().issues.listEvents({ ...REPO, issue_number: number })
    expect(events.data).toMatchObject([{ event: 'renamed', rename: { from: 'Former', to: 'Present' } }])
    expect(events.data).toHaveLength(1)
  })
})

describe('two forges in one process', () => {
  it('know nothing of each other', async () => {
    const other = await forgeFixture()
    other.forge.as('bob').openIssue('acme/widget', { title: 'Only here' })
    const titles = (await fixture.user('bob').rest.issues.listForRepo(REPO)).data.map((issue) => issue.title)
    expect(titles).not.toContain('Only here')
    await other.close()
    await other.forge.close()
  })
})

describe('faults', () => {
  it('answer what was ordered, as often as was ordered', async () => {
    const route = '/repos/{owner}/{repo}'
    fixture.forge.fault({ path: route, status: 502, headers: { 'retry-after': '1' }, times: 2 })
    const get = () => rest().repos.get(REPO)
    expect(await refusal(get())).toContain('502')
    expect(await refusal(get())).toContain('502')
    expect((await get()).status).toBe(200)
  })

  it('cut the line before or after the work is done', async () => {
    const path = '/repos/acme/widget/issues'
    const bob = fixture.user('bob')
    const titled = async (title: string) =>
      (await bob.rest.issues.listForRepo(REPO)).data.filter((issue) => issue.title === title).length
    fixture.forge.fault({ method: 'POST', path, reset: 'before' })
    await expect(bob.rest.issues.create({ ...REPO, title: 'cut before' })).rejects.toThrow()
    expect(await titled('cut before')).toBe(0)
    fixture.forge.fault({ method: 'POST', path, reset: 'after' })
    await expect(bob.rest.issues.create({ ...REPO, title: 'cut after' })).rejects.toThrow()
    expect(await titled('cut after')).toBe(1)
  })
})
