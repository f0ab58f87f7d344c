import { expect, it } from '@jest/globals'
import type { PgBoss } from 'pg-boss'
import { hearCancels } from '../../../src/adapters/postgres/hear-cancels.ts'
import { recordingLog } from '../../support/recording-log.ts'

it('cancels are heard also where the database was away when a process began to listen', async () => {
  const stop = new AbortController()
  const log = recordingLog()
  const cancelled: string[] = []
  let asked = 0
  let closed = 0
  const listen = async (_channel: string, hear: (payload: string) => void) => {
    asked += 1
    if (asked < 3) throw new Error('Connection terminated unexpectedly')
    hear('a job')
    stop.abort()
    return { close: async () => void (closed += 1) }
  }
  await hearCancels(
    {
      boss: { getDb: () => ({ listen }) } as unknown as Pick<PgBoss, 'getDb'>,
      running: { cancel: (uuid) => void cancelled.push(uuid) },
      clock: { now: () => '', sleep: async () => undefined },
      log,
    },
    stop.signal,
  )
  expect([asked, closed, cancelled]).toEqual([3, 1, ['a job']])
  expect(log.lines.map(({ event }) => event)).toEqual(['cancels_not_heard', 'cancels_not_heard'])
})
