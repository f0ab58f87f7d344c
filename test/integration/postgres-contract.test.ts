import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals'
import { createNodeClock } from '../../src/adapters/node/node-clock.ts'
import { openPostgres } from '../../src/adapters/postgres/open-postgres.ts'
import type { Durable } from '../../src/ports/durable.ts'

import type { Queue } from '../../src/ports/queue.ts'
import { journalContract } from '../contract/journal.ts'
import { locksContract } from '../contract/locks.ts'
import { queueContract } from '../contract/queue.ts'
import { storeContract } from '../contract/store.ts'
import { NO_CONTINUITY, NO_SPEND } from '../../src/core/spend.ts'
import { intakeState, SHA } from '../support/states.ts'
import { startTestServer } from '../support/postgres-server.ts'
import type { TestServer } from '../support/postgres-server.ts'
import { recordingLog } from '../support/recording-log.ts'

let server: TestServer
const opened: Durable[] = []

beforeAll(async () => {
  server = await startTestServer()
})
afterEach(async () => {
  for (const postgres of opened.splice(0)) await postgres.close()
})
afterAll(() => server.close())

async function open(url?: string, retries = { limit: 1, delay: 0.1, longest: 1 }): Promise<Durable> {
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
  queueContract(async (options) => (await open()).createQueue({ ...LENIENT, ...options }))

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

it('forgets payloads of ended jobs, journals and packs of ended runs, but not that there were such jobs', async () => {
  const url = await server.freshUrl()
  const postgres = await open(url)
  const { store, journal } = postgres
  const queue: Queue<string, string> = postgres.createQueue(LENIENT)
  const handled: string[] = []
  queue.start({ event: async ({ payload }) => void handled.push(payload), work: async () => {} })
  await queue.addEvent({ id: 'delivery', key: 'k', payload: 'a secret' })
  await queue.idle()
  const openRun = intakeState()
  await store.saveIntent('7#12', { comment: 1, state: openRun, body: 'b', confirmed: true, spilled: [] })
  for (const run of [openRun.run, 'unheard123'])
    await journal.addCall(
      { run, effect: `${run}.1.0`, role: 'coder', nth: 1 },
      {
        at: 0,
        identity: 'i',
        outcome: 'received',
        reply: '{}',
        spend: NO_SPEND,
        continuity: NO_CONTINUITY,
      },
    )
  for (const run of [openRun.run, 'unheard123'])
    await store.savePack(run, { tip: SHA('1'), objects: new Uint8Array() })
  expect(await store.forgetOlderThan(1)).toBe(0)
  expect(await store.forgetOlderThan(0)).toBe(3)
  expect(await store.forgetOlderThan(0)).toBe(0)
  expect((await journal.read(openRun.run, `${openRun.run}.1.0`)).calls).toHaveLength(1)
  expect((await journal.read('unheard123', 'unheard123.1.0')).calls).toEqual([])
  expect([await store.pack('unheard123'), (await store.pack(openRun.run))?.tip]).toEqual([
    undefined,
    SHA('1'),
  ])
  const rows = await server.query<{ text: string }>(
    url,
    'SELECT data::text AS text FROM millwright_queue.job',
  )
  expect(rows.map(({ text }) => text).join()).not.toContain('secret')
  await queue.addEvent({ id: 'delivery', key: 'k', payload: 'again' })
  await queue.idle()
  expect(handled).toEqual(['a secret'])
  await queue.stop()
})

describe('the journal on PostgreSQL', () => {
  journalContract(async () => (await open()).journal)
})

describe('the store on PostgreSQL', () => {
  storeContract(async () => (await open()).store)

  it('F-60: brings the runs up to date that an older version of itself has saved', async () => {
    const url = await server.freshUrl()
    const { store } = await open(url)
    const state = intakeState()
    const { waits: _, ...older } = state
    const saved = { comment: 5, body: 'x', confirmed: true, spilled: [] }
    await store.saveIntent('7#12', { ...saved, state: { ...older, schema: 1 } as never })
    expect(await store.intent('7#12')).toEqual({ ...saved, state })
    expect(await store.openRuns(state.issue.repo.id)).toEqual([state])
    expect(await store.allOpenRuns()).toEqual([state])
  })

  it('F-60: leaves a run to the newer version of itself that has saved it', async () => {
    const { store } = await open()
    const state = { ...intakeState(), schema: 99 } as never
    await store.saveIntent('7#12', { comment: 5, state, body: 'x', confirmed: true, spilled: [] })
    const later = {
      code: 'store_unavailable',
      message: expect.stringMatching(/^a newer Millwright saved run/),
    }
    await expect(store.intent('7#12')).rejects.toMatchObject(later)
    await expect(store.allOpenRuns()).rejects.toMatchObject(later)
  })

  it('F-60: says to the user of a newer version of itself that this one is too old', async () => {
    const url = await server.freshUrl()
    await open(url)
    await server.query(url, 'INSERT INTO millwright.migration (number) VALUES (999)')
    await expect(open(url)).rejects.toThrow(
      'The database was used by a newer Millwright (its tables are at 999, this one knows 3). Update this one.',
    )
  })

  it('is made once by two processes that start at the same moment', async () => {
    const url = await server.freshUrl()
    await Promise.all(Array.from({ length: 6 }, () => open(url)))
    expect(await server.query(url, 'SELECT number FROM millwright.migration')).toEqual([
      { number: 1 },
      { number: 2 },
      { number: 3 },
    ])
  })
})

describe('the locks on PostgreSQL', () => {
  locksContract(async () => {
    const url = await server.freshUrl()
    return [(await open(url)).locks, (await open(url)).locks]
  })

  it('are had by an event while as many look as there can be slots', async () => {
    const { locks } = await open(await server.freshUrl())
    let end = (): void => {}
    const gate = new Promise<void>((resolve) => (end = resolve))
    let looking = 0
    const looks = Array.from({ length: 64 }, (_, issue) =>
      locks.withLock(`look.${issue}`, async () => {
        looking += 1
        if (looking === 64) expect(await locks.withLock('7#12', async () => 'had')).toBe('had')
        if (looking === 64) end()
        await gate
      }),
    )
    await Promise.all(looks)
  })
})

it('tells whose lock was lost while work ran under it, and of no other', async () => {
  const url = await server.freshUrl()
  const lost: string[] = []
  const postgres = await openPostgres({
    where: { databaseUrl: url },
    clock: createNodeClock(),
    log: recordingLog(),
  })
  postgres.watchLocks((key) => void lost.push(key))
  opened.push(postgres)
  await postgres.locks.withLock('kept', async () => {})
  const answer = await postgres.locks.withLock('cut', async () => {
    await server.query(
      url,
      `SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND mode = 'ExclusiveLock'`,
    )
    expect(lost).toEqual([])
    return 'done'
  })
  expect([answer, lost]).toEqual(['done', ['cut']])
})

it('names the database that is not there', async () => {
  const url = (await server.freshUrl()).replace(/test_\d+/, 'nowhere')
  await expect(open(url)).rejects.toMatchObject({
    name: 'UserError',
    message: 'The database of DATABASE_URL can\'t be used: database "nowhere" does not exist.',
  })
})
