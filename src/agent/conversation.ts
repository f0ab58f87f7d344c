/** One conversation of one role: the SDK's tool runner, with every way in which it can end decided here. */
import type Anthropic from '@anthropic-ai/sdk'
import type { BetaMessageStream } from '@anthropic-ai/sdk/lib/BetaMessageStream'
import type {
  BetaContentBlockParam,
  BetaMessage,
  BetaMessageParam,
  BetaTool,
} from '@anthropic-ai/sdk/resources/beta'
import type { Conversation, AgentAnswer, AgentSpec, AgentTask } from '../ports/agents.ts'
import type { FailureCode } from '../core/event.ts'
import { addSpend, capReached, NO_SPEND } from '../core/spend.ts'
import type { Spend } from '../core/spend.ts'
import { rolePrompt } from './fill-prompt.ts'
import { openingMessage, factoryText, systemBlocks, withFactoryText } from './opening-message.ts'
import { translateModelError } from './model-errors.ts'
import { SAY } from './nudges.ts'
import { orAborted } from './or-aborted.ts'
import { receiveReply } from './receive-reply.ts'
import { describeCall, notRun, toolCalls } from './tool-calls.ts'
import { Toolbox } from './toolbox.ts'
import { continuityOf, tokenUsage } from './turn-report.ts'
import type { TokenUsage, TurnReport } from './turn-report.ts'

/** What a conversation needs of the world. Times are milliseconds. */
export interface ConversationDeps {
  readonly client: Anthropic
  readonly model: string
  readonly system: string
  readonly tools: readonly BetaTool[]
  readonly price: (model: string, usage: TokenUsage) => number
  readonly now: () => number
  readonly stallMs: number
  readonly onTurn: (report: TurnReport) => void
}

/** A model that sends malformed calls turn after turn does not recover; the third ends it. */
const MALFORMED_IN_A_ROW = 3

/** One `ask`: what was already forgiven in it. */
interface Attempt {
  turns: number
  nudged: boolean
  cut: boolean
  badSubmit: boolean
}

type Failure = { readonly ok: false; readonly code: FailureCode; readonly detail: string }
/** How a reply ends the inner loop: an answer, or a new runner over the history as it then is. */
type Step<T> = AgentAnswer<T> | 'next_turn' | 'again'

export class AgentConversation<T> implements Conversation<T> {
  readonly #deps: ConversationDeps
  readonly #spec: AgentSpec<T>
  readonly #task: AgentTask
  readonly #name: string
  readonly #toolbox: Toolbox<T>
  #history: BetaMessageParam[] = []
  #spent: Spend = NO_SPEND
  #malformed = 0
  /** Replies that arrived whole. A lost one is asked for again under the same number, so a recording has no gaps. */
  #received = 0

  constructor(deps: ConversationDeps, about: { spec: AgentSpec<T>; task: AgentTask; name: string }) {
    this.#deps = deps
    this.#spec = about.spec
    this.#task = about.task
    this.#name = about.name
    this.#toolbox = new Toolbox(about.spec, about.task)
  }

  async ask(message?: string): Promise<AgentAnswer<T>> {
    this.#open(message)
    const attempt: Attempt = { turns: 0, nudged: false, cut: false, badSubmit: false }
    for (;;) {
      this.#task.signal.throwIfAborted()
      const capped = this.#capHit()
      if (capped) return capped
      const step = await this.#runTurns(attempt)
      if (step !== 'again' && step !== 'next_turn') return step
    }
  }

  /** Puts what is to be said next at the end of the history. After a RetryableError an `ask()` goes on from there. */
  #open(message: string | undefined): void {
    if (this.#history.length === 0) {
      const prompt = rolePrompt(this.#spec, this.#task.variables)
      this.#history = [openingMessage(this.#task.dossier, prompt)]
    } else if (message === undefined && this.#history.at(-1)?.role === 'assistant') {
      this.#history = withFactoryText(this.#history, SAY.goOn)
    }
    if (message !== undefined) this.#history = withFactoryText(this.#history, message)
  }

