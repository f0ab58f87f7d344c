import { describe, expect, it } from '@jest/globals'
import { giveUp } from '../../src/engine/give-up.ts'
import type { Incoming, Work } from '../../src/ports/incoming.ts'
import type { GivenUpJob, Job } from '../../src/ports/queue.ts'
import { recordingLog } from '../support/recording-log.ts'
import { ISSUE, later } from '../support/states.ts'

async function told(
  job: Omit<GivenUpJob<Incoming | Work>, 'id' | 'key' | 'why'>,
): Promise<readonly Job<Incoming>[]> {
  const events: Job<Incoming>[] = []
  const queue = {
    addEvent: async (event: Job<Incoming>) => void events.push(event),
    addWork: async () => undefined,
  }
  const parts = { queue, clock: { now: () => later(9) }, log: recordingLog() }
  await giveUp(parts, { ...job, id: 'job', key: '7#12', why: 'TypeError:\nx is undefined' })
  return events
}

describe('a job that failed for good', () => {
  it('F-61: blocks its run when it was work, so that somebody can say /mill retry', async () => {
    const effect = { id: 'abcde12345.3.0', kind: 'write_code' } as const
    const payload = { kind: 'effect', issue: ISSUE, run: 'abcde12345', rev: 3, effect } as const
    const [event] = await told({ queue: 'work', payload })
    expect(event).toMatchObject({
      id: 'job.given_up',
      payload: { event: { kind: 'stage_failed', attempt: effect.id, code: 'gave_up', resumable: true } },
    })
    expect(event?.payload).toMatchObject({ event: { detail: 'TypeError: x is undefined' } })
  })

  it('blocks its run when it was an event', async () => {
    const event = { kind: 'issue_closed', at: later(1), by: null } as const
    const [job] = await told({ queue: 'events', payload: { kind: 'run_event', issue: ISSUE, event } })
    expect(job?.payload).toEqual({
      kind: 'run_event',
      issue: ISSUE,
      event: { kind: 'event_given_up', at: later(9), what: 'issue_closed' },
    })
  })

  it.each<[string, Incoming | Work]>([
    [
      'its own news',
      { kind: 'run_event', issue: ISSUE, event: { kind: 'event_given_up', at: later(1), what: 'x' } },
    ],
    ['a look', { kind: 'look', issue: ISSUE, run: 'abcde12345' }],
    ['a sweep', { kind: 'sweep_due', at: later(1), full: false }],
  ])('says nothing on the issue when it was %s', async (_what, payload) => {
    expect(await told({ queue: 'events', payload })).toEqual([])
  })
})
