/** Where the embedded server keeps its files, and as whom it runs: PostgreSQL refuses to be root. */
import { createHash } from 'node:crypto'
import type { Stats } from 'node:fs'
import { chmod, chown, lstat, mkdir, realpath, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { UserError } from '../../core/errors.ts'
import type { ProgramOptions, RunProgram } from '../../ports/program.ts'

type DatabaseUser = ProgramOptions['user']

export interface ServerFolder {
  readonly root: string
  readonly data: string
  /** Holds nothing but the server's socket; whoever may enter it may do everything in the database. */
  readonly sockets: string
  readonly user: DatabaseUser
}

/** `id` and `useradd` need no more; secrets of ours are nobody else's business. */
export const BARE_ENV = { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', LC_ALL: 'C', TZ: 'UTC' }

/** The path of a socket is limited to 107 bytes on Linux and 103 on macOS, its file name included. */
const LONGEST_SOCKET_FOLDER = 103 - '/.s.PGSQL.5432'.length

/** Throws UserError where the state folder is closed to the database's user, or no such user is to be had. */
export async function prepareServerFolder(stateRoot: string, run: RunProgram): Promise<ServerFolder> {
  const user = await databaseUser(run)
  const made = join(stateRoot, 'postgres')
  await mkdir(made, { recursive: true })
  const root = await realpath(made)
  // 0711: the database's user passes through, and can list nothing.
  await chmod(root, 0o711)
  await mustBeOpen(root, user)
  const inside = join(root, 'socket')
  const sockets = Buffer.byteLength(inside) <= LONGEST_SOCKET_FOLDER ? inside : shortFolder(root)
  await keepPrivate(sockets, user)
  return { root, data: join(root, 'data'), sockets, user }
}

const ACCOUNT = 'postgres'

/** The account named `postgres`, made where there is none; undefined where the app is no root and is itself the user. */
async function databaseUser(run: RunProgram): Promise<DatabaseUser> {
  if (process.getuid?.() !== 0) return undefined
  const options = { env: BARE_ENV, cwd: '/', user: undefined }
  const known = await accountIds(run)
  if (known) return known
  const shell = ['--no-create-home', '--shell', '/usr/sbin/nologin']
  const made = await run('useradd', ['--system', '--user-group', ...shell, ACCOUNT], options)
  // Another start on the same machine may have made it meanwhile.
  const ids = await accountIds(run)
  if (ids) return ids
  throw new UserError(
    'store_unavailable',
    `PostgreSQL does not run as root, and the account "${ACCOUNT}" that it would run as could not be made: ${made.output}\n` +
      'Run Millwright as an ordinary user, or set DATABASE_URL.',
  )
}

async function accountIds(run: RunProgram): Promise<DatabaseUser> {
  const options = { env: BARE_ENV, cwd: '/', user: undefined }
  const [uid, gid] = await Promise.all(['-u', '-g'].map((flag) => run('id', [flag, ACCOUNT], options)))
  if (uid?.code !== 0 || gid?.code !== 0) return undefined
  return { uid: Number(uid.output), gid: Number(gid.output) }
}

async function mustBeOpen(path: string, user: DatabaseUser): Promise<void> {
  if (!user) return
  for (let at = path; ; at = dirname(at)) {
    const { uid, gid, mode } = await stat(at)
    const bit = uid === user.uid ? 0o100 : gid === user.gid ? 0o010 : 0o001
    if ((mode & bit) === 0) {
      throw new UserError(
        'store_unavailable',
        `The database runs as the user "${ACCOUNT}", who may not pass through ${at}.\n` +
          `Run: chmod o+x ${at}, or set MILLWRIGHT_STATE to a folder elsewhere, or DATABASE_URL.`,
      )
    }
    if (at === dirname(at)) return
  }
}

function shortFolder(root: string): string {
  return join(tmpdir(), `millwright-${createHash('sha256').update(root).digest('hex').slice(0, 16)}`)
}

/** Whatever lies at a name in the shared temporary folder that anybody could foresee is used only if it is ours. */
async function keepPrivate(path: string, user: DatabaseUser): Promise<void> {
  const found = (await look(path)) ?? (await makePrivate(path))
  const ours = [process.getuid?.(), user?.uid]
  if (!found.isDirectory() || !ours.includes(found.uid)) {
    throw new UserError(
      'store_unavailable',
      `${path} belongs to somebody else. Remove it, or set DATABASE_URL.`,
    )
  }
  await chmod(path, 0o700)
  if (user) await chown(path, user.uid, user.gid)
}

function look(path: string): Promise<Stats | undefined> {
  return lstat(path).catch(() => undefined)
}

/** Without `recursive`, which would be content with whatever somebody else put there a moment ago. */
async function makePrivate(path: string): Promise<Stats> {
  await mkdir(path, { mode: 0o700 }).catch(() => undefined)
  return lstat(path)
}
