/** The crash test: a worker is killed where it is armed, another is started, and the forge must look as if nothing was. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { once } from 'node:events'
import type { ChildProcess } from 'node:child_process'
import { CRASH_POINTS } from '../support/crash-points.ts'
import type { Kill } from '../support/crash-points.ts'
import { openCrashFloor } from '../support/crash-floor.ts'
import type { CrashFloor, Outcome } from '../support/crash-floor.ts'

/** Starts of two processes and a run. */
const PATIENCE_MS = 240_000

export function describeKills(title: string, kills: readonly Kill[]): void {
  // oxlint-disable-next-line jest/valid-title -- the title is the caller's
  describe(title, () => {
    let floor: CrashFloor
    let undisturbed: Outcome
    let worker: ChildProcess

    beforeAll(async () => {
      floor = await openCrashFloor(kills.length + 1)
      worker = await floor.start()
      undisturbed = await floor.published(floor.begin())
    }, PATIENCE_MS)

    afterAll(async () => {
      await floor.close()
    }, PATIENCE_MS)

    it.each(kills)(
      '%j: one comment, one branch, one pull request, and no finished turn asked twice',
      async (armed) => {
        const exited = once(worker, 'exit')
        worker.kill('SIGTERM')
        await exited
        const asked = floor.model.asked.length
        worker = await floor.start(armed)
        const killed = once(worker, 'exit')
        const name = floor.begin()
        expect([armed.point, CRASH_POINTS[armed.point], await killed]).toEqual([
          armed.point,
          CRASH_POINTS[armed.point],
          [null, 'SIGKILL'],
        ])
        worker = await floor.start()
        expect(await floor.published(name)).toEqual(undisturbed)
        // The one request that was under way when the process died was never answered, and is asked again.
        const cutOff = armed.point === 'K4' && isAsking(armed) ? 1 : 0
        expect(floor.model.asked.length - asked).toBe(TURNS + cutOff)
        expect(floor.askedTwice(asked)).toHaveLength(cutOff)
      },
      PATIENCE_MS,
    )
  })
}

/** Of an undisturbed run: one for each role. */
const TURNS = 6

function isAsking({ stage }: Kill): boolean {
  return stage !== 'verifying' && stage !== 'publishing'
}
