import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals'
import { createNodeClock } from '../../src/adapters/node/node-clock.ts'
import { openPostgres } from '../../src/adapters/postgres/open-postgres.ts'
import type { Postgres } from '../../src/adapters/postgres/open-postgres.ts'
import type { GivenUpJob } from '../../src/adapters/postgres/postgres-queue.ts'
import type { Queue } from '../../src/ports/queue.ts'
import { locksContract } from '../contract/locks.ts'
import { queueContract } from '../contract/queue.ts'
import { storeContract } from '../contract/store.ts'
import { startTestServer } from '../support/postgres-server.ts'
import type { TestServer } from '../support/postgres-server.ts'
import { recordingLog } from '../support/recording-log.ts'

let server: TestServer
const opened: Postgres[] = []

beforeAll(async () => {
  server = await startTestServer()
})
afterEach(async () => {
  for (const postgres of opened.splice(0)) await postgres.close()
})
afterAll(() => server.close())

async function open(url?: string, retries = { limit: 1, delay: 1 }): Promise<Postgres> {
  const databaseUrl = url ?? (await server.freshUrl())
  const postgres = await openPostgres({
    where: { databaseUrl },
    clock: createNodeClock(),
    log: recordingLog(),
    retries,
  })
  opened.push(postgres)
  return postgres
}

const LENIENT = { workSlots: 2, graceMs: 5000, onGivenUp: async () => {} }

describe('the queue on PostgreSQL', () => {
  queueContract(async () => (await open()).createQueue(LENIENT))

  it('tells of a job that failed as often as it may, once, and then of its key no more', async () => {
    const told: GivenUpJob<string>[] = []
    const postgres = await open()
    const queue: Queue<string, string> = postgres.createQueue({
      ...LENIENT,
      onGivenUp: async (job) => void told.push(job),
    })
    const tries: [string, boolean][] = []
    queue.start({
      event: async ({ id, again }) => {
        tries.push([id, again])
        if (id === 'bad') throw new Error('no such thing')
      },
      work: async () => {},
    })
    await queue.addEvent({ id: 'bad', key: 'k', payload: 'p' })
    await queue.addEvent({ id: 'good', key: 'k', payload: 'q' })
    await queue.idle()
    expect(tries).toEqual([
      ['bad', false],
      ['bad', true],
      ['good', false],
    ])
    expect(told).toEqual([{ id: 'bad', key: 'k', payload: 'p', queue: 'events', why: 'no such thing' }])
    await queue.addEvent({ id: 'bad', key: 'k', payload: 'p' })
    await queue.idle()
    expect(tries).toHaveLength(3)
    await queue.stop()
  })

  it('keeps text as it is that a JSON column would refuse', async () => {
    const queue: Queue<string, string> = (await open()).createQueue(LENIENT)
    const odd = 'NUL \u0000, half a pair \ud800, "quotes" and \\u0000'
    const heard: string[] = []
    queue.start({ event: async ({ payload }) => void heard.push(payload), work: async () => {} })
    await queue.addEvent({ id: 'odd', key: 'k', payload: odd })
    await queue.idle()
    expect(heard).toEqual([odd])
    await queue.stop()
  })

  it('hears an event on an idle system at once, without waiting for a poll', async () => {
    const queue: Queue<string, string> = (await open()).createQueue(LENIENT)
    const waits: number[] = []
    queue.start({
      event: async ({ payload }) => void waits.push(performance.now() - Number(payload)),
      work: async () => {},
    })
    for (const id of ['1', '2', '3', '4', '5']) {
      await queue.addEvent({ id, key: id, payload: String(performance.now()) })
      await queue.idle()
    }
    // It takes 10 ms; a poll comes once a second.
    expect(waits.sort((a, b) => a - b)[2]).toBeLessThan(400)
    await queue.stop()
  })

  it('takes the next event of a key as soon as the one before it has ended', async () => {
    const queue: Queue<string, string> = (await open()).createQueue(LENIENT)
    let release = (): void => {}
    const gate = new Promise<void>((resolve) => (release = resolve))
    queue.start({ event: () => gate, work: async () => {} })
    for (let count = 0; count < 24; count += 1)
      await queue.addEvent({ id: `${count}`, key: 'k', payload: '' })
    const began = performance.now()
    release()
    await queue.idle()
    // Half a second; four slots that poll once a second would need six.
    expect(performance.now() - began).toBeLessThan(4000)
    await queue.stop()
  })

  it('hands what it had not ended back when it stops, and the next process goes on with it', async () => {
    const url = await server.freshUrl()
    const first: Queue<string, string> = (await open(url)).createQueue(LENIENT)
    const log: string[] = []
    const begun = new Promise<void>((resolve) => {
      first.start({
        event: async () => {},
        work: (_job, signal) =>
          new Promise((done) => {
            resolve()
            signal.addEventListener('abort', () => {
              log.push(String((signal.reason as Error).message))
              done()
            })
          }),
      })
    })
    await first.addWork({ id: 'w', key: 'k', payload: 'p' })
    await begun
    await first.stop()
    await first.addEvent({ id: 'last word', key: 'k', payload: 'p' })
    const second: Queue<string, string> = (await open(url)).createQueue(LENIENT)
    second.start({
      event: async ({ id, again }) => void log.push(`${id} ${again}`),
      work: async ({ id, again }) => void log.push(`${id} ${again}`),
    })
    await second.idle()
    expect(log.sort()).toEqual(['last word false', 'the app is stopping', 'w true'])
    await second.stop()
  })
})

describe('the store on PostgreSQL', () => {
  storeContract(async () => (await open()).store)

  it('says to the user of a newer version of itself that this one is too old', async () => {
    const url = await server.freshUrl()
    await open(url)
    await server.query(url, 'INSERT INTO millwright.migration (number) VALUES (999)')
    await expect(open(url)).rejects.toThrow(
      'The database was used by a newer Millwright (its tables are at 999, this one knows 1). Update this one.',
    )
  })

  it('is made once by two processes that start at the same moment', async () => {
    const url = await server.freshUrl()
    await Promise.all(Array.from({ length: 6 }, () => open(url)))
    expect(await server.query(url, 'SELECT number FROM millwright.migration')).toEqual([{ number: 1 }])
  })
})

describe('the locks on PostgreSQL', () => {
  locksContract(async () => {
    const url = await server.freshUrl()
    return [(await open(url)).locks, (await open(url)).locks]
  })
})

it('names the database that is not there', async () => {
  const url = (await server.freshUrl()).replace(/test_\d+/, 'nowhere')
  await expect(open(url)).rejects.toMatchObject({
    name: 'UserError',
    message: 'The database of DATABASE_URL can\'t be used: database "nowhere" does not exist.',
  })
})
