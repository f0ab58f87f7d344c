/** Rows F-54 and F-58 of the fault matrix: what a process says and does while its database does not answer. */
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals'
import pg from 'pg'
import { createNodeClock } from '../../src/adapters/node/node-clock.ts'
import { openPostgres } from '../../src/adapters/postgres/open-postgres.ts'
import type { Durable } from '../../src/ports/durable.ts'
import type { Queue } from '../../src/ports/queue.ts'
import { startTestServer } from '../support/postgres-server.ts'
import type { TestServer } from '../support/postgres-server.ts'
import { recordingLog } from '../support/recording-log.ts'
import { openSilentProxy } from '../support/silent-proxy.ts'

let server: TestServer
const endings: (() => Promise<unknown>)[] = []

beforeAll(async () => {
  server = await startTestServer()
})
afterEach(async () => {
  for (const end of endings.splice(0).reverse()) await end()
})
afterAll(() => server.close())

async function open(databaseUrl: string): Promise<Durable> {
  const durable = await openPostgres({
    where: { databaseUrl },
    clock: createNodeClock(),
    log: recordingLog(),
  })
  endings.push(() => durable.close())
  return durable
}

function startQueue(durable: Durable, handled: string[]): Queue<string, string> {
  const queue: Queue<string, string> = durable.createQueue({
    workSlots: 1,
    graceMs: 1000,
    onGivenUp: async () => {},
  })
  endings.push(() => queue.stop())
  queue.start({ event: async ({ id }) => void handled.push(id), work: async () => {} })
  return queue
}

/** Seconds after which `asked` was refused as "later". Anything else that it does fails the test. */
async function refusedAfter(asked: Promise<unknown>): Promise<number> {
  const began = performance.now()
  await expect(asked).rejects.toMatchObject({ name: 'RetryableError', code: 'store_unavailable' })
  return (performance.now() - began) / 1000
}

/** Resolves once it answers; the test's own time-out is the limit. */
async function answers(durable: Durable): Promise<void> {
  while (
    !(await durable.ping().then(
      () => true,
      () => false,
    ))
  );
}

const event = (id: string) => ({ id, key: id, payload: '' })

describe('F-54, PostgreSQL is down when a delivery comes', () => {
  it('says "later" before GitHub gives up, and handles the delivery once when it comes again', async () => {
    const durable = await open(await server.freshUrl())
    const handled: string[] = []
    const queue = startQueue(durable, handled)
    await server.stop('fast')
    expect(await refusedAfter(queue.addEvent(event('delivery')))).toBeLessThan(10)
    await server.start()
    await queue.addEvent(event('delivery'))
    await queue.addEvent(event('delivery'))
    await queue.idle()
    expect(handled).toEqual(['delivery'])
  }, 60_000)
})

describe('F-58, PostgreSQL does not answer', () => {
  it('takes a connection that says nothing any more for lost within seconds, and makes new ones', async () => {
    const proxy = await openSilentProxy(await server.freshUrl())
    endings.push(() => proxy.close())
    const durable = await open(proxy.url)
    const handled: string[] = []
    const queue = startQueue(durable, handled)
    await queue.addEvent(event('before'))
    await queue.idle()
    // So that each pool holds a connection which it will try first.
    await durable.locks.withLock('k', async () => {})
    proxy.fallSilent()
    const waits = await Promise.all([
      refusedAfter(queue.addEvent(event('during'))),
      refusedAfter(durable.store.intent('k')),
      refusedAfter(durable.ping()),
      refusedAfter(durable.locks.withLock('k', async () => {})),
    ])
    expect(waits[0]).toBeLessThan(10)
    expect(Math.max(...waits)).toBeLessThan(20)
    proxy.speak()
    await answers(durable)
    await queue.addEvent(event('during'))
    await durable.locks.withLock('k', async () => void handled.push('locked'))
    await queue.idle()
    expect(handled.sort()).toEqual(['before', 'during', 'locked'])
  }, 90_000)

  it('says "later" while every connection waits for a table, and goes on when it is free', async () => {
    const url = await server.freshUrl()
    const durable = await open(url)
    const other = new pg.Client({ connectionString: url })
    await other.connect()
    endings.push(() => other.end())
    await other.query('BEGIN; LOCK TABLE millwright.intent IN ACCESS EXCLUSIVE MODE')
    const asked = Array.from({ length: 24 }, (_, at) => refusedAfter(durable.store.intent(`k${at}`)))
    expect(Math.max(...(await Promise.all(asked)))).toBeLessThan(20)
    await other.query('COMMIT')
    expect(await durable.store.intent('k0')).toBeUndefined()
  }, 60_000)
})
