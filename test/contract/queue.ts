/** What every queue must do, whatever it is made of. */
import { expect, it } from '@jest/globals'
import { RetryableError, WorkCancelled } from '../../src/core/errors.ts'
import type { GivenUpJob, Job, Queue, QueueOptions } from '../../src/ports/queue.ts'

const job = (id: string, key: string): Job<string> => ({ id, key, payload: id })

/** Resolves once `condition` holds; the test's own time-out is the limit. */
async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 5))
}

/** Work on an idle queue is begun within milliseconds. */
const WOULD_BE_TAKEN_MS = 300

/** What a queue under test begins with: two slots, and one more try after a tenth of a second. */
export type CreateQueue = (options?: Partial<QueueOptions<string, string>>) => Promise<Queue<string, string>>

export function queueContract(create: CreateQueue): void {
  orderContract(create)
  failureContract(create)
  workContract(create)
}

function orderContract(create: CreateQueue): void {
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

  it('F-01, F-02: takes a job id once, also after the job has ended', async () => {
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

  it('takes nothing any more once it was stopped', async () => {
    const queue = await create()
    const handled: string[] = []
    queue.start({ event: async ({ id }) => void handled.push(id), work: async () => {} })
    await queue.stop()
    await queue.addEvent(job('late', 'k'))
    await queue.idle()
    expect(handled).toEqual([])
  })

  it('begins a job when its time has come and not before, and lets later events of its key go first', async () => {
    const queue = await create()
    const began = performance.now()
    const log: string[] = []
    let waits = 0
    queue.start({
      event: async ({ id }) => {
        log.push(id)
        if (id === 'delayed') waits = performance.now() - began
      },
      work: async ({ id }) => void log.push(id),
    })
    await queue.addEvent({ ...job('delayed', 'k'), after: 300 })
    await queue.addEvent(job('next', 'k'))
    await queue.idle()
    expect(log).toEqual(['next', 'delayed'])
    expect(waits).toBeGreaterThanOrEqual(290)
    await queue.stop()
  })
}

function failureContract(create: CreateQueue): void {
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

  it('F-61: tells of a job that failed as often as it may, once, and then of its key no more', async () => {
    const told: GivenUpJob<string>[] = []
    const queue = await create({ onGivenUp: async (given) => void told.push(given) })
    const tries: [string, boolean][] = []
    queue.start({
      event: async ({ id, again }) => {
        tries.push([id, again])
        if (id === 'bad') throw new Error('no such thing \u0000')
      },
      work: async () => {},
    })
    await queue.addEvent({ id: 'bad', key: 'k', payload: 'p', group: 'g' })
    await queue.addEvent(job('good', 'k'))
    await queue.idle()
    expect(tries).toEqual([
      ['bad', false],
      ['bad', true],
      ['good', false],
    ])
    expect(told).toMatchObject([{ id: 'bad', key: 'k', payload: 'p', group: 'g', queue: 'events' }])
    expect(told[0]?.why).toContain('no such thing')
    await queue.addEvent({ id: 'bad', key: 'k', payload: 'p' })
    await queue.idle()
    expect(tries).toHaveLength(3)
    await queue.stop()
  })

  it('waits as often as it is told "later", which is no failure, and fails as often as it may after that', async () => {
    const told: string[] = []
    const queue = await create({ onGivenUp: async ({ id }) => void told.push(id) })
    const tries: [boolean, number][] = []
    queue.start({
      event: async () => {},
      work: async ({ again, waited }) => {
        tries.push([again, waited])
        if (tries.length <= 4) throw new RetryableError('store_unavailable', 'later', { retryAfterMs: 1 })
        throw new Error('no')
      },
    })
    await queue.addWork(job('w', 'k'))
    await queue.idle()
    expect(tries).toEqual([
      [false, 0],
      [true, 1],
      [true, 2],
      [true, 3],
      [true, 4],
      [true, 4],
    ])
    expect(told).toEqual(['w'])
    await queue.stop()
  }, 20_000)

  it('holds later events of a key up while one of it waits, and no other key, however many wait', async () => {
    const queue = await create()
    const log: string[] = []
    let isBack = false
    queue.start({
      event: async ({ id }) => {
        if (id.endsWith('1') && !isBack)
          throw new RetryableError('store_unavailable', 'later', { retryAfterMs: 200 })
        log.push(id)
      },
      work: async () => {},
    })
    // More of them than there are slots.
    for (const key of ['a', 'b', 'c', 'd', 'e', 'f'])
      for (const nth of [1, 2]) await queue.addEvent(job(`${key}${nth}`, key))
    await queue.addEvent(job('free', 'z'))
    await until(() => log.includes('free'))
    expect(log).toEqual(['free'])
    isBack = true
    await queue.idle()
    expect(log.filter((id) => id.startsWith('a'))).toEqual(['a1', 'a2'])
    expect(log).toHaveLength(13)
    await queue.stop()
  }, 20_000)
}

function workContract(create: CreateQueue): void {
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
            log.push(signal.reason instanceof WorkCancelled ? 'aborted' : 'stopped')
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

  it('cancels work that waits for its time, for good', async () => {
    const queue = await create()
    const handled: string[] = []
    queue.start({
      event: async () => {},
      work: async ({ id }) => {
        handled.push(id)
        if (id === 'later') throw new RetryableError('store_unavailable', 'later', { retryAfterMs: 60_000 })
      },
    })
    await queue.addWork({ ...job('delayed', 'k'), after: 60_000 })
    await queue.addWork(job('later', 'k'))
    await until(() => handled.includes('later'))
    await queue.cancelWork('k')
    await queue.idle()
    expect(handled).toEqual(['later'])
    await queue.stop()
  })

  it('F-62: handles events while all work slots are taken, and leaves a slot to other groups', async () => {
    const queue = await create({ groupSlots: 1 })
    const log: string[] = []
    let release = (): void => {}
    const gate = new Promise<void>((resolve) => (release = resolve))
    queue.start({
      event: async ({ id }) => void log.push(id),
      work: async ({ id, group }) => {
        log.push(`${group} begins`)
        if (id !== 'a1') await gate
        log.push(`${group} ends`)
      },
    })
    for (const id of ['a1', 'a2', 'a3', 'b1']) await queue.addWork({ ...job(id, id), group: id.slice(0, 1) })
    await until(() => log.includes('b begins') && log.filter((line) => line === 'a begins').length === 2)
    await queue.addEvent(job('event', 'k'))
    await until(() => log.includes('event'))
    expect(log.filter((line) => line.startsWith('a')).slice(0, 3)).toEqual(['a begins', 'a ends', 'a begins'])
    expect(log.filter((line) => line === 'a begins')).toHaveLength(2)
    release()
    await queue.idle()
    expect(log.filter((line) => line.startsWith('a'))).toEqual([
      'a begins',
      'a ends',
      'a begins',
      'a ends',
      'a begins',
      'a ends',
    ])
    await queue.stop()
  }, 20_000)

  it('takes work of a higher rank first, and of the same rank in the order in which it came', async () => {
    const queue = await create({ workSlots: 1 })
    const taken: string[] = []
    for (const [id, rank] of [['a'], ['b', 2], ['c', 1], ['d', 2], ['e']] as const)
      await queue.addWork({ ...job(id, id), ...(rank === undefined ? {} : { rank }) })
    queue.start({ event: async () => {}, work: async ({ id }) => void taken.push(id) })
    await queue.idle()
    expect(taken).toEqual(['b', 'd', 'c', 'a', 'e'])
    await queue.stop()
  })

  it('F-36: takes no work while it is held, before it starts and after, and events all the same', async () => {
    const queue = await create()
    const handled: string[] = []
    let release = (): void => {}
    const gate = new Promise<void>((resolve) => (release = resolve))
    queue.holdWork()
    queue.start({
      event: async ({ id }) => void handled.push(id),
      work: async ({ id }) => {
        if (id === 'w1') await gate
        handled.push(id)
      },
    })
    await queue.addWork(job('w1', 'a'))
    await queue.addEvent(job('e1', 'a'))
    await until(() => handled.includes('e1'))
    await new Promise((resolve) => setTimeout(resolve, WOULD_BE_TAKEN_MS))
    expect(handled).toEqual(['e1'])
    queue.takeWork()
    await queue.addWork(job('w2', 'b'))
    await until(() => handled.includes('w2'))
    // One runs, and the other slot is free: it stays so.
    queue.holdWork()
    await queue.addWork(job('w3', 'c'))
    await queue.addEvent(job('e2', 'c'))
    release()
    await until(() => handled.includes('w1') && handled.includes('e2'))
    await new Promise((resolve) => setTimeout(resolve, WOULD_BE_TAKEN_MS))
    expect(handled).not.toContain('w3')
    queue.takeWork()
    await queue.idle()
    expect(handled.toSorted()).toEqual(['e1', 'e2', 'w1', 'w2', 'w3'])
    await queue.stop()
  })

  it('revives work that is over or never was, and none while anything of its key is open', async () => {
    const queue = await create()
    const log: string[] = []
    const revived: boolean[] = []
    queue.start({
      event: async () => void revived.push(await queue.reviveWork(job('w', 'k'))),
      work: async ({ payload, waited }) => {
        log.push(`${payload} ${waited}`)
        if (payload === 'old' && log.length === 1)
          throw new RetryableError('store_unavailable', 'later', { retryAfterMs: 1 })
      },
    })
    await queue.addWork({ id: 'w', key: 'k', payload: 'old' })
    await queue.idle()
    await queue.addEvent(job('event of its key', 'k'))
    await queue.idle()
    expect(revived).toEqual([false])
    expect(await queue.reviveWork({ id: 'w', key: 'k', payload: 'new' })).toBe(true)
    await queue.idle()
    expect(await queue.reviveWork({ id: 'never was', key: 'k', payload: 'first' })).toBe(true)
    await queue.idle()
    expect(log).toEqual(['old 0', 'old 1', 'new 0', 'first 0'])
    await queue.addWork({ id: 'delayed', key: 'k', payload: 'p', after: 60_000 })
    expect(await queue.reviveWork({ id: 'w', key: 'k', payload: 'new' })).toBe(false)
    await queue.cancelWork('k')
    expect(await queue.reviveWork({ id: 'delayed', key: 'k', payload: 'cancelled' })).toBe(true)
    await queue.idle()
    expect(log.at(-1)).toBe('cancelled 0')
    await queue.stop()
  }, 20_000)
}
