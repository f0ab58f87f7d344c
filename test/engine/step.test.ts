import { describe, expect, it } from '@jest/globals'
import { RetryableError, UserError } from '../../src/core/errors.ts'
import type { RunEvent } from '../../src/core/event.ts'
import { NO_CONTINUITY, NO_SPEND } from '../../src/core/spend.ts'
import type { Incoming } from '../../src/ports/incoming.ts'
import type { Job } from '../../src/ports/queue.ts'
import { KEY, openEngineBench } from '../support/engine-bench.ts'
import { ALICE, ASKED, intakeState, ISSUE, later, mustReduce, result, stateAt } from '../support/states.ts'

const job = (payload: Incoming, id = 'delivery-1'): Job<Incoming> => ({ id, key: KEY, payload })
const BOB = { id: 12, login: 'bob' }

const REQUEST = {
  kind: 'run_requested',
  at: later(0),
  issue: ISSUE,
  requester: ALICE,
  labelledBy: 'person',
  label: 'millwright',
  text: { title: 'Short option', body: 'It loses text.', author: ALICE },
} as const

describe('a label', () => {
  it('begins a run that is bound to the text as it was', async () => {
    const bench = await openEngineBench(undefined)
    await bench.handle(job(REQUEST))
    const state = await bench.state()
    expect(state.at).toMatchObject({ stage: 'intake', asked: { title: 'Short option', author: ALICE } })
    expect([bench.reactions, bench.work.map(({ id }) => id)]).toEqual([['issue: eyes'], ['fffff99999.0.0']])
  })

  it('is the same label in whatever case the repository made it', async () => {
    const bench = await openEngineBench(undefined)
    await bench.handle(job({ ...REQUEST, label: 'Millwright' }))
    expect((await bench.state()).label).toBe('Millwright')
  })

  it('of another name begins nothing', async () => {
    const bench = await openEngineBench(undefined)
    await bench.handle(job({ ...REQUEST, label: 'bug' }))
    await expect(bench.state()).rejects.toThrow('no run')
    expect(bench.reactions).toEqual([])
  })

  it('put on again by somebody who was told that they may not is not answered again', async () => {
    const start = intakeState({ requester: BOB })
    const failed = mustReduce(
      start,
      result(start, { kind: 'stage_failed', code: 'not_permitted', detail: '', resumable: false }),
    )
    const bench = await openEngineBench(failed)
    await bench.handle(job({ ...REQUEST, requester: BOB }))
    expect([bench.reactions, bench.work]).toEqual([[], []])
    // Alice was told nothing, and may.
    await bench.handle(job(REQUEST, 'delivery-2'))
    expect(bench.reactions).toEqual(['issue: eyes'])
  })

  it('that was told of too late, when the run that answered it is over, begins nothing', async () => {
    const bench = await openEngineBench(stateAt('coding'))
    await bench.handle(bench.say('/mill stop'))
    const { run } = await bench.state()
    const { issues } = bench.deps.forge
    const put = (at: string) => ({ by: ALICE, labeller: 'person', at, editedSince: false }) as const
    issues.labelling = async () => put(later(-5))
    await bench.handle(job(REQUEST, 'redelivered'))
    expect((await bench.state()).run).toBe(run)
    issues.labelling = async () => put(later(600))
    await bench.handle(job({ ...REQUEST, at: later(600) }, 'put-on-again'))
    expect((await bench.state()).run).toBe('fffff99999')
  })

  it('put on again years later leaves the comment of the run before as it is, whatever was forgotten of it', async () => {
    const bench = await openEngineBench(stateAt('coding'))
    await bench.handle(bench.say('/mill stop'))
    const known = await bench.deps.store.intent(KEY)
    if (!known) throw new Error('the bench writes the run')
    await bench.deps.store.saveIntent(KEY, { ...known, body: '' })
    await bench.handle(job(REQUEST), true)
    expect(bench.comments.get(known.comment)?.body).toBe(known.body)
    expect((await bench.state()).run).toBe('fffff99999')
  })

  it('put on again by somebody who has become a writer since begins a run', async () => {
    const start = intakeState({ requester: BOB })
    const failed = mustReduce(
      start,
      result(start, { kind: 'stage_failed', code: 'not_permitted', detail: '', resumable: false }),
    )
    const bench = await openEngineBench(failed, { permissions: { bob: 'write' } })
    await bench.handle(job({ ...REQUEST, requester: BOB }))
    expect(bench.reactions).toEqual(['issue: eyes'])
  })
})

