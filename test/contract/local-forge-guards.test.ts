import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { forgeFixture, type ForgeFixture, refusal, REPO } from '../support/forge-fixture.ts'

let fixture: ForgeFixture
let head: string

const FREE = { owner: 'acme', repo: 'free' }

beforeAll(async () => {
  fixture = await forgeFixture({
    repositories: [
      { owner: 'acme', name: 'free', private: true, drafts: false, collaborators: { alice: 'admin' } },
    ],
  })
  fixture.forge.listen('mill', { url: 'http://127.0.0.1:9/', secret: 'x' })
  fixture.forge.seedApp({
    slug: 'ci',
    owner: 'acme',
    permissions: { checks: 'write', contents: 'read' },
    events: [],
    installations: [{ account: 'acme' }],
  })
  const files = { fix: '1' }
  head = await fixture.forge.as('wendy').push('acme/widget', { branch: 'fix', message: 'Fix', files })
  await fixture.forge.as('wendy').openPull('acme/widget', { title: 'Fix', head: 'fix' })
})
afterAll(() => fixture.close())

const app = () => fixture.installation()

let looked = 0
async function told(): Promise<string[]> {
  await fixture.forge.settled()
  const fresh = fixture.forge.deliveries.slice(looked)
  looked = fixture.forge.deliveries.length
  for (const delivery of fresh) fixture.schema.webhook(delivery.event, delivery.payload)
  return fresh.map((one) => (one.action === null ? one.event : `${one.event} ${one.action}`))
}
const lastPayload = () => fixture.forge.deliveries.at(-1)?.payload

describe('checks of others', () => {
  const ci = () => fixture.forge.as('ci[bot]')

  it('run, end and close their suite, each told to who asked for it', async () => {
    await told()
    await ci().report('acme/widget', head, { name: 'build', conclusion: null })
    expect(await told()).toEqual(['check_run created'])
    await ci().report('acme/widget', head, { name: 'lint', conclusion: 'success' })
    expect(await told()).toEqual(['check_run created', 'check_run completed'])
    const summary = 'sum.js:3 is wrong'
    await ci().report('acme/widget', head, { name: 'build', conclusion: 'failure', summary })
    expect(await told()).toEqual(['check_run completed', 'check_suite completed'])
    expect(lastPayload()).toMatchObject({
      check_suite: {
        conclusion: 'failure',
        head_sha: head,
        head_branch: 'fix',
        latest_check_runs_count: 2,
        app: { slug: 'ci' },
        pull_requests: [{ head: { ref: 'fix', sha: head } }],
        head_commit: { id: head, message: 'Fix' },
      },
      sender: { login: 'ci[bot]' },
    })
    const { data } = await app().rest.checks.listForRef({ ...REPO, ref: head })
    expect(data.check_runs.map((run) => [run.name, run.conclusion, run.app?.slug])).toEqual([
      ['lint', 'success', 'ci'],
      ['build', 'failure', 'ci'],
    ])
    expect(data.check_runs[1]?.output.summary).toBe(summary)
  })

  it('begin anew after they ended, and the newest counts', async () => {
    await ci().report('acme/widget', head, { name: 'build', conclusion: 'success' })
    expect(await told()).toEqual(['check_run created', 'check_run completed', 'check_suite completed'])
    const { data } = await app().rest.checks.listForRef({ ...REPO, ref: head, check_name: 'build' })
    expect(data.check_runs.map((run) => run.conclusion)).toEqual(['success'])
  })

  it('belong to the App that made them', async () => {
    const { data } = await app().rest.checks.listForRef({ ...REPO, ref: head })
    const change = app().rest.checks.update({
      ...REPO,
      check_run_id: data.check_runs[0]?.id ?? 0,
      conclusion: 'success',
    })
    expect(await refusal(change)).toBe('403 Resource not accessible by integration')
  })
})

