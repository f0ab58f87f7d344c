/** Checkouts and what comes back from them, with an agent that means well and one that does not. */
import { execFileSync } from 'node:child_process'
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import type { Checkout, Workspace } from '../../../src/ports/workspace.ts'
import { createPlainSandbox } from '../../support/plain-sandbox.ts'
import { createBench, REPO, removeBench, writeFiles } from './source-repository.ts'
import type { Bench, Content } from './source-repository.ts'

let bench: Bench
beforeEach(() => {
  bench = createBench()
})
afterEach(() => removeBench(bench))

async function start(
  files: Readonly<Record<string, Content>>,
): Promise<{ workspace: Workspace; commit: string; checkout: Checkout }> {
  bench.source.commit(files)
  const { workspace, commit } = await bench.workspaces.sync(REPO, 'main')
  return { workspace, commit, checkout: await workspace.checkout(commit, 'test') }
}

async function contents(workspace: Workspace, commit: string): Promise<Record<string, string>> {
  const found: Record<string, string> = {}
  for (const file of await workspace.files(commit)) {
    const bytes = await workspace.read(commit, file.path, 1e7)
    found[file.path] = `${file.mode} ${Buffer.from(bytes ?? []).toString('latin1')}`
  }
  return found
}

/** git as an agent in the checkout would run it, with nothing of ours set. */
function gitInside(checkout: Checkout, ...args: string[]): string {
  const env = { PATH: '/usr/local/bin:/usr/bin:/bin', HOME: '/nonexistent', GIT_CONFIG_NOSYSTEM: '1' }
  return execFileSync('git', args, {
    cwd: checkout.path,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
    env,
  })
}

