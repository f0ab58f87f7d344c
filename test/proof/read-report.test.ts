import { readFileSync } from 'node:fs'
import { describe, expect, it } from '@jest/globals'
import { readReport } from '../../src/proof/reports/read-report.ts'
import type { ReportFormat } from '../../src/proof/reports/read-report.ts'
import type { Report } from '../../src/proof/reports/report.ts'

const fixture = (name: string): string => readFileSync(new URL(`fixtures/${name}`, import.meta.url), 'utf8')

function read(format: ReportFormat, output: { stdout?: string; stderr?: string; file?: string }) {
  const { stdout = '', stderr = '', file = '' } = output
  return readReport(format, { stdout, stderr, file, root: '/checkout' })
}

/** `passed adds`, `failed/assertion wrong`: one line per test. */
function lines(report: Report | undefined): string[] {
  return (report?.tests ?? []).map((test) =>
    test.status === 'failed' ? `failed/${test.failedBy} ${test.id}` : `${test.status} ${test.id}`,
  )
}

const loads = (report: Report | undefined): string[] =>
  (report?.loadErrors ?? []).map((error) => `${error.file}: ${error.message}`)

const NODE = [
  'passed adds',
  'failed/assertion adds # wrong',
  'failed/other missing symbol',
  'skipped skipped one',
  'skipped todo one',
  'passed group › inner passes',
  'failed/assertion group › inner fails',
  'passed group › deep › leaf',
  'passed parent › child one',
  'failed/assertion parent › child two',
  'failed/other throws plain',
  'failed/other rejects',
]

describe('TAP', () => {
  for (const version of ['20', '24']) {
    it(`of node:test on Node ${version} tells assertions, other errors and load errors apart`, () => {
      const report = read('tap', { stdout: fixture(`node${version}.tap`) })
      expect(lines(report)).toEqual(NODE)
      expect(loads(report)).toEqual([
        "b.test.js: SyntaxError: Unexpected token ')'",
        expect.stringContaining("c.test.mjs: SyntaxError: Named export 'clamp' not found."),
        "d.test.js: Error: Cannot find module './not-there.js'",
      ])
      expect(report?.ended).toBe(true)
    })
  }

  it('of node:test keeps multi-line messages with the name of the error', () => {
    const report = read('tap', { stdout: fixture('node24.tap') })
    expect(report?.tests[1]?.message).toBe(
      'AssertionError: Expected values to be strictly equal:\n\n3 !== 4\n',
    )
  })

  it('of tape judges a test by all its assertions and knows its own complaints from assertions', () => {
    const report = read('tap', { stdout: fixture('tape-a.tap') })
    expect(lines(report)).toEqual([
      'passed adds',
      'failed/assertion wrong',
      'passed asserts nothing',
      'failed/other never ends in time',
      'skipped skipped',
      'passed skips inside',
      'skipped todo',
      'failed/other plan mismatch',
      'failed/other async rejects',
      'failed/assertion error op',
      'passed parent',
      'failed/assertion child',
      'failed/assertion throws op',
    ])
  })

  it('of tape that crashed fails the test under way and has not ended', () => {
    const report = read('tap', { stdout: fixture('tape-ab.tap'), stderr: fixture('tape-ab.err') })
    expect(report?.ended).toBe(false)
    expect(report?.tests.at(-1)).toEqual({
      id: 'crashes',
      file: undefined,
      path: ['crashes'],
      status: 'failed',
      message: 'TypeError: clamp is not a function',
      failedBy: 'other',
    })
  })

  it('of tape that could not load a file names the file', () => {
    const report = read('tap', { stderr: fixture('tape-c.err') })
    expect(loads(report)).toEqual(["c.js: SyntaxError: Unexpected token ')'"])
  })

  it('is not seen in other output', () => {
    expect(read('tap', { stdout: 'all fine\n' })).toBeUndefined()
    expect(read('tap', { stdout: '', stderr: 'bash: tape: command not found' })).toBeUndefined()
  })

  it('numbers tests of the same name', () => {
    const report = read('tap', { stdout: 'TAP version 13\n# a\nok 1 x\n# a\nok 2 y\n1..2\n' })
    expect(lines(report)).toEqual(['passed a', 'passed a (2)'])
  })
})

