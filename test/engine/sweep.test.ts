import { describe, expect, it } from '@jest/globals'
import { createMemoryStore } from '../../src/adapters/memory/memory-store.ts'
import { RetryableError, UserError } from '../../src/core/errors.ts'
import { notBelievedNote } from '../../src/core/say/rebuilt.ts'
import type { RunState } from '../../src/core/state.ts'
import { step } from '../../src/engine/step.ts'
import { sweep } from '../../src/engine/sweep.ts'
import type { ChangedIssue, FailedDelivery, Labelling } from '../../src/ports/app-forge.ts'
import type { EngineDeps } from '../../src/engine/deps.ts'
import { KEY, openEngineBench } from '../support/engine-bench.ts'
import type { EngineBench } from '../support/engine-bench.ts'
import { ALICE, ASKED, BOB, intakeState, ISSUE, later, stateAt, stateUnder } from '../support/states.ts'

const SEEN: ChangedIssue = {
  ref: ISSUE,
  isPull: false,
  state: 'open',
  labels: ['millwright'],
  title: ASKED.title,
  body: ASKED.body,
  author: ALICE,
  updatedAt: later(300),
}

interface World {
  readonly labelled?: readonly ChangedIssue[]
  readonly changed?: readonly ChangedIssue[]
  readonly failed?: readonly FailedDelivery[]
  readonly labelling?: Labelling
  readonly lastEditor?: { login: string; ours: boolean } | null
  readonly repositories?: () => Promise<readonly (typeof ISSUE.repo)[]>
}

/** What the sweep asks GitHub, and what was asked. */
async function swept(state: RunState | undefined, world: World = {}) {
  const bench = await openEngineBench(state)
  const asked: string[] = []
  const { forge } = bench.deps
  const issues = {
    ...forge.issues,
    labelled: async (_repo: unknown, label: string) => {
      asked.push(`labelled ${label}`)
      return world.labelled ?? []
    },
    changedSince: async (_repo: unknown, since: string) => {
      asked.push(`changed since ${since}`)
      return world.changed ?? []
    },
    labelling: async () => world.labelling,
    issue: async () => world.labelled?.[0] ?? SEEN,
    lastEditor: async () => world.lastEditor ?? null,
  }
  const app = {
    repositories: world.repositories ?? (async () => [ISSUE.repo]),
    failedDeliveries: async (since: string) => {
      asked.push(`failed since ${since}`)
      return world.failed ?? []
    },
    redeliver: async (id: number) => void asked.push(`redeliver ${id}`),
  }
  const deps = { ...bench.deps, forge: { ...forge, issues, app } } as unknown as EngineDeps
  return { bench: { ...bench, deps }, deps, asked }
}

const due = { at: later(600), full: false }

/** Handles the events that were asked for, one after the other. */
async function settle({ deps, events }: Pick<EngineBench, 'deps' | 'events'>): Promise<void> {
  for (let job = events.shift(); job; job = events.shift())
    await step(deps, { ...job, again: false, waited: 0 })
}

