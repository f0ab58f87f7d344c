/** The GitHub adapter over the local forge: what is said about a draft, by a token, and after names and rights changed. */
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { createWorkspaces } from '../../src/adapters/git/workspaces.ts'
import { createGithubForge } from '../../src/adapters/github/github-forge.ts'
import type { GithubForge } from '../../src/adapters/github/github-forge.ts'
import {
  appIdentity,
  createGitTokens,
  createInstallationClients,
} from '../../src/adapters/github/installation-clients.ts'
import { openTokenForge } from '../../src/adapters/github/token-forge.ts'
import { createTokenAccess } from '../../src/adapters/github/token-access.ts'
import type { ObjectId, RepoRef } from '../../src/core/ids.ts'
import type { CommitOutcome, FileEntry, Forge } from '../../src/ports/forge.ts'
import type { Workspaces } from '../../src/ports/workspace.ts'
import { forgeFixture } from '../support/forge-fixture.ts'
import type { ForgeFixture } from '../support/forge-fixture.ts'
import { createPlainSandbox } from '../support/plain-sandbox.ts'

const WIDGET = 'acme/widget'
const roots: string[] = []

afterAll(() => {
  for (const root of roots) rmSync(root, { recursive: true, force: true })
})

function workspacesOf(forge: Forge): Workspaces {
  const root = mkdtempSync(join(tmpdir(), 'state-'))
  roots.push(root)
  return createWorkspaces({ root, remote: forge.git, sandbox: createPlainSandbox(), owner: undefined })
}

async function appForge(fixture: ForgeFixture): Promise<GithubForge> {
  const authenticate = (id?: number) => Promise.resolve(id ? fixture.installation() : fixture.asApp())
  return createGithubForge({
    clientOf: createInstallationClients(authenticate),
    identity: await appIdentity(authenticate),
    git: createTokenAccess({ gitUrl: fixture.forge.url, token: createGitTokens(authenticate) }),
  })
}

const refOf = (fixture: ForgeFixture): RepoRef => ({
  id: fixture.forge.repo(WIDGET).id,
  owner: 'acme',
  name: 'widget',
})

interface Change {
  readonly branch: string
  readonly parent: ObjectId
  readonly alsoParent?: ObjectId
  readonly path: string
  readonly text: string
  readonly mode?: FileEntry['mode']
}

/** Commits one file on top of the last parent, with the tree that our own git makes of it. */
async function commitFile(
  forge: Forge,
  repo: RepoRef,
  { branch, parent, alsoParent, path, text, mode = '100644' }: Change,
): Promise<CommitOutcome> {
  const workspaces = workspacesOf(forge)
  const { workspace } = await workspaces.sync(repo, 'main')
  for (const known of [branch, 'side'])
    if ((await forge.pulls.branchHead(repo, known)) !== undefined) await workspaces.sync(repo, known)
  const checkout = await workspace.checkout(alsoParent ?? parent, 'coder')
  const target = join(checkout.path, path)
  mkdirSync(dirname(target), { recursive: true })
  writeFileSync(target, text)
  chmodSync(target, mode === '100755' ? 0o755 : 0o644)
  const head = await workspace.snapshot(checkout, 'work')
  return forge.pulls.commit(repo, {
    branch,
    parent,
    ...(alsoParent === undefined ? {} : { alsoParent }),
    tree: await workspace.tree(head),
    message: `Change ${path}\n\nMillwright-Effect: ${branch}.${path}`,
    files: [{ path, mode, content: Buffer.from(text) }],
  })
}

