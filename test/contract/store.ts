/** What every store must do, wherever it keeps things. */
import { expect, it } from '@jest/globals'
import type { RunState } from '../../src/core/state.ts'
import { NO_CONTINUITY, NO_SPEND } from '../../src/core/spend.ts'
import type { Intent, PastRun, Store } from '../../src/ports/store.ts'
import { intakeState, ISSUE, SHA, stateAt } from '../support/states.ts'

const intentOf = (state: RunState): Intent => ({
  comment: 1,
  body: 'a body with NUL \u0000 and half a pair \ud800',
  confirmed: true,
  spilled: ['hash'],
  state,
})

const pastRun = (run: string, repo: number, outcome = 'merged'): PastRun => ({
  repo,
  run,
  ended: '2026-11-20T10:00:00.000Z',
  outcome,
  spent: { ...NO_SPEND, usd: 0.25 },
  continuity: NO_CONTINUITY,
  minutes: 12.5,
})

export function storeContract(create: () => Promise<Store>): void {
  it('gives an intent back as it was saved, and nothing where none was', async () => {
    const store = await create()
    const intent = intentOf(stateAt('reviewing'))
    await store.saveIntent('7#12', intent)
    expect(await store.intent('7#12')).toEqual(intent)
    expect(await store.intent('7#13')).toBeUndefined()
    await store.saveIntent('7#12', { ...intent, confirmed: false })
    expect(await store.intent('7#12')).toEqual({ ...intent, confirmed: false })
  })

  it('never lets an older revision of a run replace a newer one', async () => {
    const store = await create()
    const intent = (rev: number, run = 'abcde12345'): Intent => intentOf(intakeState({ rev, run }))
    await store.saveIntent('k', intent(2))
    await expect(store.saveIntent('k', intent(1))).rejects.toThrow('intent 1 of k is older than')
    expect((await store.intent('k'))?.state.rev).toBe(2)
    await store.saveIntent('k', intent(0, 'another12345'))
    expect((await store.intent('k'))?.state.run).toBe('another12345')
  })

  it('keeps the newest of revisions that are saved at the same moment', async () => {
    const store = await create()
    const revs = [3, 9, 1, 7, 5, 8, 2, 6, 4]
    await Promise.allSettled(revs.map((rev) => store.saveIntent('k', intentOf(intakeState({ rev })))))
    expect((await store.intent('k'))?.state.rev).toBe(9)
  })

  it('lists the runs of a repository that have not ended', async () => {
    const store = await create()
    const elsewhere = { ...ISSUE, repo: { ...ISSUE.repo, id: 8 } }
    const ended = intakeState({ run: 'ended12345', at: { stage: 'closed' } as RunState['at'] })
    await store.saveIntent('7#12', intentOf(intakeState()))
    await store.saveIntent('7#13', intentOf(ended))
    await store.saveIntent('8#12', intentOf(intakeState({ issue: elsewhere, run: 'other12345' })))
    expect(await store.openRuns(7)).toEqual([intakeState()])
    await store.saveIntent('7#12', intentOf({ ...ended, run: 'abcde12345', rev: 1 }))
    expect(await store.openRuns(7)).toEqual([])
  })

  it('remembers the newest good config of each repository', async () => {
    const store = await create()
    expect(await store.goodConfig(7)).toBeUndefined()
    await store.saveGoodConfig(7, SHA('1'))
    await store.saveGoodConfig(7, SHA('2'))
    await store.saveGoodConfig(8, SHA('3'))
    expect([await store.goodConfig(7), await store.goodConfig(8)]).toEqual([SHA('2'), SHA('3')])
  })

  it('lists past runs newest first, each once, as it was saved last', async () => {
    const store = await create()
    for (const run of ['one', 'two', 'three']) await store.saveRun(pastRun(run, 7))
    await store.saveRun(pastRun('else', 8))
    await store.saveRun(pastRun('one', 7, 'closed'))
    expect(await store.pastRuns(7, 2)).toEqual([pastRun('one', 7, 'closed'), pastRun('three', 7)])
    expect(await store.pastRuns(7, 9)).toHaveLength(3)
  })

  it('takes the same revision of a run twice, the second time as the one that counts', async () => {
    const store = await create()
    const intent = { ...intentOf(intakeState({ rev: 3 })), confirmed: false }
    await store.saveIntent('k', intent)
    await store.saveIntent('k', { ...intent, confirmed: true })
    expect(await store.intent('k')).toEqual({ ...intent, confirmed: true })
  })

  it('lists the open runs of all repositories, and the issues whose intent is not confirmed', async () => {
    const store = await create()
    const elsewhere = { ...ISSUE, repo: { ...ISSUE.repo, id: 8 } }
    const ended = intakeState({ run: 'ended12345', at: { stage: 'closed' } as RunState['at'] })
    const other = intakeState({ issue: elsewhere, run: 'other12345' })
    await store.saveIntent('7#12', intentOf(intakeState()))
    await store.saveIntent('7#13', { ...intentOf(ended), confirmed: false })
    await store.saveIntent('8#12', intentOf(other))
    expect(await store.allOpenRuns()).toEqual([intakeState(), other])
    expect(await store.unsettled()).toEqual([ISSUE])
    await store.saveIntent('7#13', intentOf(ended))
    expect(await store.unsettled()).toEqual([])
  })

  it('remembers until when a look at each subject is complete', async () => {
    const store = await create()
    expect(await store.watermark('deliveries')).toBeUndefined()
    await store.saveWatermark('deliveries', '2026-11-20T10:00:00.000Z')
    await store.saveWatermark('deliveries', '2026-11-20T11:00:00.000Z')
    await store.saveWatermark('labels:7', '2026-11-20T12:00:00.000Z')
    expect(await store.watermark('deliveries')).toBe('2026-11-20T11:00:00.000Z')
    expect(await store.watermark('labels:7')).toBe('2026-11-20T12:00:00.000Z')
  })

  it('gives a pack back as it was saved last, byte for byte, until it is dropped', async () => {
    const store = await create()
    const objects = Uint8Array.from({ length: 600 }, (_none, index) => index % 256)
    expect(await store.pack('abcde12345')).toBeUndefined()
    await store.savePack('abcde12345', { tip: SHA('1'), objects: new Uint8Array() })
    await store.savePack('abcde12345', { tip: SHA('2'), objects })
    await store.savePack('other12345', { tip: SHA('3'), objects })
    const found = await store.pack('abcde12345')
    expect([found?.tip, [...(found?.objects ?? [])]]).toEqual([SHA('2'), [...objects]])
    await store.dropPack('abcde12345')
    await store.dropPack('abcde12345')
    expect(await store.pack('abcde12345')).toBeUndefined()
    expect((await store.pack('other12345'))?.tip).toBe(SHA('3'))
  })

  it('forgets bodies of ended intents that are confirmed and old enough, each once', async () => {
    const store = await create()
    const open = intentOf(intakeState())
    const ended = intentOf(intakeState({ run: 'ended12345', at: { stage: 'closed' } as RunState['at'] }))
    const unsettled = { ...ended, confirmed: false }
    for (const [key, intent] of Object.entries({ open, ended, unsettled }))
      await store.saveIntent(key, intent)
    expect(await store.forgetOlderThan(1)).toBe(0)
    expect(await store.forgetOlderThan(0)).toBe(1)
    expect(await store.forgetOlderThan(0)).toBe(0)
    expect(await store.intent('open')).toEqual(open)
    expect(await store.intent('ended')).toEqual({ ...ended, body: '' })
    expect(await store.intent('unsettled')).toEqual(unsettled)
  })
}
