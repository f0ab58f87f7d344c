import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { OutputKeeper } from '../../../src/adapters/sandbox/output-keeper.ts'

function kept(limit: number, chunks: readonly Buffer[]) {
  const keeper = new OutputKeeper(limit)
  for (const chunk of chunks) keeper.add(chunk)
  return keeper.finish()
}

describe('an output keeper', () => {
  it('keeps everything within its limit', () => {
    expect(kept(100, [Buffer.from('one '), Buffer.from('two')])).toEqual({ text: 'one two', cut: 0 })
  })

  it('cuts in the middle and says how much', () => {
    const { text, cut } = kept(94, [Buffer.from('a'.repeat(50)), Buffer.from('b'.repeat(50))])
    expect(text).toBe(`${'a'.repeat(10)}\n[70 bytes cut here]\n${'b'.repeat(20)}`)
    expect(cut).toBe(70)
  })

  it('never exceeds its limit, loses no byte uncounted, and cuts no character in two', () => {
    const chunk = fc.string({ unit: fc.constantFrom('a', 'é', '€', '😀', '\n'), maxLength: 200 })
    fc.assert(
      fc.property(fc.array(chunk, { maxLength: 20 }), fc.integer({ min: 70, max: 400 }), (parts, limit) => {
        const whole = Buffer.from(parts.join(''))
        // Chunks that end within a character, as pipes deliver them.
        const chunks = Array.from({ length: Math.ceil(whole.length / 7) }, (_, i) =>
          whole.subarray(i * 7, i * 7 + 7),
        )
        const { text, cut } = kept(limit, chunks)
        expect(text).not.toContain('\uFFFD')
        const rest = text.replace(`\n[${cut} bytes cut here]\n`, '')
        expect(Buffer.byteLength(rest) + cut).toBe(whole.length)
        expect(Buffer.byteLength(text)).toBeLessThanOrEqual(Math.max(limit, 70))
        if (cut === 0) expect(text).toBe(whole.toString())
      }),
    )
  })
})
