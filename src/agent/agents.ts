/** Composes the agent loop: a client, a model per role, prices, the shared prompt, and whoever wants to watch. */
import type Anthropic from '@anthropic-ai/sdk'
import type { Agents, AgentSpec, AgentTask, Conversation, Role } from '../ports/agents.ts'
import type { Clock } from '../ports/clock.ts'
import type { Log } from '../ports/log.ts'
import { AgentConversation } from './conversation.ts'
import { openRecording } from './recording.ts'
import type { Attempt } from './recording.ts'
import { TOOL_DESCRIPTIONS, toolList } from './tool-list.ts'
import type { ListedTool } from './tool-list.ts'
import type { TokenUsage, TurnReport } from './turn-report.ts'

/** Longer than the longest silence of a thinking model, shorter than anybody's patience. */
const STALL_MS = 600_000

export interface AgentsOptions {
  /** With `maxRetries: 0`: the SDK's own retry would sleep inside a job, however long the server says. */
  readonly client: Anthropic
  readonly model: (role: Role) => string
  /** US dollars for one call. Throws for a model without a price, so names are checked at start. */
  readonly price: (model: string, usage: TokenUsage) => number
  /** The shared system prompt, `system.md`. */
  readonly system: string
  /** Where what is heard is stored, and what an earlier attempt heard is found. */
  readonly attempt: Attempt
  readonly toolDescriptions?: Readonly<Record<ListedTool, string>>
  readonly clock?: Pick<Clock, 'now'>
  readonly log: Log
  readonly onTurn?: (report: TurnReport) => void
  /** Milliseconds without a single event after which a stream counts as lost. */
  readonly stallMs?: number
}

/**
 * Agents of one attempt at an effect. Conversations are numbered per role in the order in which they begin (`coder-1`,
 * `coder-2`), after those of the run's earlier effects; the journal and a recording are matched by these names, so every
 * attempt gets agents of its own; making them costs nothing.
 */
export function createAgents(options: AgentsOptions): Agents {
  const begun = new Map<Role, number>()
  const recording = openRecording(options.attempt, options.log)
  const tools = toolList(options.toolDescriptions ?? TOOL_DESCRIPTIONS)
  const now = (): number =>
    options.clock ? Date.parse(options.clock.now()) : performance.timeOrigin + performance.now()
  const onTurn = (report: TurnReport): void => {
    const { role, conversation, turn, model, usd, stopReason, ms, usage } = report
    options.log.info('model_turn', {
      role,
      conversation,
      turn,
      model,
      usd,
      stopReason,
      ms: Math.round(ms),
      ...usage,
    })
    options.onTurn?.(report)
  }
  return {
    begin<T>(spec: AgentSpec<T>, task: AgentTask): Conversation<T> {
      const nth = (begun.get(spec.role) ?? 0) + 1
      begun.set(spec.role, nth)
      const { client, price, system } = options
      const { hash } = options.attempt
      const model = options.model(spec.role)
      const stallMs = options.stallMs ?? STALL_MS
      const openTape = () => recording.tape(spec.role, nth, task.meter)
      const deps = { client, model, system, tools, price, now, onTurn, stallMs, hash, openTape }
      return new AgentConversation(deps, { spec, task })
    },
  }
}