describe('a checkout', () => {
  it('holds exactly the bytes of the tree, whatever the attributes of the repository ask for', async () => {
    const lfs = 'version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 1\n'
    const { checkout } = await start({
      '.gitattributes': '*.txt text eol=crlf ident\n*.bin filter=lfs\n*.u16 working-tree-encoding=UTF-16\n',
      'a.txt': 'one\ntwo $Id$\n',
      'mixed.txt': 'one\r\ntwo\n',
      'big.bin': lfs,
      'w.u16': Buffer.from('\ufefftext', 'utf16le'),
      tool: { run: '#!/bin/sh\n' },
      'dir/link': { link: '../a.txt' },
    })
    const read = (name: string): string => readFileSync(join(checkout.path, name), 'latin1')
    expect(['a.txt', 'mixed.txt', 'big.bin', 'w.u16'].map(read)).toEqual([
      'one\ntwo $Id$\n',
      // What `git add` made of it in the repository it comes from: `text` turns line ends over on the way in.
      'one\ntwo\n',
      lfs,
      'text',
    ])
    expect(lstatSync(join(checkout.path, 'tool')).mode & 0o111).not.toBe(0)
    expect(readlinkSync(join(checkout.path, 'dir/link'))).toBe('../a.txt')
    expect(gitInside(checkout, 'status', '--porcelain')).toBe('')
  })

  it('has a .git that stands alone: recent history, no remote, no hooks, nothing of the mirror', async () => {
    for (let index = 0; index < 30; index++) bench.source.commit({ f: String(index) })
    const { checkout, commit } = await start({ f: 'last' })
    const log = gitInside(checkout, 'log', '--format=%H').trim().split('\n')
    expect(log).toHaveLength(20)
    expect(log[0]).toBe(commit)
    expect(gitInside(checkout, 'fsck', '--full')).toBe('')
    expect(gitInside(checkout, 'remote')).toBe('')
    expect(readdirSync(join(checkout.path, '.git')).toSorted()).toEqual(
      ['HEAD', 'config', 'index', 'info', 'objects', 'refs', 'shallow'].toSorted(),
    )
    expect(readFileSync(join(checkout.path, '.git/config'), 'utf8')).not.toContain(bench.root)
  })

  it('copes with merges in its short history', async () => {
    bench.source.commit({ f: '1' })
    for (let index = 0; index < 12; index++) {
      bench.source.git('checkout', '-q', '-b', `side${index}`)
      bench.source.commit({ [`s${index}`]: 's' })
      bench.source.git('checkout', '-q', 'main')
      bench.source.commit({ [`m${index}`]: 'm' })
      bench.source.git('merge', '-q', '--no-edit', `side${index}`)
    }
    const { checkout } = await start({ f: '2' })
    expect(gitInside(checkout, 'fsck', '--full')).toBe('')
    expect(gitInside(checkout, 'log', '--oneline').trim().split('\n').length).toBeGreaterThan(10)
  })

  it('of a commit that is gone says so', async () => {
    const { workspace } = await start({ f: '1' })
    await expect(workspace.checkout('a'.repeat(40), 'test')).rejects.toMatchObject({
      name: 'StageFailure',
      message: expect.stringContaining("not in Millwright's git directory any more"),
    })
    expect(readdirSync(join(bench.root, 'checkouts'))).toHaveLength(1)
  })

  it('leaves a submodule as an empty folder', async () => {
    const inner = bench.source.commit({ f: '1' })
    bench.source.git('update-index', '--add', '--cacheinfo', `160000,${inner},vendor/sub`)
    bench.source.git('commit', '-q', '-m', 'submodule')
    const { workspace, commit } = await bench.workspaces.sync(REPO, 'main')
    const checkout = await workspace.checkout(commit, 'test')
    expect(readdirSync(join(checkout.path, 'vendor/sub'))).toEqual([])
    writeFiles(checkout.path, { g: 'new' })
    const after = await workspace.snapshot(checkout, 'm')
    expect((await workspace.files(after)).map((file) => [file.path, file.mode])).toEqual([
      ['f', '100644'],
      ['g', '100644'],
      ['vendor/sub', '160000'],
    ])
  })

  it('can be entered by another uid through folders that it cannot list', async () => {
    const { checkout } = await start({ f: '1' })
    expect(lstatSync(bench.root).mode & 0o777).toBe(0o711)
    expect(lstatSync(join(bench.root, 'checkouts')).mode & 0o777).toBe(0o711)
    expect(lstatSync(join(bench.root, 'mirrors')).mode & 0o777).toBe(0o700)
    expect(lstatSync(checkout.path).mode & 0o777).toBe(0o700)
  })

  it('is gone after discard, even where its folders were closed, and nothing else can be discarded', async () => {
    const { workspace, commit, checkout } = await start({ 'a/b': '1' })
    chmodSync(join(checkout.path, 'a'), 0)
    await workspace.discard(checkout)
    expect(existsSync(checkout.path)).toBe(false)
    await workspace.discard(checkout)
    const other = mkdtempSync(join(tmpdir(), 'other-'))
    await expect(workspace.discard({ path: other, commit })).rejects.toThrow(/this workspace made/)
    await expect(workspace.discard({ path: `${checkout.path}/../..`, commit })).rejects.toThrow(/made/)
    expect(existsSync(other)).toBe(true)
    rmSync(other, { recursive: true })
  })
})

