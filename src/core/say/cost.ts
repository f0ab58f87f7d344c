/** What a run used, against its quote, and how much of the prompt came from cache. */
import type { Quote } from '../plan.ts'
import type { Continuity, Spend } from '../spend.ts'
import type { RunState } from '../state.ts'
import { count, duration, money, percent, tokens } from './figures.ts'

export function quoteLine(quote: Quote): string {
  const [low, high] = quote.usd
  const [soon, late] = quote.minutes
  const basis =
    quote.basis === 0
      ? 'no run has finished here yet, so this is a general range'
      : `from the last ${quote.basis} finished runs here`
  return `${money(low)}–${money(high)} and ${soon}–${late} min (${basis})`
}

/** A recording costs nothing; what the same conversation would have cost is said as just that. */
export function costLine(state: Pick<RunState, 'source' | 'spent'>, ms: number): string {
  const turns = `${count(state.spent.turns, 'model turn')}, ${duration(ms)}`
  return state.source === 'recorded'
    ? `nothing was charged: a recorded model answered (${turns}; the same requests would cost about ${money(state.spent.usd)} live)`
    : `${money(state.spent.usd)} (${turns})`
}

export function tokenLine(spent: Spend, continuity: Continuity): string {
  const { cached_across_roles: across, cached_within_role: within, prompt_tokens: all } = continuity
  return (
    `Prompt tokens: ${tokens(all)}, of which ${percent(across + within, all)} came from cache ` +
    `(${percent(within, all)} within a role, ${percent(across, all)} across roles). Answer tokens: ${tokens(spent.output_tokens)}.`
  )
}

export function rereadLine(continuity: Continuity): string {
  return `File regions read: ${continuity.regions_read}; read again although already at hand: ${continuity.regions_reread}.`
}
