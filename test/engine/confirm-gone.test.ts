import { describe, expect, it } from '@jest/globals'
import type { EngineBench } from '../support/engine-bench.ts'
import { KEY, openEngineBench } from '../support/engine-bench.ts'
import { ISSUE, later, stateAt } from '../support/states.ts'

const LATER = {
  name: 'RetryableError',
  code: 'forge_unavailable',
  message: 'GitHub says that comment 101 is not there.',
  retryAfterMs: 30_000,
}

/** Handles what was asked for, one after the other. */
async function settle(bench: EngineBench): Promise<void> {
  for (let job = bench.events.shift(); job; job = bench.events.shift()) await bench.handle(job)
}

describe('F-14: a state comment that GitHub says is not there', () => {
  it('is asked for again after half a minute, and a command that met it is carried out then', async () => {
    const bench = await openEngineBench(stateAt('coding'))
    const job = bench.say('/mill pause')
    const comment = bench.comments.get(101)
    bench.comments.delete(101)
    await expect(bench.handle(job)).rejects.toMatchObject(LATER)
    if (comment) bench.comments.set(101, comment)
    await bench.handle(job, true)
    expect((await bench.state()).at.stage).toBe('paused')
    expect(bench.comments.size).toBe(2)
  })

  it('is believed to be when it says so twice, and posted anew', async () => {
    const bench = await openEngineBench(stateAt('coding'))
    const job = bench.say('/mill status')
    bench.comments.delete(101)
    await expect(bench.handle(job)).rejects.toMatchObject(LATER)
    expect((await bench.state()).at.stage).toBe('coding')
    await bench.handle(job, true)
    expect((await bench.state()).at).toMatchObject({
      stage: 'blocked',
      reason: { code: 'state_tampered', detail: 'the state comment was deleted' },
    })
  })

  it('is asked for again also where an earlier try failed for another reason', async () => {
    const bench = await openEngineBench(stateAt('coding'))
    const job = bench.say('/mill status')
    bench.comments.delete(101)
    await expect(bench.handle(job, true)).rejects.toMatchObject(LATER)
    await bench.handle(job, true)
    expect((await bench.state()).at.stage).toBe('blocked')
  })

  it('is asked for again where the last time that it was missed is long ago', async () => {
    const bench = await openEngineBench(stateAt('coding'))
    const job = bench.say('/mill status')
    bench.comments.delete(101)
    await bench.deps.store.saveWatermark('gone.comment 101', later(500 - 3600))
    await expect(bench.handle(job, true)).rejects.toMatchObject(LATER)
  })

  it.each([
    ['deleted', 'issue_deleted'],
    ['moved', 'issue_moved'],
  ] as const)('and whose issue was %s ends its run', async (whereabouts, code) => {
    const bench = await openEngineBench(stateAt('coding'), { whereabouts })
    const job = bench.say('/mill pause')
    bench.comments.delete(101)
    await expect(bench.handle(job)).rejects.toMatchObject(LATER)
    await bench.handle(job, true)
    await settle(bench)
    expect((await bench.state()).at).toMatchObject({ stage: 'stopped', by: null, reason: { code } })
    expect(bench.cancelled).toEqual([KEY])
  })

  it('and whose repository cannot be seen any more has its work held', async () => {
    const bench = await openEngineBench(stateAt('coding'), { whereabouts: 'unseen' })
    const job = bench.say('/mill pause')
    bench.comments.delete(101)
    await expect(bench.handle(job)).rejects.toMatchObject(LATER)
    await bench.handle(job, true)
    expect(bench.events.map(({ key, payload }) => [key, payload])).toEqual([
      [String(ISSUE.repo.id), { kind: 'access_lost', repos: [ISSUE.repo] }],
    ])
    await settle(bench)
    expect((await bench.state()).at).toMatchObject({ stage: 'blocked', reason: { code: 'forge_refused' } })
    expect(bench.cancelled).toContain(KEY)
  })
})
