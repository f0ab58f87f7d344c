import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from '@jest/globals'
import { createNodeClock } from '../../src/adapters/node/node-clock.ts'
import { openPostgres } from '../../src/adapters/postgres/open-postgres.ts'
import type { Durable } from '../../src/ports/durable.ts'
import type { Queue } from '../../src/ports/queue.ts'
import { startTestServer } from '../support/postgres-server.ts'
import type { TestServer } from '../support/postgres-server.ts'
import { recordingLog } from '../support/recording-log.ts'

let server: TestServer
let url: string
let file: string
let mine: Durable
/** Adds jobs and waits for them; runs none itself. */
let queue: Queue<string, string>
const workers = new Map<string, ChildProcess>()

beforeAll(async () => {
  server = await startTestServer()
})
beforeEach(async () => {
  url = await server.freshUrl()
  file = join(server.stateRoot, `${url.split('/').at(-1)?.split('?')[0]}.log`)
  await writeFile(file, '')
  mine = await openPostgres({ where: { databaseUrl: url }, clock: createNodeClock(), log: recordingLog() })
  queue = mine.createQueue({ workSlots: 1, graceMs: 1000, onGivenUp: async () => {} })
})
afterEach(async () => {
  for (const worker of workers.values()) worker.kill('SIGKILL')
  workers.clear()
  await queue.stop()
  await mine.close()
})
afterAll(() => server.close())

async function lines(): Promise<readonly string[]> {
  return (await readFile(file, 'utf8')).trim().split('\n')
}

