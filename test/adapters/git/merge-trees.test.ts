/** Merges in the mirror, on real git: what comes out, what conflicts, and what of a repository has no say in it. */
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { renderProposal } from '../../../src/core/say/proposal.ts'
import type { Workspace } from '../../../src/ports/workspace.ts'
import { createBench, REPO, removeBench } from './source-repository.ts'
import type { Bench, Content } from './source-repository.ts'

type Files = Readonly<Record<string, Content>>

describe('a merge in the mirror', () => {
  let bench: Bench
  beforeEach(() => {
    bench = createBench()
  })
  afterEach(() => removeBench(bench))

  /** A change of ours on the first commit, made without a checkout, and a base that moved on. */
  async function sides(start: Files, ours: Files, theirs: Files) {
    const base = bench.source.commit(start)
    bench.source.git('switch', '-q', '-c', 'ours')
    const change = bench.source.commit(ours)
    await bench.workspaces.sync(REPO, 'ours')
    bench.source.git('switch', '-q', 'main')
    bench.source.commit(theirs)
    const { workspace, commit: moved } = await bench.workspaces.sync(REPO, 'main')
    return { workspace, base, change, moved }
  }

  const textAt = async (workspace: Workspace, commit: string, path: string): Promise<string | undefined> => {
    const bytes = await workspace.read(commit, path, 1e6)
    return bytes && Buffer.from(bytes).toString('utf8')
  }
  /** The mirror is ours alone; a test may look into it. */
  const parents = (commit: string): string =>
    execFileSync('git', ['rev-list', '--parents', '-1', commit], {
      cwd: join(bench.root, 'mirrors', `${REPO.id}.git`),
      encoding: 'utf8',
    }).trim()

  it('has both sides as parents and both changes in its tree', async () => {
    const { workspace, change, moved } = await sides({ a: 'a\n', b: 'b\n' }, { a: 'A\n' }, { b: 'B\n' })
    const { commit, conflicts } = await workspace.merge(change, moved)
    expect(conflicts).toEqual([])
    expect(parents(commit)).toBe(`${commit} ${change} ${moved}`)
    expect([await textAt(workspace, commit, 'a'), await textAt(workspace, commit, 'b')]).toEqual([
      'A\n',
      'B\n',
    ])
    // A resumed look finds what it made before.
    expect((await workspace.merge(change, moved)).commit).toBe(commit)
  })

  it('is the change itself where the base is in it already', async () => {
    const { workspace, base, change, moved } = await sides({ a: 'a\n' }, { a: 'A\n' }, { b: 'B\n' })
    expect(await workspace.merge(change, base)).toEqual({ commit: change, conflicts: [] })
    const { commit } = await workspace.merge(change, moved)
    expect(await workspace.merge(commit, moved)).toEqual({ commit, conflicts: [] })
  })

  it('leaves markers in text, one version of anything else, and names every such path', async () => {
    const bytes = (last: number): Uint8Array => new Uint8Array([0, 1, 2, last])
    const { workspace, change, moved } = await sides(
      { 'lib/a.js': '1\n2\n3\n', 'logo.png': bytes(0), 'gone.txt': 'x\n', both: 'b\n' },
      { 'lib/a.js': '1\nours\n3\n', 'logo.png': bytes(1), 'gone.txt': null, 'new.txt': 'ours\n' },
      { 'lib/a.js': '1\ntheirs\n3\n', 'logo.png': bytes(2), 'gone.txt': 'y\n', 'new.txt': 'theirs\n' },
    )
    const { commit, conflicts } = await workspace.merge(change, moved)
    expect(conflicts).toEqual(['gone.txt', 'lib/a.js', 'logo.png', 'new.txt'])
    expect(await textAt(workspace, commit, 'lib/a.js')).toBe(
      `1\n<<<<<<< ${change}\nours\n=======\ntheirs\n>>>>>>> ${moved}\n3\n`,
    )
    expect(await workspace.read(commit, 'logo.png', 100)).toEqual(Buffer.from(bytes(1)))
    expect(await textAt(workspace, commit, 'gone.txt')).toBe('y\n')
  })

  it('is not decided by what the repository says about merging', async () => {
    const attributes = '*.md merge=union conflict-marker-size=3\n*.js merge=evil\n'
    const { workspace, change, moved } = await sides(
      { '.gitattributes': attributes, 'a.md': '1\n', 'b.js': '1\n' },
      { 'a.md': 'ours\n', 'b.js': 'ours\n' },
      { 'a.md': 'theirs\n', 'b.js': 'theirs\n' },
    )
    const { commit, conflicts } = await workspace.merge(change, moved)
    expect(conflicts).toEqual(['a.md', 'b.js'])
    expect(await textAt(workspace, commit, 'a.md')).toBe(
      `<<<<<<< ${change}\nours\n=======\ntheirs\n>>>>>>> ${moved}\n`,
    )
  })

  it('follows a file that one side moved', async () => {
    const body = Array.from({ length: 20 }, (_, index) => `line ${index}`).join('\n')
    const { workspace, change, moved } = await sides(
      { 'old.js': `${body}\n` },
      { 'old.js': `${body}\nours\n` },
      { 'old.js': null, 'new.js': `first\n${body}\n` },
    )
    const { commit, conflicts } = await workspace.merge(change, moved)
    expect(conflicts).toEqual([])
    expect(await textAt(workspace, commit, 'new.js')).toBe(`first\n${body}\nours\n`)
  })

  it('names odd paths as they are', async () => {
    const name = 'größe\n "x".txt'
    const { workspace, change, moved } = await sides({ [name]: '1\n' }, { [name]: '2\n' }, { [name]: '3\n' })
    expect((await workspace.merge(change, moved)).conflicts).toEqual([name])
  })

  it('is a failure where a side is not in the git directory any more', async () => {
    const { workspace, change } = await sides({ a: 'a\n' }, { a: 'A\n' }, { b: 'B\n' })
    await expect(workspace.merge(change, 'e'.repeat(40))).rejects.toMatchObject({
      code: 'internal',
      message: expect.stringContaining('e'.repeat(40)),
    })
  })
})

