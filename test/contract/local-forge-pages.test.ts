import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { createHmac } from 'node:crypto'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { forgeFixture, type ForgeFixture, REPO, refusal } from '../support/forge-fixture.ts'

let fixture: ForgeFixture
let receiver: Server
let hookUrl: string
const received: { event: string; signature: string; body: string }[] = []

beforeAll(async () => {
  fixture = await forgeFixture()
  receiver = createServer((request, response) => {
    let body = ''
    request.on('data', (part: Buffer) => (body += part.toString()))
    request.on('end', () => {
      const { 'x-github-event': event, 'x-hub-signature-256': signature } = request.headers
      received.push({ event: String(event), signature: String(signature), body })
      response.end()
    })
  })
  await new Promise<void>((done) => receiver.listen(0, '127.0.0.1', done))
  hookUrl = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/hooks`
})
afterAll(async () => {
  receiver.closeAllConnections()
  receiver.close()
  await fixture.close()
})

const manifest = (changes: object = {}) => ({
  name: 'Wheel Wright',
  url: 'https://example.com',
  hook_attributes: { url: hookUrl },
  redirect_url: 'http://127.0.0.1:9/back?kept=1',
  default_permissions: { issues: 'write', checks: 'read' },
  default_events: ['issues', 'check_run'],
  ...changes,
})

async function post(
  path: string,
  fields: Record<string, string>,
): Promise<{ status: number; text: string; to: string }> {
  const url = fixture.forge.url + path
  const response = await fetch(url, { method: 'POST', body: new URLSearchParams(fields), redirect: 'manual' })
  return { status: response.status, text: await response.text(), to: response.headers.get('location') ?? '' }
}

const ask = (changes: object = {}, path = '/organizations/acme/settings/apps/new?state=s-1&as=alice') =>
  post(path, { manifest: JSON.stringify(manifest(changes)) })

const problems = (text: string) =>
  [...text.matchAll(/<p class="problem">\s*(.*?)\s*<\/p>/gs)].map(([, said]) => said)

async function make(changes: object = {}): Promise<string> {
  const text = JSON.stringify(manifest(changes))
  const made = await post('/organizations/acme/settings/apps/manifest?as=alice', {
    manifest: text,
    state: 's-1',
    name: (manifest(changes) as { name: string }).name,
  })
  return new URL(made.to).searchParams.get('code') ?? ''
}

const convert = (code: string) =>
  fixture.anonymous().request('POST /app-manifests/{code}/conversions', { code })

describe('the manifest flow', () => {
  it('names what the App may do, makes it on a click, and gives its secrets once', async () => {
    const shown = await ask()
    expect(shown.status).toBe(200)
    for (const part of [
      '<li>write access to <code>issues</code></li>',
      '<li>read access to <code>checks</code></li>',
      `It will be told of: issues, check_run, at <code>${hookUrl}</code>.`,
      '<button>Create GitHub App for acme</button>',
      'action="/organizations/acme/settings/apps/manifest"',
      '<input type="hidden" name="state" value="s-1" />',
    ])
      expect(shown.text.replaceAll(/\s+/g, ' ')).toContain(part)
    expect(fixture.forge.state.apps.map((app) => app.slug)).toEqual(['mill'])

    const made = await post('/organizations/acme/settings/apps/manifest?as=alice', {
      manifest: JSON.stringify(manifest()),
      state: 's-1',
      name: 'Wheel Wright & Sons',
    })
    expect(made.status).toBe(302)
    const code = new URL(made.to).searchParams.get('code') ?? ''
    expect(made.to).toBe(`http://127.0.0.1:9/back?kept=1&code=${code}&state=s-1`)

    const { status, data } = await convert(code)
    expect(status).toBe(201)
    expect(data).toMatchObject({
      slug: 'wheel-wright-sons',
      name: 'Wheel Wright & Sons',
      owner: { login: 'acme' },
      permissions: { issues: 'write', checks: 'read', metadata: 'read' },
      events: ['issues', 'check_run'],
      html_url: `${fixture.forge.url}/apps/wheel-wright-sons`,
    })
    expect(data.pem).toContain('-----BEGIN RSA PRIVATE KEY-----')
    expect(data.webhook_secret).toMatch(/^[0-9a-f]{40}$/)
    expect(data.client_secret).toMatch(/^[0-9a-f]{40}$/)
    expect(await refusal(convert(code))).toBe('404 Not Found')
  })

  it('makes an App of a person where no organization is named', async () => {
    const shown = await ask({ name: 'bobs' }, '/settings/apps/new?as=bob')
    expect(shown.text).toContain('<button>Create GitHub App for bob</button>')
    expect(shown.text).not.toContain('name="state"')
  })

  it('forgets a code after an hour', async () => {
    const code = await make({ name: 'late' })
    fixture.advance(3_600_000)
    expect(await refusal(convert(code))).toBe('404 Not Found')
    fixture.advance(-3_600_000)
  })

  it('hides the page of an organization from who does not speak for it', async () => {
    expect((await ask({}, '/organizations/acme/settings/apps/new?as=bob')).status).toBe(404)
    expect((await ask({}, '/organizations/alice/settings/apps/new?as=alice')).status).toBe(404)
    expect((await ask({}, '/settings/apps/new?as=nobody')).status).toBe(403)
  })
})

