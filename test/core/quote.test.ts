import { describe, expect, it } from '@jest/globals'
import { quoteFrom } from '../../src/core/quote.ts'

const run = (usd: number, minutes: number, outcome = 'merged') => ({ outcome, spent: { usd }, minutes })

describe('quoteFrom', () => {
  it('is a fixed range that says so before there are three finished runs', () => {
    const first = quoteFrom([])
    expect(first.basis).toBe(0)
    expect(quoteFrom([run(1, 1), run(2, 2), run(9, 9, 'stopped'), run(9, 9, 'failed')])).toEqual(first)
  })

  it('is the middle half of what finished runs used', () => {
    const past = [run(1, 10), run(2, 20), run(3, 30), run(4, 40), run(100, 500)]
    expect(quoteFrom(past)).toEqual({ usd: [2, 4], minutes: [20, 40], basis: 5 })
    expect(quoteFrom(past.toReversed())).toEqual(quoteFrom(past))
  })

  it('rounds outwards, to cents and whole minutes', () => {
    expect(quoteFrom([run(0.111, 0.2), run(0.222, 0.3), run(0.333, 7.5)])).toEqual({
      usd: [0.16, 0.28],
      minutes: [1, 4],
      basis: 3,
    })
  })

  it('leaves out figures that are none', () => {
    expect(quoteFrom([run(Number.NaN, 1), run(-1, 1), run(1, Infinity)]).basis).toBe(0)
  })
})
