/** The only place that starts git: fixed environment, no foreign config, no hooks, nothing through a shell. */
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process'
import { once } from 'node:events'
import type { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { cleanStderr, GitError } from './git-error.ts'

export { GitError } from './git-error.ts'

export interface GitOptions {
  /** Bytes for stdin; without them stdin is closed at once. */
  readonly input?: Uint8Array | string
  readonly signal?: AbortSignal
  /** More variables, for instance GIT_INDEX_FILE or GIT_AUTHOR_NAME. Nothing is taken from our own environment. */
  readonly env?: Readonly<Record<string, string>>
  /** Working directory of the process; default the root folder, so that no repository is found by accident. */
  readonly cwd?: string
  /** Config that must not show in argv (an authorization header); passed through the environment. */
  readonly config?: readonly (readonly [key: string, value: string])[]
  /** Exit codes besides 0 that are answers, not errors. */
  readonly accept?: readonly number[]
  /** Stdout kept, bytes; more is an error, so that a hostile repository cannot fill our memory. Default 256 MiB. */
  readonly maxBytes?: number
}

export interface GitResult {
  readonly code: number
  readonly stdout: Buffer
  /** Stdout as UTF-8 without the last newline. */
  readonly text: string
  readonly stderr: string
}

/** A git that runs: write `stdin` (and end it), read `stdout`, then await `ended`. */
export interface GitProcess {
  readonly stdin: NodeJS.WritableStream
  readonly stdout: Readable
  /** The exit code and cleaned stderr; rejects with GitError when git could not start, was killed or aborted. */
  readonly ended: Promise<{ readonly code: number; readonly stderr: string }>
  kill(): void
}

const MAX_BYTES = 256 * 1024 * 1024
/** Stderr kept while running; more is dropped, since only the end is shown. */
const STDERR_KEPT = 64 * 1024

/** Where git lives on the systems that we run on. Our own PATH is not read: it may hold folders of a target. */
const PATH = '/usr/local/bin:/usr/bin:/bin:/opt/homebrew/bin:/run/current-system/sw/bin'

/** On the command line these outrank the repository's own config, which is not ours to trust. */
const FIXED_CONFIG = [
  'core.hooksPath=/dev/null',
  'core.fsmonitor=false',
  'core.askPass=',
  'core.attributesFile=/dev/null',
  'core.pager=cat',
  'credential.helper=',
  'gc.auto=0',
  'maintenance.auto=false',
  'protocol.ext.allow=never',
  'safe.bareRepository=explicit',
  'submodule.recurse=false',
]

const FIXED_ENV = {
  PATH,
  // Not a real home: git would look for ~/.gitconfig, ~/.netrc and credentials there.
  HOME: '/nonexistent',
  LANG: 'C.UTF-8',
  GIT_CONFIG_NOSYSTEM: '1',
  GIT_CONFIG_GLOBAL: '/dev/null',
  GIT_ATTR_NOSYSTEM: '1',
  GIT_TERMINAL_PROMPT: '0',
  GIT_NO_REPLACE_OBJECTS: '1',
}

/**
 * Runs git to its end. `dir` is the git directory, given explicitly so that nothing is discovered; undefined for
 * commands that need none (`init`, `clone`, `ls-remote`). Throws GitError for any exit code that is not accepted.
 */
export async function git(
  dir: string | undefined,
  args: readonly string[],
  options: GitOptions = {},
): Promise<GitResult> {
  const running = gitStream(dir, args, options)
  const written = feed(running, options.input)
  const [stdout, end] = await Promise.all([
    collect(running, { verb: verbOf(args), limit: options.maxBytes ?? MAX_BYTES }),
    running.ended,
    written,
  ])
  if (end.code !== 0 && !(options.accept ?? []).includes(end.code))
    throw new GitError({ verb: verbOf(args), ...end })
  return {
    code: end.code,
    stdout,
    stderr: end.stderr,
    get text() {
      return stdout.toString('utf8').replace(/\n$/, '')
    },
  }
}

/** Starts git and hands out its streams; exit codes are the caller's to judge. `options.input` is not written. */
export function gitStream(
  dir: string | undefined,
  args: readonly string[],
  options: Omit<GitOptions, 'input' | 'accept' | 'maxBytes'> = {},
): GitProcess {
  const child = spawn('git', [...FIXED_CONFIG.flatMap((entry) => ['-c', entry]), ...args], {
    cwd: options.cwd ?? '/',
    env: { ...FIXED_ENV, ...configEnv(options.config), ...(dir && { GIT_DIR: dir }), ...options.env },
    stdio: ['pipe', 'pipe', 'pipe'],
    ...(options.signal && { signal: options.signal }),
  })
  // A git that ends before it read everything is judged by its exit code, not by our broken pipe.
  child.stdin.on('error', () => {})
  const ended = finish(child, verbOf(args))
  // Who only reads stdout must not bring the process down when git fails; whoever awaits `ended` still sees it.
  ended.catch(() => {})
  return { stdin: child.stdin, stdout: child.stdout, ended, kill: () => void child.kill('SIGKILL') }
}

async function finish(
  child: ChildProcessWithoutNullStreams,
  verb: string,
): Promise<{ code: number; stderr: string }> {
  let stderr = ''
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
    stderr = (stderr + chunk).slice(-STDERR_KEPT)
  })
  let code: number | null
  try {
    ;[code] = (await once(child, 'close')) as [number | null]
  } catch (error) {
    throw new GitError({ verb, code: undefined, stderr: reason(error) }, { cause: error })
  }
  if (code === null) throw new GitError({ verb, code: undefined, stderr: cleanStderr(stderr) || 'killed' })
  return { code, stderr: cleanStderr(stderr) }
}

function reason(error: unknown): string {
  if (error instanceof Error && 'code' in error && error.code === 'ENOENT')
    return 'git was not found; install git 2.38 or newer (or the working directory is gone)'
  return error instanceof Error ? error.message : 'unknown error'
}

async function feed(running: GitProcess, input: Uint8Array | string | undefined): Promise<void> {
  if (input === undefined) running.stdin.end()
  else running.stdin.end(input)
  await running.ended
}

async function collect(
  running: GitProcess,
  { verb, limit }: { verb: string; limit: number },
): Promise<Buffer> {
  let seen = 0
  running.stdout.on('data', (chunk: Buffer) => {
    seen += chunk.length
    if (seen > limit) running.stdout.destroy()
  })
  try {
    return await buffer(running.stdout)
  } catch (error) {
    running.kill()
    if (seen <= limit) throw error
    throw new GitError({ verb, code: undefined, stderr: `more than ${limit} bytes of output` })
  }
}

function configEnv(config: GitOptions['config']): Record<string, string> {
  if (!config?.length) return {}
  const entries = config.flatMap(([key, value], index) => [
    [`GIT_CONFIG_KEY_${index}`, key],
    [`GIT_CONFIG_VALUE_${index}`, value],
  ])
  return { GIT_CONFIG_COUNT: String(config.length), ...Object.fromEntries(entries) } as Record<string, string>
}

/** The subcommand, for messages: the rest of argv may hold branch names, URLs and other people's text. */
function verbOf(args: readonly string[]): string {
  for (let index = 0; index < args.length; index++) {
    const arg = args[index] ?? ''
    if (arg === '-c' || arg === '-C') index++
    else if (!arg.startsWith('-')) return arg
  }
  return ''
}
