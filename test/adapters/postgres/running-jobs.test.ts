import { expect, it } from '@jest/globals'
import { EVENTS, WORK } from '../../../src/adapters/postgres/open-boss.ts'
import { RunningJobs } from '../../../src/adapters/postgres/running-jobs.ts'
import { recordingLog } from '../../support/recording-log.ts'

function bench() {
  const back: string[] = []
  const jobs = new RunningJobs({
    boss: { complete: async () => ({ affected: 1 }) },
    table: {
      handBack: async (queue: string, { id }: { id: string }) => {
        back.push(`${queue} ${id}`)
        return true
      },
    },
    database: { patiently: (work: () => Promise<unknown>) => work() },
    log: recordingLog(),
  } as never)
  /** A job that took two processes down with it, or ran beside one that did. */
  const run = (
    queue: typeof EVENTS | typeof WORK,
    id: string,
    handler: () => Promise<void>,
  ): Promise<void> => {
    const data = { id, key: id, payload: '{}', deaths: 2 }
    return jobs.run(
      queue,
      { id, retryCount: 2, data, signal: new AbortController().signal } as never,
      handler,
    )
  }
  return { back, run }
}

it('F-61: lets no work run beside work that may kill, and every event, which may be the one that stops it', async () => {
  const { back, run } = bench()
  const ran: string[] = []
  const { promise: stopped, resolve: stop } = Promise.withResolvers<void>()
  const first = run(WORK, 'first', () => stopped)
  await run(WORK, 'second', async () => void ran.push('second'))
  await run(EVENTS, 'stop', async () => stop())
  await first
  await run(WORK, 'third', async () => void ran.push('third'))
  expect([back, ran]).toEqual([[`${WORK} second`], ['third']])
})

it('F-61: lets no event run beside another that may kill', async () => {
  const { back, run } = bench()
  const { promise, resolve } = Promise.withResolvers<void>()
  const first = run(EVENTS, 'first', () => promise)
  await run(EVENTS, 'second', async () => undefined)
  resolve()
  await first
  expect(back).toEqual([`${EVENTS} second`])
})
