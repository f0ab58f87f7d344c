import { describe, expect, it } from '@jest/globals'
import { rankChoices } from '../../src/desk/rank-choices.ts'
import type { ReadChoice } from '../../src/desk/rank-choices.ts'

function choice(path: string, as: ReadChoice['as'], text: string): ReadChoice {
  return { path, as, text, lines: [] }
}
const paths = (choices: readonly ReadChoice[], task: string): string[] =>
  rankChoices(choices, task).map(({ path }) => path)

describe('the ranking of files', () => {
  it('puts what the task names first, then sources and the nearest tests by its rare words, then the readme', () => {
    const choices = [
      choice('named.js', 'given', ''),
      choice('README.md', 'readme', 'the parseNumber'),
      choice('test/far.js', 'test', 'far'),
      choice('test/further.js', 'test', 'further'),
      choice('test/near.js', 'test', 'the parseNumber'),
      choice('lib/other.js', 'source', 'the only one'),
      choice('lib/parse.js', 'source', 'function parseNumber'),
    ]
    expect(paths(choices, 'The result of parseNumber is wrong')).toEqual([
      'named.js',
      'lib/parse.js',
      'lib/other.js',
      'test/near.js',
      'test/far.js',
      'README.md',
      'test/further.js',
    ])
  })

  it('looks at the title and at code, not at prose, and at the names of files', () => {
    const choices = [
      choice('lib/prose.js', 'source', 'wonder'),
      choice('lib/code.js', 'source', 'keepZeros'),
      choice('lib/kv_short.js', 'source', 'nothing'),
    ]
    const task = 'The short form loses zeros\nI wonder why.\n\n    keepZeros(1)\n'
    expect(paths(choices, task)).toEqual(['lib/kv_short.js', 'lib/code.js', 'lib/prose.js'])
  })

  it('keeps the five nearest tests', () => {
    const tests = ['a', 'b', 'c', 'd', 'e', 'f'].map((name) => choice(`test/${name}.js`, 'test', name))
    const near = choice('test/g.js', 'test', 'parseNumber')
    expect(paths([...tests, near], 'parseNumber')).toEqual([
      'test/g.js',
      'test/a.js',
      'test/b.js',
      'test/c.js',
      'test/d.js',
    ])
  })
})
