import { describe, expect, it } from '@jest/globals'
import { matchGlob } from '../../src/core/match-glob.ts'

describe('a glob of the config', () => {
  it.each([
    ['.github/**', '.github/workflows/ci.yml', true],
    ['.github/**', 'x.github/a', false],
    ['**/AGENTS.md', 'AGENTS.md', true],
    ['**/AGENTS.md', 'pkg/a/agents.md', true],
    ['**/AGENTS.md', 'pkg/MYAGENTS.md', false],
    ['docs/*.md', 'docs/a.md', true],
    ['docs/*.md', 'docs/a/b.md', false],
    ['a?.js', 'ab.js', true],
    ['a?.js', 'a/.js', false],
    ['a.js', 'abjs', false],
    ['[ab].js', 'a.js', false],
    ['(a|b).js', 'a.js', false],
  ])('%s on %s: %s', (glob, path, matches) => {
    expect(matchGlob([glob])(path)).toBe(matches)
  })

  it('that is none matches nothing', () => {
    expect(matchGlob([])('a.js')).toBe(false)
  })
})
