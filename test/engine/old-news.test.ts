import { describe, expect, it } from '@jest/globals'
import type { RunEvent } from '../../src/core/event.ts'
import { noRunSentence } from '../../src/core/say/commands.ts'
import type { Labelling } from '../../src/ports/app-forge.ts'
import type { Incoming } from '../../src/ports/incoming.ts'
import type { Job } from '../../src/ports/queue.ts'
import { KEY, openEngineBench } from '../support/engine-bench.ts'
import type { BenchOptions, EngineBench } from '../support/engine-bench.ts'
import { ALICE, ASKED, BOB, ISSUE, later, stateAt } from '../support/states.ts'

/** The run's comment was posted at 0; the label that is on the issue now was put on at `labelled`, in seconds. */
async function told(labelled: number, options: BenchOptions = {}): Promise<EngineBench> {
  const bench = await openEngineBench(stateAt('coding'), options)
  const put: Labelling = { by: ALICE, labeller: 'person', at: later(labelled), editedSince: false }
  bench.deps.forge.issues.labelling = async () => put
  return bench
}

const REQUEST = {
  kind: 'run_requested',
  at: later(0),
  issue: ISSUE,
  requester: ALICE,
  labelledBy: 'person',
  label: 'millwright',
  text: { title: ASKED.title, body: ASKED.body, author: ALICE },
} as const

const delivered = (payload: Incoming): Job<Incoming> => ({ id: 'delivery-1', key: KEY, payload })
const happened = (event: RunEvent): Job<Incoming> => delivered({ kind: 'run_event', issue: ISSUE, event })
const removed = (at: number): Job<Incoming> =>
  happened({ kind: 'label_removed', at: later(at), by: BOB, label: 'millwright' })
const closed = (at: number): Job<Incoming> => happened({ kind: 'issue_closed', at: later(at), by: BOB })

async function stageAfter(bench: EngineBench, job: Job<Incoming>): Promise<string> {
  await bench.handle(job)
  return (await bench.state()).at.stage
}

describe('news that comes late', () => {
  it.each([
    ['the label was taken off', removed(-20)],
    ['the issue was closed', closed(-20)],
    ['the issue was locked', happened({ kind: 'issue_locked', at: later(-20), by: BOB })],
  ])('F-04: that %s, before the label was put on for this run, ends nothing', async (_what, job) => {
    const bench = await told(-5)
    expect(await stageAfter(bench, job)).toBe('coding')
    expect(bench.log.lines.map(({ event }) => event)).toContain('old_news')
    expect([bench.cancelled, bench.events]).toEqual([[], []])
  })

  it('F-03: that the label was taken off ends the run before, where it was put on again since, and asks for the next', async () => {
    const bench = await told(300)
    expect(await stageAfter(bench, removed(200))).toBe('stopped')
    expect(bench.events.map(({ payload }) => payload)).toEqual([
      {
        kind: 'issue_found',
        at: later(200),
        issue: ISSUE,
        found: {
          ref: ISSUE,
          isPull: false,
          state: 'open',
          labels: ['millwright'],
          title: ASKED.title,
          body: ASKED.body,
          author: ALICE,
          updatedAt: later(300),
        },
      },
    ])
    const { run } = await bench.state()
    for (const job of bench.events.splice(0)) await bench.handle(job)
    const next = await bench.state()
    expect([next.run === run, next.at.stage, next.started_at]).toEqual([false, 'intake', later(300)])
  })

  it('that the issue was closed while the run was there stops it, also where it is open again', async () => {
    const bench = await told(-5)
    expect(await stageAfter(bench, closed(200))).toBe('stopped')
    expect(bench.events).toEqual([])
  })

  it('that still holds is asked nothing more about', async () => {
    const bench = await told(-5, { issueState: 'closed' })
    const { issues } = bench.deps.forge
    issues.labelling = async () => Promise.reject(new Error('nobody asks'))
    expect(await stageAfter(bench, closed(-20))).toBe('stopped')
  })
})

describe('a command that comes late', () => {
  it('F-04: and was written before the label of this run, was said to no run', async () => {
    const bench = await told(-5)
    const job = bench.say('/mill stop')
    const payload = { ...job.payload, writtenAt: later(-20) } as Incoming
    expect(await stageAfter(bench, { ...job, payload })).toBe('coding')
    expect(bench.replies()).toEqual([noRunSentence('issue')])
  })

  it('and was written between the label and the first word of the run counts', async () => {
    const bench = await told(-5)
    const job = bench.say('/mill stop')
    const payload = { ...job.payload, writtenAt: later(-2) } as Incoming
    expect(await stageAfter(bench, { ...job, payload })).toBe('stopped')
  })
})

describe('an edit that is told of late', () => {
  it('F-04: and is not what the issue says now, pauses nothing', async () => {
    const bench = await openEngineBench(undefined)
    await bench.handle(delivered(REQUEST))
    const text = { title: ASKED.title, body: 'What it said before the label.', author: ALICE }
    const job = delivered({ kind: 'text_edited', at: later(10), issue: ISSUE, by: BOB, text })
    expect(await stageAfter(bench, job)).toBe('intake')
  })

  it('shows what the issue says now, where others came after it', async () => {
    const bench = await told(-5, { issueText: { title: ASKED.title, body: 'It loses text. Twice.' } })
    const text = { title: ASKED.title, body: 'It loses text. Once.', author: ALICE }
    await bench.handle(delivered({ kind: 'text_edited', at: later(10), issue: ISSUE, by: BOB, text }))
    const { at } = await bench.state()
    expect(at).toMatchObject({ stage: 'paused', by: BOB, reason: { code: 'issue_changed' } })
    if (at.stage === 'paused') expect(at.reason.detail).toBe('- It loses text.\n+ It loses text. Twice.')
  })
})

describe('a label that is told of late', () => {
  it('F-04: and is gone again, begins no second run', async () => {
    const bench = await openEngineBench(stateAt('coding'))
    await bench.handle(bench.say('/mill stop'))
    const { run } = await bench.state()
    const { issues } = bench.deps.forge
    issues.issue = async () => ({ labels: ['bug'] }) as never
    await bench.handle(delivered(REQUEST))
    expect((await bench.state()).run).toBe(run)
  })
})
