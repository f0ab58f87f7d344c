import { spawn } from 'node:child_process'
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from '@jest/globals'
import { createNodeClock } from '../../src/adapters/node/node-clock.ts'
import { openEmbeddedServer } from '../../src/adapters/postgres/embedded-server.ts'
import type { EmbeddedServer } from '../../src/adapters/postgres/embedded-server.ts'
import { openPostgres } from '../../src/adapters/postgres/open-postgres.ts'
import type { Durable } from '../../src/ports/durable.ts'
import { runProgram } from '../../src/adapters/sandbox/run-program.ts'
import { recordingLog } from '../support/recording-log.ts'

let stateRoot: string
const log = recordingLog()
const clock = createNodeClock()
const open = (root = stateRoot): Promise<EmbeddedServer> =>
  openEmbeddedServer({ stateRoot: root, run: runProgram, clock, log })
const opened: Durable[] = []
async function openAll(): Promise<Durable> {
  const postgres = await openPostgres({ where: { stateRoot, run: runProgram }, clock, log })
  opened.push(postgres)
  return postgres
}
const said = (): readonly string[] => log.lines.map(({ event }) => event)

beforeAll(async () => {
  stateRoot = await mkdtemp(join(tmpdir(), 'mw-embedded-'))
  await chmod(stateRoot, 0o755)
})
afterAll(async () => {
  // What a test that failed left open would hold the server, and the process.
  for (const postgres of opened) await postgres.close()
  await (await open()).close()
  await rm(stateRoot, { recursive: true, force: true })
})

/** The number of the server's main process, or undefined when none runs. */
async function serverProcess(): Promise<number | undefined> {
  const text = await readFile(join(stateRoot, 'postgres/data/postmaster.pid'), 'utf8').catch(() => undefined)
  return text === undefined ? undefined : Number(text.split('\n')[0])
}

it('makes a database at the first start, for one of two that start at the same moment', async () => {
  const [first, second] = await Promise.all([open(), open()])
  expect(said().filter((event) => event === 'database_created')).toHaveLength(1)
  expect(second.address).toEqual(first.address)
  expect((await readdir(join(stateRoot, 'postgres'))).sort()).toEqual([
    'data',
    expect.stringMatching(/^program-/),
    'socket',
  ])
  await first.close()
  expect(await serverProcess()).toBeUndefined()
}, 60_000)

it('keeps what was stored over a stop and a start', async () => {
  const first = await openAll()
  await first.store.saveGoodConfig(7, '1'.repeat(40))
  await first.close()
  expect(await serverProcess()).toBeUndefined()
  const second = await openAll()
  expect(await second.store.goodConfig(7)).toBe('1'.repeat(40))
  await second.close()
}, 60_000)

it('adopts the server of an app that was killed, and stops it in its place', async () => {
  const script = join(stateRoot, 'killed.ts')
  const from = (path: string): string => JSON.stringify(join(import.meta.dirname, '../../src/adapters', path))
  await writeFile(
    script,
    `import { openEmbeddedServer } from ${from('postgres/embedded-server.ts')}
     import { runProgram } from ${from('sandbox/run-program.ts')}
     import { createNodeClock } from ${from('node/node-clock.ts')}
     const log = { info() {}, warn() {}, error() {} }
     await openEmbeddedServer({ stateRoot: ${JSON.stringify(stateRoot)}, run: runProgram, clock: createNodeClock(), log })
     process.kill(process.pid, 'SIGKILL')`,
  )
  const env = { PATH: process.env['PATH'] ?? '' }
  const killed = spawn(process.execPath, ['--no-warnings', script], { env, stdio: 'inherit' })
  const how = await new Promise((resolve) => killed.on('exit', (_code, signal) => resolve(signal)))
  expect(how).toBe('SIGKILL')
  const left = await serverProcess()
  expect(left).toBeDefined()
  const server = await open()
  expect(await serverProcess()).toBe(left)
  await server.close()
  expect(await serverProcess()).toBeUndefined()
}, 60_000)

it('leaves the server to whoever still works with it', async () => {
  const server = await open()
  const other = await openAll()
  await server.close()
  await other.ping()
  await other.close()
  expect(await serverProcess()).toBeUndefined()
}, 60_000)

it('starts the server again when it died under a running app', async () => {
  const postgres = await openAll()
  await postgres.store.saveGoodConfig(7, '2'.repeat(40))
  const before = (await serverProcess()) ?? 0
  // What a power cut or the kernel's memory killer does; PostgreSQL's own processes follow by themselves.
  process.kill(before, 'SIGKILL')
  // A connection of the dead server may answer once more before it notices.
  while ((await serverProcess()) === before) await postgres.ping()
  expect(await postgres.store.goodConfig(7)).toBe('2'.repeat(40))
  await postgres.close()
  expect(await serverProcess()).toBeUndefined()
}, 60_000)

it('opens no port, and gives the server nothing of our environment', async () => {
  process.env['CANARY_TOKEN'] = 'secret-in-the-app'
  const server = await open()
  delete process.env['CANARY_TOKEN']
  const settings = await readFile(join(stateRoot, 'postgres/data/millwright.conf'), 'utf8')
  expect(settings).toContain("listen_addresses = ''")
  expect(server.address.host).toBe(join(stateRoot, 'postgres/socket'))
  const pid = await serverProcess()
  const environment = await readFile(`/proc/${pid}/environ`, 'utf8')
  expect(environment).toContain('LC_ALL=C')
  expect(environment).not.toContain('CANARY')
  await server.close()
}, 60_000)

it('takes a state folder whose path is too long for a socket', async () => {
  const deep = join(stateRoot, 'a-folder-with-a-long-name-indeed'.repeat(3))
  await mkdir(deep)
  const server = await open(deep)
  expect(server.address.host).toMatch(/\/millwright-[0-9a-f]{16}$/)
  await server.close()
  await rm(server.address.host, { recursive: true })
}, 60_000)

it('names the version that made a folder which it cannot read', async () => {
  const old = join(stateRoot, 'old')
  await mkdir(join(old, 'postgres/data'), { recursive: true })
  await writeFile(join(old, 'postgres/data/PG_VERSION'), '17\n')
  await expect(open(old)).rejects.toThrow(
    `${old}/postgres/data was made by PostgreSQL 17, and this Millwright brings 18. ` +
      'Move it away: open runs are rebuilt from GitHub.',
  )
}, 60_000)

const asRoot = process.getuid?.() === 0 ? it : it.skip

asRoot('names the folder that the database may not pass through', async () => {
  const shut = join(stateRoot, 'shut')
  await mkdir(join(shut, 'state'), { recursive: true })
  await chmod(shut, 0o700)
  await expect(open(join(shut, 'state'))).rejects.toMatchObject({
    name: 'UserError',
    message:
      `The database runs as the user "postgres", who may not pass through ${shut}.\n` +
      `Run: chmod o+x ${shut}, or set MILLWRIGHT_STATE to a folder elsewhere, or DATABASE_URL.`,
  })
})
