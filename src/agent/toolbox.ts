/** The tools of one conversation: checks what the model asks for, passes it to the tool host, and keeps the account. */
import { ToolError } from '@anthropic-ai/sdk/lib/tools/ToolError'
import type { BetaRunnableTool } from '@anthropic-ai/sdk/lib/tools/BetaRunnableTool'
import type { BetaTool } from '@anthropic-ai/sdk/resources/beta'
import type { AgentSpec, AgentTask } from '../ports/agents.ts'
import type { ToolName } from '../ports/tools.ts'
import { NO_CONTINUITY, NO_SPEND } from '../core/spend.ts'
import { describeMismatch } from './describe-mismatch.ts'
import { changedFile, fileRegions } from './file-regions.ts'
import { createLoopBreaker } from './loop-breaker.ts'
import { isListedTool, SUBMIT, TOOL_INPUTS } from './tool-list.ts'

/** More calls in one reply than a person would make at once; refused, so that one reply cannot run for an hour. */
const MAX_PARALLEL_CALLS = 20
/** About fifteen thousand tokens: a longer answer would push everything else out of view, and its price is paid anew each turn. */
const MAX_ANSWER = 60_000

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

  constructor(spec: AgentSpec<T>, task: AgentTask) {
    this.#spec = spec
    this.#task = task
  }

  /** The list as the SDK's runner takes it: the definitions untouched, each with what it runs. */
  runnable(list: readonly BetaTool[]): BetaRunnableTool<unknown>[] {
    return list.map((tool) => ({
      ...tool,
      parse: (input: unknown) => input,
      run: (input: unknown) => this.#inOrder(() => this.#call(tool.name, input)),
    }))
  }

  /** Called before the calls of a reply are run. `names` are the tools it calls. */
  beginTurn(names: readonly string[]): void {
    this.#calls = names.length
    this.#submitted = undefined
    this.#badSubmit = undefined
    // The runner itself answers calls of tools that do not exist.
    this.#malformed = names.some((name) => !isListedTool(name))
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

  async #call(name: string, input: unknown): Promise<string> {
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
    return this.#run(name, parsed.data)
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

  async #run(name: ToolName, input: Record<string, unknown>): Promise<string> {
    const { tools, signal } = this.#task
    const allowed = this.#spec.allowed.includes(name)
    if (!tools || !allowed) {
      const may = tools ? this.#spec.allowed.join(', ') : ''
      throw new ToolError(`Your role may not use ${name}. It may use: ${may === '' ? '' : `${may}, `}submit.`)
    }
    const answer = await tools.call(name, input, signal).catch((error: unknown) => {
      this.#fault ??= { error }
      return { content: 'The tool host failed.', isError: true }
    })
    const content = clip(answer.content)
    this.#loop.saw({ tool: name, input, answer: content })
    if (answer.isError) throw new ToolError(content === '' ? `${name} failed without a word.` : content)
    this.#account(name, input, content)
    return content
  }

  /** Counts the regions shown against what the dossier and earlier reads held. */
  #account(name: ToolName, input: Record<string, unknown>, content: string): void {
    const regions = fileRegions(name, input, content).map((region) => this.#versioned(region))
    const again = regions.filter((region) => !this.#task.meter.firstRead(region)).length
    if (regions.length > 0) {
      this.#task.meter.add(NO_SPEND, {
        ...NO_CONTINUITY,
        regions_read: regions.length,
        regions_reread: again,
      })
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
