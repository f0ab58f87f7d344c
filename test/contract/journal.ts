/** The contract of a journal: what every implementation does, told once. */
import { expect, it } from '@jest/globals'
import { NO_CONTINUITY, NO_SPEND } from '../../src/core/spend.ts'
import type { ConversationPlace, Journal, ModelCall } from '../../src/ports/journal.ts'

const RUN = 'abcdef1234'
const PLACE: ConversationPlace = { run: RUN, effect: `${RUN}.3.0`, role: 'coder', nth: 1 }
const FILES = { start: 'a'.repeat(40), end: 'b'.repeat(40) }

function callAt(at: number, more: Partial<ModelCall> = {}): ModelCall {
  return {
    at,
    identity: `request ${at}`,
    outcome: 'received',
    // Keys out of order, an escape and a number that a reader of JSON would write differently.
    reply: `{"b":1.50,"a":"\\u00e9 ${at}"}`,
    spend: { ...NO_SPEND, usd: 0.25, turns: 1 },
    continuity: { ...NO_CONTINUITY, prompt_tokens: 100 },
    ...more,
  }
}

/** `open` makes an empty journal. */
export function journalContract(open: () => Promise<Journal>): void {
  it('gives back what was stored, in its order and to the byte', async () => {
    const journal = await open()
    const first = await journal.addCall(PLACE, callAt(0))
    await journal.addResult(first, 'toolu_b', { content: 'two', isError: true })
    await journal.addResult(first, 'toolu_a', { content: 'half', isError: false })
    await journal.addResult(first, 'toolu_a', { content: 'one', isError: false })
    await journal.keepFiles(first, FILES)
    const second = await journal.addCall(PLACE, callAt(1, { outcome: 'garbled', reply: '' }))
    const { calls, before } = await journal.read(RUN, PLACE.effect)
    const { role, nth } = PLACE
    const results = new Map([
      ['toolu_a', { content: 'one', isError: false }],
      ['toolu_b', { content: 'two', isError: true }],
    ])
    expect(calls).toEqual([
      { ...callAt(0), id: first, role, nth, results, files: FILES },
      {
        ...callAt(1, { outcome: 'garbled', reply: '' }),
        id: second,
        role,
        nth,
        results: new Map(),
        files: undefined,
      },
    ])
    expect(before).toEqual(new Map())
  })

  it('forgets what a new call takes the place of, but not what it had cost', async () => {
    const journal = await open()
    const ids = [await journal.addCall(PLACE, callAt(0)), await journal.addCall(PLACE, callAt(1))]
    await journal.addResult(ids[1] ?? '', 'toolu_a', { content: 'one', isError: false })
    await journal.keepFiles(ids[1] ?? '', FILES)
    const other = await journal.addCall({ ...PLACE, nth: 2 }, callAt(1))
    await journal.addCall(PLACE, callAt(1, { identity: 'another request' }))
    await journal.addResult(ids[1] ?? '', 'toolu_b', { content: 'late', isError: false })
    await journal.keepFiles(ids[1] ?? '', FILES)
    const { calls } = await journal.read(RUN, PLACE.effect)
    expect(calls.map(({ id, outcome, identity }) => [id, outcome, identity]).slice(0, 3)).toEqual([
      [ids[0], 'received', 'request 0'],
      [ids[1], 'lost', 'request 1'],
      [other, 'received', 'request 1'],
    ])
    expect(calls[1]).toMatchObject({
      reply: '',
      results: new Map(),
      files: undefined,
      spend: { usd: 0.25, turns: 1 },
    })
    expect(calls[3]).toMatchObject({ outcome: 'received', identity: 'another request' })
  })

  it('counts the conversations of each role that came before an effect', async () => {
    const journal = await open()
    const later = { ...PLACE, effect: `${RUN}.9.0` }
    for (const nth of [1, 1, 2]) await journal.addCall({ ...PLACE, nth }, callAt(0))
    await journal.addCall({ ...PLACE, role: 'reviewer' }, callAt(0))
    await journal.addCall(later, callAt(0))
    await journal.addCall({ ...PLACE, run: 'another123', effect: 'another123.1.0' }, callAt(0))
    const before = new Map([
      ['coder', 2],
      ['reviewer', 1],
    ])
    expect((await journal.read(RUN, later.effect)).before).toEqual(before)
    expect((await journal.read(RUN, PLACE.effect)).before).toEqual(new Map())
    expect((await journal.read(RUN, `${RUN}.12.0`)).before.get('coder')).toBe(3)
  })

  it('forgets a run that has ended, and no other', async () => {
    const journal = await open()
    const call = await journal.addCall(PLACE, callAt(0))
    const other = { ...PLACE, run: 'another123', effect: 'another123.1.0' }
    await journal.addCall(other, callAt(0))
    await journal.forget(RUN)
    await journal.addResult(call, 'toolu_a', { content: 'late', isError: false })
    expect((await journal.read(RUN, PLACE.effect)).calls).toEqual([])
    expect((await journal.read(other.run, other.effect)).calls).toHaveLength(1)
  })

  it('keeps characters that a database column would refuse', async () => {
    const journal = await open()
    const odd = 'NUL \u0000, half a pair \ud800, "quotes" and \\u0000'
    const call = await journal.addCall(PLACE, callAt(0, { reply: odd }))
    await journal.addResult(call, odd, { content: odd, isError: false })
    const { calls } = await journal.read(RUN, PLACE.effect)
    expect(calls[0]).toMatchObject({
      reply: odd,
      results: new Map([[odd, { content: odd, isError: false }]]),
    })
  })
}