describe('the sweep', () => {
  it('F-06: asks for every delivery that GitHub could not hand over, and remembers until when it looked', async () => {
    const once = { deliveredAt: later(10), firstAt: later(10), attempts: 1, othersTaken: 'none' } as const
    const failed = [{ id: 5, guid: 'g', event: 'issues', ...once }]
    const { deps, asked } = await swept(undefined, { failed })
    await sweep(deps, due)
    await sweep(deps, { ...due, at: later(900) })
    expect(asked.filter((line) => line.startsWith('failed') || line.startsWith('redeliver'))).toEqual([
      `failed since ${new Date(Date.parse(later(600)) - 3 * 86_400_000).toISOString()}`,
      'redeliver 5',
      `failed since ${later(0)}`,
      'redeliver 5',
    ])
  })

  it('looks at labelled issues the first time, and then at what changed since the newest it saw', async () => {
    const { deps, asked } = await swept(undefined, { labelled: [SEEN], changed: [] })
    await sweep(deps, due)
    await sweep(deps, due)
    await sweep(deps, { ...due, full: true })
    expect(asked.filter((line) => /label|changed/.test(line))).toEqual([
      'labelled millwright',
      `changed since ${later(300)}`,
      'labelled millwright',
    ])
  })

  it('F-05: begins the run of an issue whose label nobody told of, for whoever put it on', async () => {
    const labelling = { by: BOB, labeller: 'person', at: later(200), editedSince: false } as const
    const { bench, deps } = await swept(undefined, { labelled: [SEEN], labelling })
    await sweep(deps, due)
    await settle(bench)
    const state = await bench.state()
    expect([state.at.stage, state.requester, state.started_at]).toEqual(['intake', BOB, later(200)])
    expect(bench.work.map(({ id }) => id)).toEqual(['fffff99999.0.0'])
  })

  it('holds it where the text was changed after the label was put on', async () => {
    const labelling = { by: BOB, labeller: 'person', at: later(200), editedSince: true } as const
    const { bench, deps } = await swept(undefined, { labelled: [SEEN], labelling })
    await sweep(deps, due)
    await settle(bench)
    expect((await bench.state()).at).toMatchObject({ stage: 'paused', reason: { code: 'issue_changed' } })
    expect(bench.work).toEqual([])
  })

  it('begins nothing a second time for a label that was there when the last run ended', async () => {
    const stopped = { ...stateAt('coding'), entered_at: later(250), pending: [] } as RunState
    const ended: RunState = {
      ...stopped,
      at: {
        stage: 'stopped',
        by: ALICE,
        reason: { code: 'stop_requested', detail: '' },
        from: stateAt('coding').at as never,
      },
    }
    const labelling = { by: BOB, labeller: 'person', at: later(200), editedSince: false } as const
    const { bench, deps } = await swept(ended, { labelled: [SEEN], labelling })
    await sweep(deps, due)
    await settle(bench)
    expect((await bench.state()).run).toBe(ended.run)
  })

  it('F-64: begins nothing a second time where our clock is behind', async () => {
    const at = { stage: 'failed', reason: { code: 'config_invalid', detail: '' }, from: stateAt('coding').at }
    const ended = { ...stateAt('coding'), entered_at: later(-600), pending: [], at } as RunState
    // By GitHub's clock the label came before the comment; by ours, after the run had ended.
    const labelling = { by: BOB, labeller: 'person', at: later(-5), editedSince: false } as const
    const { bench, deps } = await swept(ended, { labelled: [SEEN], labelling })
    await sweep(deps, due)
    await settle(bench)
    expect((await bench.state()).run).toBe(ended.run)
  })

  it('believes no list that is older than the run', async () => {
    const { bench, deps } = await swept(stateAt('coding'), { labelled: [{ ...SEEN, labels: ['bug'] }] })
    await sweep(deps, due)
    Object.assign(deps.forge.issues, { issue: async () => ({ ...SEEN, ...stateAt('coding').issue }) })
    await settle(bench)
    expect((await bench.state()).at.stage).not.toBe('stopped')
  })

  it('meets what it saw last once more, since GitHub tells time in seconds', async () => {
    const { bench, deps } = await swept(undefined, { labelled: [SEEN], changed: [SEEN] })
    for (const at of [600, 900, 1200]) await sweep(deps, { ...due, at: later(at) })
    const name = `found.${KEY}.${later(300)}`
    expect(bench.events.map(({ id }) => id)).toEqual([name, `${name}.again`, `${name}.again`])
  })

  it('F-05: tells a run what a lost webhook would have: closed, label gone, text changed', async () => {
    const stages: string[] = []
    for (const change of [{ state: 'closed' as const }, { labels: ['bug'] }, { body: 'Something else.' }]) {
      const { bench, deps } = await swept(stateAt('coding'), { labelled: [{ ...SEEN, ...change }] })
      await sweep(deps, due)
      await settle(bench)
      stages.push((await bench.state()).at.stage)
    }
    expect(stages).toEqual(['stopped', 'stopped', 'paused'])
  })

  it('looks at a pull request that changed, once for each change', async () => {
    const state = stateAt('integrating')
    const pull = { ...SEEN, ref: { ...ISSUE, number: 13 }, isPull: true }
    const number = 'pull' in state.at && state.at.pull ? state.at.pull.number : 0
    const { bench, deps } = await swept(state, { labelled: [{ ...pull, ref: { ...ISSUE, number } }] })
    await sweep(deps, due)
    expect(bench.events.map(({ id }) => id)).toContain(`found.${KEY}.pull.${later(300)}`)
  })

  it('meets every open run once a day: no list shows an issue that is gone', async () => {
    const { bench, deps } = await swept(stateAt('coding'))
    await sweep(deps, due)
    bench.events.splice(0)
    await sweep(deps, { at: later(900), full: false })
    expect(bench.events).toEqual([])
    await sweep(deps, { at: later(100_000), full: false })
    expect(bench.events.map(({ id }) => id)).toEqual([`found.${KEY}.at.${later(100_000)}`])
  })

  it('asks again for work that is nowhere', async () => {
    const { bench, deps } = await swept(stateAt('coding'))
    await sweep(deps, due)
    expect(bench.revived).toEqual(['abcde12345.3.0'])
  })

  it('lets a run go on that waits for files which nobody has any more', async () => {
    const waits = stateAt('specifying')
    const reason = { code: 'waits_for_run', detail: '13\n1\nindex.js' }
    const at = { stage: 'blocked', reason, from: waits.at } as RunState['at']
    const { bench, deps } = await swept({ ...waits, pending: [], at })
    const other = stateAt('coding', intakeState({ run: 'other12345', issue: { ...ISSUE, number: 13 } }))
    const row = { comment: 900, state: other, body: '', confirmed: true, spilled: [] }
    await deps.store.saveIntent('7#13', row)
    const asked = (): string[] => bench.events.map(({ id }) => id).filter((id) => id.includes('.free.'))
    await sweep(deps, due)
    expect(asked()).toEqual([])
    const ended = { stage: 'closed', by: null, from: other.at } as RunState['at']
    await deps.store.saveIntent('7#13', { ...row, state: { ...other, rev: 99, at: ended } })
    await sweep(deps, { ...due, at: later(900) })
    expect(asked()).toEqual([`${waits.run}.${waits.rev}.free.${later(900)}`])
  })

  it('leaves out a repository that GitHub refuses, and goes on with the rest', async () => {
    const refused = async (): Promise<never> => {
      throw new UserError('forge_refused', 'suspended')
    }
    const { bench, deps } = await swept(stateAt('coding'), { repositories: refused })
    await sweep(deps, due)
    expect(bench.revived).toEqual(['abcde12345.3.0'])
    expect(bench.log.lines.map(({ event }) => event)).toContain('sweep_left_out')
  })

  it('does not go on where the store is away', async () => {
    const { deps } = await swept(stateAt('coding'))
    const away = async (): Promise<never> => {
      throw new RetryableError('store_unavailable', 'away')
    }
    await expect(sweep({ ...deps, store: { ...deps.store, watermark: away } }, due)).rejects.toThrow('away')
  })
})

