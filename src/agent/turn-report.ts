/** What one model call used, as spend, as continuity, and as a line for whoever watches. */
import type { BetaUsage } from '@anthropic-ai/sdk/resources/beta'
import type { Role } from '../ports/agents.ts'
import type { Continuity, Spend } from '../core/spend.ts'

/** Tokens of one call in the four classes that are billed differently. */
export type TokenUsage = Pick<
  Spend,
  'input_tokens' | 'output_tokens' | 'cache_read_tokens' | 'cache_write_tokens'
>

/** One model call, for progress lines and traces. Holds no prompt, no file text and no secret. */
export interface TurnReport {
  readonly role: Role
  /** The role and its ordinal in this run: `coder-1`. */
  readonly conversation: string
  /** Counts the calls of the conversation, from 1. */
  readonly turn: number
  readonly model: string
  readonly usage: TokenUsage
  readonly usd: number
  /** As the API gave it; `broken_off` where the answer did not arrive whole. */
  readonly stopReason: string
  /** Names of the tools called, in order. */
  readonly tools: readonly string[]
  /** From the request to the last byte of the answer; tools are not in it. */
  readonly ms: number
}

export function tokenUsage(usage: BetaUsage): TokenUsage {
  return {
    input_tokens: usage.input_tokens,
    output_tokens: usage.output_tokens,
    cache_read_tokens: usage.cache_read_input_tokens ?? 0,
    cache_write_tokens: usage.cache_creation_input_tokens ?? 0,
  }
}

/** The first call of a conversation finds what other roles sent; every later one finds its own turns. */
export function continuityOf(usage: TokenUsage, firstCall: boolean): Continuity {
  const cached = usage.cache_read_tokens
  return {
    cached_across_roles: firstCall ? cached : 0,
    cached_within_role: firstCall ? 0 : cached,
    prompt_tokens: usage.input_tokens + cached + usage.cache_write_tokens,
    regions_reread: 0,
    regions_read: 0,
  }
}
