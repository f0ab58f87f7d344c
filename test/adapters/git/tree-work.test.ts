/** Trees cut and put together in the mirror, on real git. */
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import type { FileDiff, Workspace } from '../../../src/ports/workspace.ts'
import { createBench, REPO, removeBench } from './source-repository.ts'
import type { Bench } from './source-repository.ts'

const lines = (...changed: [number, string][]): string => {
  const text = Array.from({ length: 40 }, (_, index) => `line ${index + 1}`)
  for (const [number, value] of changed) text[number - 1] = value
  return `${text.join('\n')}\n`
}

describe('tree work in the mirror', () => {
  let bench: Bench
  beforeEach(() => {
    bench = createBench()
  })
  afterEach(() => removeBench(bench))

  const sync = async (): Promise<{ workspace: Workspace; commit: string }> =>
    bench.workspaces.sync(REPO, 'main')

  /** Two commits, fetched, with the diff between them. */
  async function pair(
    before: Parameters<Bench['source']['commit']>[0],
    after: Parameters<Bench['source']['commit']>[0],
  ): Promise<{ workspace: Workspace; from: string; to: string; diff: readonly FileDiff[] }> {
    const from = bench.source.commit(before)
    const to = bench.source.commit(after)
    const { workspace } = await sync()
    return { workspace, from, to, diff: await workspace.diff(from, to) }
  }

  const textAt = async (workspace: Workspace, commit: string, path: string): Promise<string | undefined> => {
    const bytes = await workspace.read(commit, path, 1e6)
    return bytes && Buffer.from(bytes).toString('utf8')
  }

  it('takes back each of several hunks alone, and only that one', async () => {
    const { workspace, to, diff } = await pair(
      { 'a.txt': lines() },
      { 'a.txt': lines([2, 'two'], [20, 'twenty'], [39, 'last']) },
    )
    expect(diff).toHaveLength(1)
    expect(diff[0]?.hunks.map((hunk) => [hunk.line, hunk.lines])).toEqual([
      [2, 2],
      [20, 2],
      [39, 2],
    ])
    const results = await Promise.all(
      (diff[0]?.hunks ?? []).map(async (hunk) => {
        const commit = await workspace.withoutHunk(to, hunk)
        return commit === undefined ? undefined : textAt(workspace, commit, 'a.txt')
      }),
    )
    expect(results).toEqual([
      lines([20, 'twenty'], [39, 'last']),
      lines([2, 'two'], [39, 'last']),
      lines([2, 'two'], [20, 'twenty']),
    ])
  })

  it('takes back hunks that insert or remove lines, where later lines have moved', async () => {
    const before = lines()
    const after = `new 1\nnew 2\n${lines([30, 'thirty']).replace('line 15\nline 16\n', '')}`
    const { workspace, to, diff } = await pair({ f: before }, { f: after })
    const undone = await Promise.all((diff[0]?.hunks ?? []).map((hunk) => workspace.withoutHunk(to, hunk)))
    expect(undone).toHaveLength(3)
    expect(await textAt(workspace, undone[0] ?? '', 'f')).toBe(after.replace('new 1\nnew 2\n', ''))
    expect(await textAt(workspace, undone[1] ?? '', 'f')).toBe(
      after.replace('line 14\n', 'line 14\nline 15\nline 16\n'),
    )
    expect(await textAt(workspace, undone[2] ?? '', 'f')).toBe(after.replace('thirty', 'line 30'))
  })

  it('answers undefined for a hunk that no longer applies in reverse', async () => {
    const { workspace, from, diff } = await pair({ f: lines() }, { f: lines([20, 'twenty']) })
    const [hunk] = diff[0]?.hunks ?? []
    expect(hunk && (await workspace.withoutHunk(from, hunk))).toBeUndefined()
  })

  it('leaves a rename and a mode change in place when a hunk beside them is taken back', async () => {
    const { workspace, to, diff } = await pair(
      { 'old name.js': lines(), 'tool.sh': lines() },
      { 'old name.js': null, 'new name.js': lines([5, 'five']), 'tool.sh': { run: lines([9, 'nine']) } },
    )
    expect(diff.map((file) => [file.status, file.previousPath, file.path, file.mode])).toEqual([
      ['renamed', 'old name.js', 'new name.js', '100644'],
      ['modified', undefined, 'tool.sh', '100755'],
    ])
    for (const file of diff) {
      const [hunk] = file.hunks
      const commit = hunk && (await workspace.withoutHunk(to, hunk))
      const files = await workspace.files(commit ?? '')
      expect(files.map((each) => [each.path, each.mode])).toEqual([
        ['new name.js', '100644'],
        ['tool.sh', '100755'],
      ])
      expect(await textAt(workspace, commit ?? '', file.path)).toBe(lines())
    }
  })

  it('takes a created file away and brings a deleted one back', async () => {
    const { workspace, from, to, diff } = await pair(
      { gone: 'was\nhere', stays: 'x' },
      { gone: null, 'came/new': 'is here' },
    )
    expect(diff.map((file) => [file.path, file.status, file.hunks[0]?.line])).toEqual([
      ['came/new', 'added', 1],
      ['gone', 'deleted', 0],
    ])
    const [added, deleted] = diff.map((file) => file.hunks[0])
    const without = added && (await workspace.withoutHunk(to, added))
    expect((await workspace.files(without ?? '')).map((file) => file.path)).toEqual(['stays'])
    const restored = deleted && (await workspace.withoutHunk(without ?? '', deleted))
    expect(await workspace.tree(restored ?? '')).toBe(await workspace.tree(from))
  })

  it('keeps a missing last newline and carriage returns exactly', async () => {
    const before = 'one\r\ntwo\r\nthree'
    const { workspace, to, diff } = await pair({ f: before }, { f: 'one\r\n2\r\nthree\n' })
    const [hunk] = diff[0]?.hunks ?? []
    const commit = hunk && (await workspace.withoutHunk(to, hunk))
    expect(await textAt(workspace, commit ?? '', 'f')).toBe(before)
  })

  it('is not misled by file text that looks like a diff', async () => {
    const fake = 'diff --git a/x b/x\n--- a/x\n+++ b/x\n@@ -1 +1 @@\n-a\n+b\n'
    const { workspace, to, diff } = await pair({ f: fake, g: 'g\n' }, { f: `${fake}more\n`, g: fake })
    expect(diff.map((file) => [file.path, file.hunks.length])).toEqual([
      ['f', 1],
      ['g', 1],
    ])
    const [hunk] = diff[1]?.hunks ?? []
    expect(await textAt(workspace, (hunk && (await workspace.withoutHunk(to, hunk))) ?? '', 'g')).toBe('g\n')
  })

  it.each([
    ['a newline', 'a\nb.txt'],
    ['a tab', 'a\tb.txt'],
    ['quotes', `it's "so".txt`],
    ['a backslash', 'back\\slash.txt'],
    ['letters beyond ASCII', 'größe/файл 日本.txt'],
    ['a leading dash', '-rf'],
    ['spaces at its end', 'name  '],
    ['glob characters', '[a]*?.txt'],
    ['a pathspec prefix', ':(top)x'],
  ])('handles a name with %s in every operation', async (_what, path) => {
    const { workspace, from, to, diff } = await pair(
      { [path]: lines(), other: 'o' },
      { [path]: lines([3, 'x']) },
    )
    expect(diff.map((file) => file.path)).toEqual([path])
    const [hunk] = diff[0]?.hunks ?? []
    const undone = hunk && (await workspace.withoutHunk(to, hunk))
    expect(await workspace.tree(undone ?? '')).toBe(await workspace.tree(from))
    expect(await textAt(workspace, to, path)).toBe(lines([3, 'x']))
    expect(await workspace.tree(await workspace.withoutFile(to, from, path))).toBe(await workspace.tree(from))
    expect(await workspace.tree(await workspace.graft(from, to, [path]))).toBe(await workspace.tree(to))
    const added = await workspace.withFiles(from, [{ path, content: Buffer.from('new') }])
    expect(await textAt(workspace, added, path)).toBe('new')
    expect((await workspace.files(added)).map((file) => file.path).toSorted()).toEqual(
      [path, 'other'].toSorted(),
    )
  })

  it('marks what cannot be cut into hunks as binary or as a change of mode, and takes it back whole', async () => {
    const bytes = Uint8Array.from([0, 1, 2, 255, 0, 10])
    const latin1 = Buffer.from('caf\xe9\n', 'latin1')
    const { workspace, from, to, diff } = await pair(
      { bin: bytes, 'latin.txt': 'coffee\n', mode: 'm\n', type: 'text\n', empty: 'x' },
      {
        bin: Uint8Array.from([0, 9]),
        'latin.txt': latin1,
        mode: { run: 'm\n' },
        type: { link: 'mode' },
        new: '',
      },
    )
    const seen = diff.map((file) => [file.path, file.status, file.binary, file.hunks.length, file.mode])
    expect(seen).toEqual([
      ['bin', 'modified', true, 0, '100644'],
      ['latin.txt', 'modified', true, 0, '100644'],
      ['mode', 'mode_changed', false, 0, '100755'],
      ['new', 'added', false, 0, '100644'],
      ['type', 'modified', false, 0, '120000'],
    ])
    let commit = to
    for (const file of diff) commit = await workspace.withoutFile(commit, from, file.path)
    expect(await workspace.tree(commit)).toBe(await workspace.tree(from))
  })

  it('makes the same commit for the same tree on the same parent, and none when nothing changes', async () => {
    const { workspace, from, to } = await pair({ f: '1' }, { f: '2' })
    const first = await workspace.graft(from, to, ['f'])
    expect(await workspace.graft(from, to, ['f'])).toBe(first)
    expect(first).not.toBe(to)
    expect(await workspace.graft(from, to, ['absent'])).toBe(from)
    expect(await workspace.withoutFile(to, to, 'f')).toBe(to)
  })

  it('still knows what a commit holds after a change of no files was asked for', async () => {
    const { workspace, from, to } = await pair({ 'a.txt': 'one\n' }, { 'a.txt': 'two\n' })
    expect(await workspace.withFiles(from, [])).toBe(from)
    expect(await workspace.graft(to, from, [])).toBe(to)
    expect(await textAt(workspace, from, 'a.txt')).toBe('one\n')
    expect((await workspace.files(to)).map(({ path }) => path)).toEqual(['a.txt'])
  })

  it('grafts a folder over a file and back', async () => {
    const { workspace, from, to } = await pair(
      { thing: 'a file' },
      { thing: null, 'thing/inner': 'in a folder' },
    )
    expect(await workspace.tree(await workspace.graft(from, to, ['thing']))).toBe(await workspace.tree(to))
    expect(await workspace.tree(await workspace.graft(to, from, ['thing']))).toBe(await workspace.tree(from))
  })

  it('keeps the executable bit of a file that withFiles replaces', async () => {
    bench.source.commit({ run: { run: '#!/bin/sh\n' }, link: { link: 'run' } })
    const { workspace, commit } = await sync()
    const made = await workspace.withFiles(commit, [
      { path: 'run', content: Buffer.from('x') },
      { path: 'link', content: Buffer.from('y') },
    ])
    expect((await workspace.files(made)).map((file) => [file.path, file.mode])).toEqual([
      ['link', '100644'],
      ['run', '100755'],
    ])
  })

  it('refuses to write into a .git folder in any spelling', async () => {
    bench.source.commit({ f: '1' })
    const { workspace, commit } = await sync()
    for (const path of ['.git/config', 'x/.GIT/config', 'git~1/config', '.g\u200cit/config', '../out'])
      await expect(workspace.withFiles(commit, [{ path, content: Buffer.from('x') }])).rejects.toThrow(
        /lies in a `.git` folder|is no path inside/,
      )
  })

  it('reads a file up to its limit, and says so beyond it', async () => {
    bench.source.commit({ 'a/b': '12345' })
    const { workspace, commit } = await sync()
    expect(Buffer.from((await workspace.read(commit, 'a/b', 5)) ?? []).toString()).toBe('12345')
    expect(await workspace.read(commit, 'a', 5)).toBeUndefined()
    expect(await workspace.read(commit, 'a/c', 5)).toBeUndefined()
    await expect(workspace.read(commit, 'a/b', 4)).rejects.toThrow(
      '`a/b` has 5 bytes, and at most 4 can be read. Make it smaller.',
    )
  })

  it('shows a diff as text with names as they are', async () => {
    const { workspace, from, to } = await pair({ 'größe.txt': 'a\n' }, { 'größe.txt': 'b\n' })
    const text = await workspace.diffText(from, to)
    expect(text).toContain('--- a/größe.txt\n+++ b/größe.txt\n@@ -1 +1 @@\n-a\n+b\n')
  })
})
