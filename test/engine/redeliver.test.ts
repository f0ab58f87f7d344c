import { describe, expect, it } from '@jest/globals'
import { createMemoryStore } from '../../src/adapters/memory/memory-store.ts'
import { RetryableError, UserError } from '../../src/core/errors.ts'
import type { EngineDeps } from '../../src/engine/deps.ts'
import { redeliver } from '../../src/engine/redeliver.ts'
import type { FailedDelivery } from '../../src/ports/app-forge.ts'
import { recordingLog } from '../support/recording-log.ts'
import { later } from '../support/states.ts'

const MINUTE = 60

function delivery(id: number, over: Partial<FailedDelivery> = {}): FailedDelivery {
  const deliveredAt = over.deliveredAt ?? later(0)
  const guid = `guid-${id}`
  return {
    id,
    guid,
    event: 'issues',
    deliveredAt,
    firstAt: deliveredAt,
    attempts: 1,
    othersTaken: 'none',
    ...over,
  }
}

function bench(list: (since: string) => readonly FailedDelivery[] = () => []) {
  const asked: number[] = []
  const looked: string[] = []
  const log = recordingLog()
  const store = createMemoryStore()
  const refusals = new Map<number, Error>()
  const app = {
    failedDeliveries: async (since: string) => {
      looked.push(since)
      return list(since)
    },
    redeliver: async (id: number) => {
      const refusal = refusals.get(id)
      if (refusal) throw refusal
      asked.push(id)
    },
  }
  const deps = { forge: { app }, store, log } as unknown as EngineDeps
  return { deps, store, asked, looked, log, refusals }
}

/** A sweep every five minutes of a delivery that is never taken: the minutes at which it was asked for. */
async function minutesOf(
  hours: number,
  othersTaken: (at: number, attempts: number) => FailedDelivery['othersTaken'],
): Promise<number[]> {
  const minutes: number[] = []
  let [attempts, last, at] = [1, 0, 0]
  const { deps, asked } = bench(() => [
    delivery(1, {
      deliveredAt: later(last),
      firstAt: later(0),
      attempts,
      othersTaken: othersTaken(at, attempts),
    }),
  ])
  for (at = 5 * MINUTE; at <= hours * 60 * MINUTE; at += 5 * MINUTE) {
    await redeliver(deps, later(at))
    if (asked.length < attempts) continue
    minutes.push(at / MINUTE)
    // GitHub takes a moment.
    ;[attempts, last] = [attempts + 1, at + 2]
  }
  return minutes
}

describe('F-06: a delivery that is not taken', () => {
  it('is asked for at the next sweep, and then after pauses that double until they are four hours', async () => {
    expect(await minutesOf(18, () => 'none')).toEqual([5, 10, 20, 40, 75, 140, 270, 515, 760, 1005])
  })

  it('is asked for at once when others are taken again, and after pauses where that was of no use', async () => {
    const back = 60 * MINUTE
    const asked = await minutesOf(3, (at, attempts) => {
      if (at < back) return 'none'
      return attempts <= 5 ? 'since' : 'meanwhile'
    })
    expect(asked).toEqual([5, 10, 20, 40, 60, 125])
  })

  it('is given up after eight attempts where others are taken all the time', async () => {
    expect(await minutesOf(24, (_at, attempts) => (attempts > 1 ? 'meanwhile' : 'since'))).toEqual([
      5, 10, 20, 40, 75, 140, 270,
    ])
  })
})

describe('F-06: deliveries that are not taken', () => {
  it('are asked for by the hundred, whoever waits longest first', async () => {
    const failed = Array.from({ length: 120 }, (_, index) =>
      delivery(index, { deliveredAt: later(1000 - index) }),
    )
    const { deps, asked } = bench(() => failed)
    await redeliver(deps, later(2000))
    expect(asked).toEqual(Array.from({ length: 100 }, (_, index) => 119 - index))
  })

  it('are looked for from the first attempt of the oldest that still waits, three days back at most', async () => {
    let failed = [delivery(1, { deliveredAt: later(1000) }), delivery(2, { deliveredAt: later(500) })]
    const { deps, looked } = bench(() => failed)
    await redeliver(deps, later(3000))
    failed = [delivery(3, { deliveredAt: later(4000), firstAt: later(1000), attempts: 2 })]
    await redeliver(deps, later(6000))
    failed = []
    await redeliver(deps, later(9000))
    await redeliver(deps, later(4 * 86_400))
    expect(looked).toEqual([later(3000 - 3 * 86_400), later(500), later(1000), later(86_400)])
  })

  it('are looked for from ten minutes before the last look on, for what was on its way then', async () => {
    const { deps, looked } = bench()
    await redeliver(deps, later(3000))
    await redeliver(deps, later(3300))
    expect(looked[1]).toBe(later(2400))
  })

  it('hold the look back no longer once they are given up', async () => {
    const hopeless = delivery(1, {
      deliveredAt: later(800),
      firstAt: later(0),
      attempts: 8,
      othersTaken: 'meanwhile',
    })
    const { deps, store, asked } = bench(() => [hopeless])
    await redeliver(deps, later(900))
    expect([asked, await store.watermark('deliveries')]).toEqual([[], later(300)])
  })

  it('are told of in one line, from their second attempt on', async () => {
    let failed = [delivery(1)]
    const { deps, log } = bench(() => failed)
    await redeliver(deps, later(300))
    expect(log.lines.map(({ event }) => event)).toEqual(['redelivered'])
    const again = { deliveredAt: later(301), firstAt: later(0) }
    failed = [
      delivery(1, { ...again, attempts: 5 }),
      delivery(2, { ...again, attempts: 9, othersTaken: 'meanwhile' }),
      delivery(3, { deliveredAt: later(550) }),
    ]
    await redeliver(deps, later(600))
    expect(log.lines.filter(({ level }) => level === 'warn')).toMatchObject([
      {
        event: 'deliveries_keep_failing',
        fields: { failed: 3, asked: 1, waiting: 1, givenUp: 1, since: later(0) },
      },
    ])
  })

  it('are not asked for twice by sweeps that follow each other closely, or by a second try of one', async () => {
    const { deps, asked } = bench(() => [delivery(1)])
    await redeliver(deps, later(300))
    await redeliver(deps, later(300))
    await redeliver(deps, later(360))
    expect(asked).toEqual([1])
  })

  it('are asked for though GitHub has one of them no more, and not while it says "later"', async () => {
    const { deps, asked, refusals, store, log } = bench(() => [1, 2, 3, 4].map((id) => delivery(id)))
    refusals.set(1, new UserError('forge_refused', 'It is gone.'))
    refusals.set(3, new RetryableError('forge_unavailable', 'limited'))
    await expect(redeliver(deps, later(300))).rejects.toThrow('limited')
    expect(asked).toEqual([2])
    expect(await store.watermark('deliveries')).toBeUndefined()
    expect(log.lines.map(({ event }) => event)).toEqual(['not_redelivered', 'redelivered'])
  })
})
