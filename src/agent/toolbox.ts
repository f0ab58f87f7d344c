/** The tools of one conversation: checks what the model asks for, passes it to the tool host, and keeps the account. */
import { ToolError } from '@anthropic-ai/sdk/lib/tools/ToolError'
import type { BetaRunnableTool, BetaToolRunContext } from '@anthropic-ai/sdk/lib/tools/BetaRunnableTool'
import type { BetaTool, BetaToolUseBlock } from '@anthropic-ai/sdk/resources/beta'
import type { AgentSpec, AgentTask } from '../ports/agents.ts'
import type { ToolAnswer, ToolHost, ToolName } from '../ports/tools.ts'
import { NO_CONTINUITY, NO_SPEND } from '../core/spend.ts'
import { RetryableError, StageFailure, UserError } from '../core/errors.ts'
import type { StoredCall } from '../ports/journal.ts'
import { describeMismatch } from './describe-mismatch.ts'
import { changedFile, fileRegions } from './file-regions.ts'
import { createLoopBreaker } from './loop-breaker.ts'
import { isListedTool, SUBMIT, TOOL_INPUTS } from './tool-list.ts'
import type { Tape } from './tape.ts'

/** More calls in one reply than a person would make at once; refused, so that one reply cannot run for an hour. */
const MAX_PARALLEL_CALLS = 20
/** About fifteen thousand tokens: a longer answer would push everything else out of view, and its price is paid anew each turn. */
const MAX_ANSWER = 60_000

/** Said with the first command that really runs after replayed ones, and only then. */
const NEW_SHELL =
  '[the machine was changed: this is a new shell in the repository root. Files are kept, but not those that git ignores and not those in /tmp; variables and background processes are gone]'
const WRITING: readonly string[] = ['bash', 'write', 'edit']

/** What a reply's calls came to. */
export interface TurnOutcome<T> {
  /** The result, where a submit matched the schema. */
  readonly submitted: { readonly output: T } | undefined
  /** The complaint about a submit that did not. */
  readonly badSubmit: string | undefined
  /** A call of an unknown tool, or with input that the tool's schema refuses. */
  readonly malformed: boolean
  readonly looping: boolean
  /** What the tool host threw, which its contract says it never does. */
  readonly fault: { readonly error: unknown } | undefined
}

interface HostCall {
  readonly name: ToolName
  readonly input: Record<string, unknown>
  /** Of the tool use. */
  readonly id: string
}

function clip(text: string): string {
  if (text.length <= MAX_ANSWER) return text
  const half = MAX_ANSWER / 2
  return `${text.slice(0, half)}\n[${text.length - MAX_ANSWER} characters cut here]\n${text.slice(-half)}`
}

export class Toolbox<T> {
  readonly #spec: AgentSpec<T>
  readonly #task: AgentTask
  readonly #loop = createLoopBreaker()
  /** Times a file was changed in this conversation, so that reading the new text is no repetition. */
  readonly #changes = new Map<string, number>()
  /** Calls of one reply run one after the other, in the model's order: an edit and the test of it are often together. */
  #queue: Promise<unknown> = Promise.resolve()
  #calls = 0
  #submitted: { readonly output: T } | undefined
  #badSubmit: string | undefined
  #malformed = false
  #fault: { readonly error: unknown } | undefined
  #tape: Tape | undefined
  #wrote = false
  /** Commands were replayed, and the shell they ran in is gone. */
  #lostShell = false

  constructor(spec: AgentSpec<T>, task: AgentTask) {
    this.#spec = spec
    this.#task = task
  }

  /** The list as the SDK's runner takes it: the definitions untouched, each with what it runs. */
  runnable(list: readonly BetaTool[]): BetaRunnableTool<unknown>[] {
    return list.map((tool) => ({
      ...tool,
      parse: (input: unknown) => input,
      run: (input: unknown, context?: BetaToolRunContext) =>
        this.#inOrder(() => this.#call({ name: tool.name, input, id: context?.toolUse.id ?? '' })),
    }))
  }

