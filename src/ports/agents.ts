/** Agents as the stages see them: a role asked once, answering with its schema or with a defined failure. */
import type { z } from 'zod'
import type { FailureCode } from '../core/event.ts'
import type { Caps, Continuity, Spend } from '../core/spend.ts'
import type { Progress } from './progress.ts'
import type { ToolHost, ToolName } from './tools.ts'

export const ROLES = [
  'intake',
  'architect',
  'plan_reviewer',
  'tester',
  'coder',
  'reviewer',
  'demonstrator',
] as const
export type Role = (typeof ROLES)[number]

/** One folder per role says all of this. */
export interface AgentSpec<T> {
  readonly role: Role
  /** The Markdown prompt; `{{name}}` variables are checked at start: none unknown, none unused. */
  readonly prompt: string
  readonly variables: readonly string[]
  readonly output: z.ZodType<T>
  /** What the tool host lets this role use. All roles are told of the same tools, in the same order. */
  readonly allowed: readonly ToolName[]
  readonly limits: { readonly turns: number; readonly usd: number; readonly maxTokens: number }
}

export interface AgentTask {
  /** Shared, byte-stable blocks in order (dossier first); the longest common prefix is what the cache serves. */
  readonly dossier: readonly string[]
  readonly variables: Readonly<Record<string, string>>
  readonly tools: ToolHost | undefined
  readonly meter: Meter
  readonly signal: AbortSignal
  readonly progress: Progress
}

/** The run's purse: asked before every model call, told after it. */
export interface Meter {
  readonly limit: Caps
  /** All the run has spent, earlier stages included: what the caps are held against. */
  spent(): Spend
  /** Of this piece of work alone. */
  continuity(): Continuity
  /** What is told again under the same `id` was counted before: a replayed call is paid once. */
  add(spend: Spend, continuity: Continuity, id?: string): void
  /** True the first time a region is seen; false when the dossier or an earlier read already held it. */
  firstRead(region: string): boolean
}

export type AgentAnswer<T> =
  | { readonly ok: true; readonly output: T; readonly turns: number }
  | { readonly ok: false; readonly code: FailureCode; readonly detail: string }

/**
 * One conversation of one role. `ask` with no message opens it with the role's prompt; each later `ask` goes on with one
 * more message from the factory (a failed gate, the refactor pass), so what was read and thought is not paid for again.
 */
export interface Conversation<T> {
  /** Throws RetryableError when the model says "later", and nothing else; an abort rejects with the signal's reason. */
  ask(message?: string): Promise<AgentAnswer<T>>
}

export interface Agents {
  begin<T>(spec: AgentSpec<T>, task: AgentTask): Conversation<T>
}
