import { expect, it } from '@jest/globals'
import { keepGoing } from '../../../src/adapters/postgres/keep-going.ts'
import { recordingLog } from '../../support/recording-log.ts'

const clockOf = (slept: number[]) => ({
  now: () => '2026-11-20T10:00:00.000Z',
  sleep: async (ms: number) => void slept.push(ms),
})

it('begins a loop again that ended by a bug of ours, after a while, and says so', async () => {
  const [slept, log] = [[] as number[], recordingLog()]
  let begun = 0
  const loop = async (): Promise<void> => {
    begun += 1
    if (begun < 3) throw new Error(`bug ${begun}`)
  }
  await keepGoing(loop, { clock: clockOf(slept), log }, new AbortController().signal)
  expect([begun, slept]).toEqual([3, [5000, 5000]])
  expect(log.lines.map(({ event, cause }) => `${event}: ${cause?.split('\n')[0]}`)).toEqual([
    'queue_loop_ended: Error: bug 1',
    'queue_loop_ended: Error: bug 2',
  ])
})

it('begins nothing any more once it is asked to stop', async () => {
  const [slept, stop] = [[] as number[], new AbortController()]
  let begun = 0
  const loop = async (): Promise<void> => {
    begun += 1
    stop.abort()
    throw new Error('cut off')
  }
  await keepGoing(loop, { clock: clockOf(slept), log: recordingLog() }, stop.signal)
  await keepGoing(loop, { clock: clockOf(slept), log: recordingLog() }, stop.signal)
  expect(begun).toBe(1)
})
