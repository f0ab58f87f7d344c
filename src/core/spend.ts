/** What a run has used: tokens, money, turns. Arithmetic only; prices live with the model adapter. */
import { z } from 'zod'

/** Tokens in the four classes the Messages API bills differently, US dollars, and model turns (one request each). */
export const spend = z.strictObject({
  input_tokens: z.int().nonnegative(),
  output_tokens: z.int().nonnegative(),
  cache_read_tokens: z.int().nonnegative(),
  cache_write_tokens: z.int().nonnegative(),
  usd: z.number().nonnegative(),
  turns: z.int().nonnegative(),
})
export type Spend = z.infer<typeof spend>

export const NO_SPEND: Spend = {
  input_tokens: 0,
  output_tokens: 0,
  cache_read_tokens: 0,
  cache_write_tokens: 0,
  usd: 0,
  turns: 0,
}

export function addSpend(a: Spend, b: Spend): Spend {
  return {
    input_tokens: a.input_tokens + b.input_tokens,
    output_tokens: a.output_tokens + b.output_tokens,
    cache_read_tokens: a.cache_read_tokens + b.cache_read_tokens,
    cache_write_tokens: a.cache_write_tokens + b.cache_write_tokens,
    // Millionths of a dollar: sums of floats must not drift between two readings of the same run.
    usd: Math.round((a.usd + b.usd) * 1e6) / 1e6,
    turns: a.turns + b.turns,
  }
}

/** What came on top of `before`. */
export function spendSince(before: Spend, after: Spend): Spend {
  return {
    input_tokens: after.input_tokens - before.input_tokens,
    output_tokens: after.output_tokens - before.output_tokens,
    cache_read_tokens: after.cache_read_tokens - before.cache_read_tokens,
    cache_write_tokens: after.cache_write_tokens - before.cache_write_tokens,
    usd: Math.round((after.usd - before.usd) * 1e6) / 1e6,
    turns: after.turns - before.turns,
  }
}

/** The caps of a run. Both are checked before every model call, so a run overshoots by one call at most. */
export const caps = z.strictObject({ usd: z.number().positive(), turns: z.int().positive() })
export type Caps = z.infer<typeof caps>

/** Which cap is reached, or nothing. */
export function capReached(used: Spend, limit: Caps): 'usd' | 'turns' | undefined {
  if (used.usd >= limit.usd) return 'usd'
  if (used.turns >= limit.turns) return 'turns'
  return undefined
}

/** How much of the prompt was served from cache, and from whose earlier request (ADR on the shared prefix). */
export const continuity = z.strictObject({
  /** Tokens read from cache by the first request of a conversation: another role had sent that prefix. */
  cached_across_roles: z.int().nonnegative(),
  /** Tokens read from cache by later requests of a conversation: its own earlier turns. */
  cached_within_role: z.int().nonnegative(),
  /** All prompt tokens, cached or not. */
  prompt_tokens: z.int().nonnegative(),
  /** File regions read by a tool that the dossier, or an earlier read of this run, already held. */
  regions_reread: z.int().nonnegative(),
  /** All file regions read by tools. */
  regions_read: z.int().nonnegative(),
})
export type Continuity = z.infer<typeof continuity>

export const NO_CONTINUITY: Continuity = {
  cached_across_roles: 0,
  cached_within_role: 0,
  prompt_tokens: 0,
  regions_reread: 0,
  regions_read: 0,
}

export function addContinuity(a: Continuity, b: Continuity): Continuity {
  return {
    cached_across_roles: a.cached_across_roles + b.cached_across_roles,
    cached_within_role: a.cached_within_role + b.cached_within_role,
    prompt_tokens: a.prompt_tokens + b.prompt_tokens,
    regions_reread: a.regions_reread + b.regions_reread,
    regions_read: a.regions_read + b.regions_read,
  }
}
