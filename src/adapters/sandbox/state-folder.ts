/** The sandbox's folder on the host: what is bound into every sandbox, kept where the dropped user may enter. */
import { createHash, randomBytes } from 'node:crypto'
import { constants, createReadStream } from 'node:fs'
import { chmod, copyFile, mkdir, readdir, realpath, rename, rm, stat, writeFile } from 'node:fs/promises'
import { basename, dirname, extname, join } from 'node:path'
import { pipeline } from 'node:stream/promises'

/** A user and group on the host that owns nothing there but checkouts. */
export interface Owner {
  readonly uid: number
  readonly gid: number
}

// Above the accounts that Debian and Fedora hand out (60000 is their ceiling for people, 52000 is far from the start),
// below systemd's dynamic users (61184), inside the 65536 ids of a rootless container.
const DROPPED_ID = 52_417

/** Whom sandboxed commands run as: a dedicated user when the app is root, else the app's own user (undefined). */
export function sandboxOwner(): Owner | undefined {
  return process.getuid?.() === 0 ? { uid: DROPPED_ID, gid: DROPPED_ID } : undefined
}

/** The user inside, whoever runs it outside: what `id` and `ls -l` print does not change with the machine. */
export const INSIDE = { uid: 1000, gid: 1000, name: 'sandbox', home: '/home/sandbox' } as const

// A passwd of our own instead of the machine's: no account is created, and the machine's account names stay unknown.
const FILES: Readonly<Record<string, string>> = {
  passwd:
    'root:x:0:0:root:/nonexistent:/usr/sbin/nologin\n' +
    `${INSIDE.name}:x:${INSIDE.uid}:${INSIDE.gid}::${INSIDE.home}:/bin/bash\n` +
    'nobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin\n',
  group: `root:x:0:\n${INSIDE.name}:x:${INSIDE.gid}:\nnogroup:x:65534:\n`,
  hosts: '127.0.0.1 localhost\n::1 localhost\n',
  'nsswitch.conf': 'passwd: files\ngroup: files\nhosts: files dns\n',
}

export const ETC_FILES = Object.keys(FILES)

/** Makes the folder ready; safe to repeat, and by two processes at once. */
export async function prepareStateFolder(root: string): Promise<void> {
  // 0711: the dropped user passes through, and can list nothing.
  await openFolder(root, 0o711)
  await openFolder(join(root, 'etc'), 0o755)
  await openFolder(join(root, 'kept'), 0o755)
  await openFolder(join(root, 'egress'), 0o711)
  await openFolder(join(root, 'pipes'), 0o711)
  for (const name of ['egress', 'pipes']) await sweep(join(root, name))
  for (const [name, text] of Object.entries(FILES)) {
    const path = join(root, 'etc', name)
    const fresh = freshName(path)
    await writeFile(fresh, text)
    await chmod(fresh, 0o644)
    await rename(fresh, path)
  }
}

// No command lives as long as this; what is older belonged to an app that was killed.
const LEFT_BEHIND_MS = 24 * 3600 * 1000

async function sweep(folder: string): Promise<void> {
  for (const name of await readdir(folder)) {
    const path = join(folder, name)
    const changed = await stat(path).then(
      (found) => found.mtimeMs,
      () => Infinity,
    )
    if (Date.now() - changed > LEFT_BEHIND_MS) await rm(path, { recursive: true, force: true })
  }
}

/** Beside its final place, so that renaming is one step; several apps, in one process too, may write at once. */
function freshName(path: string): string {
  return `${path}.${randomBytes(6).toString('hex')}`
}

async function openFolder(path: string, mode: number): Promise<void> {
  await mkdir(path, { recursive: true })
  // mkdir's mode is cut by the umask, and does nothing for a folder that was there.
  await chmod(path, mode)
}

/**
 * A copy of a file (our Node, the tool host's bundle, a CA file) in the state folder, named by its content, readable by
 * everyone. The original may lie where the dropped user cannot go, and may change under a running sandbox.
 */
export async function keepCopy(root: string, from: string): Promise<string> {
  const hash = createHash('sha256')
  await pipeline(createReadStream(from, { highWaterMark: 1024 * 1024 }), hash)
  const suffix = extname(from)
  const name = `${basename(from, suffix)}-${hash.digest('hex').slice(0, 16)}${suffix}`
  const path = join(root, 'kept', name)
  const size = (await stat(from)).size
  if (
    await stat(path).then(
      (there) => there.size === size,
      () => false,
    )
  )
    return path
  const fresh = freshName(path)
  await mkdir(dirname(path), { recursive: true })
  try {
    await copyFile(from, fresh, constants.COPYFILE_FICLONE)
    await chmod(fresh, (await stat(from)).mode & 0o111 ? 0o755 : 0o644)
    await rename(fresh, path)
  } finally {
    await rm(fresh, { force: true })
  }
  return path
}

/** The first folder on the way to `path` that the owner may not pass, or undefined when the way is open. */
export async function closedFolder(path: string, owner: Owner | undefined): Promise<string | undefined> {
  if (owner === undefined) return undefined
  let at = await realpath(path)
  if (!(await stat(at)).isDirectory()) at = dirname(at)
  for (;;) {
    const { uid, gid, mode } = await stat(at)
    const bit = uid === owner.uid ? 0o100 : gid === owner.gid ? 0o010 : 0o001
    if ((mode & bit) === 0) return at
    if (at === dirname(at)) return undefined
    at = dirname(at)
  }
}