describe('a snapshot', () => {
  it('takes edits, new files, deletions, modes, symlinks and bytes, and leaves ignored files out', async () => {
    const { workspace, commit, checkout } = await start({
      '.gitignore': 'node_modules/\n*.log\n',
      edit: 'before',
      'gone/deep': 'x',
      mode: '#!/bin/sh\n',
      was: 'text',
      'same.txt': 'same',
      'kept.log': 'tracked though ignored',
    })
    const bytes = Buffer.from([0, 255, 10, 13, 0])
    writeFiles(checkout.path, {
      edit: 'after',
      gone: null,
      mode: { run: '#!/bin/sh\n' },
      was: { link: 'edit' },
      'kept.log': 'changed',
      'new/deep/file': 'new',
      'bytes.bin': bytes,
      empty: '',
      'node_modules/x/index.js': 'ignored',
      'build.log': 'ignored',
    })
    const after = await workspace.snapshot(checkout, 'what the coder did')
    expect(await contents(workspace, after)).toEqual({
      '.gitignore': '100644 node_modules/\n*.log\n',
      'bytes.bin': `100644 ${bytes.toString('latin1')}`,
      edit: '100644 after',
      empty: '100644 ',
      'kept.log': '100644 changed',
      mode: '100755 #!/bin/sh\n',
      'new/deep/file': '100644 new',
      'same.txt': '100644 same',
      was: '120000 edit',
    })
    expect(await workspace.snapshot(checkout, 'what the coder did')).toBe(after)
    expect(after).not.toBe(commit)
  })

  it('is the same commit when nothing changed, or when all of it was put back', async () => {
    const { workspace, commit, checkout } = await start({ f: 'one' })
    expect(await workspace.snapshot(checkout, 'm')).toBe(commit)
    writeFiles(checkout.path, { f: 'two' })
    writeFiles(checkout.path, { f: 'one' })
    expect(await workspace.snapshot(checkout, 'm')).toBe(commit)
  })

  it('sees a change that keeps size and modification time', async () => {
    const { workspace, commit, checkout } = await start({ f: 'one' })
    const path = join(checkout.path, 'f')
    const { atime, mtime } = lstatSync(path)
    writeFileSync(path, 'two')
    utimesSync(path, atime, mtime)
    const after = await workspace.snapshot(checkout, 'm')
    expect(after).not.toBe(commit)
    expect(await contents(workspace, after)).toEqual({ f: '100644 two' })
  })

  it('carries names with newlines, tabs, quotes, dashes and other alphabets', async () => {
    const { workspace, checkout } = await start({ f: '1' })
    const names = ['a\nb', 'a\tb', `it's "q"`, '-rf', 'файл/日本', ':(top)x', ' lead', '*', 'back\\slash']
    writeFiles(checkout.path, Object.fromEntries(names.map((name) => [name, `in ${name}`])))
    const after = await workspace.snapshot(checkout, 'm')
    expect((await workspace.files(after)).map((file) => file.path).toSorted()).toEqual(
      ['f', ...names].toSorted(),
    )
    const bytes = await workspace.read(after, 'a\nb', 100)
    expect(Buffer.from(bytes ?? []).toString()).toBe('in a\nb')
  })

  it('takes bytes as they are, whatever the attributes say, even those that the change itself brings', async () => {
    const { workspace, checkout } = await start({ 'a.txt': 'one\r\ntwo\r\n' })
    writeFiles(checkout.path, { '.gitattributes': '* text=auto eol=lf\n', 'b.txt': 'x\r\ny\r\n' })
    const after = await workspace.snapshot(checkout, 'm')
    expect(await contents(workspace, after)).toEqual({
      '.gitattributes': '100644 * text=auto eol=lf\n',
      'a.txt': '100644 one\r\ntwo\r\n',
      'b.txt': '100644 x\r\ny\r\n',
    })
  })

  it('runs read-only, without network, in a sandbox of its own', async () => {
    const sandbox = createPlainSandbox()
    removeBench(bench)
    bench = createBench({ sandbox })
    const { workspace, checkout } = await start({ f: '1' })
    await workspace.snapshot(checkout, 'm')
    expect(sandbox.calls).toHaveLength(1)
    expect(sandbox.calls[0]?.spec).toMatchObject({ checkout: checkout.path, writable: false, allowHosts: [] })
  })

  it('F-35: refuses too many and too large files with a count, before reading them', async () => {
    const { workspace, checkout } = await start({ f: '1' })
    mkdirSync(join(checkout.path, 'dep'))
    for (let index = 0; index < 2001; index++) writeFileSync(join(checkout.path, 'dep', String(index)), '')
    await expect(workspace.snapshot(checkout, 'm')).rejects.toMatchObject({
      name: 'StageFailure',
      code: 'unsupported_file',
      message: expect.stringContaining('2001 files'),
    })
    rmSync(join(checkout.path, 'dep'), { recursive: true })
    writeFileSync(join(checkout.path, 'sparse'), '')
    truncateSync(join(checkout.path, 'sparse'), 2 ** 40)
    await expect(workspace.snapshot(checkout, 'm')).rejects.toMatchObject({
      code: 'unsupported_file',
      message: expect.stringMatching(/hold 10995116277\d\d bytes/),
    })
  })

  it.each([
    ['/etc/passwd', false],
    ['../outside', false],
    ['sub/../../outside', false],
    ['inner/..', false],
    ['.git/config', false],
    ['sub/target', true],
    ['./sub/target', true],
  ])('judges a symlink to %s: taken is %s', async (target, taken) => {
    const { workspace, checkout } = await start({ 'sub/target': '1' })
    writeFiles(checkout.path, { link: { link: target } })
    const snapshot = workspace.snapshot(checkout, 'm')
    if (taken) expect(await contents(workspace, await snapshot)).toMatchObject({ link: `120000 ${target}` })
    else await expect(snapshot).rejects.toMatchObject({ code: 'unsupported_file' })
  })

  it('refuses a repository inside the repository, with and without commits', async () => {
    const { workspace, checkout } = await start({ f: '1' })
    const nested = join(checkout.path, 'fixtures/repo')
    mkdirSync(nested, { recursive: true })
    const git = (...args: string[]): string =>
      gitInside({ ...checkout, path: nested }, '-c', 'user.name=t', '-c', 'user.email=t', ...args)
    git('init', '-q')
    const refused = { code: 'unsupported_file', message: expect.stringContaining('repository of its own') }
    await expect(workspace.snapshot(checkout, 'm')).rejects.toMatchObject(refused)
    git('commit', '-q', '--allow-empty', '-m', 'x')
    await expect(workspace.snapshot(checkout, 'm')).rejects.toMatchObject(refused)
  })

  it('says which kind of file cannot be read when one is replaced by a pipe', async () => {
    const { workspace, checkout } = await start({ f: '1', g: '2' })
    rmSync(join(checkout.path, 'f'))
    execFileSync('/bin/sh', ['-c', 'mkfifo "$0"', join(checkout.path, 'f')])
    await expect(workspace.snapshot(checkout, 'm')).rejects.toMatchObject({ code: 'unsupported_file' })
  })
})

