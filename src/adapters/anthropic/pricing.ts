/**
 * What the models cost, in US dollars per million tokens, as published at platform.claude.com/docs (models, pricing)
 * and read on 2026-11-20. Cache writes are the five-minute kind, the only one we ask for.
 */
import { UserError } from '../../core/errors.ts'
import type { Spend } from '../../core/spend.ts'

export type PricedTokens = Pick<
  Spend,
  'input_tokens' | 'output_tokens' | 'cache_read_tokens' | 'cache_write_tokens'
>

interface Price {
  readonly input: number
  readonly output: number
  readonly cacheWrite: number
  readonly cacheRead: number
}

/** `long` holds for every token of a request whose prompt, cached parts included, is longer than `above` tokens. */
interface ModelPrice extends Price {
  readonly long?: Price & { readonly above: number }
}

const PRICES: Readonly<Record<string, ModelPrice>> = {
  'claude-opus-5-5': { input: 4, output: 20, cacheWrite: 5, cacheRead: 0.2 },
  // Cache reads cost 0.20 until 2026-10-07.
  'claude-sonnet-5-5': { input: 2, output: 10, cacheWrite: 2.5, cacheRead: 0.1 },
  'claude-haiku-5-5': {
    input: 0.1,
    output: 0.5,
    cacheWrite: 0.125,
    cacheRead: 0.01,
    long: { above: 100_000, input: 0.5, output: 2.5, cacheWrite: 0.625, cacheRead: 0.05 },
  },
}

export const PRICED_MODELS: readonly string[] = Object.keys(PRICES)

function priceList(model: string): ModelPrice {
  const price = Object.hasOwn(PRICES, model) ? PRICES[model] : undefined
  if (price) return price
  throw new UserError(
    'config_invalid',
    `There is no price for the model "${model}", so its budget could not be kept. Use one of ${PRICED_MODELS.join(', ')} in \`models\` of the config.`,
  )
}

/** For the start of the app: throws UserError for the first model without a price, with the list of those that have one. */
export function checkModels(models: readonly string[]): void {
  for (const model of models) priceList(model)
}

/** US dollars for one call. Throws UserError for a model without a price. */
export function priceOf(model: string, tokens: PricedTokens): number {
  const list = priceList(model)
  const prompt = tokens.input_tokens + tokens.cache_read_tokens + tokens.cache_write_tokens
  const price = list.long && prompt > list.long.above ? list.long : list
  const perMillion =
    tokens.input_tokens * price.input +
    tokens.output_tokens * price.output +
    tokens.cache_read_tokens * price.cacheRead +
    tokens.cache_write_tokens * price.cacheWrite
  return perMillion / 1e6
}
