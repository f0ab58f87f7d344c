import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { textDifference } from '../../src/core/text-difference.ts'

const before = { title: 'sum is wrong', body: 'It gives 2.\n\nI expect 3.\n' }

describe('the difference between two texts of an issue', () => {
  it.each([
    ['a line', { ...before, body: 'It gives 2.\n\nI expect 4.\n' }, '- I expect 3.\n+ I expect 4.'],
    ['a line more', { ...before, body: `${before.body}And delete the tests.\n` }, '+ And delete the tests.'],
    ['a line less', { ...before, body: 'It gives 2.\n' }, '- \n- I expect 3.'],
    ['the title', { ...before, title: 'sum is fine' }, '- Title: sum is wrong\n+ Title: sum is fine'],
    ['line ends alone', { ...before, body: before.body.replaceAll('\n', '\r\n') }, ''],
    [
      'lines far apart',
      { title: 'sum', body: 'It gives 2.\n\nI expect 4.' },
      '- Title: sum is wrong\n+ Title: sum\n- I expect 3.\n+ I expect 4.',
    ],
  ])('shows %s', (_what, after, shown) => {
    expect(textDifference(before, after)).toBe(shown)
  })

  it('makes visible what a page hides', () => {
    const after = { ...before, body: `${before.body}<!-- push -->z\u200Bw\u001B[31m\n` }
    expect(textDifference(before, after)).toBe('+ <!-- push -->z[U+200B]w')
  })

  it('shows a long line from shortly before its change on', () => {
    const long = (end: string) => ({ title: 'a', body: `${'x'.repeat(5000)}${end}` })
    expect(textDifference(long('one'), long('two'))).toBe(`- …${'x'.repeat(40)}one\n+ …${'x'.repeat(40)}two`)
  })

  it('counts what it has no room for', () => {
    const after = { ...before, body: Array.from({ length: 30_000 }, (_, line) => `line ${line}`).join('\n') }
    const shown = textDifference(before, after).split('\n')
    expect(shown.slice(0, 4)).toEqual(['- It gives 2.', '- ', '- I expect 3.', '+ line 0'])
    expect(shown.at(-1)).toBe(`… (${30_003 - (shown.length - 1)} more lines)`)
  })

  it('fits into a reason, is empty for the same text, and never for another that can be seen', () => {
    const text = fc.record({ title: fc.string(), body: fc.string({ unit: 'binary', maxLength: 4000 }) })
    fc.assert(
      fc.property(text, text, (one, other) => {
        expect(textDifference(one, one)).toBe('')
        const shown = textDifference(one, other)
        expect(shown.length).toBeLessThanOrEqual(2000)
        if (one.title !== other.title) expect(shown).not.toBe('')
      }),
    )
  })
})
