/** The tools as the model meets them: the SDK's agent toolset, with input checks, stable answers and sizes. */
import { constants } from 'node:fs'
import { open, readFile } from 'node:fs/promises'
import { betaAgentToolset20260401, resolvePath } from '@anthropic-ai/sdk/tools/agent-toolset/node'
import { TOOL_NAMES } from '../../ports/tools.ts'
import type { ToolAnswer, ToolName } from '../../ports/tools.ts'
import { firstLines } from './bounded-text.ts'
import type { HostConfig } from './protocol.ts'
import { Shell } from './shell.ts'
import type { BashInput } from './shell.ts'
import { inputProblem } from './tool-inputs.ts'

type Run = (input: object) => Promise<string>

// git's own measure: a zero byte near the beginning makes a file binary.
const BINARY_PROBE = 8000
// The SDK's glob answers with at most this many, the newest.
const GLOB_LIMIT = 200

/** Runs one tool for one role. Never throws: whatever goes wrong is an answer. */
export function insideTools(config: HostConfig, path: string) {
  const shell = new Shell(config, path)
  const tools = sdkTools(config)
  return async (tool: string, input: unknown): Promise<ToolAnswer> => {
    const name = TOOL_NAMES.find((known) => known === tool)
    if (name === undefined) return refusal(`There is no tool ${tool}. There are: ${TOOL_NAMES.join(', ')}.`)
    if (!config.allowed.includes(name)) {
      return refusal(`${name} is not for this role. It may use: ${config.allowed.join(', ') || 'no tool'}.`)
    }
    const problem = inputProblem(name, input)
    if (problem !== undefined) return refusal(problem)
    if (name === 'bash') return shell.run(input as BashInput)
    try {
      const content = await tools[name](input as object)
      return { content, isError: false }
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error)
      // The SDK has no word for a file system that is read-only for this role, or .git for every role.
      return refusal(
        message.replace(
          'i/o error (EROFS)',
          'read-only here: .git always is, all files are for reading roles',
        ),
      )
    }
  }
}

function sdkTools(config: HostConfig): Record<Exclude<ToolName, 'bash'>, Run> {
  const toolset = betaAgentToolset20260401({ workdir: config.workdir })
  const sdk = (name: ToolName): Run => {
    const tool = toolset.find((one) => 'name' in one && one.name === name)
    if (tool === undefined) throw new Error(`the SDK has no tool ${name}`)
    return async (input) => {
      const content: unknown = await tool.run(input)
      // These six answer with text; blocks would be a new kind of answer that nothing here bounds.
      if (typeof content !== 'string') throw new Error(`${name} answered with something that is no text`)
      return content
    }
  }
  const [read, edit, glob, grep] = [sdk('read'), sdk('edit'), sdk('glob'), sdk('grep')]
  const { workdir, answerBytes } = config
  return {
    write: sdk('write'),
    read: async (input) => {
      await refuseBinary('read', workdir, input)
      return shownFile(await read(input), input as ReadInput, answerBytes)
    },
    edit: async (input) => {
      await refuseBinary('edit', workdir, input)
      await refuseOtherEncoding(workdir, input)
      return edit(input)
    },
    glob: async (input) => shownPaths(await glob(input), workdir, answerBytes),
    grep: async (input) => shownMatches(await grep(input), workdir, answerBytes),
  }
}

interface ReadInput {
  readonly file_path: string
  readonly view_range?: readonly [number, number]
}

function shownFile(text: string, { view_range: range }: ReadInput, limit: number): string {
  if (text === '') return range === undefined ? '(the file is empty)' : '(the file has no such lines)'
  const before = Math.max(0, (range?.[0] ?? 1) - 1)
  return firstLines(text, limit, (shown, total) =>
    shown === 0
      ? `[line ${before + 1} is longer than ${limit} bytes: only its beginning is shown. See more with cut or tr in bash]`
      : `[lines ${before + 1} to ${before + shown} shown, ${total - shown} more cut. Go on with view_range: ` +
        `[${before + shown + 1}, ${before + total}]]`,
  )
}

/** Relative and in the order of their names: by age, as the SDK has them, the order changes with every checkout. */
function shownPaths(text: string, workdir: string, limit: number): string {
  const paths = text.split('\n')
  const sorted = paths.map((path) => relative(path, workdir)).sort(byCodePoint)
  const note =
    paths.length < GLOB_LIMIT ? '' : `\n[${GLOB_LIMIT} files shown, there may be more: narrow the pattern]`
  return firstLines(sorted.join('\n'), limit, cutList) + note
}

/** By path, lines in their order; what is no match (a note of the SDK's) stays last. */
function shownMatches(text: string, workdir: string, limit: number): string {
  const lines = text
    .split('\n')
    .map((line) => ({ line: relative(line, workdir), isMatch: line.startsWith(`${workdir}/`) }))
  const fileOf = (line: string) => line.slice(0, Math.max(0, line.search(/:\d+:/)))
  const matches = lines.filter((one) => one.isMatch).map((one) => one.line)
  const notes = lines.filter((one) => !one.isMatch).map((one) => one.line)
  matches.sort((a, b) => byCodePoint(fileOf(a), fileOf(b)))
  return firstLines([...matches, ...notes].join('\n'), limit, cutList)
}

const cutList = (shown: number, total: number) =>
  `[${shown} of ${total} lines shown: narrow the pattern, or give a path, to see the others]`

function relative(line: string, workdir: string): string {
  return line.startsWith(`${workdir}/`) ? line.slice(workdir.length + 1) : line
}

function byCodePoint(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}

/** The SDK reads everything as UTF-8: a picture would come as thousands of replacement signs. */
async function refuseBinary(tool: string, workdir: string, input: object): Promise<void> {
  const { file_path: name } = input as ReadInput
  const probe = await firstBytes(await resolvePath({ workdir }, name)).catch(() => undefined)
  if (probe?.includes(0) === true) {
    throw new Error(
      `${tool}: ${name} is a binary file. Look at it with bash, for instance: file, xxd | head, strings`,
    )
  }
}

/** Reading another encoding as UTF-8 and writing it back would change bytes that nobody meant to change. */
async function refuseOtherEncoding(workdir: string, input: object): Promise<void> {
  const { file_path: name } = input as ReadInput
  const bytes = await readFile(await resolvePath({ workdir }, name)).catch(() => Buffer.of())
  try {
    new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    throw new Error(
      `edit: ${name} is not UTF-8, and editing it would damage it. Change it with bash, for instance sed`,
    )
  }
}

async function firstBytes(path: string): Promise<Buffer> {
  // Without waiting: opening a named pipe would hang until somebody writes to it.
  const handle = await open(path, constants.O_NONBLOCK)
  try {
    if (!(await handle.stat()).isFile()) return Buffer.of()
    const { bytesRead, buffer } = await handle.read(Buffer.alloc(BINARY_PROBE), 0, BINARY_PROBE, 0)
    return buffer.subarray(0, bytesRead)
  } finally {
    await handle.close()
  }
}

function refusal(content: string): ToolAnswer {
  return { content, isError: true }
}
