/**
 * The sandbox: the only place where anything of a target repository runs.
 *
 * Contract of every implementation (test/contract/sandbox.ts): nothing outside the binds is readable, nothing outside
 * the writable binds is writable, no network unless granted, the environment is built from nothing, the whole process
 * tree is dead when a call returns. Where that cannot be had, `selfTest` refuses and nothing runs.
 */
export interface Limits {
  /** Wall clock for the whole call. */
  readonly seconds: number
  /** Resident memory of the tree, megabytes. */
  readonly memoryMb: number
  readonly processes: number
  /** Output kept of stdout and stderr each, bytes; the middle is cut and the cut is counted. */
  readonly outputBytes: number
}

export interface Bind {
  readonly from: string
  readonly to: string
  readonly writable: boolean
}

export interface SandboxSpec {
  /** The checkout's path outside; inside it is `mountAt`, the working directory. Its `.git` is always read-only. */
  readonly checkout: string
  /**
   * Where the checkout is inside, `/repo` unless told: one path for every run, so that what commands print does not
   * change with the folder it ran in. A bind whose `to` lies in `checkout` is moved along.
   */
  readonly mountAt?: string
  readonly writable: boolean
  /** More binds: a dependency template, the tool host's bundle. */
  readonly binds?: readonly Bind[]
  /** Hosts for HTTPS through the egress proxy; empty means no network at all. Exact names or `*.suffix`. */
  readonly allowHosts: readonly string[]
  readonly env?: Readonly<Record<string, string>>
  readonly limits: Limits
}

export interface CommandResult {
  /** Exit code, or null when it was killed. */
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
  /** Bytes cut from each stream; 0 when all was kept. */
  readonly cut: { readonly stdout: number; readonly stderr: number }
  /** Why it was killed, where it was. */
  readonly killed: 'timeout' | 'memory' | 'aborted' | undefined
  readonly ms: number
  /** Hosts that were asked for and refused. */
  readonly refusedHosts: readonly string[]
}

/** A process inside that lives for a stage and speaks lines over stdin and stdout: the tool host. */
export interface SandboxProcess {
  send(line: string): void
  /** Lines of stdout, for one reader; ends when the process does. A line over `outputBytes` ends the process. */
  readonly lines: AsyncIterable<string>
  /** Kills the whole tree; resolves when it is gone. */
  kill(): Promise<void>
  readonly ended: Promise<CommandResult>
}

export interface Sandbox {
  /** Tries to escape in the ways that matter and reports the first that works, or why no sandbox is to be had. */
  selfTest(): Promise<
    { readonly ok: true } | { readonly ok: false; readonly problem: string; readonly fix: string }
  >
  /** A shell command (`/bin/bash -c`) in the checkout. Never throws for what the command does. */
  run(command: string, spec: SandboxSpec, options?: RunOptions): Promise<CommandResult>
  spawn(argv: readonly string[], spec: SandboxSpec, signal?: AbortSignal): Promise<SandboxProcess>
}

export interface RunOptions {
  readonly signal?: AbortSignal
  readonly stdin?: string
  readonly onOutput?: (chunk: string) => void
}
