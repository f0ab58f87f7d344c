import { describe, expect, it } from '@jest/globals'
import { CRASH_POINTS, CRASH_STAGES } from '../support/crash-points.ts'
import type { CrashPoint, CrashStage } from '../support/crash-points.ts'
import { describeKills } from './killed-at.ts'

const stages = Object.keys(CRASH_STAGES) as CrashStage[]
const points = Object.keys(CRASH_POINTS) as CrashPoint[]

// A quarter of an hour: `npm run test:crash` sets this, and CI runs it beside the other tests.
if (process.env['MILLWRIGHT_CRASH'] === 'all') {
  // A forge for each stage: so many starts and sweeps are more requests than it lets one App make in an hour.
  for (const stage of stages)
    describeKills(
      `a worker that is killed at every point of ${stage}`,
      points.map((point) => ({ stage, point })),
    )
} else {
  describe('killing a worker at every point of every stage', () => {
    it('is left to npm run test:crash, which has eight points in each of the stages that work', () => {
      expect([stages.length, points.length]).toEqual([7, 8])
    })
  })
}
