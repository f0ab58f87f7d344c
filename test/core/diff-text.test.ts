import { describe, expect, it } from '@jest/globals'
import { withoutObjectNames } from '../../src/core/diff-text.ts'

describe('the text of a diff', () => {
  it('is the same for the same change, whatever objects it was made of', () => {
    const diff = (names: string): string =>
      `diff --git a/f b/f\nindex ${names} 100644\n--- a/f\n+++ b/f\n@@ -1 +1 @@\n-index 1..2 of the old\n+index 1..2 of the new\n`
    expect(withoutObjectNames(diff('abc1234..def5678'))).toBe(
      'diff --git a/f b/f\n--- a/f\n+++ b/f\n@@ -1 +1 @@\n-index 1..2 of the old\n+index 1..2 of the new\n',
    )
    expect(withoutObjectNames(diff('abc1234..def5678'))).toBe(withoutObjectNames(diff('0123456..789abcd')))
  })
})
