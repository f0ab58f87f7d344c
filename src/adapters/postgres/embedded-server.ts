/**
 * A PostgreSQL server under the state folder, for one machine without set-up: made at the first start, started when it
 * is not running, adopted when it is. It listens on a socket that only we may enter, so it needs no port or password.
 */
import { randomBytes } from 'node:crypto'
import { chown, mkdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import pg from 'pg'
import { UserError } from '../../core/errors.ts'
import type { Clock } from '../../ports/clock.ts'
import type { Log } from '../../ports/log.ts'
import type { ProgramResult, RunProgram } from '../../ports/program.ts'
import type { Address } from './address.ts'
import { BARE_ENV, prepareServerFolder } from './server-folder.ts'
import type { ServerFolder } from './server-folder.ts'
import { keepProgram } from './server-program.ts'
import type { ServerProgram } from './server-program.ts'

export interface EmbeddedServerOptions {
  readonly stateRoot: string
  readonly run: RunProgram
  readonly clock: Clock
  readonly log: Log
}

export interface EmbeddedServer {
  readonly address: Extract<Address, { host: string }>
  /** Starts it again if it is not running. Throws as opening does. */
  ensure(): Promise<void>
  /** Stops the server, unless another process still works with it. */
  close(): Promise<void>
}

interface Server extends EmbeddedServerOptions {
  readonly folder: ServerFolder
  readonly program: ServerProgram
  readonly address: EmbeddedServer['address']
}

/** Names the socket's file; no port is opened. */
const SOCKET_NUMBER = 5432
const ROLE = 'millwright'

/** Throws UserError where this machine or the folder does not allow it, with what to do. */
export async function openEmbeddedServer(options: EmbeddedServerOptions): Promise<EmbeddedServer> {
  const folder = await prepareServerFolder(options.stateRoot, options.run)
  const program = await keepProgram(folder.root)
  const address = { host: folder.sockets, port: SOCKET_NUMBER, user: ROLE, database: 'postgres' }
  const server: Server = { ...options, folder, program, address }
  await ensureRunning(server)
  return { address, ensure: () => ensureRunning(server), close: () => stopIfUnused(server) }
}

// Starting takes 0.1 s, after a crash seconds; somebody else's start or stop may be under way meanwhile.
const TRIES = 20
const BETWEEN_TRIES_MS = 500

async function ensureRunning(server: Server): Promise<void> {
  if ((await otherClients(server)) !== undefined) return
  await initialise(server)
  await writeSettings(server)
  let last = ''
  for (let tried = 0; tried < TRIES; tried += 1) {
    const started = await control(server, ['start', '-w', '-l', join(server.folder.data, 'server.log')])
    // One that somebody else started meanwhile, or that outlived its app, serves as well.
    if ((await otherClients(server)) !== undefined) {
      server.log.info(started.code === 0 ? 'database_started' : 'database_adopted')
      return
    }
    last = started.output
    await server.clock.sleep(BETWEEN_TRIES_MS)
  }
  throw new UserError(
    'store_unavailable',
    `PostgreSQL could not be started in ${server.folder.root}: ${last}\n${await endOfLog(server)}`,
  )
}

function control(server: Server, args: readonly string[]): Promise<ProgramResult> {
  const { program, folder, run } = server
  return run(program.pgCtl, [...args, '-D', folder.data], {
    env: BARE_ENV,
    cwd: folder.root,
    user: folder.user,
  })
}

/** How many others are connected, or undefined when nobody answers at the socket. */
async function otherClients({ address }: Server): Promise<number | undefined> {
  // Three seconds: a server that answers does so in milliseconds, even while it writes a checkpoint.
  const client = new pg.Client({ ...address, connectionTimeoutMillis: 3000, query_timeout: 3000 })
  // A connection that breaks between two statements is told of nowhere else, and would end the process.
  client.on('error', () => undefined)
  try {
    await client.connect()
    const others = await client.query<{ count: number }>(
      `SELECT count(*)::int AS count FROM pg_stat_activity
        WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()`,
    )
    return others.rows[0]?.count ?? 0
  } catch {
    return undefined
  } finally {
    await client.end().catch(() => undefined)
  }
}

/** In a folder beside, then renamed: a start that is killed half-way leaves no half of a database. */
async function initialise(server: Server): Promise<void> {
  const { folder, program, run, log } = server
  const made = await readFile(join(folder.data, 'PG_VERSION'), 'utf8').catch(() => undefined)
  if (made !== undefined) return mustMatch(server, made.trim())
  const fresh = `${folder.data}.${randomBytes(6).toString('hex')}`
  const claimed = await ownFolder(server, fresh)
  const flags = ['--auth=trust', '--encoding=UTF8', '--locale=C', '--no-instructions', `--username=${ROLE}`]
  const result = await run(program.initdb, ['-D', claimed, ...flags], {
    env: BARE_ENV,
    cwd: folder.root,
    user: folder.user,
  })
  try {
    if (result.code !== 0) {
      throw new UserError(
        'store_unavailable',
        `PostgreSQL could not make its data folder in ${folder.root}: ${result.output}\nOr set DATABASE_URL.`,
      )
    }
    await rename(fresh, folder.data)
    log.info('database_created')
  } catch (error) {
    // Somebody else's is there already.
    if (error instanceof UserError || !(await isFolder(folder.data))) throw error
  } finally {
    await rm(fresh, { recursive: true, force: true })
  }
}

function mustMatch({ folder, program }: Server, made: string): void {
  if (made === program.major) return
  throw new UserError(
    'store_unavailable',
    `${folder.data} was made by PostgreSQL ${made}, and this Millwright brings ${program.major}. ` +
      'Move it away: open runs are rebuilt from GitHub.',
  )
}

async function ownFolder({ folder }: Server, path: string): Promise<string> {
  await mkdir(path, { mode: 0o700 })
  if (folder.user) await chown(path, folder.user.uid, folder.user.gid)
  return path
}

/** Written at every start: the state folder may have been moved. */
async function writeSettings({ folder }: Server): Promise<void> {
  const settings = {
    listen_addresses: '',
    port: String(SOCKET_NUMBER),
    unix_socket_directories: folder.sockets,
    // A handful of processes, with up to a hundred connections each where they have many slots.
    max_connections: '400',
    shared_buffers: '32MB',
    timezone: 'UTC',
    log_timezone: 'UTC',
  }
  const lines = Object.entries(settings).map(
    ([name, value]) => `${name} = '${value.replaceAll("'", "''")}'\n`,
  )
  const path = join(folder.data, 'millwright.conf')
  await writeOwned(folder, path, lines.join(''))
  const main = join(folder.data, 'postgresql.conf')
  const include = `include 'millwright.conf'\n`
  const text = await readFile(main, 'utf8')
  if (!text.endsWith(include)) await writeOwned(folder, main, `${text}\n${include}`)
}

async function writeOwned({ user }: ServerFolder, path: string, text: string): Promise<void> {
  const fresh = `${path}.${randomBytes(6).toString('hex')}`
  await writeFile(fresh, text, { mode: 0o600 })
  if (user) await chown(fresh, user.uid, user.gid)
  await rename(fresh, path)
}

const LOOKS = 10
const BETWEEN_LOOKS_MS = 50

async function stopIfUnused(server: Server): Promise<void> {
  let others = await otherClients(server)
  // The server lists a connection for some milliseconds after it was closed, our own of a moment ago among them.
  for (let look = 0; others && look < LOOKS; look += 1) {
    await server.clock.sleep(BETWEEN_LOOKS_MS)
    others = await otherClients(server)
  }
  if (others !== 0) return
  const stopped = await control(server, ['stop', '-w', '-m', 'fast'])
  if (stopped.code !== 0) server.log.warn('database_not_stopped', { why: stopped.output.slice(0, 300) })
}

async function endOfLog({ folder }: Server): Promise<string> {
  const text = await readFile(join(folder.data, 'server.log'), 'utf8').catch(() => '')
  return text.trim().split('\n').slice(-5).join('\n')
}

function isFolder(path: string): Promise<boolean> {
  return stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  )
}