describe('jest and vitest', () => {
  it('reads jest, whose matchers are assertions and whose time-outs are not', () => {
    const report = read('jest', { file: fixture('jest.json') })
    expect(lines(report)).toEqual([
      'passed a.test.js › adds',
      'failed/assertion a.test.js › wrong',
      'failed/other a.test.js › missing symbol',
      'skipped a.test.js › skipped',
      'skipped a.test.js › todo',
      'failed/assertion a.test.js › group › inner',
      'failed/other a.test.js › group › plain',
      'failed/assertion a.test.js › group › node assert',
      'failed/assertion a.test.js › group › resolves',
      'failed/assertion a.test.js › group › throws',
      'failed/assertion a.test.js › group › assertions',
      'failed/assertion a.test.js › group › snapshot',
      'failed/other a.test.js › slow',
    ])
    expect(loads(report)).toEqual([
      "c.test.js: Cannot find module './not-there' from 'c.test.js'",
      'b.test.js: SyntaxError: /checkout/b.test.js: Unexpected token (1:21)',
    ])
  })

  it('reads vitest', () => {
    const report = read('vitest', { file: fixture('vitest.json') })
    expect(lines(report)).toContain('failed/assertion a.test.js › group › resolves')
    expect(lines(report)).toContain('failed/other a.test.js › missing symbol')
    expect(lines(report)).toContain('failed/other a.test.js › slow')
    expect(loads(report)[1]).toBe(
      "c.test.js: Cannot find module './not-there.js' imported from /checkout/c.test.js",
    )
  })

  it('finds the report behind what the tests printed', () => {
    const stdout = `hello {\n{ not json\n${JSON.stringify({ success: true, testResults: [] })}\nDone in 1 s.\n`
    expect(read('jest', { stdout })).toEqual({ tests: [], loadErrors: [], ended: true })
  })

  it('refuses JSON of another shape and text', () => {
    expect(read('jest', { file: '{"numTotalTests": 3}' })).toBeUndefined()
    expect(read('jest', { stdout: 'PASS a.test.js' })).toBeUndefined()
  })
})

describe('mocha', () => {
  it('reads tests, pending ones and failed hooks', () => {
    const report = read('mocha', { stdout: fixture('mocha.json') })
    expect(lines(report)).toEqual([
      'passed a.spec.js › math › adds',
      'failed/assertion a.spec.js › math › wrong',
      'failed/other a.spec.js › math › missing symbol',
      'failed/other a.spec.js › math › plain',
      'skipped a.spec.js › math › pending',
      'skipped a.spec.js › math › skipped',
      'failed/other a.spec.js › math › slow',
      'passed a.spec.js › math deep › leaf',
      'failed/other a.spec.js › hooks › "before all" hook for "never"',
    ])
  })
})

