import { describe, expect, it } from '@jest/globals'
import { createMemoryQueue } from '../../../src/adapters/memory/memory-queue.ts'
import { createNodeClock } from '../../../src/adapters/node/node-clock.ts'
import type { Queue, QueueOptions } from '../../../src/ports/queue.ts'
import { queueContract } from '../../contract/queue.ts'
import { recordingLog } from '../../support/recording-log.ts'

const LENIENT = { workSlots: 2, graceMs: 5000, onGivenUp: async () => {} }

function open(options?: Partial<QueueOptions<string, string>>): Queue<string, string> {
  const parts = { clock: createNodeClock(), log: recordingLog(), retries: { limit: 1, delay: 0.1 } }
  return createMemoryQueue<string, string>(parts, { ...LENIENT, ...options })
}

describe('the queue of one process', () => {
  queueContract(async (options) => open(options))

  it('runs no more work at once than it has slots', async () => {
    const queue = open()
    let now = 0
    let most = 0
    queue.start({
      event: async () => {},
      work: async () => {
        now += 1
        most = Math.max(most, now)
        await new Promise((resolve) => setTimeout(resolve, 10))
        now -= 1
      },
    })
    for (const id of ['1', '2', '3', '4', '5']) await queue.addWork({ id, key: id, payload: id })
    await queue.idle()
    expect(most).toBe(2)
  })

  it('aborts what runs when it stops, as nothing that was cancelled, and waits for its end', async () => {
    const queue = open()
    const log: string[] = []
    const begun = new Promise<void>((resolve) => {
      queue.start({
        event: async () => {},
        work: (_job, signal) =>
          new Promise((done) => {
            resolve()
            signal.addEventListener('abort', () => {
              log.push(String(signal.reason))
              setTimeout(() => {
                log.push('ended')
                done()
              }, 20)
            })
          }),
      })
    })
    await queue.addWork({ id: 'w', key: 'k', payload: '' })
    await begun
    await queue.stop()
    expect(log).toEqual(['Error: the app is stopping', 'ended'])
  })
})
