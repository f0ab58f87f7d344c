/** F-38: a worker that is killed while a command runs in its sandbox. Nothing of it lives on, and nothing of it stays. */
import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { afterAll, beforeAll, expect, it } from '@jest/globals'
import { createWorkspaces } from '../../src/adapters/git/workspaces.ts'
import { createSource, REPO } from '../adapters/git/source-repository.ts'
import type { Source } from '../adapters/git/source-repository.ts'
import { processesWith, uniqueSeconds, waitUntil } from '../support/host-processes.ts'
import { openSandboxFixture } from '../support/sandbox-fixture.ts'
import type { SandboxFixture } from '../support/sandbox-fixture.ts'

let fixture: SandboxFixture
let source: Source
const workers: ChildProcess[] = []

beforeAll(async () => {
  fixture = await openSandboxFixture()
  source = createSource()
  source.commit({ f: '1' })
})
afterAll(async () => {
  for (const worker of workers) worker.kill('SIGKILL')
  await fixture.close()
  rmSync(source.folder, { recursive: true, force: true })
})

interface Worker {
  readonly process: ChildProcess
  readonly checkout: string
  readonly sleeps: () => Promise<number[]>
}

async function startWorker(): Promise<Worker> {
  const seconds = uniqueSeconds()
  const script = join(import.meta.dirname, '../support/workspace-worker.ts')
  const worker = spawn(
    process.execPath,
    ['--no-warnings', script, fixture.stateRoot, source.folder, seconds],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  )
  workers.push(worker)
  const [checkout] = (await once(createInterface(worker.stdout), 'line')) as [string]
  // The worker itself has the number among its arguments.
  const sleeps = async (): Promise<number[]> =>
    (await processesWith(seconds)).filter((pid) => pid !== worker.pid)
  await waitUntil(async () => (await sleeps()).length === 2)
  return { process: worker, checkout, sleeps }
}

it('F-38: nothing of a killed worker lives on, and the next start removes its checkout and no other', async () => {
  const [killed, living] = await Promise.all([startWorker(), startWorker()])
  const folder = join(fixture.stateRoot, 'checkouts')
  expect(readdirSync(folder)).toHaveLength(2)
  killed.process.kill('SIGKILL')
  await waitUntil(async () => (await killed.sleeps()).length === 0, 1000)
  expect(await living.sleeps()).toHaveLength(2)
  expect(existsSync(killed.checkout)).toBe(true)

  const { sandbox, owner, stateRoot } = fixture
  const workspaces = createWorkspaces({ root: stateRoot, remote: source.remote, sandbox, owner })
  await workspaces.open(REPO)
  expect(await workspaces.sweepLeftovers()).toBe(1)
  expect([killed.checkout, living.checkout].map((path) => existsSync(path))).toEqual([false, true])

  // One that only stands still is not dead.
  living.process.kill('SIGSTOP')
  expect(await workspaces.sweepLeftovers()).toBe(0)
  expect(existsSync(living.checkout)).toBe(true)
  living.process.kill('SIGKILL')
  await once(living.process, 'exit')
  expect(await workspaces.sweepLeftovers()).toBe(1)
  expect(readdirSync(folder)).toEqual([])
  // The sweeper's own.
  expect(readdirSync(join(stateRoot, 'temporary'))).toEqual([expect.stringMatching(/^alive-/)])
})
