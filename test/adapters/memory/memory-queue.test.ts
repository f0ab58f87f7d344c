import { describe, expect, it } from '@jest/globals'
import { createMemoryQueue } from '../../../src/adapters/memory/memory-queue.ts'
import { queueContract } from '../../contract/queue.ts'

describe('the queue of one process', () => {
  queueContract(async () => createMemoryQueue({ workSlots: 2, onError: () => {} }))

  it('runs no more work at once than it has slots', async () => {
    const queue = createMemoryQueue<string, string>({ workSlots: 2, onError: () => {} })
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

  it('reports what a handler throws', async () => {
    const errors: string[] = []
    const queue = createMemoryQueue<string, string>({
      workSlots: 1,
      onError: (id, error) => errors.push(`${id} ${String(error)}`),
    })
    queue.start({ event: async () => {}, work: () => Promise.reject(new Error('no disk')) })
    await queue.addWork({ id: 'w', key: 'k', payload: '' })
    await queue.idle()
    expect(errors).toEqual(['w Error: no disk'])
  })
})
