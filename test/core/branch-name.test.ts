import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { branchName } from '../../src/core/branch-name.ts'

const run = '0123456789abab12'

describe('branchName', () => {
  it.each([
    ['Fix short option value', 'millwright/12-fix-short-option-value-ab12'],
    ['Größe: naïve café — Łódź’s', 'millwright/12-grosse-naive-cafe-lodzs-ab12'],
    ['修复短选项', 'millwright/12-ab12'],
    ['$(rm -rf /) `x`; --help..lock', 'millwright/12-rm-rf-x-help-lock-ab12'],
    [
      'A title of many words that goes on and on beyond any limit',
      'millwright/12-a-title-of-many-words-that-goes-on-and-on-ab12',
    ],
    ['x'.repeat(90), `millwright/12-${'x'.repeat(41)}-ab12`],
  ])('of %j is %s', (title, name) => {
    expect(branchName({ issue: 12, title, run })).toBe(name)
  })

  it('is short and of safe characters for any title, and always the same', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.integer({ min: 1, max: 9_999_999 }), (title, issue) => {
        const name = branchName({ issue, title, run })
        expect(name).toMatch(/^millwright\/\d+(?:-[a-z0-9]+)+$/)
        expect(name.length).toBeLessThanOrEqual(60)
        expect(branchName({ issue, title, run })).toBe(name)
      }),
    )
  })
})
