/** What a replay overlooks in a tool's answer, and what it must not. */
import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { normaliseAnswer, normaliseText } from '../../../src/adapters/recorded-model/normalise.ts'

const bash = (command: string) => ({ tool: 'bash', input: { command } })

describe('normaliseText', () => {
  it.each([
    ['durations', '# duration_ms 12.5', '# duration_ms 7031'],
    ['durations in words', 'ran 5 tests in 1.25s (took 12 ms)', 'ran 5 tests in 340ms (took 3 s)'],
    ['dates', 'at 2026-11-20T10:00:00.123Z', 'at 2027-01-01 09:00:00'],
    [
      "npm's log files",
      'in: /home/a/.npm/_logs/2026-11-20T18_37_16_042Z-debug-0.log',
      'in: /root/.npm/_logs/2027-01-02T01_02_03_999Z-debug-0.log',
    ],
    ['git dates', 'Date:   Fri Nov 20 10:11:12 2026 +0000', 'Date:   Sat Nov 21 08:00:01 2026 +0100'],
    ['folders of checkouts', 'at f (/tmp/a/lib/x.js:10:5)', 'at f (/srv/state/co/77/lib/x.js:10:5)'],
    ['the working directory', '/tmp/abc-1', '/home/someone/checkout'],
    ['file URLs', 'file:///tmp/a/x.js:1', 'file:///srv/b/x.js:1'],
    ['commits', 'commit 3f2a9c1d0e', 'commit 9b8c7d6e5f4a3b2c1d0e'],
    ['ports', 'listening on 127.0.0.1:40123', 'listening on 127.0.0.1:55001'],
    ['processes', '(node:412) Warning, pid 99', '(node:9) Warning, pid 12345'],
    ['sizes of folders', '12M\tnode_modules', '13.5M\tnode_modules'],
    [
      'listings',
      '-rw-r--r-- 1 root root 120 Nov 20 10:11 a.js',
      '-rw-rw-r-- 1 mill mill 120 Dec  1 2026 a.js',
    ],
    ['colours and npm chatter', '\u001B[32mok\u001B[0m', 'npm warn config old\nok'],
    [
      'the version of Node',
      'at node:internal/x:12:3\nNode.js v20.1.0',
      'at node:internal/x:99:1\nNode.js v24.21.0',
    ],
  ])('overlooks %s', (_what, then, now) => {
    expect(normaliseText(now)).toBe(normaliseText(then))
  })

  it.each([
    ['counts', '# pass 158', '# pass 159'],
    ['results', 'expected 0.30000000000000004', 'expected 0.3'],
    ['lines', 'lib/a.js:10', 'lib/a.js:11'],
    ['relative paths', 'src/a/x.js', 'src/b/x.js'],
    ['long numbers', 'got 1234567', 'got 1234568'],
    ['names of tests', 'not ok 3 - parses -x', 'not ok 3 - parses -y'],
    ['file names', '/tmp/a/x.js', '/tmp/a/y.js'],
    ['order', 'a\nb', 'b\na'],
  ])('sees %s', (_what, then, now) => {
    expect(normaliseText(now)).not.toBe(normaliseText(then))
  })

  it('changes nothing when applied twice', () => {
    const pieces = [
      '12ms',
      '/tmp/a/b.js',
      '2026-11-20',
      '10:11:12',
      'abc1234',
      ' ',
      '\n',
      'total 4',
      '127.0.0.1:80',
      '(node:1)',
      'file://',
      'x',
    ]
    const text = fc.array(fc.oneof(fc.constantFrom(...pieces), fc.string({ maxLength: 6 })), {
      maxLength: 12,
    })
    fc.assert(
      fc.property(text, (parts) => {
        const once = normaliseText(parts.join(''))
        expect(normaliseText(once)).toBe(once)
      }),
      { numRuns: 500 },
    )
  })
})

describe('normaliseAnswer', () => {
  it('overlooks the order where a tool has none', () => {
    for (const call of [
      { tool: 'grep', input: {} },
      { tool: 'glob', input: {} },
      bash('find . -name x'),
      bash('grep -rn x .'),
    ]) {
      expect(normaliseAnswer('b\na', call)).toBe('a\nb')
    }
  })

  it('keeps it for every other command', () => {
    for (const call of [bash('npm test'), bash('grep x a.js'), { tool: 'read', input: {} }]) {
      expect(normaliseAnswer('b\na', call)).toBe('b\na')
    }
  })
})