describe('a run whose row is gone', () => {
  /** The comment is there as the engine wrote it, and the store is a new one. */
  async function forgotten(state: RunState, world: World = {}) {
    const written = await swept(state, { labelled: [SEEN], ...world })
    const store = createMemoryStore()
    const deps = { ...written.deps, store }
    return {
      ...written,
      deps,
      bench: { ...written.bench, deps },
      state: async () => (await store.intent(KEY))?.state,
    }
  }

  it('F-58: is read back from its comment and goes on with what it was at', async () => {
    const before = stateAt('coding')
    const { bench, deps, state } = await forgotten(before)
    await sweep(deps, due)
    await settle(bench)
    const found = await state()
    expect([found?.run, found?.at.stage]).toEqual([before.run, 'coding'])
    expect(bench.work.map(({ id }) => id)).toEqual(found?.pending.map(({ id }) => id))
    expect(bench.comments.size).toBe(1)
  })

  it('waits for a person above trust level 2', async () => {
    const { bench, deps, state } = await forgotten(stateUnder({ trust: 3 }, 'coding'))
    await sweep(deps, due)
    await settle(bench)
    expect((await state())?.at).toMatchObject({ stage: 'paused', reason: { code: 'rebuilt' } })
    expect(bench.work).toEqual([])
  })

  it('waits for that person also where the first try found git away', async () => {
    const { bench, deps, state } = await forgotten(stateUnder({ trust: 3 }, 'coding'))
    await sweep(deps, due)
    const found = bench.events.splice(0)
    const away = async (): Promise<never> => {
      throw new RetryableError('forge_unavailable', 'away')
    }
    const without = { ...deps, files: { ...deps.files, bring: away } }
    for (const job of found)
      await expect(step(without, { ...job, again: false, waited: 0 })).rejects.toThrow('away')
    for (const job of found) await step(deps, { ...job, again: true, waited: 1 })
    expect((await state())?.at).toMatchObject({ stage: 'paused', reason: { code: 'rebuilt' } })
    expect(bench.work).toEqual([])
  })

  it('begins at planning again where its commits are nowhere', async () => {
    const { bench, deps, state } = await forgotten(stateAt('coding'))
    const files = { ...deps.files, bring: async () => 'gone' as const }
    const without = { ...deps, files }
    await sweep(without, due)
    await settle({ ...bench, deps: without })
    expect((await state())?.at.stage).toBe('planning')
  })

  it('is not believed where somebody else edited its comment last, and says so once', async () => {
    const { bench, deps, state } = await forgotten(stateAt('coding'), {
      lastEditor: { login: 'mallory', ours: false },
    })
    await sweep(deps, due)
    await settle(bench)
    await sweep(deps, { at: later(900), full: true })
    await settle(bench)
    expect(await state()).toBeUndefined()
    expect(bench.replies()).toEqual([notBelievedNote('#101', 'mallory')])
  })
})