describe('a patch for people', () => {
  let bench: Bench
  let clone: string
  beforeEach(() => {
    bench = createBench()
    clone = mkdtempSync(join(tmpdir(), 'clone-'))
  })
  afterEach(() => {
    removeBench(bench)
    rmSync(clone, { recursive: true, force: true })
  })

  it('is taken by git apply, with binary files, modes, moves and odd names', async () => {
    const long = Array.from({ length: 30 }, (_, index) => `line ${index}`).join('\n')
    const before = bench.source.commit({
      'a.txt': 'no newline',
      'logo.png': new Uint8Array([0, 1, 2]),
      'moved.js': `${long}\n`,
      gone: 'x\n',
    })
    const after = bench.source.commit({
      'a.txt': 'one\r\nnewline\n',
      'logo.png': new Uint8Array([0, 1, 3, 255]),
      'moved.js': null,
      'lib/größe "x".js': `${long}\nmore\n`,
      gone: null,
      'run.sh': { run: '#!/bin/sh\n' },
    })
    const { workspace } = await bench.workspaces.sync(REPO, 'main')
    const patch = await workspace.patch(before, after)
    expect(patch).toContain('GIT binary patch')
    // People copy it, so it must be plain text.
    expect(patch).toMatch(/^[\t\r\n\x20-\x7e]*$/)
    const git = (...args: string[]): string => execFileSync('git', args, { cwd: clone, encoding: 'utf8' })
    git('clone', '-q', bench.source.folder, '.')
    git('checkout', '-q', before)
    // As somebody would copy it out of the comment that proposes it.
    const comment = renderProposal({ title: 'T', issue: 12, base: before, patch, marker: '<!-- it -->' })
    const copied = /^(`{3,})diff\n([\s\S]*?)\n\1$/m.exec(comment ?? '')?.[2]
    writeFileSync(join(clone, '.git', 'it.patch'), `${copied}\n`)
    git('apply', '--index', '.git/it.patch')
    expect(git('write-tree').trim()).toBe(await workspace.tree(after))
    expect(readFileSync(join(clone, 'a.txt'), 'utf8')).toBe('one\r\nnewline\n')
  })

  it('is refused, not broken, where text is no UTF-8', async () => {
    const before = bench.source.commit({ 'a.txt': 'a\n' })
    const after = bench.source.commit({ 'a.txt': new Uint8Array([0x67, 0xf6, 0xdf, 0x65, 0x0a]) })
    const { workspace } = await bench.workspaces.sync(REPO, 'main')
    await expect(workspace.patch(before, after)).rejects.toMatchObject({
      code: 'unsupported_file',
      message:
        'The change touches text that is not UTF-8, and a patch of that cannot be posted as a comment.',
    })
  })
})
