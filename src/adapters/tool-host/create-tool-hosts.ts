/** The app's side of the tool hosts: one process in a sandbox per stage, asked one thing at a time. */
import { UserError } from '../../core/errors.ts'
import type { Limits, Sandbox } from '../../ports/sandbox.ts'
import type { ToolHost, ToolHosts, ToolName } from '../../ports/tools.ts'
import type { Checkout } from '../../ports/workspace.ts'
import { HostProcess } from './host-process.ts'
import type { HostConfig } from './protocol.ts'

export interface ToolHostOptions {
  readonly sandbox: Sandbox
  /** `dist/tool-host.mjs`, and the Node that runs it, where the sandbox's user can read them (`keepCopy`). */
  readonly bundle: string
  readonly node: string
  readonly limits?: Partial<ToolHostLimits>
}

export interface ToolHostLimits {
  /** For the host and all that its shell starts, as long as the stage lasts. */
  readonly host: Limits
  readonly bashSeconds: number
  readonly answerBytes: number
}

// Answers of 30 kB are some 8,000 tokens. A single line of the protocol is at most six times an answer (escapes).
export const TOOL_HOST_LIMITS: ToolHostLimits = {
  host: { seconds: 7200, memoryMb: 4096, processes: 512, outputBytes: 1_000_000 },
  bashSeconds: 120,
  answerBytes: 30_000,
}

// Where the two files are inside. The same for every run, so that no answer carries a path of this machine.
const NODE = '/opt/millwright/host-node'
const BUNDLE = '/opt/millwright/tool-host.mjs'
const WORKDIR = '/repo'
// A repository whose tests take the host down again and again must end the stage, not occupy it.
const MAX_RESTARTS = 5

export function createToolHosts(options: ToolHostOptions): ToolHosts {
  const limits = { ...TOOL_HOST_LIMITS, ...options.limits }
  return {
    open: async (checkout, { allowed, signal }) => {
      const start = () => startHost(options, { checkout, allowed, signal, limits })
      return new RestartingHost(await start(), start, limits)
    },
  }
}

interface Opening {
  readonly checkout: Checkout
  readonly allowed: readonly ToolName[]
  readonly signal: AbortSignal
  readonly limits: ToolHostLimits
}

async function startHost(options: ToolHostOptions, opening: Opening): Promise<HostProcess> {
  const { checkout, allowed, signal, limits } = opening
  const config: HostConfig = {
    workdir: WORKDIR,
    allowed: [...allowed],
    bashSeconds: limits.bashSeconds,
    answerBytes: limits.answerBytes,
  }
  // The host gets no PATH, its shell does: the SDK's grep would use the machine's ripgrep where there is one, and
  // answer differently from machine to machine.
  const argv = [
    '/bin/bash',
    '-c',
    'exec /usr/bin/env -u PATH "$@" "$PATH"',
    'bash',
    NODE,
    BUNDLE,
    JSON.stringify(config),
  ]
  const process = await options.sandbox.spawn(
    argv,
    {
      checkout: checkout.path,
      mountAt: WORKDIR,
      writable: allowed.includes('write') || allowed.includes('edit'),
      binds: [
        { from: options.node, to: NODE, writable: false },
        { from: options.bundle, to: BUNDLE, writable: false },
      ],
      allowHosts: [],
      limits: limits.host,
    },
    signal,
  )
  const host = new HostProcess(process)
  const problem = await host.ready()
  if (problem === undefined) return host
  await host.close()
  signal.throwIfAborted()
  throw new UserError('sandbox_unavailable', `The tool host did not start in its sandbox: ${problem}`)
}

/** A host that is started anew, a few times, when it has died; the call in which it died says so. */
class RestartingHost implements ToolHost {
  readonly #start: () => Promise<HostProcess>
  readonly #limits: ToolHostLimits
  #host: HostProcess | undefined
  #restarts = 0
  #count = 0
  #closed = false
  #last: Promise<unknown> = Promise.resolve()

  constructor(host: HostProcess, start: () => Promise<HostProcess>, limits: ToolHostLimits) {
    this.#host = host
    this.#start = start
    this.#limits = limits
  }

  call: ToolHost['call'] = (tool, input, signal) => {
    // One at a time: tools of one turn may be asked for together, and the host has one shell and one line.
    const answer = this.#last.then(() => this.#call(tool, input, signal))
    this.#last = answer
    return answer
  }

  close: ToolHost['close'] = async () => {
    this.#closed = true
    await this.#host?.close()
  }

  async #call(tool: string, input: unknown, signal: AbortSignal) {
    if (signal.aborted) return failure('Stopped before it began.')
    if (this.#closed) return failure('The tools of this stage are closed.')
    if (this.#host === undefined) {
      if (this.#restarts >= MAX_RESTARTS)
        return failure(`The tool host died ${MAX_RESTARTS + 1} times; it is not started again.`)
      this.#restarts += 1
      try {
        this.#host = await this.#start()
      } catch (error) {
        return failure(
          `The tool host could not be started again: ${error instanceof Error ? error.message : String(error)}`,
        )
      }
    }
    this.#count += 1
    const asked = { id: String(this.#count), tool, input }
    // Grace: the host ends a command by its own clock first, with the output so far.
    const answer = await this.#host.ask(asked, { signal, ms: (this.#limits.bashSeconds + 15) * 1000 })
    if (answer.ok) return bounded(answer.content, answer.isError, this.#limits.answerBytes)
    // Whatever it says next would belong to a question that nobody waits for.
    await this.#host.close()
    this.#host = undefined
    return failure(
      `${answer.problem} Its shell and background processes are gone, files are kept; the next call starts a new one.`,
    )
  }
}

// The host bounds its answers itself; this is for one that something inside has taken over.
function bounded(content: string, isError: boolean, limit: number) {
  const most = 2 * limit
  return { content: content.length <= most ? content : `${content.slice(0, most)}\n[cut]`, isError }
}

const failure = (content: string) => ({ content, isError: true })