  /** Whether this role's call of a tool may change files: elsewhere the checkout is bound read-only. */
  #canWrite(name: string): boolean {
    const { allowed } = this.#spec
    return WRITING.includes(name) && (allowed.includes('write') || allowed.includes('edit'))
  }

  /**
   * Stored results stand for running the tools only with the files that these left. Where they are not to be had, all
   * tools of the turn run again, on the files of the turn before; a result that differs then ends the replay.
   */
  async useStored(
    tape: Tape,
    { results, files }: StoredCall,
    made: readonly BetaToolUseBlock[],
  ): Promise<void> {
    const wrote = made.some(({ id, name }) => results.has(id) && this.#canWrite(name))
    const there = wrote && files !== undefined && (await this.#task.tools?.files?.putBack(files)) === true
    if (!wrote || there) tape.useResults(results)
    else tape.runAgain(files === undefined ? 'no_snapshot' : 'snapshot_gone')
  }

  /** The files as the turn left them, where it really ran a tool that can change them. */
  async keepFiles(tape: Tape): Promise<void> {
    const { tools, signal } = this.#task
    if (!this.#wrote || !tools?.files) return
    try {
      await tape.keepFiles(await tools.files.keep())
    } catch (error) {
      signal.throwIfAborted()
      // A mess that cannot be kept is the agent's to clear up later: it costs a replay, never the stage.
      if (!(error instanceof StageFailure || error instanceof UserError || error instanceof RetryableError))
        throw error
      tape.notKept(error.code)
    }
  }

  /** Called before the calls of a reply are run. */
  beginTurn(calls: readonly BetaToolUseBlock[], tape: Tape): void {
    this.#tape = tape
    this.#wrote = false
    this.#calls = calls.length
    this.#submitted = undefined
    this.#badSubmit = undefined
    // The runner itself answers calls of tools that do not exist.
    this.#malformed = calls.some(({ name }) => !isListedTool(name))
  }

  outcome(): TurnOutcome<T> {
    return {
      submitted: this.#submitted,
      badSubmit: this.#badSubmit,
      malformed: this.#malformed,
      looping: this.#loop.looping,
      fault: this.#fault,
    }
  }

  #inOrder(work: () => Promise<string>): Promise<string> {
    const result = this.#queue.then(work)
    this.#queue = result.catch(() => {})
    return result
  }

  async #call({ name, input, id }: { name: string; input: unknown; id: string }): Promise<string> {
    if (this.#calls > MAX_PARALLEL_CALLS) {
      const limit = `At most ${MAX_PARALLEL_CALLS} calls in one reply`
      throw new ToolError(`${limit}; this one had ${this.#calls}, and none of them was run. Send fewer.`)
    }
    if (this.#submitted) throw new ToolError('Not run: submit has ended the work.')
    if (!isListedTool(name)) throw new ToolError(`There is no tool "${name}".`)
    const parsed = TOOL_INPUTS[name].safeParse(input)
    if (!parsed.success) {
      this.#malformed = true
      throw new ToolError(
        `The input of ${name} is wrong, and it was not run:\n${describeMismatch(parsed.error, input)}`,
      )
    }
    if (name === SUBMIT) return this.#submit((parsed.data as { result: unknown }).result)
    return this.#run(name, parsed.data, id)
  }

  #submit(result: unknown): string {
    const checked = this.#spec.output.safeParse(result)
    if (checked.success) {
      this.#submitted = { output: checked.data }
      return 'Received.'
    }
    this.#badSubmit = describeMismatch(checked.error, result)
    throw new ToolError(
      `The result does not match the schema of your role:\n${this.#badSubmit}\nCorrect exactly this and submit again; there is one more try.`,
    )
  }

  async #run(name: ToolName, input: Record<string, unknown>, id: string): Promise<string> {
    const allowed = this.#spec.allowed.includes(name)
    if (!this.#task.tools || !allowed) {
      const may = this.#task.tools ? this.#spec.allowed.join(', ') : ''
      throw new ToolError(`Your role may not use ${name}. It may use: ${may === '' ? '' : `${may}, `}submit.`)
    }
    const stored = this.#tape?.result(id)
    if (stored && name === 'bash') this.#lostShell = true
    const { content, isError } = stored ?? (await this.#ask(this.#task.tools, { name, input, id }))
    this.#loop.saw({ tool: name, input, answer: content })
    if (isError) throw new ToolError(content === '' ? `${name} failed without a word.` : content)
    this.#account({ name, input, id }, content)
    return content
  }

  /** Stored before the model hears of it, and before the next tool runs. */
  async #ask(tools: ToolHost, call: HostCall): Promise<ToolAnswer> {
    const { name, input, id } = call
    if (this.#canWrite(name)) this.#wrote = true
    const answer = await tools.call(name, input, this.#task.signal).catch((error: unknown) => {
      this.#fault ??= { error }
      return { content: 'The tool host failed.', isError: true }
    })
    const clipped = { content: clip(answer.content), isError: answer.isError }
    // What a tool says because it was stopped is no result of it.
    if (this.#fault || this.#task.signal.aborted) return clipped
    const told = this.#withShellNote(name, clipped)
    await this.#tape?.addResult(id, told)
    return told
  }

  /** Not while stored replies are left: they answer what was said then, to the byte. */
  #withShellNote(name: ToolName, answer: ToolAnswer): ToolAnswer {
    if (name !== 'bash' || !this.#lostShell || this.#tape?.goesOn === true) return answer
    this.#lostShell = false
    return { ...answer, content: `${NEW_SHELL}\n${answer.content}` }
  }

  /** Counts the regions shown against what the dossier and earlier reads held. */
  #account({ name, input, id }: HostCall, content: string): void {
    const regions = fileRegions(name, input, content).map((region) => this.#versioned(region))
    const again = regions.filter((region) => !this.#task.meter.firstRead(region)).length
    if (regions.length > 0) {
      const call = this.#tape?.call
      const seen = { ...NO_CONTINUITY, regions_read: regions.length, regions_reread: again }
      this.#task.meter.add(NO_SPEND, seen, call === undefined ? undefined : `${call} ${id}`)
    }
    const changed = changedFile(name, input)
    if (changed !== undefined) this.#changes.set(changed, (this.#changes.get(changed) ?? 0) + 1)
  }

  #versioned(region: string): string {
    const cut = region.lastIndexOf(':')
    const changes = this.#changes.get(region.slice(0, cut))
    return changes === undefined ? region : `${region.slice(0, cut)}@${changes}${region.slice(cut)}`
  }
}
