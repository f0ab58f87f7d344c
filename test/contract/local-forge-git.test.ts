import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { git } from '../../src/adapters/git/git.ts'
import { forgeFixture, type ForgeFixture, REPO } from '../support/forge-fixture.ts'

let fixture: ForgeFixture
beforeAll(async () => {
  fixture = await forgeFixture({
    repositories: [{ owner: 'acme', name: 'secret', private: true, collaborators: { alice: 'admin' } }],
  })
  await fixture.forge.as('alice').push('acme/secret', { branch: 'main', message: 'one', files: { a: '1\n' } })
})
afterAll(() => fixture.close())

const basic = (token: string) =>
  `Authorization: Basic ${Buffer.from(`x-access-token:${token}`).toString('base64')}`
const auth = (token: string) => [['http.extraHeader', basic(token)]] as const
const person = {
  GIT_AUTHOR_NAME: 'Wendy',
  GIT_AUTHOR_EMAIL: 'wendy@example.com',
  GIT_COMMITTER_NAME: 'Wendy',
  GIT_COMMITTER_EMAIL: 'wendy@example.com',
}
let clones = 0

async function clone(name: string, token?: string) {
  const dir = join(fixture.root, `clone-${clones++}`)
  const config = token === undefined ? [] : auth(token)
  await git(undefined, ['clone', '--quiet', `${fixture.forge.url}/${name}.git`, dir], { config })
  const run = (...args: string[]) =>
    git(join(dir, '.git'), args, { cwd: dir, env: { ...person, GIT_WORK_TREE: dir }, config })
  return { dir, run }
}

async function installationToken(permissions?: { contents: 'read' | 'write' }): Promise<string> {
  const installation_id = fixture.forge.state.installations[0]?.id ?? 0
  return (
    await fixture
      .asApp()
      .rest.apps.createInstallationAccessToken({ installation_id, ...(permissions && { permissions }) })
  ).data.token
}