/** Resolves with the line once there is one; the test's own time-out is the limit. */
async function seen(pattern: RegExp): Promise<string> {
  for (;;) {
    const found = (await lines()).find((line) => pattern.test(line))
    if (found !== undefined) return found
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}

async function startWorker(name: string): Promise<void> {
  const script = join(import.meta.dirname, '../support/postgres-worker.ts')
  const env = { PATH: process.env['PATH'] ?? '' }
  const worker = spawn(process.execPath, ['--no-warnings', script, url, file, name], {
    env,
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  workers.set(name, worker)
  await seen(new RegExp(`^${name} is ready$`))
}

function signal(name: string, what: NodeJS.Signals): void {
  workers.get(name)?.kill(what)
}

const inOrder = (names: readonly string[]): readonly string[] => [...names].sort((a, b) => a.localeCompare(b))
const nameOf = (line: string): string => line.split(' ')[0] ?? ''

it('F-02: takes over what a process was doing that was killed, and frees its lock at once', async () => {
  await Promise.all([startWorker('a'), startWorker('b')])
  await queue.addWork({ id: 'w', key: 'k', payload: '60000 0 lock' })
  const killed = nameOf(await seen(/begins w$/))
  signal(killed, 'SIGKILL')
  await mine.locks.withLock('k', async () => {})
  expect(await lines()).not.toContainEqual(expect.stringContaining('resumes'))
  await queue.idle()
  const other = killed === 'a' ? 'b' : 'a'
  expect((await lines()).slice(2)).toEqual([
    `${killed} begins w`,
    ...(await lines()).filter((line) => line.endsWith('warned worker_died')),
    `${other} resumes w`,
    `${other} ends w`,
  ])
}, 60_000)

it('takes over at once where nobody else lives, and takes nothing from whoever does', async () => {
  await startWorker('a')
  await queue.addWork({ id: 'w', key: 'k', payload: '60000 0' })
  await seen(/a begins w$/)
  await startWorker('b')
  await queue.addWork({ id: 'v', key: 'l', payload: '60000 0' })
  await seen(/ begins v$/)
  signal('b', 'SIGKILL')
  await startWorker('c')
  await queue.addEvent({ id: 'e', key: 'm', payload: '0' })
  await seen(/ ends e$/)
  expect(await lines()).not.toContainEqual(expect.stringContaining('resumes'))
  signal('a', 'SIGKILL')
  signal('c', 'SIGKILL')
  const killed = performance.now()
  await startWorker('d')
  await queue.idle()
  // Starting a process takes a second; a heartbeat is ten seconds old before anybody is taken for dead.
  expect(performance.now() - killed).toBeLessThan(6000)
  const all = await lines()
  expect(all).toContain('d warned jobs_taken_over')
  expect(all.filter((line) => line.startsWith('d ends')).sort()).toEqual(['d ends v', 'd ends w'])
}, 60_000)

it('gives a job up that killed every process which took it', async () => {
  await queue.addWork({ id: 'poison', key: 'k', payload: '60000 60000' })
  for (const name of ['a', 'b', 'c', 'd']) {
    await startWorker(name)
    await seen(new RegExp(`^${name} (begins|resumes) poison$`))
    signal(name, 'SIGKILL')
  }
  await startWorker('e')
  await seen(/e gave up poison$/)
  await queue.idle()
  expect((await lines()).filter((line) => / (begins|resumes) /.test(line))).toEqual([
    'a begins poison',
    'b resumes poison',
    'c resumes poison',
    'd resumes poison',
  ])
}, 60_000)

it('F-61: gives up only the job that kills, and not the one that ran beside it', async () => {
  await queue.addWork({ id: 'innocent', key: 'k', payload: '3000 3000' })
  await queue.addWork({ id: 'poison', key: 'l', payload: '1000 1000 kills' })
  let over = false
  const ended = queue.idle().then(() => (over = true))
  for (let count = 0; !over; count += 1) {
    await startWorker(`w${count}`)
    const worker = workers.get(`w${count}`)
    await Promise.race([ended, worker?.signalCode ?? (worker && once(worker, 'exit'))])
  }
  const all = await lines()
  expect(all.filter((line) => line.endsWith('s poison'))).toEqual([
    'w0 begins poison',
    'w1 resumes poison',
    'w2 resumes poison',
    'w3 resumes poison',
  ])
  expect(
    all
      .filter((line) => / (ends|gave up) /.test(line))
      .map((line) => line.slice(3))
      .sort(),
  ).toEqual(['ends innocent', 'gave up poison'])
}, 90_000)

it('F-59: lets a process that stood still finish nothing that another one has taken over', async () => {
  await Promise.all([startWorker('a'), startWorker('b')])
  // The zombie's own try is over the moment that it wakes; the second one takes long enough to see that.
  await queue.addWork({ id: 'w', key: 'k', payload: '1000 5000 lock' })
  const zombie = nameOf(await seen(/begins w$/))
  signal(zombie, 'SIGSTOP')
  await seen(/resumes w$/)
  // The zombie still holds the lock, until the server ends its silent session.
  await mine.locks.withLock('k', async () => {})
  signal(zombie, 'SIGCONT')
  await seen(new RegExp(`^${zombie} warned claim_lost$`))
  await queue.idle()
  const all = await lines()
  const other = zombie === 'a' ? 'b' : 'a'
  expect(all.filter((line) => / (begins|resumes|gave up) /.test(line))).toEqual([
    `${zombie} begins w`,
    `${other} resumes w`,
  ])
  expect(all).toContain(`${other} ends w`)
  const jobs = await server.query(
    url,
    `SELECT state, retry_count FROM millwright_queue.job WHERE name = 'work'`,
  )
  expect(jobs).toEqual([{ state: 'completed', retry_count: 1 }])
}, 90_000)

it('handles the events of one key in the order in which they came, whichever process does', async () => {
  await Promise.all([startWorker('a'), startWorker('b')])
  const expected: string[] = []
  for (let count = 0; count < 60; count += 1) {
    const key = `k${count % 3}`
    await queue.addEvent({ id: `${key}-${count}`, key, payload: '2' })
    expected.push(`${key}-${count}`)
  }
  await queue.idle()
  const all = (await lines()).filter((line) => / (begins|ends) /.test(line))
  for (const key of ['k0', 'k1', 'k2']) {
    const got = all.filter((line) => line.includes(` ${key}-`)).map((line) => line.slice(2))
    const want = expected.filter((id) => id.startsWith(key)).flatMap((id) => [`begins ${id}`, `ends ${id}`])
    expect(got).toEqual(want)
  }
  expect(new Set(all.map(nameOf))).toEqual(new Set(['a', 'b']))
}, 60_000)

it('cancels work that runs in another process, for good', async () => {
  await startWorker('a')
  await queue.addWork({ id: 'w', key: 'k', payload: '60000' })
  await queue.addWork({ id: 'other', key: 'l', payload: '10' })
  await queue.addWork({ id: 'waiting', key: 'k', payload: '60000' })
  await seen(/begins waiting$/)
  await queue.addWork({ id: 'not begun', key: 'k', payload: '60000' })
  await queue.cancelWork('k')
  const all = await lines()
  expect(all.filter((line) => line.startsWith('a breaks off')).sort()).toEqual([
    'a breaks off w',
    'a breaks off waiting',
  ])
  await queue.idle()
  expect(await lines()).toEqual(all)
}, 60_000)

it('hands its work to another process when it is asked to end', async () => {
  await startWorker('a')
  await queue.addWork({ id: 'w', key: 'k', payload: '60000 0' })
  await seen(/begins w$/)
  await startWorker('b')
  signal('a', 'SIGTERM')
  await queue.idle()
  expect((await lines()).filter((line) => line.includes(' w'))).toEqual([
    'a begins w',
    'a breaks off w',
    'b resumes w',
    'b ends w',
  ])
}, 60_000)

it('F-57: loses nothing and does nothing twice while the server goes and comes', async () => {
  await Promise.all([startWorker('a'), startWorker('b')])
  const ids: string[] = []
  const adding = (async () => {
    for (let count = 0; count < 40; count += 1) {
      const id = `e${count}`
      ids.push(id)
      await queue.addEvent({ id, key: `k${count % 4}`, payload: '40 0' })
      if (count % 10 === 0) {
        ids.push(`w${count}`)
        await queue.addWork({ id: `w${count}`, key: `k${count}`, payload: '3000 0' })
      }
    }
  })()
  for (const mode of ['immediate', 'fast', 'immediate'] as const) {
    await seen(/begins /)
    await server.stop(mode)
    await server.start()
  }
  await adding
  await queue.idle()
  const all = await lines()
  const ended = all.filter((line) => / ends /.test(line)).map((line) => line.split(' ').at(-1) ?? '')
  expect(inOrder(ended)).toEqual(inOrder(ids))
}, 90_000)
