/** One bubblewrap process from start to the death of everything in it. */
import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { closeSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import type { Readable, Writable } from 'node:stream'
import { setTimeout as sleep } from 'node:timers/promises'
import type { CommandResult, Limits } from '../../ports/sandbox.ts'
import { notStarted } from './not-started.ts'
import type { Pipe } from './pipe-stock.ts'
import type { Owner } from './state-folder.ts'
import { treeMemoryKb } from './tree-memory.ts'

export interface Launch {
  readonly bwrap: string
  readonly argv: readonly string[]
  readonly filter: Buffer
  readonly owner: Owner | undefined
  readonly stdin: boolean
  readonly stdout: Pipe
  readonly stderr: Pipe
  readonly limits: Limits
  readonly signal: AbortSignal | undefined
}

type KillReason = NonNullable<CommandResult['killed']>

export interface Outcome {
  readonly code: number | null
  readonly killed: KillReason | undefined
  readonly ms: number
  /** False when bubblewrap failed before the command could start. */
  readonly ran: boolean
}

export interface ConfinedProcess {
  readonly pid: number
  /** Null unless asked for. */
  readonly stdin: Writable | null
  readonly stdout: Readable
  readonly stderr: Readable
  kill(reason: KillReason): void
  /** Resolves when no process of the tree is left; never rejects. */
  readonly ended: Promise<Outcome>
}

// Finds bubblewrap, and nothing else: the app's own PATH may begin with a folder that others write to.
export const HOST_PATH =
  '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin:/run/current-system/sw/bin'

// Often enough that a tree cannot take much more than its share, seldom enough to cost under 1 % of a core.
const MEMORY_CHECK_MS = 250
// Node's timers fire at once when asked for more.
const LONGEST_MS = 2 ** 31 - 1
// The kernel needs a millisecond or two for a whole process namespace; after this long something is wrong.
const DEATH_MS = 5000

/** Starts it. Rejects with UserError when bubblewrap cannot be started at all. */
export async function startConfined(launch: Launch): Promise<ConfinedProcess> {
  const began = performance.now()
  const child = spawn(launch.bwrap, launch.argv, {
    // A process group of its own, so that one signal reaches it whatever it became.
    detached: true,
    cwd: '/',
    env: { PATH: HOST_PATH },
    stdio: [launch.stdin ? 'pipe' : 'ignore', launch.stdout.writer, launch.stderr.writer, 'pipe', 'pipe'],
    ...launch.owner,
  })
  for (const pipe of [launch.stdout, launch.stderr]) closeSync(pipe.writer)
  await started(child)
  const { pid, stdin } = child
  const [filter, status] = [child.stdio[3], child.stdio[4]]
  if (pid === undefined || !filter || !status) throw notStarted('it has no pipes')
  // A command that ends without reading, or bubblewrap that fails early, is no error of ours.
  for (const stream of [stdin, filter, status]) stream?.on('error', () => {})
  ;(filter as Writable).end(launch.filter)
  const report = readStatus(status as Readable)
  const tree = new Tree(pid, launch)
  return {
    pid,
    stdin,
    stdout: launch.stdout.reader,
    stderr: launch.stderr.reader,
    kill: (reason) => tree.kill(reason),
    // The report's last line may arrive after the exit.
    ended: Promise.all([exited(child), closed(status as Readable)]).then(async () => {
      tree.unwatch()
      const { inside, exitCode } = report()
      await allDead(inside)
      const ms = Math.round(performance.now() - began)
      const killed = tree.killed
      return {
        code: killed === undefined ? (exitCode ?? null) : null,
        killed,
        ms,
        ran: exitCode !== undefined,
      }
    }),
  }
}

/** The clock, the memory watch and the caller's signal; whichever comes first kills the tree. */
class Tree {
  readonly #pid: number
  readonly #timer: NodeJS.Timeout
  readonly #watch: NodeJS.Timeout
  readonly #signal: AbortSignal | undefined
  readonly #onAbort = () => this.kill('aborted')
  #over = false
  killed: KillReason | undefined

  constructor(pid: number, { limits, signal }: Launch) {
    this.#pid = pid
    this.#signal = signal
    this.#timer = setTimeout(() => this.kill('timeout'), Math.min(limits.seconds * 1000, LONGEST_MS))
    this.#watch = setInterval(() => void this.#checkMemory(limits.memoryMb * 1024), MEMORY_CHECK_MS)
    signal?.addEventListener('abort', this.#onAbort, { once: true })
    if (signal?.aborted === true) this.kill('aborted')
  }

  kill(reason: KillReason): void {
    // After the end the number may belong to somebody else.
    if (this.#over || this.killed !== undefined) return
    this.killed = reason
    try {
      // bubblewrap's death takes the first process inside along, and with it every process of that namespace.
      process.kill(-this.#pid, 'SIGKILL')
    } catch {
      // Already gone.
    }
  }

  unwatch(): void {
    this.#over = true
    clearTimeout(this.#timer)
    clearInterval(this.#watch)
    this.#signal?.removeEventListener('abort', this.#onAbort)
  }

  async #checkMemory(limitKb: number): Promise<void> {
    if ((await treeMemoryKb(this.#pid)) > limitKb) this.kill('memory')
  }
}

function started(child: ChildProcess): Promise<void> {
  return new Promise((done, failed) => {
    child.once('spawn', done)
    child.once('error', (cause) => failed(notStarted(cause.message)))
  })
}

function exited(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve()
  return new Promise((done) => child.once('exit', () => done()))
}

/** Resolves when a stream that is being read has given all it had; at once when it was destroyed before. */
export function closed(stream: Readable): Promise<void> {
  if (stream.closed) return Promise.resolve()
  return new Promise((done) => stream.once('close', done))
}

/** bubblewrap's own report: one JSON document when the sandbox stands, one when the command has ended. */
function readStatus(status: Readable): () => { inside: number | undefined; exitCode: number | undefined } {
  let text = ''
  status.setEncoding('utf8').on('data', (chunk: string) => (text += chunk))
  const number = (name: string) => {
    const found = new RegExp(`"${name}": ?(\\d+)`).exec(text)?.[1]
    return found === undefined ? undefined : Number(found)
  }
  return () => ({ inside: number('child-pid'), exitCode: number('exit-code') })
}

/** The first process inside is only gone when the kernel has ended all others of its namespace. */
async function allDead(inside: number | undefined): Promise<void> {
  if (inside === undefined) return
  const until = performance.now() + DEATH_MS
  while ((await isAlive(inside)) && performance.now() < until) await sleep(1)
}

async function isAlive(pid: number): Promise<boolean> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => undefined)
  if (stat === undefined) return false
  // A zombie has ended; nobody may be there to collect it (an app that is process 1 of a container).
  return stat.slice(stat.lastIndexOf(')') + 2, stat.lastIndexOf(')') + 3) !== 'Z'
}
