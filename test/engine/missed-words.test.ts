import { describe, expect, it } from '@jest/globals'
import type { RunState } from '../../src/core/state.ts'
import type { Comment } from '../../src/ports/forge.ts'
import type { Incoming } from '../../src/ports/incoming.ts'
import { saidJob } from '../../src/ports/incoming.ts'
import type { Job } from '../../src/ports/queue.ts'
import { KEY, openEngineBench } from '../support/engine-bench.ts'
import type { EngineBench } from '../support/engine-bench.ts'
import { ALICE, ASKED, intakeState, ISSUE, later, mustReduce, result, stateAt } from '../support/states.ts'

const DAY = 24 * 3600

/** The issue is met by a sweep, `at` in seconds; what people write is by Alice, at 400, unless told otherwise. */
async function met(
  state: RunState,
  said: readonly (readonly [string, Partial<Comment>?])[],
  at = 600,
): Promise<EngineBench> {
  const bench = await openEngineBench(state)
  for (const [body, changes = {}] of said)
    bench.say(body, ALICE, { createdAt: later(400), updatedAt: changes.createdAt ?? later(400), ...changes })
  await bench.handle(found(at))
  return bench
}

const found = (at: number): Job<Incoming> => ({
  id: `found.${KEY}.${at}`,
  key: KEY,
  payload: { kind: 'issue_found', at: later(at), issue: ISSUE, found: null },
})

const asked = ({ events }: EngineBench): readonly string[] => events.map(({ id }) => id)

describe('a command that no delivery told of', () => {
  it('F-05: is heard by the sweep, as its delivery would have been', async () => {
    const bench = await met(stateAt('coding'), [['/mill stop']])
    expect(asked(bench)).toEqual([saidJob(102)])
    for (const job of bench.events) await bench.handle(job)
    expect((await bench.state()).at).toMatchObject({ stage: 'stopped', by: ALICE })
    expect(bench.reactions).toEqual(['comment 102: eyes', 'comment 102: +1'])
  })

  it('is one job, whether its delivery comes or not', async () => {
    const bench = await met(stateAt('coding'), [['/mill hold']])
    await bench.handle(found(900))
    expect(asked(bench)).toEqual([saidJob(102), saidJob(102)])
  })

  it("is a person's own word, newly written, and no older than the run's comment or three days", async () => {
    const bench = await met(
      stateAt('coding'),
      [
        ['Just talk'],
        ['/mill stop', { author: { id: 41, login: 'dependabot[bot]' } }],
        ['/mill stop', { viaApp: true }],
        ['/mill stop', { author: null }],
        ['/mill stop', { updatedAt: later(401) }],
        ['/mill stop', { createdAt: later(-10) }],
        ['/mill hold', { createdAt: later(4 * DAY), updatedAt: later(4 * DAY) }],
      ],
      5 * DAY,
    )
    expect(asked(bench)).toEqual([saidJob(108)])
  })

  it('is the last that was said about the same thing: those before were taken back', async () => {
    const bench = await met(stateAt('coding'), [
      ['/mill pause'],
      ['/mill hold'],
      ['/mill status'],
      ['/mill retry'],
      ['/mill unhold'],
      ['/mill explain'],
      ['/mill stpo'],
    ])
    expect(asked(bench).toSorted()).toEqual([saidJob(105), saidJob(106), saidJob(108)])
  })

  it('is heard on the pull request, too', async () => {
    const bench = await openEngineBench(stateAt('integrating'))
    bench.say('/mill hold', ALICE, { createdAt: later(400), updatedAt: later(400) })
    const { issues } = bench.deps.forge
    const all = issues.comments.bind(issues)
    const isOnPull = ({ body }: Comment): boolean => body.startsWith('/mill')
    issues.comments = async (thread) =>
      (await all(thread)).filter((comment) => isOnPull(comment) === (thread.number === 13))
    await bench.handle(found(600))
    expect(bench.events.map(({ id, payload }) => [id, payload])).toEqual([
      [
        saidJob(102),
        expect.objectContaining({ place: 'pull', thread: 13, issue: ISSUE, writtenAt: later(400) }),
      ],
    ])
  })

  it('is asked for in no run that is over', async () => {
    const bench = await openEngineBench(stateAt('coding'))
    await bench.handle(bench.say('/mill stop'))
    bench.say('/mill status', ALICE, { createdAt: later(500), updatedAt: later(500) })
    await bench.handle(found(600))
    expect(bench.events).toEqual([])
  })
})

describe('an answer that no delivery told of', () => {
  const start = intakeState()
  const waiting = mustReduce(start, result(start, { kind: 'facts_missing', questions: ['Which?'] }))

  it('F-05: lets the run go on that waits for it', async () => {
    const bench = await met(waiting, [['The first one.']])
    for (const job of bench.events.splice(0)) await bench.handle(job)
    expect((await bench.state()).at.stage).toBe('intake')
  })

  it('is none where it was said before anybody asked', async () => {
    const bench = await met(waiting, [['The first one.', { createdAt: later(5) }]])
    expect(bench.events).toEqual([])
  })
})

describe('an issue as the sweep finds it', () => {
  const seen = {
    ref: ISSUE,
    isPull: false,
    state: 'open',
    labels: ['millwright'],
    ...ASKED,
    updatedAt: later(500),
  } as const
  const job: Job<Incoming> = {
    id: `found.${KEY}`,
    key: KEY,
    payload: { kind: 'issue_found', at: later(600), issue: ISSUE, found: seen },
  }

  it('F-15: whose conversation was locked stops the run', async () => {
    const bench = await openEngineBench(stateAt('coding'))
    const { issues } = bench.deps.forge
    const now = issues.issue.bind(issues)
    issues.issue = async (issue) => ({ ...(await now(issue)), locked: true })
    await bench.handle(job)
    expect((await bench.state()).at).toMatchObject({ stage: 'stopped', reason: { code: 'issue_locked' } })
  })

  it('is not taken for edited while its text is being read anew', async () => {
    const failed = result(intakeState(), {
      kind: 'stage_failed',
      code: 'setup_failed',
      detail: '',
      resumable: true,
    })
    const again = mustReduce(mustReduce(intakeState(), failed), {
      kind: 'retry_requested',
      at: later(50),
      by: ALICE,
      stage: 'intake',
    })
    expect(again.at).toMatchObject({ stage: 'intake', asked: null })
    const bench = await openEngineBench(again)
    await bench.handle(job)
    expect((await bench.state()).at.stage).toBe('intake')
  })
})
