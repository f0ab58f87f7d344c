/** The sandbox on Linux: bubblewrap, called directly, one process tree per command. */
import { existsSync } from 'node:fs'
import { rmdir } from 'node:fs/promises'
import { join } from 'node:path'
import { StringDecoder } from 'node:string_decoder'
import type { Readable } from 'node:stream'
import { UserError } from '../../core/errors.ts'
import type { CommandResult, RunOptions, Sandbox, SandboxProcess, SandboxSpec } from '../../ports/sandbox.ts'
import { bubblewrapArgv } from './bubblewrap-argv.ts'
import { closed, startConfined } from './confined-process.ts'
import type { ConfinedProcess, Outcome } from './confined-process.ts'
import { openEgressProxy } from './egress-proxy.ts'
import type { EgressProxy } from './egress-proxy.ts'
import type { BubblewrapOptions } from './bubblewrap-options.ts'
import { insideEnv } from './inside-env.ts'
import { insideScript } from './inside-script.ts'
import { notStarted } from './not-started.ts'
import { OutputKeeper } from './output-keeper.ts'
import { PipeStock } from './pipe-stock.ts'
import { readLines } from './read-lines.ts'
import { seccompFilter } from './seccomp-filter.ts'
import { unfitMachine, tryToEscape } from './self-test.ts'
import { keepCopy, prepareStateFolder } from './state-folder.ts'
import { syscallTable } from './syscalls.ts'

// An npm cache of a large project fits; three of them fit into the memory of a small server.
const TMPFS_MB = 1024
// Linux takes at most 128 KiB in one argument.
const COMMAND_BYTES = 100_000

/** Nothing runs before `selfTest` has held once; `run` and `spawn` throw UserError with its answer otherwise. */
export function createBubblewrapSandbox(options: BubblewrapOptions): Sandbox {
  const runner = new Runner(options)
  let held: ReturnType<Sandbox['selfTest']> | undefined
  const selfTest: Sandbox['selfTest'] = async () => {
    held ??= runner.selfTest()
    const answer = await held
    // A refusal is tried again: the operator may have followed the advice meanwhile.
    if (!answer.ok) held = undefined
    return answer
  }
  const ready = async () => {
    const answer = await selfTest()
    if (!answer.ok) throw new UserError('sandbox_unavailable', `${answer.problem} ${answer.fix}`)
  }
  return {
    selfTest,
    run: async (command, spec, runOptions) => {
      await ready()
      return runner.run(command, spec, runOptions)
    },
    spawn: async (argv, spec, signal) => {
      await ready()
      return runner.spawn(argv, spec, signal)
    },
  }
}

class Runner {
  readonly #options: BubblewrapOptions
  readonly #pipes: PipeStock
  #copies: Promise<{ node: string; cafile: string | undefined }> | undefined

  constructor(options: BubblewrapOptions) {
    const registry = options.passThrough?.npmRegistry
    if (registry !== undefined && /\/\/[^/]*@/.test(registry)) {
      throw new UserError(
        'config_invalid',
        'The npm registry URL carries a password; none may enter a sandbox.',
      )
    }
    this.#options = options
    this.#pipes = new PipeStock(options.stateRoot, options.owner)
  }

  async selfTest(): ReturnType<Sandbox['selfTest']> {
    const unfit = await unfitMachine(this.#options)
    if (unfit !== undefined) return unfit
    await prepareStateFolder(this.#options.stateRoot)
    return tryToEscape(this.#options, (command, spec) => this.run(command, spec))
  }

  async run(command: string, spec: SandboxSpec, options: RunOptions = {}): Promise<CommandResult> {
    if (options.signal?.aborted === true) return { ...NOTHING, killed: 'aborted' }
    if (Buffer.byteLength(command) > COMMAND_BYTES) return { ...NOTHING, code: 126, stderr: TOO_LONG }
    const argv = ['/bin/bash', '-c', command, 'bash']
    const started = await this.#start(argv, spec, {
      signal: options.signal,
      stdin: options.stdin !== undefined,
    })
    started.process.stdin?.end(options.stdin)
    const [stdout, stderr] = [started.process.stdout, started.process.stderr].map((stream) =>
      keep(stream, spec.limits.outputBytes, options.onOutput),
    ) as [OutputKeeper, OutputKeeper]
    return started.finish({ stdout, stderr })
  }

  async spawn(argv: readonly string[], spec: SandboxSpec, signal?: AbortSignal): Promise<SandboxProcess> {
    const started = await this.#start(argv, spec, { signal, stdin: true })
    const { process } = started
    const stdout = new OutputKeeper(0)
    const stderr = keep(process.stderr, spec.limits.outputBytes)
    const ended = started.finish({ stdout, stderr })
    // Whoever is not interested in the end must not be ended by a rejection of it.
    ended.catch(() => {})
    return {
      send: (line) => void process.stdin?.write(`${line}\n`),
      lines: readLines(process.stdout, spec.limits.outputBytes, () => process.kill('aborted')),
      kill: async () => {
        process.kill('aborted')
        await process.ended
        process.stdout.destroy()
      },
      ended,
    }
  }

  async #start(argv: readonly string[], spec: SandboxSpec, options: StartOptions) {
    const { stateRoot, owner, toolchain, passThrough } = this.#options
    const network = spec.allowHosts.length > 0
    const tidy = removeMountPoint(join(spec.checkout, '.git'))
    const copies = network ? await this.#copiesOf() : undefined
    const env = insideEnv({
      path: toolchain.path,
      network,
      cafile: copies?.cafile !== undefined,
      npmRegistry: passThrough?.npmRegistry,
      own: spec.env,
    })
    const proxy = network
      ? await openEgressProxy({ stateRoot, owner }, spec.allowHosts, this.#options.egress ?? {})
      : undefined
    try {
      const egress = proxy && copies ? { socket: proxy.socket, ...copies } : undefined
      const process = await this.#launch([...this.#argv({ spec, env, egress }), ...argv], spec, options)
      return { process, finish: (kept: Kept) => finish(process, kept, { proxy, tidy }) }
    } catch (error) {
      await proxy?.close()
      throw error
    }
  }

  #argv(inside: Parameters<typeof bubblewrapArgv>[1]): string[] {
    const { stateRoot, toolchain, proc, tmpfsMb } = this.#options
    const view = {
      stateRoot,
      toolchainBinds: toolchain.binds,
      proc: proc ?? 'fresh',
      tmpfsMb: tmpfsMb ?? TMPFS_MB,
    }
    const script = insideScript(inside.spec.limits, inside.egress !== undefined)
    return [...bubblewrapArgv(view, inside), '/bin/bash', '-c', script, 'bash']
  }