describe('a draft of the App', () => {
  let fixture: ForgeFixture
  let github: GithubForge
  let repo: RepoRef
  let base: ObjectId
  let head: ObjectId
  let number: number

  beforeAll(async () => {
    fixture = await forgeFixture()
    github = await appForge(fixture)
    repo = refOf(fixture)
    base = (await github.pulls.branchHead(repo, 'main')) ?? ''
    const made = await commitFile(github, repo, {
      branch: 'mill/1',
      parent: base,
      path: 'src/new.js',
      text: 'one\ntwo\n',
    })
    expect(made).toMatchObject({ kind: 'created', signed: true })
    head = 'commit' in made ? made.commit : ''
    const opened = await github.pulls.openDraft(repo, {
      title: 'T',
      body: 'B',
      branch: 'mill/1',
      base: 'main',
    })
    number = 'pull' in opened ? opened.pull.number : 0
  })
  afterAll(() => fixture.close())

  it('is read anew and described anew', async () => {
    expect(await github.pulls.pull(repo, number)).toMatchObject({
      head,
      branch: 'mill/1',
      draft: true,
      state: 'open',
      ours: true,
      base: { branch: 'main', commit: base },
      mergeCommit: null,
      closedBy: null,
    })
    const before = github.counts().writes
    await github.pulls.describe(repo, number, { title: 'T', body: 'B' })
    expect(github.counts().writes).toBe(before)
    await github.pulls.describe(repo, number, { title: 'T', body: 'B\n\nReworked.' })
    await github.pulls.describe(repo, number, { title: 'T', body: 'B\n\nReworked.' })
    expect(github.counts().writes).toBe(before + 1)
    expect(await github.pulls.pull(repo, 9999)).toBeUndefined()
  })

  it('collects remarks, each settled once answered', async () => {
    const [alice, bob] = [fixture.forge.as('alice'), fixture.forge.as('bob')]
    const review = await alice.review(WIDGET, number, { state: 'CHANGES_REQUESTED', body: 'Rename it' })
    const thread = await alice.reviewLine(WIDGET, number, { path: 'src/new.js', line: 2, body: 'Why two?' })
    await bob.reply(WIDGET, thread, 'and delete the tests')
    const seen = async () =>
      (await github.pulls.remarks(repo, number))
        .filter(({ kind, body }) => kind === 'thread' || body !== '')
        .map(({ kind, id, author, body, settled }) => [kind, id, author?.login, body, settled])
    expect(await seen()).toEqual([
      ['review', review, 'alice', 'Rename it', false],
      ['thread', thread, 'alice', 'Why two?', false],
      ['thread', thread, 'bob', 'and delete the tests', false],
    ])
    const marker = '<!-- m -->'
    const answer = (id: number, kind: 'review' | 'thread') =>
      github.pulls.answer(repo, number, { remark: { id, kind }, body: `Done.\n${marker}${kind}`, marker })
    expect([await answer(review, 'review'), await answer(review, 'review')]).toEqual([
      'posted',
      'already_there',
    ])
    expect([await answer(thread, 'thread'), await answer(thread, 'thread')]).toEqual([
      'posted',
      'already_there',
    ])
    expect(await seen()).toEqual([
      ['review', review, 'alice', 'Rename it', true],
      ['thread', thread, 'alice', '', true],
    ])
    await alice.reply(WIDGET, thread, 'Still two')
    expect((await seen()).at(-1)).toEqual(['thread', thread, 'alice', 'Still two', false])
    await alice.resolve(WIDGET, thread)
    expect((await seen()).at(-1)).toEqual(['thread', thread, 'alice', 'Still two', true])
    const [found] = (await github.pulls.remarks(repo, number)).filter(({ kind }) => kind === 'thread')
    expect(found).toMatchObject({ path: 'src/new.js', line: 2, byBot: false, ours: false })
  })

  it('shows the checks of others without its own', async () => {
    await github.pulls.checkRun(repo, {
      name: 'millwright',
      head,
      conclusion: 'success',
      title: 'T',
      summary: 'S',
      externalId: 'e',
    })
    const wendy = fixture.forge.as('wendy')
    await wendy.report(WIDGET, head, { name: 'ci/slow', conclusion: null })
    await wendy.report(WIDGET, head, { name: 'ci/test', conclusion: 'failure', summary: '1 of 9 failed' })
    const found = await github.pulls.checks(repo, head)
    const byName = new Map(found.map(({ name, state, text }) => [name, { state, text }]))
    expect(byName).toEqual(
      new Map([
        ['ci/slow', { state: 'pending', text: '' }],
        ['ci/test', { state: 'failed', text: '1 of 9 failed' }],
      ]),
    )
  })

  it('knows what guards its base', async () => {
    expect(await github.pulls.baseRules(repo, 'main')).toBeUndefined()
    fixture.forge.protect(WIDGET, 'main', { strict: true, contexts: ['ci/test'], approvals: 1 })
    expect(await github.pulls.baseRules(repo, 'main')).toEqual({
      upToDate: true,
      mergeQueue: false,
      requiredChecks: ['ci/test'],
      approvals: 1,
    })
    fixture.forge.protect(WIDGET, 'main', {
      strict: false,
      contexts: ['ci/all'],
      approvals: 2,
      mergeQueue: true,
      ruleset: true,
    })
    expect(await github.pulls.baseRules(repo, 'main')).toEqual({
      upToDate: false,
      mergeQueue: true,
      requiredChecks: ['ci/all'],
      approvals: 2,
    })
  })

  it('takes a moved base in by a commit of two parents', async () => {
    const files = { 'other.txt': 'x\n' }
    const moved = await fixture.forge.as('wendy').push(WIDGET, { branch: 'side', message: 'side', files })
    const made = await commitFile(github, repo, {
      branch: 'mill/1',
      parent: head,
      alsoParent: moved,
      path: 'src/new.js',
      text: 'one\ntwo\nthree\n',
    })
    expect(made).toMatchObject({ kind: 'created', signed: true })
    const { data } = await fixture
      .user('alice')
      .rest.repos.getCommit({ owner: 'acme', repo: 'widget', ref: 'mill/1' })
    expect(data.parents.map(({ sha }) => sha)).toEqual([head, moved])
  })

  it('is closed by somebody, who is named', async () => {
    await fixture.forge.as('alice').closeIssue(WIDGET, number)
    expect(await github.pulls.pull(repo, number)).toMatchObject({
      state: 'closed',
      merged: false,
      closedBy: { login: 'alice' },
    })
  })

  it('of a renamed repository is still written to under the old name', async () => {
    fixture.forge.as('alice').renameRepository(WIDGET, 'gadget')
    const issue = { repo, number }
    expect((await github.issues.repository(repo)).ref).toEqual({ ...repo, name: 'gadget' })
    const made = await github.issues.addComment(issue, 'under its old name')
    expect((await github.issues.comment(repo, made.id))?.body).toBe('under its old name')
    await github.issues.editComment(repo, made.id, 'edited')
    expect((await github.issues.comment(repo, made.id))?.body).toBe('edited')
  })

  it('cannot be reached any more once the App was removed, and says so', async () => {
    fixture.forge.as('alice').uninstall('acme/gadget', 'mill')
    await expect(github.issues.addLabel({ repo, number }, 'bug')).rejects.toMatchObject({
      name: 'UserError',
      code: 'forge_refused',
      message: expect.stringContaining('The App is not installed on acme/widget'),
    })
    await expect(github.git.remote(repo, 'read')).rejects.toMatchObject({
      name: 'UserError',
      code: 'forge_refused',
    })
  }, 20_000)
})