  async #runTurns(attempt: Attempt): Promise<Step<T>> {
    const { client, model, system, tools } = this.#deps
    const runner = client.beta.messages.toolRunner(
      {
        model,
        max_tokens: this.#spec.limits.maxTokens,
        system: systemBlocks(system),
        tools: this.#toolbox.runnable(tools),
        messages: this.#history,
        // The API puts the marker on the last block itself, so no message changes from one request to the next.
        cache_control: { type: 'ephemeral' },
        stream: true,
        // The whole history each turn: a recording, a proxy and a second provider need nothing the server remembers.
        thread: false,
      },
      { signal: this.#task.signal, headers: this.#headers() },
    )
    for await (const stream of runner) {
      this.#history = [...runner.params.messages]
      const step = await this.#turn(stream, { attempt, results: () => runner.generateToolResponse() })
      if (step !== 'next_turn') return step
      runner.setRequestOptions({ headers: this.#headers() })
    }
    return 'again'
  }

  /** One model call and what follows from it. On `next_turn` the runner sends the history with the tools' results. */
  async #turn(
    stream: BetaMessageStream,
    { attempt, results }: { attempt: Attempt; results: () => Promise<BetaMessageParam | null> },
  ): Promise<Step<T>> {
    attempt.turns += 1
    this.#task.progress.step(`${this.#spec.role}: turn ${this.#spent.turns + 1}`)
    const { now, stallMs } = this.#deps
    const started = now()
    const reply = await receiveReply(stream, stallMs)
    const ms = now() - started
    if (reply.kind === 'failed') {
      if (reply.seen) this.#account(reply.seen, 'broken_off', ms)
      return this.#failed(reply)
    }
    const { message } = reply
    this.#account(message, message.stop_reason ?? 'none', ms)
    this.#received += 1
    return this.#judge(message, { attempt, results })
  }

  #failed(reply: { error: unknown; garbled: boolean }): Step<T> {
    this.#task.signal.throwIfAborted()
    const problem = translateModelError(reply.error, { now: this.#deps.now(), garbled: reply.garbled })
    if (problem?.kind === 'later') throw problem.error
    if (problem?.kind === 'rejected') return failure(problem.code, problem.detail)
    if (problem?.kind !== 'unusable') throw reply.error
    const ended = this.#countMalformed(true)
    if (ended) return ended
    this.#history = withFactoryText(this.#history, SAY.brokenInput)
    return 'again'
  }

  async #judge(
    message: BetaMessage,
    about: { attempt: Attempt; results: () => Promise<BetaMessageParam | null> },
  ): Promise<Step<T>> {
    switch (message.stop_reason) {
      case 'tool_use':
        return this.#runTools(message, about)
      case 'pause_turn':
        return this.#capHit() ?? 'next_turn'
      case 'refusal':
        return failure('model_refused', 'The model refused to go on with this task.')
      case 'model_context_window_exceeded':
        return failure(
          'model_cut_off',
          "The conversation no longer fits into the model's context window. Split the issue, or use a model with a larger window.",
        )
      case 'max_tokens':
        return this.#wasCut(message, about.attempt)
      default:
        return this.#noAnswer(message, about.attempt)
    }
  }

  async #runTools(
    message: BetaMessage,
    { attempt, results }: { attempt: Attempt; results: () => Promise<BetaMessageParam | null> },
  ): Promise<Step<T>> {
    const calls = toolCalls(message)
    if (calls.length === 0) return this.#noAnswer(message, attempt)
    this.#toolbox.beginTurn(calls.map((call) => call.name))
    for (const call of calls) this.#task.progress.step(`${this.#spec.role}: ${describeCall(call)}`)
    const answers = await orAborted(results(), this.#task.signal)
    const outcome = this.#toolbox.outcome()
    if (outcome.fault) throw outcome.fault.error
    this.#history = [
      ...this.#history,
      { role: 'assistant', content: message.content },
      ...(answers ? [answers] : []),
    ]
    if (outcome.submitted) return { ok: true, output: outcome.submitted.output, turns: attempt.turns }
    const ended = this.#countMalformed(outcome.malformed)
    if (ended) return ended
    if (outcome.badSubmit !== undefined) {
      if (attempt.badSubmit) {
        return failure('model_bad_answer', `The result twice missed its schema:\n${outcome.badSubmit}`)
      }
      attempt.badSubmit = true
    }
    if (outcome.looping) {
      const last = calls.at(-1)
      return failure(
        'model_loop',
        `The same call gave the same answer five times: ${last ? describeCall(last) : ''}`,
      )
    }
    return this.#capHit() ?? 'next_turn'
  }

