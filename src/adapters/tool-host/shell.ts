/** The bash tool: the SDK's persistent shell, with exact exit codes, output kept in files, and clear ends. */
import { open, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { readdirSync } from 'node:fs'
import { BashSession, BashTimeoutError } from '@anthropic-ai/sdk/tools/agent-toolset/node'
import type { z } from 'zod'
import type { ToolAnswer } from '../../ports/tools.ts'
import { decodePart } from './bounded-text.ts'
import type { HostConfig } from './protocol.ts'
import type { TOOL_INPUTS } from './tool-inputs.ts'

export type BashInput = z.infer<(typeof TOOL_INPUTS)['bash']>

// A command that prints more than this is a loop, not a report; /tmp is memory.
const OUTPUT_STOP = 64 * 1024 * 1024
const OUTPUT_CHECK_MS = 250
// Older outputs can no longer be asked for.
const OUTPUTS_KEPT = 8
const EXIT_FILE = '/tmp/.shell-exit'
// Its name is in what bash says about the command's mistakes, with the right line number.
const COMMAND_FILE = '/tmp/command.sh'
// eslint-disable-next-line no-control-regex -- colours and cursor movements mean nothing to a model
const ANSI = /\x1b\[[0-9;?]*[ -/]*[@-~]/g

type End =
  | { readonly kind: 'exited'; readonly code: number }
  | { readonly kind: 'shell_ended'; readonly code: number | undefined }
  | { readonly kind: 'timed_out'; readonly seconds: number }
  | { readonly kind: 'too_much' }

export class Shell {
  readonly #config: HostConfig
  readonly #path: string
  #session: BashSession | undefined
  #count = 0

  /** `path`: PATH of the commands; the host itself has none, so that no program of the machine changes its answers. */
  constructor(config: HostConfig, path: string) {
    this.#config = config
    this.#path = path
  }

  async run(input: BashInput): Promise<ToolAnswer> {
    if (input.restart === true) this.#endAll()
    if (input.command === undefined || input.command.trim() === '') {
      return input.restart === true
        ? { content: 'The shell was restarted.', isError: false }
        : { content: 'bash: command is required', isError: true }
    }
    const seconds = Math.min((input.timeout_ms ?? Infinity) / 1000, this.#config.bashSeconds)
    this.#count += 1
    const file = outputFile(this.#count)
    const end = await this.#execute(input.command, file, seconds)
    if (end.kind !== 'exited') this.#endAll()
    const { text, cut } = await this.#output(file)
    if (!cut) await rm(file, { force: true })
    await rm(outputFile(this.#count - OUTPUTS_KEPT), { force: true })
    const failed = end.kind !== 'exited' || end.code !== 0
    const parts = [text, failed ? sentence(end) : '']
    return { content: parts.filter((part) => part !== '').join('\n') || '(no output)', isError: failed }
  }

  async #execute(command: string, file: string, seconds: number): Promise<End> {
    let tooMuch = false
    const watch = setInterval(() => {
      void sizeOf(file).then((size) => {
        if (size <= OUTPUT_STOP) return
        tooMuch = true
        this.#session?.close()
      })
    }, OUTPUT_CHECK_MS)
    try {
      const session = (this.#session ??= await this.#start())
      await writeFile(COMMAND_FILE, command)
      // Checked first: an open quote or bracket would leave the shell itself waiting for the rest, or in pieces.
      const { exitCode } = await session.exec(
        `/bin/bash -O extglob -n ${COMMAND_FILE} >${file} 2>&1 && . ${COMMAND_FILE} >${file} 2>&1`,
        { timeoutMs: seconds * 1000 },
      )
      return { kind: 'exited', code: exitCode }
    } catch (error) {
      if (error instanceof BashTimeoutError) return { kind: 'timed_out', seconds }
      if (tooMuch) return { kind: 'too_much' }
      const code = Number.parseInt(await readFile(EXIT_FILE, 'utf8').catch(() => ''), 10)
      return { kind: 'shell_ended', code: Number.isNaN(code) ? undefined : code }
    } finally {
      clearInterval(watch)
    }
  }

  async #start(): Promise<BashSession> {
    await rm(EXIT_FILE, { force: true })
    const session = new BashSession(this.#config.workdir)
    await session.exec(`export PATH=${quoted(this.#path)}; trap 'echo $? >${EXIT_FILE}' EXIT`)
    return session
  }

  /** The shell and everything commands left running: after a timeout nobody knows what still writes where. */
  #endAll(): void {
    this.#session?.close()
    this.#session = undefined
    for (const name of readdirSync('/proc')) {
      const pid = Number(name)
      if (!Number.isInteger(pid) || pid === 1 || pid === process.pid) continue
      try {
        process.kill(pid, 'SIGKILL')
      } catch {
        // Ended by itself.
      }
    }
  }

  async #output(file: string): Promise<{ text: string; cut: boolean }> {
    const size = await sizeOf(file)
    const limit = this.#config.answerBytes
    if (size <= limit) return { text: clean(await readFile(file).catch(() => Buffer.of())), cut: false }
    // Failures come last, so the end gets the larger share.
    const head = Math.floor(limit / 3)
    const [from, to] = [await part(file, 0, head), await part(file, size - (limit - head), limit - head)]
    const note =
      `[${size - limit} of ${size} bytes cut here. The whole output is in ${file}: ` +
      `see more with grep -n PATTERN ${file}, or sed -n '100,200p' ${file}]`
    return { text: `${clean(from)}\n${note}\n${clean(to)}`, cut: true }
  }
}

function sentence(end: End): string {
  switch (end.kind) {
    case 'exited':
      return `[exit code ${end.code}]`
    case 'shell_ended':
      return (
        `[the command ended the shell${end.code === undefined ? '' : ` with exit code ${end.code}`}; the next command ` +
        'gets a new one in the repository root. Variables and background processes are gone, files are kept]'
      )
    case 'timed_out':
      return (
        `[stopped after ${end.seconds} s, and everything it had started. The next command gets a new shell in the ` +
        'repository root; files are kept. Commands get no input: pass flags instead of waiting for a question]'
      )
    case 'too_much':
      return `[stopped: it printed more than ${OUTPUT_STOP / 1024 / 1024} MB. The next command gets a new shell]`
  }
}

const outputFile = (count: number) => `/tmp/output-${count}.txt`

async function sizeOf(file: string): Promise<number> {
  return stat(file).then(
    (found) => found.size,
    () => 0,
  )
}

async function part(file: string, position: number, length: number): Promise<Buffer> {
  const handle = await open(file)
  try {
    const { bytesRead, buffer } = await handle.read(Buffer.alloc(length), 0, length, position)
    return buffer.subarray(0, bytesRead)
  } finally {
    await handle.close()
  }
}

function clean(bytes: Buffer): string {
  return decodePart(bytes).replace(ANSI, '').trimEnd()
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`
}
