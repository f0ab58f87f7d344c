/** Files that one attempt left, kept in the git directory and written back into another attempt's checkout. */
import {
  lstatSync,
  readFileSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { createWorkspaces } from '../../../src/adapters/git/workspaces.ts'
import type { Sandbox } from '../../../src/ports/sandbox.ts'
import type { Checkout, Workspace } from '../../../src/ports/workspace.ts'
import { createPlainSandbox } from '../../support/plain-sandbox.ts'
import { createBench, removeBench, writeFiles } from './source-repository.ts'
import type { Bench } from './source-repository.ts'

const RUN = 'abcdef1234'

let bench: Bench
let workspace: Workspace
let base: string
let first: Checkout

beforeEach(async () => {
  bench = createBench()
  bench.source.commit({
    'lib/a.js': 'a\n',
    'lib/b.js': 'b\n',
    'folder/deep/c.js': 'c\n',
    'run.sh': { run: 'true\n' },
    '.gitignore': 'dist/\n',
  })
  const synced = await bench.workspaces.sync({ id: 4711, owner: 'acme', name: 'thing' }, 'main')
  ;({ workspace, commit: base } = synced)
  first = await workspace.checkout(base, 'first')
})
afterEach(() => removeBench(bench))

const mirror = (): string => join(bench.root, 'mirrors', '4711.git')

/** What an agent did to the first checkout, as a commit. */
async function changed(): Promise<string> {
  writeFiles(first.path, {
    'lib/a.js': 'changed, without a last line end',
    'lib/b.js': null,
    'lib/b.js/now-a-folder.js': 'b\n',
    'new/caf\u00e9 "quoted"\nand broken.txt': new Uint8Array([0, 255, 10]),
    'new/link': { link: '../lib/a.js\n' },
    'new/empty.txt': '',
    'new/run.sh': { run: 'new\n' },
    'dist/built.js': 'ignored\n',
  })
  rmSync(join(first.path, 'folder'), { recursive: true })
  symlinkSync('lib', join(first.path, 'folder'))
  return workspace.snapshot(first, 'Kept')
}

describe('files that are put back', () => {
  it('are the tree that was kept: modes, links, strange names, what is gone, and nothing that was ignored', async () => {
    const kept = await changed()
    const second = await workspace.checkout(base, 'second')
    await workspace.putBack(second, kept)
    expect(await workspace.snapshot(second, 'Kept')).toBe(kept)
    expect(readlinkSync(join(second.path, 'new/link'))).toBe('../lib/a.js\n')
    expect(lstatSync(join(second.path, 'new/run.sh')).mode & 0o111).not.toBe(0)
    expect(() => lstatSync(join(second.path, 'dist'))).toThrow()
  })

  it('replace whatever an agent made meanwhile, through no symlink of its', async () => {
    const kept = await changed()
    const second = await workspace.checkout(base, 'second')
    // The agent has exchanged the folder and the link: written through the link, a file would land in the other.
    rmSync(join(second.path, 'lib'), { recursive: true })
    symlinkSync('folder', join(second.path, 'lib'))
    writeFiles(second.path, { new: 'a file in the way\n', 'more.txt': 'more\n' })
    await workspace.putBack(second, kept)
    expect(await workspace.snapshot(second, 'Kept')).toBe(kept)
    expect(readlinkSync(join(second.path, 'folder'))).toBe('lib')
    expect(readFileSync(join(second.path, 'lib/a.js'), 'utf8')).toBe('changed, without a last line end')
  })

  it('that are there already need no second look inside', async () => {
    const kept = await changed()
    await workspace.putBack(first, kept)
    expect(await workspace.snapshot(first, 'Kept')).toBe(kept)
  })

  it('that cannot be written end the stage with what was said', async () => {
    const kept = await changed()
    const real = createPlainSandbox()
    const full: Sandbox = {
      ...real,
      run: (command, spec, options) =>
        real.run(options?.stdin === undefined ? command : 'echo "no space left" >&2; exit 3', spec),
    }
    const { source, root } = bench
    const { remote } = source
    const other = createWorkspaces({ root, remote, sandbox: full, owner: undefined })
    const again = await other.open(workspace.repo)
    const second = await again.checkout(base, 'second')
    // In between is what bash says of this machine's own profile.
    await expect(again.putBack(second, kept)).rejects.toThrow(
      /^Putting files back ended with exit code 3: (?:.*\n)*no space left$/,
    )
  })
})

describe('commits that are kept', () => {
  it('are the ones a snapshot would make, on the same commit', async () => {
    const kept = await changed()
    const second = await workspace.checkout(base, 'second')
    await workspace.putBack(second, kept)
    const again = await workspace.snapshot(second, 'Change')
    expect(await workspace.withTree(base, kept, 'Change')).toBe(again)
    expect(again).not.toBe(kept)
    expect(await workspace.withTree(base, base, 'Change')).toBe(base)
  })

  it('are all reached by one ref of the run', async () => {
    const kept = await changed()
    await workspace.keep(RUN, [base, kept])
    writeFiles(first.path, { 'later.txt': 'later\n' })
    const later = await workspace.snapshot(first, 'Kept')
    await workspace.keep(RUN, [base, later])
    const dir = join(bench.root, 'mirrors', '4711.git')
    const reached = bench.source.git('--git-dir', dir, 'rev-list', `refs/millwright/${RUN}`).split('\n')
    expect(reached).toEqual(expect.arrayContaining([base, kept, later]))
    const tree = bench.source.git('--git-dir', dir, 'rev-parse', `refs/millwright/${RUN}^{tree}`)
    expect(tree).toBe(await workspace.tree(later))
    expect(
      await Promise.all([kept, 'f'.repeat(40), await workspace.tree(kept)].map((one) => workspace.has(one))),
    ).toEqual([true, false, false])
  })

  it('are kept once: what is reached already with the same files adds nothing', async () => {
    const kept = await changed()
    await workspace.keep(RUN, [base, kept])
    const tip = (): string => bench.source.git('--git-dir', mirror(), 'rev-parse', `refs/millwright/${RUN}`)
    const before = tip()
    await workspace.keep(RUN, [base, kept])
    await workspace.keep(RUN, [kept])
    expect(tip()).toBe(before)
    await workspace.keep(RUN, [kept, base])
    expect(tip()).not.toBe(before)
  })

  it('are all kept when two processes keep some at once', async () => {
    const { source, root } = bench
    const other = createWorkspaces({
      root,
      remote: source.remote,
      sandbox: createPlainSandbox(),
      owner: undefined,
    })
    const both = [workspace, await other.open(workspace.repo)]
    const commits = await Promise.all(
      Array.from({ length: 12 }, (_, index) =>
        workspace.withFiles(base, [{ path: 'n.txt', content: Buffer.from(`${index}`) }]),
      ),
    )
    await Promise.all(commits.map((commit, index) => (both[index % 2] ?? workspace).keep(RUN, [commit])))
    const reached = source.git('--git-dir', mirror(), 'rev-list', `refs/millwright/${RUN}`).split('\n')
    expect(reached).toEqual(expect.arrayContaining(commits))
  })

  it('wait for a lock that another process holds, and not for one that a killed git left', async () => {
    const kept = await changed()
    await workspace.keep(RUN, [base])
    const lock = join(mirror(), `refs/millwright/${RUN}.lock`)
    writeFileSync(lock, '')
    const keeping = workspace.keep(RUN, [kept])
    setTimeout(() => rmSync(lock), 400)
    await keeping
    writeFileSync(lock, '')
    utimesSync(lock, 0, 0)
    await workspace.drop(RUN, false)
    expect(bench.source.git('--git-dir', mirror(), 'for-each-ref', 'refs/millwright')).toBe('')
  })

  it('are not here as long as a file of theirs is missing', async () => {
    const content = Buffer.from('not packed\n')
    const commit = await workspace.withFiles(base, [{ path: 'n.txt', content }])
    const blob = (await workspace.files(commit)).find(({ path }) => path === 'n.txt')?.id ?? ''
    expect(await workspace.has(commit, base)).toBe(true)
    // As a fetch leaves them that was killed before it had stored all.
    rmSync(join(mirror(), 'objects', blob.slice(0, 2), blob.slice(2)))
    expect(await workspace.has(commit, base)).toBe(false)
    expect(await workspace.has(base)).toBe(true)
  })

  it('are refused for a run whose name could be a path', async () => {
    await expect(workspace.keep('../heads/main', [base])).rejects.toThrow()
  })
})