describe('a manifest is refused', () => {
  it.each([
    ['without an address', { url: undefined }, ['Error: &quot;url&quot; wasn&#39;t supplied.']],
    [
      'with a hook that has no address',
      { hook_attributes: { active: false } },
      ['Error: &quot;url&quot; wasn&#39;t supplied.'],
    ],
    [
      'with a hook that GitHub cannot reach',
      { hook_attributes: { url: 'http://192.168.1.4:3000/hook' } },
      [
        'Error: Hook url is not supported because it isn&#39;t reachable over the public Internet (192.168.1.4)',
      ],
    ],
    [
      'with installation events, which always come',
      { default_events: ['issues', 'installation'] },
      [
        'Error: Default events unsupported: installation',
        'Error: Default events are not supported by permissions: installation',
      ],
    ],
    [
      'with events that no permission covers',
      { default_events: ['push', 'merge_group', 'status'] },
      ['Error: Default events are not supported by permissions: push, merge_group, and status'],
    ],
    [
      'with a permission that is none, or a level that it does not have',
      { default_permissions: { issues: 'admin', checks: 'read', magic: 'write' } },
      [
        'Error: Default permission records resource is not included in the list: magic',
        'Error: Default permission records action is not included in the list: issues',
      ],
    ],
    ['with a name that is taken', { name: 'Mill' }, ['Error: Name is already taken']],
    ['with the name of an account', { name: 'Alice' }, ['Error: Name is already taken']],
    [
      'with too long a name',
      { name: 'x'.repeat(35) },
      ['Error: Name is too long (maximum is 34 characters)'],
    ],
  ])('%s', async (_what, changes, expected) => {
    const refused = await ask(changes)
    expect(refused.status).toBe(422)
    expect(refused.text).toContain('<h1>Invalid GitHub App configuration</h1>')
    expect(problems(refused.text)).toEqual([
      'The configuration does not appear to be a valid GitHub App manifest.',
      ...expected,
    ])
  })

  it('that is no JSON', async () => {
    const refused = await post('/settings/apps/new?as=alice', { manifest: '{' })
    expect(problems(refused.text)).toEqual([
      'The configuration does not appear to be a valid GitHub App manifest.',
      'Error: The manifest is not a JSON object.',
    ])
  })

  it('at the second step too', async () => {
    const fields = { manifest: JSON.stringify(manifest()), name: 'Mill' }
    const refused = await post('/organizations/acme/settings/apps/manifest?as=alice', fields)
    expect(refused.status).toBe(422)
    expect(problems(refused.text)).toContain('Error: Name is already taken')
  })
})

