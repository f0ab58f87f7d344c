/** Money: the published figures, the long-prompt band, and no guess for a model without a price. */
import { describe, expect, it } from '@jest/globals'
import { createAnthropicClient } from '../../../src/adapters/anthropic/client.ts'
import { checkModels, priceOf } from '../../../src/adapters/anthropic/pricing.ts'

const tokens = (input: number, output: number, [read, write]: readonly [number, number] = [0, 0]) => ({
  input_tokens: input,
  output_tokens: output,
  cache_read_tokens: read,
  cache_write_tokens: write,
})

describe('priceOf', () => {
  it('bills the four classes of tokens', () => {
    expect(priceOf('claude-opus-5-5', tokens(1e6, 1e6, [1e6, 1e6]))).toBeCloseTo(4 + 20 + 0.2 + 5, 9)
    expect(priceOf('claude-sonnet-5-5', tokens(1e6, 1e6, [1e6, 1e6]))).toBeCloseTo(2 + 10 + 0.1 + 2.5, 9)
  })

  it('bills every token of a long prompt of the small model at the higher rate', () => {
    expect(priceOf('claude-haiku-5-5', tokens(50_000, 1000, [50_000, 0]))).toBeCloseTo(
      0.005 + 0.0005 + 0.0005,
      9,
    )
    expect(priceOf('claude-haiku-5-5', tokens(50_001, 1000, [50_000, 0]))).toBeCloseTo(
      0.0250005 + 0.0025 + 0.0025,
      9,
    )
  })

  it('refuses a model without a price, with the ones that have one', () => {
    expect(() => checkModels(['claude-opus-5-5', 'gpt-9'])).toThrow(
      /"gpt-9".*claude-opus-5-5, claude-sonnet-5-5/,
    )
    expect(() => priceOf('toString', tokens(1, 1))).toThrow('no price')
  })
})

describe('createAnthropicClient', () => {
  it('has no retries of its own and takes nothing from the environment', () => {
    const client = createAnthropicClient({ apiKey: 'k', baseUrl: 'http://127.0.0.1:1' })
    expect([client.maxRetries, client.baseURL, client.apiKey, client.authToken]).toEqual([
      0,
      'http://127.0.0.1:1',
      'k',
      null,
    ])
    expect(createAnthropicClient({ apiKey: 'k' }).baseURL).toBe('https://api.anthropic.com')
  })

  it('refuses an empty key and an address that is none', () => {
    expect(() => createAnthropicClient({ apiKey: ' ' })).toThrow('Set ANTHROPIC_API_KEY')
    expect(() => createAnthropicClient({ apiKey: 'k', baseUrl: 'nowhere' })).toThrow('not a URL')
  })
})
