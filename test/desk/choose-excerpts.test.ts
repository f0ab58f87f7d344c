import { describe, expect, it } from '@jest/globals'
import { chooseExcerpts } from '../../src/desk/choose-excerpts.ts'

function file(path: string, size = 100, mode = '100644') {
  return { path, size, mode, id: 'a'.repeat(40) }
}
/** Enough source that the repository is not shown whole. */
const BULK = [file('lib/bulk-a.js', 31_000), file('lib/bulk-b.js', 31_000)]

const paths = (files: ReturnType<typeof file>[], text: string): string[] =>
  chooseExcerpts(files, text).map((choice) => choice.path)

describe('the excerpts', () => {
  it('are the files that the task names, by path or by a name that only one file has', () => {
    const files = [
      ...BULK,
      file('lib/parse.js'),
      file('src/index.js'),
      file('test/index.js'),
      file('lib/other.js'),
    ]
    expect(paths(files, 'Crash in lib/parse.js')).toEqual(['lib/parse.js'])
    expect(paths(files, 'Crash in `parse.js`, see')).toEqual(['lib/parse.js'])
    expect(paths(files, 'Crash in index.js')).toEqual([])
    expect(paths(files, 'see test/index.js.')).toEqual(['test/index.js'])
    expect(paths(files, 'my-parse.js or parse.json')).toEqual([])
  })

  it('are not what only has the name of the package', () => {
    const files = [...BULK, file('calc.js'), file('lib/calc.js')]
    const named = (text: string) => chooseExcerpts(files, text, 'calc.js').map(({ path }) => path)
    expect(named('calc.js adds wrongly')).toEqual([])
    expect(named('calc.js:3 adds wrongly')).toEqual(['calc.js'])
    expect(named('lib/calc.js adds wrongly')).toEqual(['lib/calc.js'])
  })

  it('show a large file only around the lines that are named', () => {
    const files = [...BULK, file('lib/large.js', 90_000)]
    expect(chooseExcerpts(files, 'at f (lib/large.js:120:7) and lib/large.js:90')).toEqual([
      { path: 'lib/large.js', lines: [120, 90], as: 'given' },
    ])
    expect(chooseExcerpts(files, 'see lib/large.js#L12')).toEqual([
      { path: 'lib/large.js', lines: [12], as: 'given' },
    ])
    expect(chooseExcerpts(files, 'File "lib/large.js", line 7, in f')).toEqual([
      { path: 'lib/large.js', lines: [7], as: 'given' },
    ])
    expect(chooseExcerpts(files, 'lib/large.js is slow')).toEqual([])
  })

  it('are all of a small repository’s source, after what is named and before the manifest', () => {
    const files = [
      file('a.js'),
      file('lib/z.py'),
      file('notes.txt'),
      file('package.json'),
      file('dist/a.min.js'),
      file('node_modules/x/index.js'),
      file('link.js', 5, '120000'),
    ]
    expect(paths(files, 'z.py fails')).toEqual(['lib/z.py', 'a.js', 'package.json'])
  })

  it('tell sources from tests and a small readme from a manual', () => {
    const files = [file('lib/a.js'), file('test/a.js'), file('example/b.js'), file('README.md')]
    expect(chooseExcerpts(files, 'broken').map(({ path, as }) => [path, as])).toEqual([
      ['lib/a.js', 'source'],
      ['test/a.js', 'test'],
      ['example/b.js', 'test'],
      ['README.md', 'readme'],
    ])
    expect(paths([file('README.md', 9000)], 'broken')).toEqual([])
  })

  it('take a path for what it is: no pattern', () => {
    expect(paths([...BULK, file('lib/a+b.js')], 'lib/aab.js')).toEqual([])
    expect(paths([...BULK, file('lib/a+b.js')], 'lib/a+b.js')).toEqual(['lib/a+b.js'])
  })
})
