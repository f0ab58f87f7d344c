import { describe, expect, it } from '@jest/globals'
import { issueText } from '../../src/core/issue-hash.ts'

describe('issueText', () => {
  it('is the same for the same issue with other line ends, and for a body that is absent or empty', () => {
    expect(issueText({ title: 'a', body: 'x\r\ny' })).toBe(issueText({ title: 'a', body: 'x\ny' }))
    expect(issueText({ title: 'a', body: null })).toBe(issueText({ title: 'a', body: '' }))
  })

  it('differs for every other edit, and wherever the border between title and body is', () => {
    const texts = [
      ['a', 'b'],
      ['a\nb', ''],
      ['', 'a\nb'],
      ['a', 'b '],
      ['a', '\u200Bb'],
      ['A', 'b'],
      ['a', 'b\r'],
    ]
    const hashed = texts.map(([title = '', body = '']) => issueText({ title, body }))
    expect(new Set(hashed).size).toBe(texts.length)
  })
})
