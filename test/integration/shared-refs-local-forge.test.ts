/** A run's commits over the local forge: real HTTP, tokens of the App with no more right than it takes, real git. */
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, expect, it } from '@jest/globals'
import { createWorkspaces } from '../../src/adapters/git/workspaces.ts'
import { createGitTokens } from '../../src/adapters/github/installation-clients.ts'
import { createTokenAccess } from '../../src/adapters/github/token-access.ts'
import type { RepoRef } from '../../src/core/ids.ts'
import type { Workspaces } from '../../src/ports/workspace.ts'
import { counted } from '../adapters/git/counted.ts'
import { forgeFixture } from '../support/forge-fixture.ts'
import type { ForgeFixture } from '../support/forge-fixture.ts'
import { createPlainSandbox } from '../support/plain-sandbox.ts'

const WIDGET = 'acme/widget'
const RUN = 'abcdef1234'
const REF = `refs/millwright/${RUN}`

const closing: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const close of closing.splice(0)) await close()
})

async function open(permissions?: Record<string, 'read' | 'write'>): Promise<ForgeFixture> {
  const fixture = await forgeFixture(permissions && { permissions })
  closing.push(() => fixture.close())
  return fixture
}

function machine(fixture: ForgeFixture): Workspaces {
  const root = mkdtempSync(join(tmpdir(), 'state-'))
  closing.push(async () => rmSync(root, { recursive: true, force: true }))
  const authenticate = (id?: number) => Promise.resolve(id ? fixture.installation() : fixture.asApp())
  const remote = createTokenAccess({ gitUrl: fixture.forge.url, token: createGitTokens(authenticate) })
  return createWorkspaces({ root, remote, sandbox: createPlainSandbox(), owner: undefined })
}

const repoOf = (fixture: ForgeFixture): RepoRef => ({
  id: fixture.forge.repo(WIDGET).id,
  owner: 'acme',
  name: 'widget',
})

it('goes to another machine and away again, and sends only what the forge lacks', async () => {
  const fixture = await open()
  const repo = repoOf(fixture)
  const { workspace, commit: base } = await machine(fixture).sync(repo, 'main')
  const bare = join(fixture.root, 'repositories', 'acme', 'widget.git')
  const git = (...args: string[]): string =>
    execFileSync('git', ['--git-dir', bare, ...args], { encoding: 'utf8' }).trim()
  // The forge's branch moves on: by its name alone nobody would know that it has our base.
  await fixture.forge
    .as('alice')
    .push(WIDGET, { branch: 'main', message: 'Next', files: { 'next.txt': 'n\n' } })
  git('config', 'receive.unpackLimit', '1')

  const content = Buffer.from('new\n')
  const change = await workspace.withFiles(base, [{ path: 'new.txt', content }])
  await workspace.keep(RUN, [base, change])
  const packs = (): string[] =>
    readdirSync(join(bare, 'objects/pack')).filter((name) => name.endsWith('.idx'))
  const before = packs()
  await workspace.share(RUN)
  const [sent = ''] = packs().filter((name) => !before.includes(name))
  const objects = git('verify-pack', '-v', join(bare, 'objects/pack', sent))
  const kinds = [...objects.matchAll(/^[0-9a-f]{40} (\w+)/gm)].map(([, kind = '']) => kind)
  expect(counted(kinds)).toEqual({ blob: 1, commit: 2, tree: 1 })

  const there = await machine(fixture).open(repo)
  expect(await there.fetchShared(RUN)).toBe(true)
  expect(await there.has(base, change)).toBe(true)
  await there.drop(RUN, true)
  await workspace.drop(RUN, true)
  expect(await fixture.forge.repo(WIDGET).git.ref(REF)).toBeUndefined()
  expect(await there.fetchShared(RUN)).toBe(false)
})

it('names the permission where the App may only read', async () => {
  const fixture = await open({ contents: 'read', issues: 'write' })
  const { workspace, commit } = await machine(fixture).sync(repoOf(fixture), 'main')
  await workspace.keep(RUN, [commit])
  await expect(workspace.share(RUN)).rejects.toMatchObject({ name: 'UserError', code: 'forge_refused' })
  expect(await fixture.forge.repo(WIDGET).git.ref(REF)).toBeUndefined()
  expect(await workspace.fetchShared(RUN)).toBe(false)
})

it('says that an archived repository takes nothing', async () => {
  const fixture = await open()
  const { workspace, commit } = await machine(fixture).sync(repoOf(fixture), 'main')
  await workspace.keep(RUN, [commit])
  fixture.forge.as('alice').archiveRepository(WIDGET)
  await expect(workspace.share(RUN)).rejects.toMatchObject({
    name: 'UserError',
    code: 'repository_archived',
    message: 'acme/widget was archived, so nothing can be pushed to it.',
  })
})