describe('statuses', () => {
  it('are reported by people, and told with the branches that have the commit', async () => {
    const report = { name: 'site', summary: 'It failed', url: 'https://ci.example/1' }
    await fixture.forge.as('wendy').report('acme/widget', head, { ...report, conclusion: 'failure' })
    expect(await told()).toEqual(['status'])
    expect(lastPayload()).toMatchObject({
      sha: head,
      state: 'failure',
      context: 'site',
      description: 'It failed',
      target_url: 'https://ci.example/1',
      branches: [{ name: 'fix', commit: { sha: head } }],
      sender: { login: 'wendy' },
    })
    const listed = await app().rest.repos.listCommitStatusesForRef({ ...REPO, ref: head })
    expect(listed.data.map((one) => [one.context, one.state])).toEqual([['site', 'failure']])
  })

  it('are refused for unknown commits and states, and to people who may not write', async () => {
    const post = (login: string, more: object) =>
      refusal(
        fixture.user(login).rest.repos.createCommitStatus({ ...REPO, sha: head, state: 'success', ...more }),
      )
    expect(await post('wendy', { sha: '1'.repeat(40) })).toContain('422 No commit found for SHA')
    expect(await post('wendy', { state: 'splendid' })).toBe('422 Validation Failed invalid')
    expect(await post('wendy', { description: 'x'.repeat(141) })).toContain('description is too long')
    expect(await post('bob', {})).toContain('403')
  })
})

describe('branch protection', () => {
  const protection = (octokit: { rest: ReturnType<typeof app>['rest'] } = app(), repo = REPO) =>
    octokit.rest.repos.getBranchProtection({ ...repo, branch: 'main' })
  const rules = (branch = 'main') => app().rest.repos.getBranchRules({ ...REPO, branch })

  it('is told to those who administer, and hidden from the rest', async () => {
    expect(await refusal(protection())).toBe('404 Branch not protected')
    fixture.forge.protect('acme/widget', 'main', { strict: true, contexts: ['build'], approvals: 2 })
    expect((await protection()).data).toMatchObject({
      required_status_checks: { strict: true, contexts: ['build'] },
      required_pull_request_reviews: { required_approving_review_count: 2 },
    })
    expect((await rules()).data).toEqual([])
    expect((await protection(fixture.user('alice'))).data.required_status_checks?.strict).toBe(true)
    expect(await refusal(protection(fixture.user('wendy')))).toBe('404 Not Found')
    const gone = app().rest.repos.getBranchProtection({ ...REPO, branch: 'none' })
    expect(await refusal(gone)).toBe('404 Branch not found')
  })

  it('is 403 for an App without the permission, which it never has by being public', async () => {
    const small = await forgeFixture({ permissions: { contents: 'read' } })
    expect(await refusal(protection(small.installation()))).toBe('403 Resource not accessible by integration')
    await small.close()
  })

  it('by rulesets is told to everybody, as rules', async () => {
    const common = { strict: true, contexts: ['build', 'lint'], approvals: 1 }
    fixture.forge.protect('acme/widget', 'main', { ...common, ruleset: true, mergeQueue: true })
    expect(await refusal(protection())).toBe('404 Branch not protected')
    expect((await rules()).data).toMatchObject([
      { type: 'pull_request', parameters: { required_approving_review_count: 1 } },
      {
        type: 'required_status_checks',
        parameters: {
          strict_required_status_checks_policy: true,
          required_status_checks: [{ context: 'build' }, { context: 'lint' }],
        },
      },
      { type: 'merge_queue', ruleset_source: 'acme/widget' },
    ])
    expect((await rules('fix')).data).toEqual([])
    expect((await rules('none')).data).toEqual([])
    const [open] = (await app().rest.pulls.list(REPO)).data
    expect(await refusal(app().rest.pulls.merge({ ...REPO, pull_number: open?.number ?? 0 }))).toBe(
      '405 Changes must be made through the merge queue',
    )
  })

  it('is a feature that free plans lack for private repositories', async () => {
    const upgrade = '403 Upgrade to GitHub Pro or make this repository public to enable this feature.'
    expect(await refusal(protection(app(), FREE))).toBe(upgrade)
    expect(await refusal(app().rest.repos.getBranchRules({ ...FREE, branch: 'main' }))).toBe(upgrade)
  })
})
