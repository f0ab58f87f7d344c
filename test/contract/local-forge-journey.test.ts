import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { Webhooks } from '@octokit/webhooks'
import { forgeFixture, type ForgeFixture, REPO } from '../support/forge-fixture.ts'

interface Received {
  readonly event: string
  readonly signature: string
  readonly body: string
}

let fixture: ForgeFixture
let receiver: Server
const received: Received[] = []
const secret = 'a secret of the test'

beforeAll(async () => {
  fixture = await forgeFixture()
  receiver = createServer((request, response) => {
    void text(request).then((body) => {
      const header = (name: string) => String(request.headers[name])
      received.push({ event: header('x-github-event'), signature: header('x-hub-signature-256'), body })
      response.end('ok')
    })
  })
  await new Promise<void>((done) => receiver.listen(0, '127.0.0.1', done))
  const { port } = receiver.address() as AddressInfo
  fixture.forge.listen('mill', { url: `http://127.0.0.1:${port}/`, secret })
})
afterAll(async () => {
  await fixture.close()
  receiver.close()
})

describe('the journey of an App over the local forge', () => {
  it('goes from label to reviewed draft pull request with a check run', async () => {
    const { forge } = fixture
    const octokit = fixture.installation()
    const number = forge.as('bob').openIssue('acme/widget', { title: 'Sum is wrong', body: 'It is.' })
    forge.as('wendy').label('acme/widget', number, 'millwright')

    const issue = await octokit.rest.issues.get({ ...REPO, issue_number: number })
    expect(issue.data.labels.map((label) => (typeof label === 'string' ? label : label.name))).toEqual([
      'millwright',
    ])
    const eyes = { ...REPO, issue_number: number, content: 'eyes' as const }
    expect((await octokit.rest.reactions.createForIssue(eyes)).status).toBe(201)
    expect((await octokit.rest.reactions.createForIssue(eyes)).status).toBe(200)
    const comment = await octokit.rest.issues.createComment({ ...REPO, issue_number: number, body: 'On it.' })
    expect(comment.data.user?.login).toBe('mill[bot]')
    expect(comment.data.performed_via_github_app?.slug).toBe('mill')

    const main = await octokit.rest.git.getRef({ ...REPO, ref: 'heads/main' })
    const base = await octokit.rest.git.getCommit({ ...REPO, commit_sha: main.data.object.sha })
    const blob = await octokit.rest.git.createBlob({ ...REPO, content: 'bGluZQo=', encoding: 'base64' })
    const tree = await octokit.rest.git.createTree({
      ...REPO,
      base_tree: base.data.tree.sha,
      tree: [
        { path: 'src/sum.js', mode: '100644', type: 'blob', content: 'fixed\n' },
        { path: 'bin/run', mode: '100755', type: 'blob', sha: blob.data.sha },
        { path: 'README.md', mode: '100644', type: 'blob', sha: null },
      ],
    })
    const parents = [main.data.object.sha]
    const commit = await octokit.rest.git.createCommit({
      ...REPO,
      message: 'Fix',
      tree: tree.data.sha,
      parents,
    })
    expect(commit.data.verification.verified).toBe(true)
    expect(commit.data.author.name).toBe('mill[bot]')
    await octokit.rest.git.createRef({ ...REPO, ref: 'refs/heads/fix', sha: commit.data.sha })

    const pull = await octokit.rest.pulls.create({
      ...REPO,
      title: 'Fix the sum',
      body: `Fixes #${number}`,
      head: 'fix',
      base: 'main',
      draft: true,
    })
    expect(pull.data).toMatchObject({ draft: true, mergeable: true, changed_files: 3, commits: 1 })
    const files = await octokit.rest.pulls.listFiles({ ...REPO, pull_number: pull.data.number })
    expect(files.data.map((file) => `${file.status} ${file.filename}`)).toEqual([
      'removed README.md',
      'added bin/run',
      'modified src/sum.js',
    ])
    const review = await octokit.rest.pulls.createReview({
      ...REPO,
      pull_number: pull.data.number,
      event: 'COMMENT',
      body: 'Looks right.',
      comments: [{ path: 'src/sum.js', line: 1, side: 'RIGHT', body: 'This is the fix.' }],
    })
    expect(review.data.state).toBe('COMMENTED')
    const check = await octokit.rest.checks.create({
      ...REPO,
      name: 'millwright',
      head_sha: commit.data.sha,
      status: 'completed',
      conclusion: 'success',
      external_id: 'run.7.0',
      output: { title: 'Proved', summary: 'Red on base, green on head.' },
    })
    expect(check.data.pull_requests.map((one) => one.number)).toEqual([pull.data.number])
    await octokit.rest.issues.updateComment({ ...REPO, comment_id: comment.data.id, body: 'Done.' })
  })

  it('tells the App of every step, signed, in order, in the shape of GitHub', async () => {
    const { forge, schema } = fixture
    await forge.settled()
    for (const delivery of forge.deliveries) schema.webhook(delivery.event, delivery.payload)
    expect(forge.deliveries.map((one) => [one.event, one.action, one.status])).toEqual([
      ['issues', 'opened', 200],
      ['issues', 'labeled', 200],
      ['issue_comment', 'created', 200],
      ['push', null, 200],
      ['pull_request', 'opened', 200],
      ['pull_request_review', 'submitted', 200],
      ['pull_request_review_comment', 'created', 200],
      ['check_run', 'created', 200],
      ['check_run', 'completed', 200],
      ['check_suite', 'completed', 200],
      ['issue_comment', 'edited', 200],
    ])
    expect(received.map((one) => one.event)).toEqual(forge.deliveries.map((one) => one.event))
    for (const { body, signature } of received) {
      expect(await new Webhooks({ secret }).verify(body, signature)).toBe(true)
      expect(await new Webhooks({ secret: 'another' }).verify(body, signature)).toBe(false)
    }
  })

  it('names the installation and the sender in every payload', () => {
    const { forge } = fixture
    const labeled = forge.deliveries[1]?.payload
    expect(labeled).toMatchObject({
      installation: { id: forge.state.installations[0]?.id },
      sender: { login: 'wendy', type: 'User' },
      label: { name: 'millwright' },
      repository: { full_name: 'acme/widget' },
    })
  })

  it('sends a delivery again on request, under the same GUID', async () => {
    const { forge } = fixture
    const app = fixture.asApp()
    const list = await app.rest.apps.listWebhookDeliveries()
    const last = list.data[0]
    await app.rest.apps.redeliverWebhookDelivery({ delivery_id: last?.id ?? 0 })
    await forge.settled()
    expect(forge.deliveries.at(-1)).toMatchObject({ guid: last?.guid, redelivery: true, status: 200 })
  })

  it('merges with the expected head, closes the named issue and refuses a second merge', async () => {
    const { forge } = fixture
    const octokit = fixture.installation()
    const [pull] = (await octokit.rest.pulls.list({ ...REPO, head: 'acme:fix' })).data
    const at = { ...REPO, pull_number: pull?.number ?? 0 }
    await forge.as('wendy').markReady('acme/widget', at.pull_number)
    const merged = await octokit.rest.pulls.merge({ ...at, sha: pull?.head.sha })
    expect(merged.data.merged).toBe(true)
    const main = await octokit.rest.git.getRef({ ...REPO, ref: 'heads/main' })
    expect(main.data.object.sha).toBe(merged.data.sha)
    expect((await octokit.rest.pulls.get(at)).data).toMatchObject({ merged: true, state: 'closed' })
    expect((await octokit.rest.issues.get({ ...REPO, issue_number: 1 })).data.state).toBe('closed')
    await expect(octokit.rest.pulls.merge(at)).rejects.toMatchObject({ status: 405 })
    await forge.settled()
    for (const delivery of forge.deliveries) fixture.schema.webhook(delivery.event, delivery.payload)
  })
})
