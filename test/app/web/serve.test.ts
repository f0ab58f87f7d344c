import { describe, expect, it } from '@jest/globals'
import { createNodeClock } from '../../../src/adapters/node/node-clock.ts'
import { closeInTime } from '../../../src/app/web/serve.ts'

describe('the end of a process', () => {
  it('is said when everything was handed back', async () => {
    const said: string[] = []
    const app = { graceMs: 25_000, close: () => Promise.resolve() }
    expect(await closeInTime(app, { clock: createNodeClock(), say: (text) => void said.push(text) })).toBe(
      true,
    )
    expect(said).toEqual(['Stopped.'])
  })

  it('comes five seconds after the grace period, whatever hangs, and says who goes on', async () => {
    const said: string[] = []
    const waits: number[] = []
    const clock = { ...createNodeClock(), sleep: async (ms: number) => void waits.push(ms) }
    const app = { graceMs: 25_000, close: () => new Promise<void>(() => undefined) }
    expect(await closeInTime(app, { clock, say: (text) => void said.push(text) })).toBe(false)
    expect(waits).toEqual([30_000])
    expect(said).toEqual([
      'It could not stop within 30 s, so it ends now. Other workers take its jobs over, or the next start does.',
    ])
  })
})
