import { describe, expect, it } from '@jest/globals'
import { RetryableError, UserError } from '../../src/core/errors.ts'
import { runLook } from '../../src/engine/run-look.ts'
import type { Work } from '../../src/ports/incoming.ts'
import { KEY, openEngineBench } from '../support/engine-bench.ts'
import type { BenchOptions, EngineBench } from '../support/engine-bench.ts'
import { ALICE, ISSUE, later, returned, SHA, stateAt } from '../support/states.ts'

const LOOK: Extract<Work, { kind: 'look' }> = { kind: 'look', issue: ISSUE, run: 'abcde12345' }

async function look(bench: EngineBench, work = LOOK, again = false): Promise<unknown[]> {
  await runLook(bench.deps, { work, job: `look.${KEY}.d1`, again }, new AbortController().signal)
  return bench.events.map(({ id, payload }) => [id, payload.kind === 'run_event' ? payload.event : payload])
}

const reworked = (options: BenchOptions): Promise<EngineBench> => openEngineBench(returned(), options)

describe('a look', () => {
  it('tells what it saw under the name of its job', async () => {
    const merged = { kind: 'pull_merged', number: 13, commit: SHA('9') } as const
    const bench = await openEngineBench(stateAt('integrating'), { look: async () => merged })
    expect(await look(bench)).toEqual([[`look.${KEY}.d1`, { ...merged, at: later(500) }]])
  })

  it('that sees nothing new tells nothing', async () => {
    const bench = await openEngineBench(stateAt('integrating'), { look: async () => undefined })
    expect(await look(bench)).toEqual([])
  })

  it('for another run, or one that is over, is not taken', async () => {
    const bench = await openEngineBench(stateAt('integrating'), {
      look: () => Promise.reject(new Error('nobody should look')),
    })
    expect(await look(bench, { ...LOOK, run: 'zzzzz12345' })).toEqual([])
    expect(bench.log.lines).toEqual([])
  })

  it('is left to the queue when GitHub says "later", and given up quietly when it says no', async () => {
    const away = await openEngineBench(stateAt('integrating'), {
      look: () => Promise.reject(new RetryableError('forge_unavailable', '502')),
    })
    await expect(look(away)).rejects.toThrow('502')
    const refused = await openEngineBench(stateAt('integrating'), {
      look: () => Promise.reject(new UserError('forge_refused', 'not permitted')),
    })
    expect(await look(refused)).toEqual([])
    expect(refused.log.lines.map(({ level, event }) => `${level} ${event}`)).toEqual(['warn look_failed'])
  })

  it('waits for another at the same issue, so that two never post the same answer', async () => {
    const told: string[] = []
    const bench = await openEngineBench(stateAt('integrating'), {
      look: async () => {
        told.push('begins')
        for (let turn = 0; turn < 20; turn += 1) await Promise.resolve()
        told.push('ends')
        return undefined
      },
    })
    await Promise.all([look(bench), look(bench)])
    expect(told).toEqual(['begins', 'ends', 'begins', 'ends'])
  })

  it('that waited for its turn and was cancelled meanwhile is not taken', async () => {
    const cancel = new AbortController()
    let taken = 0
    const bench = await openEngineBench(stateAt('integrating'), {
      look: async () => {
        taken += 1
        cancel.abort()
        return undefined
      },
    })
    await Promise.all(
      ['look.1', 'look.2'].map((job) =>
        runLook(bench.deps, { work: LOOK, job, again: false }, cancel.signal),
      ),
    )
    expect(taken).toBe(1)
  })

  it('that breaks is a bug of ours, and says so in the log alone', async () => {
    const bench = await openEngineBench(stateAt('integrating'), {
      look: () => Promise.reject(new TypeError('undefined is not a function')),
    })
    expect(await look(bench)).toEqual([])
    expect(bench.log.lines.map(({ level, event }) => `${level} ${event}`)).toEqual(['error bug'])
  })
})

describe('F-14: a pull request that GitHub says is not there', () => {
  const closed = { kind: 'pull_closed', number: 13, by: null } as const

  it('is asked for again after half a minute, and then its run ends', async () => {
    const at = await openEngineBench(stateAt('integrating'), { look: async () => closed })
    for (const bench of [at, await reworked({})]) {
      await expect(look(bench)).rejects.toMatchObject({
        name: 'RetryableError',
        message: `GitHub says that pull request ${ISSUE.repo.id}#13 is not there.`,
        retryAfterMs: 30_000,
      })
      expect(await look(bench, LOOK, true)).toMatchObject([[`look.${KEY}.d1`, closed]])
    }
  })

  it('and that is there is looked at anew', async () => {
    const bench = await openEngineBench(stateAt('integrating'), {
      look: async () => closed,
      pull: { merged: false, state: 'open' },
    })
    await expect(look(bench)).rejects.toThrow(
      `GitHub said that pull request ${ISSUE.repo.id}#13 is not there, and it is.`,
    )
    expect(bench.events).toEqual([])
  })
})

describe('a look while the change is reworked', () => {
  it('sees that the pull request was merged, or closed', async () => {
    const merged = await reworked({ pull: { merged: true, state: 'closed', mergeCommit: SHA('9') } })
    expect(await look(merged)).toMatchObject([[`look.${KEY}.d1`, { kind: 'pull_merged', commit: SHA('9') }]])
    const closed = await reworked({ pull: { merged: false, state: 'closed', closedBy: ALICE } })
    expect(await look(closed)).toMatchObject([[`look.${KEY}.d1`, { kind: 'pull_closed', by: ALICE }]])
  })

  it('sees that the issue was closed while the pull request is open', async () => {
    const bench = await reworked({ pull: { merged: false, state: 'open' }, issueState: 'closed' })
    expect(await look(bench)).toMatchObject([[`look.${KEY}.d1`, { kind: 'issue_closed' }]])
  })

  it('leaves what people say for the time when it is published', async () => {
    const bench = await reworked({ pull: { merged: false, state: 'open' } })
    expect(await look(bench)).toEqual([])
  })
})