describe('installing', () => {
  it('offers the repositories, installs on the chosen ones, tells the App, and goes to its page', async () => {
    const { data } = await convert(await make({ name: 'chosen', setup_url: 'http://127.0.0.1:9/thanks' }))
    const shown = await fetch(`${fixture.forge.url}/apps/chosen/installations/new?state=x&as=alice`)
    const text = await shown.text()
    expect(text).toContain('Install on acme')
    expect(text).not.toContain('Install on alice')
    expect(text).toContain('<input type="checkbox" name="repository" value="widget" /> acme/widget')

    const fields = { account: 'acme', target: 'selected', repository: 'widget', state: 'x' }
    const { status, to } = await post('/apps/chosen/installations?as=alice', fields)
    const installation = fixture.forge.state.installations.find((one) => one.app.slug === 'chosen')
    expect(status).toBe(302)
    expect(to).toBe(
      `http://127.0.0.1:9/thanks?installation_id=${installation?.id}&setup_action=install&state=x`,
    )
    expect(installation?.repositories).toEqual(new Set([fixture.forge.repo('acme/widget').id]))

    fixture.forge.as('bob').openIssue('acme/widget', { title: 'Heard' })
    await fixture.forge.settled()
    expect(received.map(({ event }) => event)).toEqual(['installation', 'issues'])
    for (const { body, signature } of received)
      expect(signature).toBe(
        `sha256=${createHmac('sha256', data.webhook_secret ?? '')
          .update(body)
          .digest('hex')}`,
      )
    expect(JSON.parse(received[0]?.body ?? '')).toMatchObject({
      action: 'created',
      installation: { id: installation?.id, app_slug: 'chosen' },
      repositories: [{ full_name: 'acme/widget' }],
      sender: { login: 'alice' },
    })
    const again = await post('/apps/chosen/installations?as=alice', fields)
    expect(problems(again.text)).toEqual(['chosen is installed on acme already.'])
  })

  it('is refused without a repository, and to people who do not speak for the account', async () => {
    await make({ name: 'private one' })
    const none = await post('/apps/private-one/installations?as=alice', {
      account: 'acme',
      target: 'selected',
    })
    expect(problems(none.text)).toEqual(['Select at least one repository, or all of them.'])
    const bob = await post('/apps/private-one/installations?as=bob', { account: 'acme', target: 'all' })
    expect(bob.status).toBe(404)
    // Private: not on the account of another person either.
    const own = await post('/apps/private-one/installations?as=bob', { account: 'bob', target: 'all' })
    expect(own.status).toBe(404)
  })
})

describe("a person's token", () => {
  it('says whose it is, sets statuses and labels, comments and reacts', async () => {
    const { rest } = fixture.user('wendy')
    expect((await rest.users.getAuthenticated()).data.login).toBe('wendy')
    const number = fixture.forge.as('bob').openIssue('acme/widget', { title: 'By token' })
    const at = { ...REPO, issue_number: number }
    await rest.issues.addLabels({ ...at, labels: ['bug'] })
    const { data: comment } = await rest.issues.createComment({ ...at, body: 'Hello' })
    expect(comment.performed_via_github_app).toBeNull()
    await rest.reactions.createForIssue({ ...at, content: 'eyes' })
    await rest.reactions.createForIssueComment({ ...REPO, comment_id: comment.id, content: '+1' })
    const sha = (await fixture.forge.repo('acme/widget').git.ref('refs/heads/main')) ?? ''
    const status = await rest.repos.createCommitStatus({
      ...REPO,
      sha,
      state: 'success',
      context: 'millwright',
    })
    expect(status.data).toMatchObject({ state: 'success', creator: { login: 'wendy' } })
  })

  it('makes no check run', async () => {
    const head_sha = (await fixture.forge.repo('acme/widget').git.ref('refs/heads/main')) ?? ''
    const call = fixture.user('alice').rest.checks.create({ ...REPO, name: 'millwright', head_sha })
    expect(await refusal(call)).toBe('403 Resource not accessible by personal access token')
  })

  it('commits ordinary files only: an executable one keeps its mode, a new one cannot have any', async () => {
    const { git } = fixture.forge.repo('acme/widget')
    const { tree: before } = await git.readCommit((await git.ref('refs/heads/main')) ?? '')
    const script = await git.writeBlob(Buffer.from('#!/bin/sh\n'))
    const person = { name: 'x', email: 'x@example.com', date: new Date().toISOString() }
    const head = await git.writeCommit({
      tree: await git.writeTree(before, [{ path: 'run.sh', mode: '100755', id: script }]),
      parents: [(await git.ref('refs/heads/main')) ?? ''],
      message: 'script',
      author: person,
      committer: person,
    })
    await git.moveRef('refs/heads/modes', undefined, head)
    const contents = Buffer.from('#!/bin/sh\necho\n').toString('base64')
    await fixture
      .user('wendy')
      .graphql(
        'mutation ($input: CreateCommitOnBranchInput!) { createCommitOnBranch(input: $input) { commit { oid } } }',
        {
          input: {
            branch: { repositoryNameWithOwner: 'acme/widget', branchName: 'modes' },
            message: { headline: 'Change both' },
            expectedHeadOid: head,
            fileChanges: {
              additions: [
                { path: 'run.sh', contents },
                { path: 'new.sh', contents },
              ],
            },
          },
        },
      )
    const { tree } = await git.readCommit((await git.ref('refs/heads/modes')) ?? '')
    const modes = (await git.readTree(tree, false)).map(({ path, mode }) => `${mode} ${path}`)
    expect(modes).toEqual(expect.arrayContaining(['100755 run.sh', '100644 new.sh']))
  })
})
