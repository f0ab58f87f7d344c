import { describe, expect, it } from '@jest/globals'
import { RetryableError } from '../../src/core/errors.ts'
import { waitAfter } from '../../src/engine/patience.ts'

const LEAST = { hex: () => '0000' }
const MOST = { hex: () => 'ffff' }
const HOUR = 3_600_000

const error = (options: { retryAfterMs?: number; atLeastMs?: number } = {}): RetryableError =>
  new RetryableError('forge_unavailable', 'later', options)

describe('a wait', () => {
  it('F-11: is as long as we were told and up to a fifth longer, never shorter', () => {
    const told = error({ retryAfterMs: 120_000 })
    expect([waitAfter(told, 3, LEAST), waitAfter(told, 3, MOST)]).toEqual([120_000, 144_000])
  })

  it('F-11: of an hour and more is spread, too: all limits of one kind are reset at one moment', () => {
    const told = error({ retryAfterMs: HOUR + 1000 })
    expect([waitAfter(told, 0, LEAST), waitAfter(told, 0, MOST)]).toEqual([HOUR, HOUR * 1.2])
  })

  it('F-20: for what may have been made is half a minute at least, and longer each time all the same', () => {
    const unknown = error({ atLeastMs: 30_000 })
    expect([0, 1, 2, 3, 4, 6].map((waited) => waitAfter(unknown, waited, LEAST))).toEqual([
      30_000, 30_000, 30_000, 40_000, 80_000, 900_000,
    ])
    expect(waitAfter(error({ atLeastMs: 30_000, retryAfterMs: 7000 }), 0, LEAST)).toBe(30_000)
    expect(waitAfter(error({ atLeastMs: 30_000, retryAfterMs: 60_000 }), 0, LEAST)).toBe(60_000)
  })
})