  /** The reply hit max_tokens: whatever it calls may be half an input, so nothing of it is run. */
  #wasCut(message: BetaMessage, attempt: Attempt): Step<T> {
    if (attempt.cut) {
      const limit = this.#spec.limits.maxTokens
      return failure('model_cut_off', `The model's answer was cut twice at its limit of ${limit} tokens.`)
    }
    attempt.cut = true
    this.#say(message, [...notRun(message, 'the reply was cut off.'), factoryText(SAY.cut)])
    return 'again'
  }

  #noAnswer(message: BetaMessage, attempt: Attempt): Step<T> {
    if (attempt.nudged) {
      return failure('model_no_answer', 'The model ended its work twice without submitting a result.')
    }
    attempt.nudged = true
    this.#say(message, [factoryText(message.content.length === 0 ? SAY.empty : SAY.prose)])
    return 'again'
  }

  #say(message: BetaMessage, content: BetaContentBlockParam[]): void {
    // The API takes no assistant message without content.
    const said: BetaMessageParam[] =
      message.content.length === 0 ? [] : [{ role: 'assistant', content: message.content }]
    this.#history = [...this.#history, ...said, { role: 'user', content }]
  }

  #countMalformed(malformed: boolean): Failure | undefined {
    this.#malformed = malformed ? this.#malformed + 1 : 0
    if (this.#malformed < MALFORMED_IN_A_ROW) return undefined
    return failure(
      'model_bad_answer',
      `The model sent malformed tool calls ${MALFORMED_IN_A_ROW} times in a row.`,
    )
  }

  /** Asked before every model call: first the run's purse, then the role's own limits. */
  #capHit(): Failure | undefined {
    const { meter } = this.#task
    const { turns, usd } = this.#spec.limits
    const run = capReached(meter.spent(), meter.limit)
    const own = capReached(this.#spent, { turns, usd })
    const hit = run ?? own
    if (!hit) return undefined
    const limit = run ? meter.limit[run] : this.#spec.limits[hit]
    const whose = run ? 'The run' : `The role ${this.#spec.role}`
    const what = hit === 'usd' ? `${limit} USD` : `${limit} model calls`
    const code = run === undefined ? 'role_limit' : run === 'usd' ? 'budget_usd' : 'budget_turns'
    return failure(code, `${whose} has used its budget of ${what}.`)
  }

  #account(message: BetaMessage, stopReason: string, ms: number): void {
    const usage = tokenUsage(message.usage)
    const { model, price, onTurn } = this.#deps
    const usd = price(model, usage)
    const spend: Spend = { ...usage, usd, turns: 1 }
    const first = this.#spent.turns === 0
    this.#spent = addSpend(this.#spent, spend)
    this.#task.meter.add(spend, continuityOf(usage, first))
    const tools = toolCalls(message).map((call) => call.name)
    const { role } = this.#spec
    onTurn({
      role,
      conversation: this.#name,
      turn: this.#spent.turns,
      model,
      usage,
      usd,
      stopReason,
      tools,
      ms,
    })
  }

  /** For the recorder, and for whoever reads a proxy's log: which call of which conversation this is. */
  #headers(): Record<string, string> {
    return {
      'x-millwright-role': this.#spec.role,
      'x-millwright-conversation': this.#name,
      'x-millwright-turn': String(this.#received + 1),
    }
  }
}

function failure(code: FailureCode, detail: string): Failure {
  return { ok: false, code, detail }
}