describe('hostile things in a checkout', () => {
  it('run nothing in the app: hooks, fsmonitor, filters, nested git folders, gitfiles', async () => {
    const marker = join(bench.root, 'ran')
    const { workspace, commit, checkout } = await start({ f: '1' })
    const evil = `[core]\n\tfsmonitor = touch ${marker}\n\thooksPath = hooks\n\tpager = touch ${marker}\n\tsshCommand = touch ${marker}
[filter "x"]\n\tclean = touch ${marker}\n\tsmudge = touch ${marker}\n\trequired = true
[diff "x"]\n\tcommand = touch ${marker}\n\ttextconv = touch ${marker}\n`
    // The sandbox keeps .git read-only; here it is written to, as if that had failed.
    writeFiles(checkout.path, {
      '.git/config': `${readFileSync(join(checkout.path, '.git/config'), 'utf8')}${evil}`,
      '.git/hooks/post-index-change': { run: `#!/bin/sh\ntouch ${marker}\n` },
      '.git/hooks/reference-transaction': { run: `#!/bin/sh\ntouch ${marker}\n` },
      '.gitattributes': '* filter=x diff=x\n',
      '.gitconfig': evil,
      f: '2',
    })
    const after = await workspace.snapshot(checkout, 'm')
    await workspace.diff(commit, after)
    await workspace.diffText(commit, after)
    const next = await workspace.checkout(after, 'again')
    await workspace.snapshot(next, 'm')
    expect(existsSync(marker)).toBe(false)
    // The traps are live: an ordinary git in that folder walks into them.
    gitInside(checkout, 'status', '--porcelain')
    expect(existsSync(marker)).toBe(true)
    await workspace.discard(checkout)
    expect(await contents(workspace, after)).toMatchObject({ f: '100644 2' })
  })

  it('do not lead the app elsewhere when .git is replaced by a gitfile', async () => {
    const { workspace, commit, checkout } = await start({ f: '1' })
    const elsewhere = mkdtempSync(join(tmpdir(), 'elsewhere-'))
    execFileSync('git', ['init', '-q', elsewhere])
    writeFiles(checkout.path, { '.git': `gitdir: ${elsewhere}/.git\n`, f: '2' })
    await expect(workspace.snapshot(checkout, 'm')).rejects.toMatchObject({ name: 'StageFailure' })
    expect(await contents(workspace, commit)).toEqual({ f: '100644 1' })
    rmSync(elsewhere, { recursive: true })
  })
})
