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
import type { StoredCall } from '../ports/journal.ts'
import { failed } from './failed.ts'
import type { Failed } from './failed.ts'
import { rolePrompt } from './fill-prompt.ts'
import { openingMessage, factoryText, withFactoryText } from './opening-message.ts'
import { translateModelError } from './model-errors.ts'
import { callHeaders, createRunner, requestIdentity } from './model-request.ts'
import { SAY } from './nudges.ts'
import { orAborted } from './or-aborted.ts'
import { Purse } from './purse.ts'
import { receiveReply } from './receive-reply.ts'
import type { Tape } from './tape.ts'
import { describeCall, notRun, shareAnId, toolCalls } from './tool-calls.ts'
import { Toolbox } from './toolbox.ts'
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
  readonly hash: (text: string) => string
  /** This conversation's part of the journal. */
  readonly openTape: () => Promise<Tape>
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

/** How a reply ends the inner loop: an answer, or a new runner over the history as it then is. */
type Step<T> = AgentAnswer<T> | 'next_turn' | 'again'
/** Runs a reply's calls and answers the message with their results. */
type Results = () => Promise<BetaMessageParam | null>

export class AgentConversation<T> implements Conversation<T> {
  readonly #deps: ConversationDeps
  readonly #spec: AgentSpec<T>
  readonly #task: AgentTask
  readonly #toolbox: Toolbox<T>
  readonly #purse: Purse
  #tape: Tape | undefined
  #history: BetaMessageParam[] = []
  #malformed = 0
  /** Replies that arrived whole. A lost one is asked for again under the same number, so a recording has no gaps. */
  #received = 0

  constructor(deps: ConversationDeps, about: { spec: AgentSpec<T>; task: AgentTask }) {
    this.#deps = deps
    this.#spec = about.spec
    this.#task = about.task
    this.#toolbox = new Toolbox(about.spec, about.task)
    this.#purse = new Purse(about.spec, about.task.meter, (usage) => deps.price(deps.model, usage))
  }