describe('pytest and JUnit', () => {
  it('reads pytest: assertions, raises that saw nothing, fixtures that broke, expected failures', () => {
    const report = read('pytest', { file: fixture('pytest.xml') })
    expect(lines(report)).toEqual([
      'passed test_a.py › test_adds',
      'failed/assertion test_a.py › test_wrong',
      'failed/assertion test_a.py › test_wrong_message',
      'failed/other test_a.py › test_missing',
      'failed/assertion test_a.py › test_raises',
      'skipped test_a.py › test_skipped',
      'skipped test_a.py › test_xfail',
      'passed test_a.py › test_each[1]',
      'failed/assertion test_a.py › test_each[2]',
      'failed/other test_a.py › test_fixture',
      'failed/assertion test_a.py › test_fail',
      'failed/assertion test_a.py › TestGroup › test_inner',
      'failed/assertion test_a.py › OldStyle › test_unit',
    ])
    expect(report?.tests[2]?.message).toContain('three is <not> four & "more"')
  })

  it('reads collection errors as files that do not load', () => {
    expect(loads(read('pytest', { file: fixture('pytest-all.xml') }))).toEqual([
      'test_b.py: SyntaxError: invalid syntax',
      "test_c.py: ImportError: cannot import name 'clamp' from 'lib' (/checkout/lib.py)",
    ])
  })

  it('takes a JUnit failure for an assertion only when it says so', () => {
    const file =
      '<?xml version="1.0"?><testsuites><testsuite name="s"><testcase name="a" classname="C" file="./x.js">' +
      '<failure type="AssertionError" message="no"/></testcase><testcase name="b" classname="C">' +
      '<failure message="TypeError: x"><![CDATA[at <x>]]></failure></testcase><testcase name="c" classname="C">' +
      '<error message="AssertionError: in set-up"/></testcase></testsuite></testsuites>'
    expect(lines(read('junit', { file }))).toEqual([
      'failed/assertion x.js › C › a',
      'failed/other C › b',
      'failed/other C › c',
    ])
  })

  it.each([
    ['a document type', '<!DOCTYPE x [<!ENTITY a "b">]><testsuite/>'],
    ['an unknown entity', '<testsuite name="&bomb;"/>'],
    ['an open element', '<testsuite><testcase></testsuite>'],
    ['a second root', '<testsuite/><testsuite/>'],
    ['text around the root', 'x<testsuite/>'],
    ['another root', '<html></html>'],
    ['a cut report', '<testsuite><testcase name="a"'],
  ])('refuses XML with %s', (_, file) => {
    expect(read('junit', { file })).toBeUndefined()
  })
})

// Written by hand after `go doc test2json`; no Go toolchain took part.
describe('go test -json', () => {
  const event = (fields: object): string => `${JSON.stringify({ Package: 'example.com/m', ...fields })}\n`

  it('reads tests, subtests, panics and builds that fail', () => {
    const stdout = [
      event({ Action: 'start' }),
      event({ Action: 'run', Test: 'TestAdd' }),
      event({ Action: 'output', Test: 'TestAdd', Output: '    m_test.go:7: got 3, want 4\n' }),
      event({ Action: 'output', Test: 'TestAdd', Output: '--- FAIL: TestAdd (0.00s)\n' }),
      event({ Action: 'fail', Test: 'TestAdd' }),
      event({ Action: 'run', Test: 'TestGroup/low' }),
      event({ Action: 'pass', Test: 'TestGroup/low' }),
      event({ Action: 'pass', Test: 'TestGroup' }),
      event({ Action: 'skip', Test: 'TestLater' }),
      event({ Action: 'output', Test: 'TestPanics', Output: 'panic: runtime error: index out of range\n' }),
      event({ Action: 'fail', Test: 'TestPanics' }),
      event({ Action: 'fail' }),
      event({ Action: 'output', Package: 'example.com/b', Output: 'b/b.go:3:9: undefined: Clamp\n' }),
      event({ Action: 'output', Package: 'example.com/b', Output: 'FAIL\texample.com/b [build failed]\n' }),
      event({ Action: 'fail', Package: 'example.com/b' }),
    ].join('')
    const report = read('go', { stdout })
    expect(lines(report)).toEqual([
      'failed/assertion example.com/m › TestAdd',
      'passed example.com/m › TestGroup › low',
      'skipped example.com/m › TestLater',
      'failed/other example.com/m › TestPanics',
    ])
    expect(report?.tests[0]?.message).toBe('m_test.go:7: got 3, want 4')
    expect(loads(report)).toEqual(['undefined: b/b.go:3:9: undefined: Clamp'])
  })
})
