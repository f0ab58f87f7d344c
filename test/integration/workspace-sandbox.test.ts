/** Workspaces and the real sandbox together: an agent works inside, and only its files come back. */
import { existsSync, lstatSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { createWorkspaces } from '../../src/adapters/git/workspaces.ts'
import type { CommandResult } from '../../src/ports/sandbox.ts'
import type { Checkout, Workspace } from '../../src/ports/workspace.ts'
import { createSource, REPO } from '../adapters/git/source-repository.ts'
import type { Source } from '../adapters/git/source-repository.ts'
import { openSandboxFixture, specOf } from '../support/sandbox-fixture.ts'
import type { SandboxFixture } from '../support/sandbox-fixture.ts'

describe('a workspace with the real sandbox', () => {
  let fixture: SandboxFixture
  let source: Source
  let workspace: Workspace
  let commit: string

  beforeAll(async () => {
    fixture = await openSandboxFixture()
    source = createSource()
    source.commit({ 'src/a.js': 'old\n', '.gitignore': 'node_modules\n', run: { run: '#!/bin/sh\n' } })
    const workspaces = createWorkspaces({
      root: fixture.stateRoot,
      remote: source.remote,
      sandbox: fixture.sandbox,
      owner: fixture.owner,
    })
    ;({ workspace, commit } = await workspaces.sync(REPO, 'main'))
  })
  afterAll(async () => {
    await fixture.close()
    rmSync(source.folder, { recursive: true, force: true })
  })

  const inside = (checkout: Checkout, command: string): Promise<CommandResult> =>
    fixture.sandbox.run(command, specOf(checkout.path))

  const textAt = async (at: string, path: string): Promise<string> =>
    Buffer.from((await workspace.read(at, path, 1e6)) ?? []).toString('utf8')

  it('lets an agent write files and look at history, and takes its files back as a commit', async () => {
    const checkout = await workspace.checkout(commit, 'coder')
    const work = await inside(
      checkout,
      `set -e
      git status --porcelain
      git log --format=%H
      printf 'new\\n' > src/a.js
      printf 'b' > $'src/b\\nc.js'
      mkdir -p node_modules/x bin && echo 1 > node_modules/x/index.js
      printf '#!/bin/sh\\n' > bin/tool && chmod +x bin/tool && ln -s ../src bin/link
      chmod -x run`,
    )
    expect([work.code, work.stderr, work.stdout]).toEqual([0, '', `${commit}\n`])
    const after = await workspace.snapshot(checkout, 'what the agent did')
    expect((await workspace.files(after)).map((file) => [file.path, file.mode])).toEqual([
      ['.gitignore', '100644'],
      ['bin/link', '120000'],
      ['bin/tool', '100755'],
      ['run', '100644'],
      ['src/a.js', '100644'],
      ['src/b\nc.js', '100644'],
    ])
    expect(await textAt(after, 'src/a.js')).toBe('new\n')
    await workspace.discard(checkout)
    expect(existsSync(checkout.path)).toBe(false)
  })

  it('gives the checkout to the user of the sandbox, and keeps its .git from being changed', async () => {
    const checkout = await workspace.checkout(commit, 'coder')
    const owner = fixture.owner?.uid ?? process.getuid?.()
    const paths = ['', 'src', 'src/a.js', 'run', '.git', '.git/index', '.git/HEAD']
    expect(paths.map((path) => lstatSync(join(checkout.path, path)).uid)).toEqual(paths.map(() => owner))
    const tried = await inside(
      checkout,
      `echo x >> .git/config; git commit --allow-empty -m x; git config user.name x; mv .git .moved; rm -rf .git; ls -A`,
    )
    expect(tried.stdout.split('\n').filter(Boolean).toSorted()).toEqual(['.git', '.gitignore', 'run', 'src'])
    expect(await workspace.snapshot(checkout, 'm')).toBe(commit)
    await workspace.discard(checkout)
  })

  it('shows the agent neither the mirror nor another checkout', async () => {
    const [one, two] = [await workspace.checkout(commit, 'one'), await workspace.checkout(commit, 'two')]
    const looked = await inside(
      one,
      `ls '${two.path}' '${join(fixture.stateRoot, 'mirrors')}' '${join(fixture.stateRoot, 'temporary')}' 2>&1; ls '${join(fixture.stateRoot, 'checkouts')}'`,
    )
    expect(looked.stdout).not.toContain('src')
    expect(looked.stdout).not.toContain('.git')
    expect(looked.stdout).not.toContain(two.path.split('/').at(-1) + '\n')
    await Promise.all([one, two].map((each) => workspace.discard(each)))
  })

  it('removes what an agent closed behind itself', async () => {
    const checkout = await workspace.checkout(commit, 'coder')
    await inside(checkout, 'mkdir -p a/b/c && touch a/b/c/d && chmod 0 a/b/c a/b a src')
    await workspace.discard(checkout)
    expect(existsSync(checkout.path)).toBe(false)
  })

  it('says what could not be taken when an agent leaves an unreadable file', async () => {
    const checkout = await workspace.checkout(commit, 'coder')
    await inside(checkout, 'echo x > secret && chmod 0 secret')
    await expect(workspace.snapshot(checkout, 'm')).rejects.toMatchObject({
      name: 'StageFailure',
      code: 'unsupported_file',
    })
    await workspace.discard(checkout)
  })

  it('takes a change of several megabytes in one piece', async () => {
    const checkout = await workspace.checkout(commit, 'coder')
    await inside(
      checkout,
      'head -c 9000000 /dev/urandom > large.bin && for i in $(seq 300); do echo $i > f$i; done',
    )
    const started = Date.now()
    const after = await workspace.snapshot(checkout, 'm')
    expect((await workspace.files(after)).find((file) => file.path === 'large.bin')?.size).toBe(9_000_000)
    expect((await workspace.files(after)).length).toBe(304)
    // Five times what it takes on two busy cores.
    expect(Date.now() - started).toBeLessThan(15_000)
    await workspace.discard(checkout)
  })
})