  async ask(message?: string): Promise<AgentAnswer<T>> {
    this.#open(message)
    const tape = (this.#tape ??= await this.#deps.openTape())
    const attempt: Attempt = { turns: 0, nudged: false, cut: false, badSubmit: false }
    for (;;) {
      this.#task.signal.throwIfAborted()
      const step = (await this.#replayed(tape, attempt)) ?? (await this.#runTurns(tape, attempt))
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

  #runner(messages: BetaMessageParam[]) {
    const tools = this.#toolbox.runnable(this.#deps.tools)
    const { maxTokens } = this.#spec.limits
    return createRunner(this.#deps, { tools, maxTokens, messages, signal: this.#task.signal })
  }

  #identity(): string {
    return requestIdentity(this.#deps, { maxTokens: this.#spec.limits.maxTokens, messages: this.#history })
  }

  /** The next reply as the journal has it, and what follows from it; undefined where the model has to be asked. */
  async #replayed(tape: Tape, attempt: Attempt): Promise<Step<T> | undefined> {
    if (!tape.goesOn) return undefined
    const stored = tape.play(this.#identity())
    if (!stored) return undefined
    attempt.turns += 1
    this.#purse.paid(stored, stored.id)
    if (stored.outcome === 'garbled') return this.#garbled()
    this.#received += 1
    const message = JSON.parse(stored.reply) as BetaMessage
    await this.#toolbox.useStored(tape, stored, toolCalls(message))
    const said: BetaMessageParam = { role: 'assistant', content: message.content }
    const results: Results = () => this.#runner([...this.#history, said]).generateToolResponse()
    if (message.stop_reason === 'pause_turn') this.#history = [...this.#history, said]
    return this.#judge(message, { tape, attempt, results })
  }

  async #runTurns(tape: Tape, attempt: Attempt): Promise<Step<T>> {
    const capped = this.#purse.capHit()
    if (capped) return capped
    const runner = this.#runner(this.#history)
    runner.setRequestOptions({ headers: callHeaders(this.#spec.role, tape.name, this.#received + 1) })
    for await (const stream of runner) {
      this.#history = [...runner.params.messages]
      const results: Results = () => runner.generateToolResponse()
      const step = await this.#turn(stream, { tape, attempt, results })
      if (step !== 'next_turn') return step
      const hit = this.#purse.capHit()
      if (hit) return hit
      runner.setRequestOptions({ headers: callHeaders(this.#spec.role, tape.name, this.#received + 1) })
    }
    return 'again'
  }

  /** One model call and what follows from it. On `next_turn` the runner sends the history with the tools' results. */
  async #turn(
    stream: BetaMessageStream,
    about: { tape: Tape; attempt: Attempt; results: Results },
  ): Promise<Step<T>> {
    about.attempt.turns += 1
    this.#task.progress.step(`${this.#spec.role}: turn ${this.#purse.turns + 1}`)
    const started = this.#deps.now()
    const reply = await receiveReply(stream, this.#deps.stallMs)
    const ms = this.#deps.now() - started
    if (reply.kind === 'failed') {
      const outcome = reply.garbled ? 'garbled' : 'lost'
      if (reply.seen) await this.#account(about.tape, { message: reply.seen, outcome, ms })
      return this.#failed(reply)
    }
    const { message } = reply
    await this.#account(about.tape, { message, outcome: 'received', ms })
    this.#received += 1
    return this.#judge(message, about)
  }

  #failed(reply: { error: unknown; garbled: boolean }): Step<T> {
    this.#task.signal.throwIfAborted()
    const problem = translateModelError(reply.error, { now: this.#deps.now(), garbled: reply.garbled })
    if (problem?.kind === 'later') throw problem.error
    if (problem?.kind === 'rejected') return failed(problem.code, problem.detail)
    if (problem?.kind !== 'unusable') throw reply.error
    return this.#garbled()
  }

  #garbled(): Step<T> {
    const ended = this.#countMalformed(true)
    if (ended) return ended
    this.#history = withFactoryText(this.#history, SAY.brokenInput)
    return 'again'
  }

  async #judge(
    message: BetaMessage,
    about: { tape: Tape; attempt: Attempt; results: Results },
  ): Promise<Step<T>> {
    switch (message.stop_reason) {
      case 'tool_use':
        return this.#runTools(message, about)
      case 'pause_turn':
        return 'next_turn'
      case 'refusal':
        return failed('model_refused', 'The model refused to go on with this task.')
      case 'model_context_window_exceeded':
        return failed(
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
    { tape, attempt, results }: { tape: Tape; attempt: Attempt; results: Results },
  ): Promise<Step<T>> {
    const calls = toolCalls(message)
    if (calls.length === 0) return this.#noAnswer(message, attempt)
    if (shareAnId(calls)) return this.#garbled()
    this.#toolbox.beginTurn(calls, tape)
    for (const call of calls) this.#task.progress.step(`${this.#spec.role}: ${describeCall(call)}`)
    const answers = await orAborted(results(), this.#task.signal)
    const outcome = this.#toolbox.outcome()
    if (outcome.fault) throw outcome.fault.error
    await this.#toolbox.keepFiles(tape)
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
        return failed('model_bad_answer', `The result twice missed its schema:\n${outcome.badSubmit}`)
      }
      attempt.badSubmit = true
    }
    if (outcome.looping) {
      const last = calls.at(-1)
      return failed(
        'model_loop',
        `The same call gave the same answer five times: ${last ? describeCall(last) : ''}`,
      )
    }
    return 'next_turn'
  }

  /** The reply hit max_tokens: whatever it calls may be half an input, so nothing of it is run. */
  #wasCut(message: BetaMessage, attempt: Attempt): Step<T> {
    if (attempt.cut) {
      const limit = this.#spec.limits.maxTokens
      return failed('model_cut_off', `The model's answer was cut twice at its limit of ${limit} tokens.`)
    }
    attempt.cut = true
    this.#say(message, [...notRun(message, 'the reply was cut off.'), factoryText(SAY.cut)])
    return 'again'
  }

  #noAnswer(message: BetaMessage, attempt: Attempt): Step<T> {
    if (attempt.nudged) {
      return failed('model_no_answer', 'The model ended its work twice without submitting a result.')
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

  #countMalformed(malformed: boolean): Failed | undefined {
    this.#malformed = malformed ? this.#malformed + 1 : 0
    if (this.#malformed < MALFORMED_IN_A_ROW) return undefined
    return failed(
      'model_bad_answer',
      `The model sent malformed tool calls ${MALFORMED_IN_A_ROW} times in a row.`,
    )
  }

  /** Stored before anything follows from it: from here on the call is paid for once. */
  async #account(
    tape: Tape,
    { message, outcome, ms }: { message: BetaMessage; outcome: StoredCall['outcome']; ms: number },
  ): Promise<void> {
    const { model, onTurn } = this.#deps
    const cost = this.#purse.costOf(message)
    const reply = outcome === 'received' ? JSON.stringify(message) : ''
    const id = await tape.add({ identity: this.#identity(), outcome, reply, ...cost })
    this.#purse.paid(cost, id)
    const { usd, turns: _, ...usage } = cost.spend
    onTurn({
      role: this.#spec.role,
      conversation: tape.name,
      turn: this.#purse.turns,
      model,
      usage,
      usd,
      stopReason: outcome === 'received' ? (message.stop_reason ?? 'none') : 'broken_off',
      tools: toolCalls(message).map((call) => call.name),
      ms,
    })
  }
}
