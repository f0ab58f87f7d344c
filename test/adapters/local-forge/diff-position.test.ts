import { describe, expect, it } from '@jest/globals'
import { diffLines, lineAt } from '../../../src/adapters/local-forge/diff-position.ts'

const patch = [
  '@@ -1,3 +1,3 @@ head',
  ' one',
  '-two',
  '+TWO',
  ' three',
  '@@ -10,2 +10,3 @@',
  ' ten',
  '+ten and a half',
  ' eleven',
  '\\ No newline at end of file',
].join('\n')

describe('diffLines', () => {
  it('counts both sides and the position of every line, over all hunks', () => {
    expect(diffLines(patch).map(({ position, left, right }) => [position, left, right])).toEqual([
      [1, 1, 1],
      [2, 2, undefined],
      [3, undefined, 2],
      [4, 3, 3],
      [6, 10, 10],
      [7, undefined, 11],
      [8, 11, 12],
    ])
  })
})

describe('lineAt', () => {
  it('finds a line by side or position, with its hunk down to there', () => {
    expect(lineAt(patch, { line: 2, side: 'RIGHT' })?.hunk).toBe('@@ -1,3 +1,3 @@ head\n one\n-two\n+TWO')
    expect(lineAt(patch, { line: 2, side: 'LEFT' })?.position).toBe(2)
    expect(lineAt(patch, { position: 7 })?.right).toBe(11)
  })

  it('finds nothing outside the diff, on a hunk header or in a binary file', () => {
    expect(lineAt(patch, { line: 7, side: 'RIGHT' })).toBeUndefined()
    expect(lineAt(patch, { position: 5 })).toBeUndefined()
    expect(lineAt(undefined, { line: 1, side: 'RIGHT' })).toBeUndefined()
  })
})
