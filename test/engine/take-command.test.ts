import { describe, expect, it } from '@jest/globals'
import type { Incoming } from '../../src/ports/incoming.ts'
import type { Job } from '../../src/ports/queue.ts'
import { openEngineBench } from '../support/engine-bench.ts'
import { ALICE, stateAt } from '../support/states.ts'

const BOB = { id: 12, login: 'bob' }

describe('a command', () => {
  it('is seen, carried out and acknowledged, in that order', async () => {
    const bench = await openEngineBench(stateAt('coding'))
    const job = bench.say('/mill stop')
    await bench.handle(job)
    expect((await bench.state()).at).toMatchObject({ stage: 'stopped', by: ALICE })
    expect(bench.reactions).toEqual(['comment 102: eyes', 'comment 102: +1'])
    expect([bench.cancelled, bench.replies()]).toEqual([['7#12'], []])
  })

  it('by somebody without the right is refused in one sentence, and nothing is looked up of the run', async () => {
    const bench = await openEngineBench(stateAt('coding'))
    await bench.handle(bench.say('/mill stop', BOB))
    expect(bench.replies()).toEqual([
      '`/mill stop` is for people with write access to this repository, and bob has only read access.',
    ])
    expect(bench.reactions).toEqual(['comment 102: eyes'])
    expect((await bench.state()).at.stage).toBe('coding')
  })

  it('that anyone may say asks nobody about permissions', async () => {
    const bench = await openEngineBench(stateAt('coding'), { permissions: {} })
    await bench.handle(bench.say('/mill hold', BOB))
    expect((await bench.state()).hold).toMatchObject({ by: BOB })
    expect(bench.reactions).toEqual(['comment 102: eyes', 'comment 102: +1'])
  })

  it('that the stage knows nothing of is answered in one sentence', async () => {
    const bench = await openEngineBench(stateAt('coding'))
    await bench.handle(bench.say('/mill resume'))
    expect(bench.replies()).toHaveLength(1)
    expect(bench.replies()[0]).toContain('There is nothing to resume')
    expect(bench.reactions).toEqual(['comment 102: eyes'])
  })

  it('with an unknown verb is answered with what was probably meant', async () => {
    const bench = await openEngineBench(stateAt('coding'))
    await bench.handle(bench.say('/mill stpo'))
    expect(bench.replies()).toEqual(["I don't know `/mill stpo`; did you mean `/mill stop`?"])
  })

  it.each([
    ['was edited since', { body: '/mill stop now' }],
    ['is by somebody else than the delivery says', { author: BOB }],
    ['is by a deleted account', { author: null }],
    ["was written by an App in a person's name", { viaApp: true }],
  ])("that %s is nobody's word", async (_why, changes) => {
    const bench = await openEngineBench(stateAt('coding'))
    await bench.handle(bench.say('/mill stop', ALICE, changes))
    expect((await bench.state()).at.stage).toBe('coding')
    expect([bench.reactions, bench.replies()]).toEqual([[], []])
    expect(bench.log.lines.map(({ event }) => event)).toContain('command_not_heard')
  })

  it("that is gone again is nobody's word", async () => {
    const bench = await openEngineBench(stateAt('coding'))
    const job = bench.say('/mill stop')
    bench.comments.delete(102)
    await expect(bench.handle(job)).rejects.toMatchObject({ retryAfterMs: 30_000 })
    await bench.handle(job, true)
    expect((await bench.state()).at.stage).toBe('coding')
    expect(bench.log.lines.map(({ event }) => event)).toContain('command_not_heard')
  })

  it('F-14: that GitHub does not know yet is heard when it does', async () => {
    const bench = await openEngineBench(stateAt('coding'))
    const job = bench.say('/mill stop')
    const comment = bench.comments.get(102)
    bench.comments.delete(102)
    await expect(bench.handle(job)).rejects.toMatchObject({
      name: 'RetryableError',
      message: 'GitHub says that comment 102 is not there.',
    })
    if (comment) bench.comments.set(102, comment)
    await bench.handle(job, true)
    expect((await bench.state()).at.stage).toBe('stopped')
    expect(bench.reactions).toEqual(['comment 102: eyes', 'comment 102: +1'])
  })

  it('whose reaction GitHub refuses is carried out all the same', async () => {
    const bench = await openEngineBench(stateAt('coding'))
    const forge = bench.deps.forge.issues as unknown as { reactToComment: () => Promise<void> }
    forge.reactToComment = () => Promise.reject(new Error('the conversation is locked'))
    await bench.handle(bench.say('/mill stop'))
    expect((await bench.state()).at.stage).toBe('stopped')
  })

  it('handled again after a lost answer neither refuses what it did nor answers twice', async () => {
    const bench = await openEngineBench(stateAt('coding'))
    const stop = bench.say('/mill hold')
    await bench.handle(stop)
    await bench.handle(stop, true)
    expect(bench.replies()).toEqual([])
    const help = bench.say('/mill help')
    await bench.handle(help)
    await bench.handle(help, true)
    expect(bench.replies()).toHaveLength(1)
  })

  it('handled again is carried out, where another of the same second was all that happened', async () => {
    const bench = await openEngineBench(stateAt('coding'))
    const stop = bench.say('/mill stop')
    await bench.handle(bench.say('/mill pause'))
    await bench.handle(stop, true)
    expect((await bench.state()).at.stage).toBe('stopped')
    expect(bench.replies()).toEqual([])
  })

  it("counts on the run's own pull request, and on no other that names the issue", async () => {
    const bench = await openEngineBench(stateAt('integrating'))
    const on = (thread: number): Job<Incoming> => {
      const job = bench.say('/mill stop')
      return { ...job, payload: { ...job.payload, place: 'pull', thread } as Incoming }
    }
    await bench.handle(on(99))
    expect((await bench.state()).at.stage).toBe('integrating')
    expect(bench.replies()).toEqual([
      'This pull request is none of mine: commands work on the issues that I work on, and on the pull requests that I open for them.',
    ])
    await bench.handle(on(13))
    expect((await bench.state()).at.stage).toBe('stopped')
  })

  it('on an issue without a run is told how one starts', async () => {
    const bench = await openEngineBench(undefined)
    await bench.handle(bench.say('/mill stop'))
    expect(bench.replies()).toEqual([
      'I have no run on this issue: one starts when somebody with write access adds the label (`millwright`, unless `.github/millwright.yml` names another); where it is on already, take it off and add it again.',
    ])
  })

  it('on a run that is over reads its end, and GitHub is not asked for the comment', async () => {
    const bench = await openEngineBench(stateAt('coding'))
    await bench.handle(bench.say('/mill stop'))
    bench.comments.delete(101)
    await bench.handle(bench.say('/mill status'))
    expect(bench.replies()).toHaveLength(1)
    expect(bench.replies()[0]).toContain('stopped')
  })
})
