import { expect, it } from '@jest/globals'
import { createMemoryJournal } from '../../src/adapters/memory/memory-journal.ts'
import { createMemoryQueue } from '../../src/adapters/memory/memory-queue.ts'
import { StageFailure, UserError } from '../../src/core/errors.ts'
import type { StageOutcome } from '../../src/core/event.ts'
import { NO_CONTINUITY } from '../../src/core/spend.ts'
import type { RunState } from '../../src/core/state.ts'
import { startEngine } from '../../src/engine/engine.ts'
import type { EngineDeps } from '../../src/engine/deps.ts'
import { workOf } from '../../src/engine/settle.ts'
import { sweep } from '../../src/engine/sweep.ts'
import type { Incoming, Work } from '../../src/ports/incoming.ts'
import type { Comment } from '../../src/ports/forge.ts'
import { openEngineBench } from '../support/engine-bench.ts'
import { FORWARD, later, stateAt } from '../support/states.ts'

it('a result that could not be written since GitHub refused to be read is told again once the sweep finds nobody at it', async () => {
  const bench = await openEngineBench(stateAt('coding'))
  const clock = { now: () => later(500), sleep: async () => undefined }
  const options = { workSlots: 1, graceMs: 10, onGivenUp: async () => undefined }
  const queue = createMemoryQueue<Incoming, Work>({ clock, log: bench.log }, options)
  let asked = 0
  const coded = async (): Promise<StageOutcome> => {
    asked += 1
    return FORWARD.verifying()
  }
  const unproved = async (): Promise<StageOutcome> => {
    throw new StageFailure('sandbox_unavailable', '', { resumable: true })
  }
  const journal = createMemoryJournal()
  const { forge } = bench.deps
  let isRefused = true
  const issues = {
    ...forge.issues,
    changedSince: async () => [],
    labelled: async () => [],
    comment: async (...which: Parameters<typeof forge.issues.comment>): Promise<Comment | undefined> => {
      if (isRefused) throw new UserError('forge_refused', 'Your organization has an IP allow list enabled.')
      return forge.issues.comment(...which)
    },
  }
  const deps = {
    ...bench.deps,
    forge: { ...forge, issues },
    queue,
    journal,
    clock,
    findCurb: async () => undefined,
    stages: { write_code: coded, prove_change: unproved },
    createMeter: ({ spent }: RunState) => ({ spent: () => spent, continuity: () => NO_CONTINUITY }),
    defaultCaps: { usd: 1, turns: 1 },
  } as unknown as EngineDeps
  startEngine(deps)
  const state = await bench.state()
  for (const job of workOf(state, state.pending)) await queue.addWork(job)
  await queue.idle()
  expect([asked, (await bench.state()).at.stage]).toEqual([1, 'coding'])

  isRefused = false
  // The first one meets the issue, which is something under way; the next one finds that there is nothing.
  for (const at of [later(600), later(900)]) {
    await sweep(deps, { at, full: false })
    await queue.idle()
  }
  expect([asked, (await bench.state()).at]).toMatchObject([2, { from: { stage: 'verifying' } }])
})
