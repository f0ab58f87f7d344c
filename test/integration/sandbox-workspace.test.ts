/** Workspace and real sandbox together: what a command does in a checkout comes back as a commit, and nothing else does. */
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from '@jest/globals'
import { createWorkspaces } from '../../src/adapters/git/workspaces.ts'
import { createSource, REPO } from '../adapters/git/source-repository.ts'
import { openSandboxFixture, specOf } from '../support/sandbox-fixture.ts'
import type { SandboxFixture } from '../support/sandbox-fixture.ts'

let fixture: SandboxFixture
beforeAll(async () => {
  fixture = await openSandboxFixture()
})
afterAll(() => fixture.close())

it('a checkout is changed inside, looked at with git inside, and snapshot from inside', async () => {
  const source = createSource()
  source.commit({ 'a.txt': 'one\n', '.gitignore': 'node_modules\n' })
  const workspaces = createWorkspaces({
    remote: source.remote,
    root: join(fixture.root, 'workspaces'),
    sandbox: fixture.sandbox,
    owner: fixture.owner,
  })
  const { workspace, commit } = await workspaces.sync(REPO, 'main')
  const checkout = await workspace.checkout(commit, 'test')
  const changed = await fixture.sandbox.run(
    'git status --porcelain && git log --format=%H && echo two >> a.txt && mkdir node_modules && touch node_modules/x' +
      ' && git status --porcelain; git config user.name x; git commit -am x',
    specOf(checkout.path),
  )
  expect(changed.stdout).toBe(`${commit}\n M a.txt\n`)
  expect(changed.stderr).toMatch(/Read-only file system/)
  const after = await workspace.snapshot(checkout, 'what the agent did')
  expect(after).not.toBe(commit)
  expect(Buffer.from((await workspace.read(after, 'a.txt', 100)) ?? []).toString()).toBe('one\ntwo\n')
  expect((await workspace.files(after)).map((file) => file.path)).toEqual(['.gitignore', 'a.txt'])
  await workspace.discard(checkout)
  await rm(source.folder, { recursive: true })
})
