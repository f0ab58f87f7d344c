/**
 * Says whose a temporary file or checkout is, and whether that process still lives. A process id would not do: it is used
 * again, and means nothing in another container on the same folder. A socket answers as long as its process is there.
 */
import { randomBytes } from 'node:crypto'
import { readFile, rename } from 'node:fs/promises'
import { connect, createServer } from 'node:net'
import { join } from 'node:path'

/** Letters that tell one start of one machine from others. */
const BOOT = 6
const MARK = /^[0-9a-f]{16}$/
const MARKED = /-([0-9a-f]{16})-[0-9a-f]{24}(?:\.git|\.lock)?$/

export async function bootMark(): Promise<string> {
  const id = await readFile('/proc/sys/kernel/random/boot_id', 'utf8').catch(() => '')
  return id.slice(0, BOOT).padStart(BOOT, '0')
}

/** A mark of this process's own, which says that it lives until it does not. `folder` is private. */
export async function takeMark(folder: string): Promise<string> {
  const mark = `${await bootMark()}${randomBytes(5).toString('hex')}`
  const server = createServer((caller) => caller.destroy())
  server.on('error', () => {})
  // Renamed once it listens: between being there and listening, a socket looks like that of a dead process.
  const early = join(folder, `early-${mark}`)
  const listens = await new Promise<boolean>((done) => {
    server.once('error', () => done(false))
    server.listen(early, () => done(true))
  })
  server.unref()
  // Where the disk knows no sockets, or the path is too long for one, age has to tell.
  if (listens) await rename(early, socketOf(folder, mark))
  return mark
}

/** A name nobody can guess or has taken, which says whose it is. */
export function markedName(label: string, mark: string): string {
  return `${label}-${mark}-${randomBytes(12).toString('hex')}`
}

/** Of a name that `markedName` gave, or of the socket itself. */
export function markOf(name: string): string | undefined {
  const own = name.startsWith('alive-') ? name.slice('alive-'.length) : ''
  return MARK.test(own) ? own : MARKED.exec(name)?.[1]
}

function socketOf(folder: string, mark: string): string {
  return join(folder, `alive-${mark}`)
}

/** Of a mark that another start of a machine gave nobody can tell: that machine may be another one, and running. */
export async function lifeOf(folder: string, mark: string): Promise<'alive' | 'dead' | 'unknown'> {
  const code = await callUp(socketOf(folder, mark))
  // Too many callers at once: somebody is there.
  if (code === undefined || code === 'EAGAIN') return 'alive'
  return code === 'ECONNREFUSED' && mark.startsWith(await bootMark()) ? 'dead' : 'unknown'
}

/** The code of the error, undefined where somebody answers. */
function callUp(path: string): Promise<string | undefined> {
  return new Promise((done) => {
    const call = connect(path)
    call.once('error', (error: NodeJS.ErrnoException) => done(error.code ?? 'unknown'))
    call.once('connect', () => {
      call.destroy()
      done(undefined)
    })
  })
}