describe('git over HTTP', () => {
  it('clones a public repository without a token', async () => {
    const { dir } = await clone('acme/widget')
    expect(await readFile(join(dir, 'README.md'), 'utf8')).toBe('# Widget\n')
  })

  it('clones a private repository with a token that may see it, and with no other', async () => {
    const { dir } = await clone('acme/secret', await installationToken())
    expect(await readFile(join(dir, 'a'), 'utf8')).toBe('1\n')
    await expect(clone('acme/secret')).rejects.toThrow(/could not read Username|Authentication failed/)
    await expect(clone('acme/secret', 'ghp_bob')).rejects.toThrow(/Repository not found|not found/)
    await expect(clone('acme/secret', 'wrong')).rejects.toThrow(
      /could not read Username|Authentication failed/,
    )
  })

  it('takes a push, tells of it and moves the pull request along', async () => {
    const { forge } = fixture
    const { dir, run } = await clone('acme/widget', 'ghp_wendy')
    await run('checkout', '--quiet', '-b', 'topic')
    await writeFile(join(dir, 'new.txt'), 'new\n')
    await run('add', '.')
    await run('commit', '--quiet', '-m', 'First')
    await run('push', '--quiet', 'origin', 'topic')
    const number = await forge.as('wendy').openPull('acme/widget', { title: 'Topic', head: 'topic' })
    forge.listen('mill', { url: 'http://127.0.0.1:9/', secret: 'x' })
    await writeFile(join(dir, 'new.txt'), 'newer\n'.repeat(200_000))
    await run('commit', '--quiet', '-am', 'Second')
    await run('push', '--quiet', 'origin', 'topic')
    const { text: head } = await run('rev-parse', 'HEAD')
    const pull = await fixture.installation().rest.pulls.get({ ...REPO, pull_number: number })
    expect(pull.data).toMatchObject({ commits: 2, head: { sha: head } })
    await forge.settled()
    expect(forge.deliveries.map((one) => [one.event, one.action, one.status])).toEqual([
      ['push', null, 0],
      ['pull_request', 'synchronize', 0],
    ])
    expect(forge.deliveries[0]?.payload).toMatchObject({
      ref: 'refs/heads/topic',
      after: head,
      forced: false,
      commits: [{ message: 'Second\n', modified: ['new.txt'], author: { username: 'wendy' } }],
      sender: { login: 'wendy' },
    })
    for (const delivery of forge.deliveries) fixture.schema.webhook(delivery.event, delivery.payload)
    expect((await run('ls-remote', 'origin', `refs/pull/${number}/head`)).text).toContain(head)
  })

  it('takes a push of the App, and fetches a single commit by its id, shallow and filtered', async () => {
    const { dir, run } = await clone('acme/widget', await installationToken())
    await writeFile(join(dir, 'by-app'), 'x\n')
    await run('add', '.')
    await run('commit', '--quiet', '-m', 'By the App')
    await run('push', '--quiet', 'origin', 'HEAD:refs/millwright/run1')
    const { text: head } = await run('rev-parse', 'HEAD')
    expect(await fixture.forge.repo('acme/widget').git.ref('refs/millwright/run1')).toBe(head)
    const bare = join(fixture.root, 'bare.git')
    await git(undefined, ['init', '--quiet', '--bare', bare])
    const url = `${fixture.forge.url}/acme/widget.git`
    await git(bare, ['fetch', '--quiet', '--depth=1', '--filter=blob:none', url, head])
    expect((await git(bare, ['rev-list', '--count', 'FETCH_HEAD'])).text).toBe('1')
  })

  it("takes the App's ref with a token that may write contents alone, gives it out, and removes it", async () => {
    const right = (contents: 'read' | 'write') => installationToken({ contents })
    const writer = await clone('acme/widget', await right('write'))
    const reader = await clone('acme/widget', await right('read'))
    const ref = 'refs/millwright/run2'
    const there = () => fixture.forge.repo('acme/widget').git.ref(ref)
    await expect(reader.run('push', 'origin', `HEAD:${ref}`)).rejects.toThrow(/denied|403/)
    await writer.run('push', '--quiet', 'origin', `HEAD:${ref}`)
    const { text: head } = await writer.run('rev-parse', 'HEAD')
    await reader.run('fetch', '--quiet', 'origin', ref)
    expect([await there(), (await reader.run('rev-parse', 'FETCH_HEAD')).text]).toEqual([head, head])
    const told = fixture.forge.deliveries.length
    await expect(reader.run('push', 'origin', '--delete', ref)).rejects.toThrow(/denied|403/)
    await writer.run('push', '--quiet', 'origin', '--delete', ref)
    expect([await there(), fixture.forge.deliveries.length]).toEqual([undefined, told])
  })

  it('refuses a push of people without write, of nobody, and into refs/pull', async () => {
    const { run } = await clone('acme/widget', 'ghp_bob')
    await expect(run('push', 'origin', 'HEAD:refs/heads/mine')).rejects.toThrow(/403|404|not found|denied/)
    const anonymous = await clone('acme/widget')
    await expect(anonymous.run('push', 'origin', 'HEAD:refs/heads/mine')).rejects.toThrow(
      /Username|Authentication/,
    )
    const wendy = await clone('acme/widget', 'ghp_wendy')
    await expect(wendy.run('push', 'origin', 'HEAD:refs/pull/9/head')).rejects.toThrow(
      /deny updating a hidden ref/,
    )
  })

  it('closes a pull request whose branch is deleted', async () => {
    const { run } = await clone('acme/widget', 'ghp_wendy')
    await fixture.forge
      .as('wendy')
      .push('acme/widget', { branch: 'gone', message: 'x', files: { gone: 'x' } })
    const number = await fixture.forge.as('wendy').openPull('acme/widget', { title: 'Gone', head: 'gone' })
    await run('push', '--quiet', 'origin', ':gone')
    const { data } = await fixture.installation().rest.pulls.get({ ...REPO, pull_number: number })
    expect(data).toMatchObject({ state: 'closed', merged: false, mergeable: null })
  })
})
