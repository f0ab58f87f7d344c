import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { chmod, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { buffer } from 'node:stream/consumers'
import { gunzipSync } from 'node:zlib'
import { createGitHost } from '../../../../src/adapters/git/bare/create-git-host.ts'
import type { BareRepository, GitHost } from '../../../../src/ports/git-host.ts'

const author = { name: 'Ada Lovelace', email: 'ada@example.com', date: '2026-01-02T03:04:05Z' }
let root: string
let host: GitHost
let repo: BareRepository
let first: string

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'host-'))
  const folder = join(root, 'seed')
  await mkdir(join(folder, 'src', '.git'), { recursive: true })
  await writeFile(join(folder, 'README.md'), 'one\ntwo\nthree\n')
  await writeFile(join(folder, 'src', 'tool'), '#!/bin/sh\n')
  await chmod(join(folder, 'src', 'tool'), 0o755)
  await writeFile(join(folder, 'src', '.git', 'config'), 'no')
  await writeFile(join(folder, '.gitattributes'), '* text eol=crlf\n')
  await symlink('README.md', join(folder, 'link'))
  host = createGitHost({ root: join(root, 'repositories') })
  repo = await host.repository('acme', 'widget')
  first = await host.importFolder(repo, { folder, branch: 'main', message: 'first', author })
})
afterAll(() => rm(root, { recursive: true, force: true }))

const text = (value: string) => new TextEncoder().encode(value)
const commitOf = async (entries: Parameters<BareRepository['writeTree']>[1], parents = [first]) =>
  repo.writeCommit({
    tree: await repo.writeTree((await repo.readCommit(parents[0] ?? first)).tree, entries),
    parents,
    message: 'change\n\nwith a body\n',
    author,
    committer: { ...author, name: 'GitHub' },
  })

