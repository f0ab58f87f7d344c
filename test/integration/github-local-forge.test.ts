/** The GitHub adapter and the workspaces over the local forge: real HTTP, real App tokens, real git, from fetch to draft. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { createWorkspaces } from '../../src/adapters/git/workspaces.ts'
import { createGithubForge } from '../../src/adapters/github/github-forge.ts'
import type { GithubForge } from '../../src/adapters/github/github-forge.ts'
import {
  appIdentity,
  createGitTokens,
  createInstallationClients,
} from '../../src/adapters/github/installation-clients.ts'
import { createTokenAccess } from '../../src/adapters/github/token-access.ts'
import type { IssueRef, RepoRef } from '../../src/core/ids.ts'
import type { Workspace, Workspaces } from '../../src/ports/workspace.ts'
import type { FileEntry } from '../../src/ports/forge.ts'
import { forgeFixture } from '../support/forge-fixture.ts'
import type { ForgeFixture } from '../support/forge-fixture.ts'
import { createPlainSandbox } from '../support/plain-sandbox.ts'

const WIDGET = 'acme/widget'

describe('the GitHub adapter over the local forge', () => {
  let fixture: ForgeFixture
  let github: GithubForge
  let repo: RepoRef
  let issue: IssueRef
  let root: string
  let workspaces: Workspaces

  beforeAll(async () => {
    fixture = await forgeFixture({ repositories: [{ owner: 'acme', name: 'nodrafts', drafts: false }] })
    const authenticate = (id?: number) => Promise.resolve(id ? fixture.installation() : fixture.asApp())
    const clientOf = createInstallationClients(authenticate)
    github = createGithubForge({
      clientOf,
      identity: await appIdentity(authenticate),
      git: createTokenAccess({ gitUrl: fixture.forge.url, token: createGitTokens(authenticate) }),
    })
    repo = { id: fixture.forge.repo(WIDGET).id, owner: 'acme', name: 'widget' }
    const number = fixture.forge.as('alice').openIssue(WIDGET, { title: 'Sum is wrong', labels: ['bug'] })
    issue = { repo, number }
    root = mkdtempSync(join(tmpdir(), 'state-'))
    workspaces = createWorkspaces({
      root,
      remote: github.git,
      sandbox: createPlainSandbox(),
      owner: undefined,
    })
  })
  afterAll(async () => {
    rmSync(root, { recursive: true, force: true })
    await fixture.close()
  })

  const headOf = async (): Promise<{ workspace: Workspace; base: string; branch: string }> => {
    const { defaultBranch } = await github.issues.repository(repo)
    const { workspace, commit } = await workspaces.sync(repo, defaultBranch)
    return { workspace, base: commit, branch: defaultBranch }
  }

  it('reads the repository, the issue, files and permissions', async () => {
    expect(await github.issues.repository(repo)).toMatchObject({ ref: repo, archived: false, empty: false })
    expect(await github.issues.issue(issue)).toMatchObject({
      title: 'Sum is wrong',
      body: '',
      labels: ['bug'],
    })
    const where = { path: 'src/sum.js', ref: 'main', limit: 1000 }
    expect(await github.issues.textFile(repo, where)).toContain('line 1\nline 2\n')
    expect(await github.issues.textFile(repo, { ...where, path: '.github/millwright.yml' })).toBeUndefined()
    const permissions = ['alice', 'wendy', 'bob'].map((login) => {
      const id = fixture.forge.state.accounts.get(login)?.id ?? 0
      return github.issues.permission(repo, { id, login })
    })
    expect((await Promise.all(permissions)).slice(0, 2)).toEqual(['admin', 'write'])
    expect(['read', 'none']).toContain(await permissions[2])
    expect(await github.issues.permission(repo, { id: 1, login: 'alice' })).toBe('none')
  })

  it('knows its own comments from others, sees who edited them, and pays nothing for unchanged ones', async () => {
    const mine = await github.issues.addComment(issue, 'state')
    const theirs = fixture.forge.as('alice').comment(WIDGET, issue.number, 'state')
    expect((await github.issues.comments(issue)).map((each) => [each.id, each.ours])).toEqual([
      [mine.id, true],
      [theirs, false],
    ])
    expect(await github.issues.lastEditor(repo, mine.id)).toBeNull()
    await github.issues.editComment(repo, mine.id, 'state 2')
    expect(await github.issues.lastEditor(repo, mine.id)).toMatchObject({ ours: true })
    fixture.forge.as('alice').editComment(WIDGET, mine.id, 'forged')
    expect(await github.issues.lastEditor(repo, mine.id)).toEqual({ login: 'alice', ours: false })
    const before = github.counts()
    expect((await github.issues.comment(repo, mine.id))?.body).toBe('forged')
    expect(github.counts().unchangedReads).toBe(before.unchangedReads + 1)
    await github.issues.react(issue, 'eyes')
    await github.issues.react(issue, 'eyes')
    fixture.forge.as('alice').deleteComment(WIDGET, theirs)
    expect(await github.issues.comment(repo, theirs)).toBeUndefined()
  })

  it('publishes exactly the tree that was made, as a draft, once, however often it is asked', async () => {
    const { workspace, base, branch } = await headOf()
    const checkout = await workspace.checkout(base, 'coder')
    const made = await createPlainSandbox().run(
      `set -e; printf 'é\\r\\n' >> src/sum.js; rm README.md; printf '#!/bin/sh\\n' > run; chmod +x run; ln -s run link
       head -c 3000 /dev/urandom > bytes; mkdir -p 'a b'; echo x > 'a b/größe
.txt'`,
      {
        checkout: checkout.path,
        writable: true,
        allowHosts: [],
        limits: { seconds: 9, memoryMb: 9, processes: 9, outputBytes: 99 },
      },
    )
    expect(made.code).toBe(0)
    const head = await workspace.snapshot(checkout, 'work')
    const diff = await workspace.diff(base, head)
    const files: FileEntry[] = []
    for (const { path, mode, status } of diff) {
      const content = status === 'deleted' ? undefined : await workspace.read(head, path, 1e6)
      files.push({ path, mode: mode as FileEntry['mode'], content })
    }
    const request = {
      branch: 'mill/1-sum',
      parent: base,
      tree: await workspace.tree(head),
      message: 'Fix sum\n\nMillwright-Effect: run1.7.0',
      files,
    }
    const before = github.counts().writes
    const first = await github.pulls.commit(repo, request)
    expect(first.kind).toBe('created')
    // One blob (the bytes), tree, commit, ref.
    expect(github.counts().writes - before).toBe(4)
    const commit = 'commit' in first ? first.commit : ''
    expect(await github.pulls.commit(repo, request)).toEqual({
      kind: 'already_there',
      commit,
      signed: true,
    })
    const fetched = await workspaces.sync(repo, request.branch)
    expect(fetched.commit).toBe(commit)
    expect(await workspace.tree(commit)).toBe(request.tree)

    const pull = { title: 'Fix sum', body: 'Fixes it', branch: request.branch, base: branch }
    const opened = await github.pulls.openDraft(repo, pull)
    expect(opened).toMatchObject({
      kind: 'opened',
      pull: { draft: true, head: commit, ours: true, merged: false },
    })
    expect(await github.pulls.openDraft(repo, pull)).toMatchObject({ kind: 'already_there' })
    const number = 'pull' in opened ? opened.pull.number : 0

    const marker = '<!-- millwright run1.8.0 -->'
    const review = {
      body: `Read.\n${marker}`,
      commit,
      notes: [{ path: 'src/sum.js', line: 21, body: 'CRLF?' }],
      marker,
    }
    const check = {
      name: 'millwright',
      head: commit,
      conclusion: 'neutral',
      title: 'Waits for a person',
      summary: 'S',
      externalId: 'run1.8.1',
    } as const
    const count = github.counts().writes
    for (let time = 0; time < 2; time++) {
      await github.pulls.comment(repo, number, review)
      await github.pulls.checkRun(repo, check)
    }
    expect(github.counts().writes - count).toBe(2)
    await github.pulls.checkRun(repo, { ...check, conclusion: 'success' })
    expect(github.counts().writes - count).toBe(3)
  })

  it('never moves a branch that somebody else moved', async () => {
    const { workspace, base } = await headOf()
    const other = await fixture.forge
      .as('wendy')
      .push(WIDGET, { branch: 'mill/2', message: 'mine', files: { w: 'w' } })
    const content = Buffer.from('x')
    const head = await workspace.withFiles(base, [{ path: 'x', content }])
    const outcome = await github.pulls.commit(repo, {
      branch: 'mill/2',
      parent: base,
      tree: await workspace.tree(head),
      message: 'Mine\n\nMillwright-Effect: run2.7.0',
      files: [{ path: 'x', mode: '100644', content }],
    })
    expect(outcome).toEqual({ kind: 'moved', found: other })
    expect(await github.pulls.branchHead(repo, 'mill/2')).toBe(other)
  })

  it('says that a repository is empty', async () => {
    const empty = { id: fixture.forge.repo('acme/nodrafts').id, owner: 'acme', name: 'nodrafts' }
    expect((await github.issues.repository(empty)).empty).toBe(true)
    expect(await github.pulls.branchHead(empty, 'main')).toBeUndefined()
    await expect(workspaces.sync(empty, 'main')).rejects.toMatchObject({ code: 'repository_empty' })
  })

  it('lists what is open and what blocks, takes reactions to comments, and labels', async () => {
    const open = (title: string) => fixture.forge.as('alice').openIssue(WIDGET, { title })
    const [first, done] = [open('First'), open('Done')]
    for (const each of [first, done]) fixture.forge.as('alice').blockedBy(WIDGET, issue.number, each)
    await fixture.forge.as('alice').closeIssue(WIDGET, done)
    expect(await github.issues.blockers(issue)).toEqual([{ name: `#${first}`, title: 'First' }])
    const [newest] = await github.issues.openWork(repo)
    expect(newest).toEqual({ number: first, title: 'First', isPull: false })
    const comment = fixture.forge.as('alice').comment(WIDGET, issue.number, '/mill status')
    await github.issues.reactToComment(repo, comment, 'eyes')
    await github.issues.addLabel(issue, 'millwright')
    expect((await github.issues.issue(issue)).labels).toEqual(['bug', 'millwright'])
    const said = await github.issues.comments(issue)
    expect(said.find(({ id }) => id === comment)).toMatchObject({ viaApp: false, ours: false })
    expect(said.find(({ ours }) => ours)).toMatchObject({ viaApp: true })
  })
})
