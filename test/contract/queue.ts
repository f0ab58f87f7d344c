/** What every queue must do, whatever it is made of. */
import { expect, it } from '@jest/globals'
import type { Job, Queue } from '../../src/ports/queue.ts'

const job = (id: string, key: string): Job<string> => ({ id, key, payload: id })

/** Resolves once `condition` holds; the test's own time-out is the limit. */
async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 5))
}

export function queueContract(create: () => Promise<Queue<string, string>>): void {
  it('handles the events of one key one at a time and in order, and other keys meanwhile', async () => {
    const queue = await create()
    const log: string[] = []
    let release = (): void => {}
    const gate = new Promise<void>((resolve) => (release = resolve))
    queue.start({
      event: async ({ payload }) => {
        log.push(`begin ${payload}`)
        if (payload === 'a1') await gate
        log.push(`end ${payload}`)
      },
      work: async () => {},
    })
    for (const id of ['a1', 'a2', 'b1']) await queue.addEvent(job(id, id.slice(0, 1)))
    await until(() => log.includes('end b1'))
    expect(log).not.toContain('begin a2')
    release()
    await queue.idle()
    expect(log.filter((line) => line.includes('a'))).toEqual(['begin a1', 'end a1', 'begin a2', 'end a2'])
    await queue.stop()
  })

  it('takes a job id once, also after the job has ended', async () => {
    const queue = await create()
    const handled: string[] = []
    queue.start({
      event: async ({ id }) => void handled.push(id),
      work: async ({ id }) => void handled.push(id),
    })
    await queue.addEvent(job('delivery', 'k'))
    await queue.idle()
    await queue.addEvent(job('delivery', 'k'))
    await queue.addWork(job('effect', 'k'))
    await queue.addWork(job('effect', 'k'))
    await queue.idle()
    expect(handled).toEqual(['delivery', 'effect'])
    await queue.stop()
  })

  it('hears an event of a key while its work runs, and cancels that work for good', async () => {
    const queue = await create()
    const log: string[] = []
    queue.start({
      event: async ({ key }) => {
        await queue.cancelWork(key)
        log.push('cancelled')
      },
      work: (_job, signal) =>
        new Promise((_resolve, reject) => {
          log.push('working')
          signal.addEventListener('abort', () => {
            log.push('aborted')
            reject(signal.reason as Error)
          })
        }),
    })
    await queue.addWork(job('w', 'k'))
    await until(() => log.includes('working'))
    await queue.addEvent(job('stop', 'k'))
    await queue.idle()
    expect(log).toEqual(['working', 'aborted', 'cancelled'])
    await queue.stop()
  })

  it('goes on after a handler that throws', async () => {
    const queue = await create()
    const handled: string[] = []
    queue.start({
      event: async ({ id }) => {
        if (id === 'bad') throw new Error('bad')
        handled.push(id)
      },
      work: async () => {},
    })
    await queue.addEvent(job('bad', 'k'))
    await queue.addEvent(job('good', 'k'))
    await queue.idle()
    expect(handled).toEqual(['good'])
    await queue.stop()
  })

  it('takes nothing any more once it was stopped', async () => {
    const queue = await create()
    const handled: string[] = []
    queue.start({ event: async ({ id }) => void handled.push(id), work: async () => {} })
    await queue.stop()
    await queue.addEvent(job('late', 'k'))
    await queue.idle()
    expect(handled).toEqual([])
  })
}