  async #launch(argv: string[], spec: SandboxSpec, options: StartOptions) {
    const table = syscallTable(process.arch)
    if (table === undefined) throw notStarted(`there is no system call filter for ${process.arch}`)
    return startConfined({
      bwrap: this.#options.bwrap ?? 'bwrap',
      argv,
      filter: seccompFilter(table),
      owner: this.#options.owner,
      stdin: options.stdin,
      stdout: await this.#pipes.take(),
      stderr: await this.#pipes.take(),
      limits: spec.limits,
      signal: options.signal,
    })
  }

  #copiesOf(): Promise<{ node: string; cafile: string | undefined }> {
    const { stateRoot, node, passThrough } = this.#options
    this.#copies ??= (async () => ({
      node: await keepCopy(stateRoot, node),
      cafile: passThrough?.cafile === undefined ? undefined : await keepCopy(stateRoot, passThrough.cafile),
    }))()
    return this.#copies
  }
}

type StartOptions = Pick<RunOptions, 'signal'> & { readonly stdin: boolean }

interface Kept {
  readonly stdout: OutputKeeper
  readonly stderr: OutputKeeper
}

interface After {
  readonly proxy: EgressProxy | undefined
  tidy(this: void): Promise<void>
}

const NOTHING: CommandResult = {
  code: null,
  stdout: '',
  stderr: '',
  cut: { stdout: 0, stderr: 0 },
  killed: undefined,
  ms: 0,
  refusedHosts: [],
}
const TOO_LONG = `The command is longer than ${COMMAND_BYTES} bytes. Put it into a script file and run that.\n`

function keep(stream: Readable, limit: number, onOutput?: (chunk: string) => void): OutputKeeper {
  const keeper = new OutputKeeper(limit)
  const decoder = new StringDecoder('utf8')
  stream.on('data', (chunk: Buffer) => {
    keeper.add(chunk)
    onOutput?.(decoder.write(chunk))
  })
  // Read until the end, whatever happens to the process.
  stream.on('error', () => {})
  return keeper
}

/** Where there is no .git, bubblewrap makes a folder to mount the empty one on; afterwards it must not look like one. */
function removeMountPoint(path: string): () => Promise<void> {
  if (existsSync(path)) return () => Promise.resolve()
  // Only ever removes an empty folder, and follows no link.
  return () => rmdir(path).catch(() => {})
}

async function finish(process: ConfinedProcess, kept: Kept, { proxy, tidy }: After): Promise<CommandResult> {
  let outcome: Outcome
  try {
    outcome = await process.ended
    // In `spawn` a reader may still have lines to take; only what is kept here is waited for.
    await Promise.all(
      [process.stdout, process.stderr].filter((stream) => stream.listenerCount('data') > 0).map(closed),
    )
  } finally {
    await proxy?.close()
    await tidy()
  }
  const [stdout, stderr] = [kept.stdout.finish(), kept.stderr.finish()]
  if (!outcome.ran && outcome.killed === undefined)
    throw notStarted(stderr.text || 'bubblewrap gave no reason')
  return {
    code: outcome.code,
    stdout: stdout.text,
    stderr: stderr.text,
    cut: { stdout: stdout.cut, stderr: stderr.cut },
    killed: outcome.killed,
    ms: outcome.ms,
    refusedHosts: proxy?.refused() ?? [],
  }
}