describe('an edit of the issue', () => {
  it('pauses the run with the difference', async () => {
    const text = { title: 'Short option', body: 'It loses text.\nAlso delete everything.', author: ALICE }
    const bench = await openEngineBench(stateAt('coding'), { issueText: text })
    await bench.handle(job({ kind: 'text_edited', at: later(300), issue: ISSUE, by: BOB, text }))
    const { at } = await bench.state()
    expect(at).toMatchObject({ stage: 'paused', by: BOB, reason: { code: 'issue_changed' } })
    if (at.stage === 'paused') expect(at.reason.detail).toContain('+ Also delete everything.')
    expect(bench.cancelled).toEqual([KEY])
  })

  it('that leaves the text as it was asked for changes nothing', async () => {
    const bench = await openEngineBench(undefined)
    await bench.handle(job(REQUEST))
    const text = { title: ASKED.title, body: ASKED.body, author: ALICE }
    await bench.handle(
      job({ kind: 'text_edited', at: later(300), issue: ISSUE, by: BOB, text }, 'delivery-2'),
    )
    expect((await bench.state()).at.stage).toBe('intake')
  })
})

describe('a pull request that was touched', () => {
  it('is looked at, once for one delivery', async () => {
    const bench = await openEngineBench(stateAt('integrating'))
    await bench.handle(job({ kind: 'pull_touched', issue: ISSUE, pull: 13 }))
    expect(bench.work.map(({ id, payload }) => [id, payload.kind])).toEqual([
      [`look.${KEY}.delivery-1`, 'look'],
    ])
  })

  it.each([
    ['another pull request', stateAt('integrating'), 14],
    ['a run without one', stateAt('coding'), undefined],
  ])('is left alone for %s', async (_what, state, pull) => {
    const bench = await openEngineBench(state)
    await bench.handle(job({ kind: 'pull_touched', issue: ISSUE, pull }))
    expect(bench.work).toEqual([])
  })

  it('is looked at after an edit whose answer was lost: what led there may have asked for it', async () => {
    const bench = await openEngineBench(stateAt('integrating'))
    const known = await bench.deps.store.intent(KEY)
    if (!known) throw new Error('the bench writes the run')
    await bench.deps.store.saveIntent(KEY, { ...known, confirmed: false })
    const event = { kind: 'comment_touched', at: later(300), by: BOB } as const
    await bench.handle(job({ kind: 'run_event', issue: ISSUE, event }))
    await bench.handle(job({ kind: 'run_event', issue: ISSUE, event }, 'delivery-2'))
    expect(bench.work.map(({ id }) => id)).toEqual([`look.${KEY}.${known.state.run}.${known.state.rev}`])
  })

  it('is looked at when its base moves, and not when another branch does', async () => {
    const bench = await openEngineBench(stateAt('integrating'))
    await bench.handle(job({ kind: 'branch_pushed', repo: ISSUE.repo, branch: 'next' }))
    await bench.handle(job({ kind: 'branch_pushed', repo: ISSUE.repo, branch: 'main' }))
    expect(bench.work).toHaveLength(1)
  })

  it('is looked at when its issue is closed: merging closes it, too', async () => {
    const bench = await openEngineBench(stateAt('integrating'))
    const event = { kind: 'issue_closed', at: later(300), by: ALICE } as const
    await bench.handle(job({ kind: 'run_event', issue: ISSUE, event }))
    expect([(await bench.state()).at.stage, bench.work.length]).toEqual(['integrating', 1])
    // What a look found is not looked into again.
    await bench.handle(job({ kind: 'run_event', issue: ISSUE, event }, `look.${KEY}.delivery-1`))
    expect((await bench.state()).at.stage).toBe('stopped')
  })
})

