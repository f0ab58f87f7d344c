import { describe, expect, it } from '@jest/globals'
import { createMemoryDurable } from '../../../src/adapters/memory/memory-durable.ts'
import { createNodeClock } from '../../../src/adapters/node/node-clock.ts'
import { createSteps, reportOf } from '../../../src/app/cli/rebuild.ts'
import type { Incoming, Work } from '../../../src/ports/incoming.ts'
import { recordingLog } from '../../support/recording-log.ts'
import { T0, stateAt } from '../../support/states.ts'

const run = (id: string, rev: number) => ({ ...stateAt('coding'), run: id, rev })

describe('what a rebuild says', () => {
  it('is a line for every open run, and how it was found', () => {
    const before = [run('a', 3), run('b', 3), run('c', 3)]
    const after = [run('a', 3), run('b', 4), run('d', 9)]
    expect(reportOf({ before, after, ended: true })).toBe(
      [
        '3 open runs.',
        '  acme/tool#12  coding  as it was',
        '  acme/tool#12  coding  put right, was coding',
        '  acme/tool#12  coding  found again on GitHub',
        '  acme/tool#12  coding  is over',
      ].join('\n'),
    )
  })

  it('owns up where the sweep was not seen to its end', () => {
    expect(reportOf({ before: [], after: [], ended: false })).toBe(
      '0 open runs.\n\nThis is not all: another process took the sweep over, or it takes longer. Its log says more.',
    )
  })
})

describe('the steps of a rebuild', () => {
  it('end when what the sweep found was handled, and no work is done meanwhile', async () => {
    const clock = createNodeClock()
    const steps = createSteps(clock)
    const durable = steps.listening(createMemoryDurable({ clock, log: recordingLog() }))
    const queue = durable.createQueue<Incoming, Work>({
      workSlots: 1,
      graceMs: 1000,
      onGivenUp: () => Promise.resolve(),
    })
    const handled: string[] = []
    const sweep = { kind: 'sweep_due', at: T0, full: true } as const
    let worked = 0
    queue.start({
      async event({ id }: { readonly id: string }) {
        handled.push(id)
        if (id === 'sweep') await queue.addEvent({ id: 'found', key: 'one', payload: sweep })
      },
      async work() {
        worked += 1
      },
    })
    await queue.addWork({ id: 'costly', key: 'two', payload: {} as Work })
    await steps.add({ id: 'sweep', key: 'sweep', payload: sweep })
    expect(await steps.quietAfter('sweep', new AbortController().signal)).toBe(true)
    expect(handled).toEqual(['sweep', 'found'])
    expect(worked).toBe(0)
    await queue.stop()
  })
})