describe('createGitHost', () => {
  it('imports a folder with modes and links, byte for byte, and without any .git', async () => {
    const files = await repo.readTree(first, true)
    expect(files.map(({ path, mode, type }) => `${mode} ${type} ${path}`)).toEqual([
      '100644 blob .gitattributes',
      '100644 blob README.md',
      '120000 blob link',
      '040000 tree src',
      '100755 blob src/tool',
    ])
    const readme = files.find((file) => file.path === 'README.md')
    expect(readme?.size).toBe(14)
    expect(Buffer.from(await repo.readBlob(readme?.id ?? '')).toString()).toBe('one\ntwo\nthree\n')
  })

  it('gives back a commit as it was written', async () => {
    const id = await commitOf([{ path: 'a', mode: '100644', id: await repo.writeBlob(text('a')) }])
    expect(await repo.readCommit(id)).toMatchObject({
      id,
      parents: [first],
      message: 'change\n\nwith a body\n',
      author,
      committer: { name: 'GitHub', email: 'ada@example.com', date: '2026-01-02T03:04:05Z' },
    })
  })

  it('moves a ref only from where it is said to be', async () => {
    const second = await commitOf([{ path: 'README.md', mode: '100644', id: undefined }])
    expect(await repo.moveRef('refs/heads/x', undefined, first)).toBe(true)
    expect(await repo.moveRef('refs/heads/x', undefined, second)).toBe(false)
    expect(await repo.moveRef('refs/heads/x', second, first)).toBe(false)
    expect(await repo.moveRef('refs/heads/x', first, second)).toBe(true)
    expect(await repo.ref('refs/heads/x')).toBe(second)
    expect(await repo.moveRef('refs/heads/x', second, undefined)).toBe(true)
    expect(await repo.ref('refs/heads/x')).toBeUndefined()
    expect([...(await repo.refs()).keys()]).toEqual(['refs/heads/main'])
  })

  it('lets exactly one of two racing writers move a ref', async () => {
    const [a, b] = await Promise.all([
      commitOf([{ path: 'a', mode: '100644', id: await repo.writeBlob(text('1')) }]),
      commitOf([{ path: 'a', mode: '100644', id: await repo.writeBlob(text('2')) }]),
    ])
    await repo.moveRef('refs/heads/race', undefined, first)
    const won = await Promise.all([a, b].map((to) => repo.moveRef('refs/heads/race', first, to)))
    expect(won.filter(Boolean)).toHaveLength(1)
  })

  it('tells additions, removals, renames, mode and type changes and binary files apart', async () => {
    const readme = (await repo.readTree(first, true)).find((file) => file.path === 'README.md')?.id
    const tool = (await repo.readTree(first, true)).find((file) => file.path === 'src/tool')?.id
    const second = await commitOf([
      { path: 'README.md', mode: '100644', id: undefined },
      { path: 'docs/read me.md', mode: '100644', id: readme },
      { path: 'src/tool', mode: '100644', id: tool },
      { path: 'link', mode: '100644', id: await repo.writeBlob(text('no link\n')) },
      { path: 'binary', mode: '100644', id: await repo.writeBlob(new Uint8Array([0, 1, 2])) },
      { path: '.gitattributes', mode: '100644', id: await repo.writeBlob(text('diff --git a/x b/x\n')) },
    ])
    const changes = await repo.diff(first, second)
    expect(changes.map((change) => [change.status, change.path, change.additions, change.deletions])).toEqual(
      [
        ['modified', '.gitattributes', 1, 1],
        ['added', 'binary', 0, 0],
        ['renamed', 'docs/read me.md', 0, 0],
        ['modified', 'link', 1, 1],
        ['changed', 'src/tool', 0, 0],
      ],
    )
    expect(changes[0]?.patch).toBe('@@ -1 +1 @@\n-* text eol=crlf\n+diff --git a/x b/x')
    expect(changes[1]?.patch).toBeUndefined()
    expect(changes[2]?.previousPath).toBe('README.md')
    expect(changes[3]?.patch).toContain('+no link')
    expect(await repo.diffText(first, second)).toMatch(/^diff --git a\/.gitattributes b\/.gitattributes\n/)
  })

  it('merges without a work tree, and says when it cannot', async () => {
    const write = async (content: string) =>
      commitOf([{ path: 'README.md', mode: '100644', id: await repo.writeBlob(text(content)) }])
    const top = await write('ONE\ntwo\nthree\n')
    const other = await commitOf([{ path: 'new', mode: '100644', id: await repo.writeBlob(text('new')) }])
    const clash = await write('uno\ntwo\nthree\n')
    const merged = await repo.mergeTree(top, other)
    expect((await repo.readTree(merged ?? '', true)).map((file) => file.path)).toContain('new')
    expect(await repo.mergeTree(top, clash)).toBeUndefined()
    expect(await repo.mergeBase(top, other)).toBe(first)
    expect(await repo.isAncestor(first, top)).toBe(true)
    expect(await repo.isAncestor(top, first)).toBe(false)
  })

  it('lists history newest first, by path and without what another commit has', async () => {
    const a = await commitOf([{ path: 'a', mode: '100644', id: await repo.writeBlob(text('a')) }])
    const b = await commitOf([{ path: 'b', mode: '100644', id: await repo.writeBlob(text('b')) }], [a])
    expect((await repo.log(b, { limit: 9 })).map((commit) => commit.id)).toEqual([b, a, first])
    expect((await repo.log(b, { limit: 9, not: first, path: 'a' })).map((commit) => commit.id)).toEqual([a])
    expect(await repo.log(first, { limit: 9, not: b })).toEqual([])
  })

  it('puts whole trees in place of folders and leaves no index behind', async () => {
    const src = (await repo.readTree(first, false)).find((entry) => entry.path === 'src')?.id
    const id = await repo.writeTree((await repo.readCommit(first)).tree, [
      { path: 'copy', mode: '040000', id: src },
      { path: 'src', mode: '040000', id: src },
    ])
    expect((await repo.readTree(id, true)).map((entry) => entry.path)).toContain('copy/tool')
    expect(await repo.type(id)).toBe('tree')
    expect(await repo.type('1'.repeat(40))).toBeUndefined()
  })

  it('packs a commit under a folder of its name', async () => {
    const tar = gunzipSync(await repo.archive(first)).toString('latin1')
    expect(tar).toContain(`acme-widget-${first.slice(0, 7)}/README.md`)
  })

  it('answers the ref advertisement of smart HTTP and refuses to receive without leave', async () => {
    const ask = (service: string, mayWrite: boolean) =>
      repo.smartHttp({
        method: 'GET',
        pathInfo: '/info/refs',
        query: `service=${service}`,
        contentType: undefined,
        contentEncoding: undefined,
        protocol: 'version=2',
        body: (async function* () {})(),
        mayWrite,
      })
    const answer = await ask('git-upload-pack', false)
    expect(answer.headers['content-type']).toBe('application/x-git-upload-pack-advertisement')
    expect((await buffer(answer.body)).toString()).toContain('version 2')
    expect((await ask('git-receive-pack', false)).status).toBe(403)
    expect((await ask('git-receive-pack', true)).status).toBe(200)
  })

  it('takes names for the same in any case and refuses names that are paths', async () => {
    const again = await host.repository('ACME', 'Widget')
    expect(await again.ref('refs/heads/main')).toBe(first)
    await expect(host.repository('..', 'widget')).rejects.toThrow('is no repository name')
    await expect(host.repository('acme', 'a/b')).rejects.toThrow('is no repository name')
  })
})