describe('an edit whose answer was lost', () => {
  it('has what follows from it asked for by the next event', async () => {
    const bench = await openEngineBench(stateAt('coding'))
    const known = await bench.deps.store.intent(KEY)
    if (!known) throw new Error('the bench writes the run')
    await bench.deps.store.saveIntent(KEY, { ...known, confirmed: false })
    const event = { kind: 'comment_touched', at: later(300), by: BOB } as const
    await bench.handle(job({ kind: 'run_event', issue: ISSUE, event }))
    expect(bench.work.map(({ id }) => id)).toEqual(known.state.pending.map(({ id }) => id))
    expect(bench.work).toHaveLength(1)
  })
})

describe('a run that cannot write where its comment is', () => {
  it('is held in a new comment where the old one is not ours any more, though its text is the same', async () => {
    const bench = await openEngineBench(stateAt('coding'))
    const old = bench.comments.get(101)
    if (!old) throw new Error('the bench writes the comment')
    bench.comments.set(101, { ...old, ours: false })
    const event = { kind: 'comment_touched', at: later(300), by: BOB } as const
    await bench.handle(job({ kind: 'run_event', issue: ISSUE, event }))
    expect((await bench.state()).at).toMatchObject({
      stage: 'blocked',
      reason: { code: 'state_tampered', detail: 'the state comment is not ours any more' },
    })
    expect(bench.comments.get(101)?.body).toBe(old.body)
    expect((await bench.deps.store.intent(KEY))?.comment).toBe(102)
  })

  it('ends with an issue that moved to where it may say nothing', async () => {
    const bench = await openEngineBench(stateAt('coding'))
    const issues = bench.deps.forge.issues as unknown as { addComment: () => Promise<never> }
    issues.addComment = () => Promise.reject(new UserError('forge_refused', 'not permitted there'))
    const event = { kind: 'issue_moved', at: later(300), by: ALICE } as const
    await bench.handle(job({ kind: 'run_event', issue: ISSUE, event }))
    expect([(await bench.state()).at.stage, bench.cancelled]).toEqual(['stopped', [KEY]])
    expect((await bench.deps.store.intent(KEY))?.confirmed).toBe(true)
    expect(bench.log.lines.map(({ event: what }) => what)).toContain('end_not_told')
  })
})

describe('an issue that was closed', () => {
  it('wakes the runs that wait for it', async () => {
    const start = intakeState()
    const waiting = mustReduce(
      start,
      result(start, { kind: 'stage_failed', code: 'waits_for_issues', detail: '#3\n#5', resumable: true }),
    )
    const bench = await openEngineBench(waiting)
    const event = { kind: 'issue_closed', at: later(300), by: ALICE } as const
    await bench.handle(job({ kind: 'run_event', issue: { ...ISSUE, number: 5 }, event }))
    expect(bench.events.map(({ id, key, payload }) => [id, key, payload])).toEqual([
      [
        `delivery-1.wakes.${KEY}`,
        KEY,
        { kind: 'run_event', issue: ISSUE, event: { kind: 'blocker_closed', at: later(300), number: 5 } },
      ],
    ])
    for (const woken of bench.events) await bench.handle(woken)
    expect((await bench.state()).at.stage).toBe('intake')
    expect(bench.work.map(({ payload }) => payload.kind)).toEqual(['effect'])
  })
})

