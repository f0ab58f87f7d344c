/** What scenario tests say again and again: the one sentence, and that nothing was left lying about. */
import { setTimeout } from 'node:timers/promises'
import { expect } from '@jest/globals'
import type { FailureCode } from '../../src/core/event.ts'
import { failureSentence } from '../../src/core/say/failure.ts'
import type { RunState } from '../../src/core/state.ts'
import type { Clock } from '../../src/ports/clock.ts'
import type { Scenario } from './floor.ts'

/** The run ended, or is held, for this reason; the issue says so in the sentence that belongs to it, once. */
export function expectEnd(
  scenario: Scenario,
  state: RunState,
  end: { stage: 'blocked' | 'failed'; code: FailureCode },
): void {
  const found = 'reason' in state.at ? `${state.at.stage}: ${state.at.reason.code}` : state.at.stage
  expect(found).toBe(`${end.stage}: ${end.code}`)
  const sentence = failureSentence({ code: end.code, detail: '' })
  expect(scenario.status().split(sentence)).toHaveLength(2)
}

/** One comment, no pull request, no branch but those named, no checkout, no process. */
export async function expectNothingHalfDone(
  scenario: Scenario,
  branches: readonly string[] = ['main'],
): Promise<void> {
  expect({
    comments: scenario.ours().length,
    pulls: scenario.pulls().length,
    branches: await scenario.branches(),
    ...(await scenario.leftovers()),
  }).toEqual({ comments: 1, pulls: 0, branches, checkouts: [], processes: [] })
}

/** What `src/app/inbox.ts` allows. Milliseconds. */
const STORED_WITHIN = 8000

/**
 * A clock of this machine whose sleep is over at once; `waits` keeps how long it was asked for, in milliseconds. One that
 * leaps has then gone on by that much, for whoever else goes by it.
 */
export function impatientClock({ leaps = false } = {}): Clock & { readonly waits: readonly number[] } {
  const waits: number[] = []
  let ahead = 0
  return {
    waits,
    now: () => new Date(Date.now() + ahead).toISOString(),
    sleep: async (ms, signal) => {
      signal?.throwIfAborted()
      // The inbox gives the queue so long to store a delivery; that is no wait, but an end to one.
      if (ms === STORED_WITHIN) return setTimeout(ms, undefined, { signal, ref: false })
      waits.push(ms)
      if (leaps) ahead += ms
    },
  }
}
