/** A real PostgreSQL for one test file: in a folder that its user may enter, and with a fresh database for each test. */
import { chmod, mkdtemp, readdir, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { createNodeClock } from '../../src/adapters/node/node-clock.ts'
import { openEmbeddedServer } from '../../src/adapters/postgres/embedded-server.ts'
import { runProgram } from '../../src/adapters/sandbox/run-program.ts'
import { recordingLog } from './recording-log.ts'

export interface TestServer {
  readonly stateRoot: string
  /** The address of a new, empty database. */
  freshUrl(): Promise<string>
  /** Rows of a statement in that database. */
  query<Row>(url: string, text: string): Promise<readonly Row[]>
  /** `immediate` is what a power cut is. */
  stop(mode: 'fast' | 'immediate'): Promise<void>
  start(): Promise<void>
  close(): Promise<void>
}

export async function startTestServer(): Promise<TestServer> {
  const stateRoot = await mkdtemp(join(tmpdir(), 'mw-pg-'))
  // mkdtemp gives 0700, and as root the database's user is another one.
  await chmod(stateRoot, 0o755)
  const log = recordingLog()
  const server = await openEmbeddedServer({ stateRoot, run: runProgram, clock: createNodeClock(), log })
  const { host, user } = server.address
  const urlOf = (database: string): string =>
    `postgresql://${user}@localhost/${database}?host=${encodeURIComponent(host)}`
  const query = async <Row>(url: string, text: string): Promise<readonly Row[]> => {
    const client = new pg.Client({ connectionString: url })
    await client.connect()
    try {
      return (await client.query(text)).rows as Row[]
    } finally {
      await client.end()
    }
  }
  let made = 0
  return {
    stateRoot,
    query,
    async freshUrl() {
      made += 1
      await query(urlOf('postgres'), `CREATE DATABASE test_${made}`)
      return urlOf(`test_${made}`)
    },
    stop: (mode) => control(stateRoot, ['stop', '-w', '-m', mode]),
    start: () => server.ensure(),
    async close() {
      await control(stateRoot, ['stop', '-w', '-m', 'immediate']).catch(() => undefined)
      await rm(stateRoot, { recursive: true, force: true })
    },
  }
}

async function control(stateRoot: string, args: readonly string[]): Promise<void> {
  const root = join(stateRoot, 'postgres')
  const program = (await readdir(root)).find((name) => name.startsWith('program-')) ?? ''
  const data = join(root, 'data')
  const { uid, gid } = await stat(data)
  const user = process.getuid?.() === 0 ? { uid, gid } : undefined
  const result = await runProgram(join(root, program, 'native/bin/pg_ctl'), [...args, '-D', data], {
    env: { PATH: '/usr/bin:/bin' },
    cwd: root,
    user,
  })
  if (result.code !== 0) throw new Error(result.output)
}