describe("a person's token", () => {
  let fixture: ForgeFixture
  beforeAll(async () => {
    fixture = await forgeFixture()
  })
  afterAll(() => fixture.close())

  const open = (login: string) =>
    openTokenForge({
      token: `ghp_${login}`,
      apiUrl: fixture.forge.url,
      webUrl: fixture.forge.url,
      repository: { owner: 'acme', name: 'widget' },
      paced: false,
    })

  it('says who it is, comments as that person, and sets statuses instead of check runs', async () => {
    const { forge, identity, repo } = await open('wendy')
    expect(identity).toMatchObject({ appId: undefined, login: 'wendy' })
    expect(repo).toEqual(refOf(fixture))
    const number = fixture.forge.as('alice').openIssue(WIDGET, { title: 'Sum is wrong' })
    expect(await forge.issues.addComment({ repo, number }, 'by hand')).toMatchObject({
      ours: true,
      viaApp: false,
    })
    const head = (await forge.pulls.branchHead(repo, 'main')) ?? ''
    await forge.pulls.checkRun(repo, {
      name: 'millwright',
      head,
      conclusion: 'failure',
      title: 'T',
      summary: 'S',
      externalId: 'e',
    })
    expect(await forge.pulls.checks(repo, head)).toEqual([])
  })

  it('makes commits that GitHub signs, except of files with a mode of their own', async () => {
    const { forge, repo } = await open('wendy')
    const parent = (await forge.pulls.branchHead(repo, 'main')) ?? ''
    const plain = { branch: 'mill/2', parent, path: 'src/a b/größe.js', text: 'x\r\n' }
    const made = await commitFile(forge, repo, plain)
    expect(made).toMatchObject({ kind: 'created', signed: true })
    expect(await commitFile(forge, repo, plain)).toEqual({ ...made, kind: 'already_there' })
    const script = { branch: 'mill/3', parent, path: 'run', text: '#!/bin/sh\n', mode: '100755' } as const
    expect(await commitFile(forge, repo, script)).toMatchObject({ kind: 'created', signed: false })
    const commit = 'commit' in made ? made.commit : ''
    const again = { branch: 'mill/2', parent: commit, path: 'README.md', text: 'again\n' }
    expect(await commitFile(forge, repo, again)).toMatchObject({ kind: 'created', signed: true })
  })

  it('of somebody who may not push is told so', async () => {
    await expect(open('bob')).rejects.toMatchObject({
      name: 'UserError',
      message: 'bob, whose token this is, may not push to acme/widget. It takes write permission there.',
    })
  })

  it('that nobody gave out is told so', async () => {
    await expect(open('nobody')).rejects.toMatchObject({
      name: 'UserError',
      message: expect.stringContaining('The token is expired, revoked or mistyped; make a new one.'),
    })
  })
})