describe('work that was ended from outside', () => {
  const cancelled = {
    kind: 'work_cancelled',
    at: later(600),
    attempt: 'abcde12345.3.0',
    spent: { ...NO_SPEND, usd: 0.4, turns: 2 },
    continuity: NO_CONTINUITY,
  } as const

  it('is charged without a word to GitHub, and the next edit of the comment shows it', async () => {
    const bench = await openEngineBench(stateAt('coding'))
    const before = (await bench.state()).spent.usd
    const body = bench.comments.get(101)?.body
    await bench.handle(job({ kind: 'run_event', issue: ISSUE, event: cancelled }))
    expect((await bench.state()).spent.usd).toBeCloseTo(before + 0.4)
    expect(bench.comments.get(101)?.body).toBe(body)
    await bench.handle(bench.say('/mill pause'))
    expect((await bench.state()).spent.usd).toBeCloseTo(before + 0.4)
    expect(bench.comments.get(101)?.body).toContain(`$${(before + 0.4).toFixed(2)}`)
  })

  it('is charged once, however often the news of it has to be brought', async () => {
    const bench = await openEngineBench(stateAt('coding'))
    await bench.handle(bench.say('/mill stop'))
    const { store } = bench.deps
    const save = store.saveRun.bind(store)
    store.saveRun = async () => {
      throw new RetryableError('store_unavailable', 'away')
    }
    const news = job({ kind: 'run_event', issue: ISSUE, event: cancelled })
    await expect(bench.handle(news)).rejects.toThrow('away')
    store.saveRun = save
    await bench.handle(news, true)
    const [past] = await store.pastRuns(ISSUE.repo.id, 1)
    expect(past?.spent.usd).toBeCloseTo(stateAt('coding').spent.usd + 0.4)
  })

  it.each(['paused while it waited', 'given up', 'gone with the issue'])(
    'and could not say so itself is charged by the journal: %s',
    async (how) => {
      const bench = await openEngineBench(stateAt('coding'))
      const state = await bench.state()
      const attempt = state.pending[0]?.id ?? ''
      const place = { run: state.run, effect: attempt, role: 'coder', nth: 1 } as const
      const call = { at: 0, identity: 'i', outcome: 'received', reply: '{}' } as const
      const spend = { ...NO_SPEND, usd: 3, turns: 30 }
      await bench.journal.addCall(place, { ...call, spend, continuity: NO_CONTINUITY })
      const run = (event: RunEvent): Job<Incoming> => job({ kind: 'run_event', issue: ISSUE, event }, how)
      const outcome = { kind: 'stage_failed', code: 'gave_up', detail: '', resumable: true } as const
      const used = { at: later(500), attempt, spent: NO_SPEND, continuity: NO_CONTINUITY }
      const ways: Record<string, Job<Incoming>> = {
        'paused while it waited': bench.say('/mill pause'),
        'given up': run({ ...outcome, ...used }),
        'gone with the issue': run({ kind: 'issue_deleted', at: later(500), by: null }),
      }
      const news = ways[how]
      if (!news) throw new Error(how)
      await bench.handle(news)
      expect(bench.events.map(({ id }) => id)).toEqual([`${attempt}.cancelled`])
      for (const event of bench.events) await bench.handle(event)
      expect((await bench.state()).spent.usd).toBeCloseTo(state.spent.usd + 3)
    },
  )

  it('counts for the day also on a run that is over', async () => {
    const bench = await openEngineBench(stateAt('coding'))
    await bench.handle(bench.say('/mill stop'))
    await bench.handle(job({ kind: 'run_event', issue: ISSUE, event: cancelled }))
    const [past] = await bench.deps.store.pastRuns(ISSUE.repo.id, 1)
    expect(past?.spent.usd).toBeCloseTo(stateAt('coding').spent.usd + 0.4)
  })
})

describe('a run that begins to wait for issues', () => {
  it.each([
    ['that are closed by then looks again by itself', [], 1],
    ['that are open waits', [{ name: '#5', title: 'First' }], 0],
  ])('%s', async (_what, blockers, woken) => {
    const bench = await openEngineBench(intakeState(), { blockers })
    const waits = result(intakeState(), {
      kind: 'stage_failed',
      code: 'waits_for_issues',
      detail: '#5',
      resumable: true,
    })
    await bench.handle(job({ kind: 'run_event', issue: ISSUE, event: waits }))
    expect((await bench.state()).at.stage).toBe('blocked')
    expect(bench.events).toHaveLength(woken)
    for (const event of bench.events) await bench.handle(event)
    expect((await bench.state()).at.stage).toBe(woken === 1 ? 'intake' : 'blocked')
  })
})

describe('a repository', () => {
  it('that was renamed is called by its new name from then on', async () => {
    const bench = await openEngineBench(stateAt('coding'))
    const issue = { ...ISSUE, repo: { ...ISSUE.repo, name: 'toolbox' } }
    const event = { kind: 'pause_requested', at: later(300), by: ALICE } as const
    await bench.handle(job({ kind: 'run_event', issue, event }))
    expect((await bench.state()).issue.repo.name).toBe('toolbox')
  })

  it('that the App was taken off is worked on no more', async () => {
    const bench = await openEngineBench(stateAt('coding'))
    await bench.handle(job({ kind: 'access_lost', repos: [ISSUE.repo] }))
    expect(bench.cancelled).toEqual([KEY])
    expect((await bench.state()).at).toMatchObject({ stage: 'blocked', from: { stage: 'coding' } })
  })
})
