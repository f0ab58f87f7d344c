import { describe, expect, it } from '@jest/globals'
import { numberLines } from '../../src/desk/number-lines.ts'

describe('the numbers of a diff', () => {
  it('are those of the new file, for lines of hunks only', () => {
    const diff = [
      'diff --git a/a.sql b/a.sql',
      '--- a/a.sql',
      '+++ b/a.sql',
      '@@ -8,3 +9,3 @@ head',
      ' kept',
      '--- a comment of SQL',
      '+++ two more',
      ' last',
      '@@ -20 +21 @@',
      '-old',
      '\\ No newline at end of file',
      '+new',
      '--- a/b.js',
      '+++ /dev/null',
    ].join('\n')
    expect(numberLines(diff).split('\n')).toEqual([
      'diff --git a/a.sql b/a.sql',
      '--- a/a.sql',
      '+++ b/a.sql',
      '@@ -8,3 +9,3 @@ head',
      '     9| kept',
      '      |--- a comment of SQL',
      '    10|+++ two more',
      '    11| last',
      '@@ -20 +21 @@',
      '      |-old',
      '      |\\ No newline at end of file',
      '    21|+new',
      '--- a/b.js',
      '+++ /dev/null',
    ])
  })

  it('are absent where nothing is a hunk', () => {
    expect(numberLines('Binary files a/x and b/x differ\n')).toBe('Binary files a/x and b/x differ\n')
  })
})
