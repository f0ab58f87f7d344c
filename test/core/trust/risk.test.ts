import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { RISKS } from '../../../src/core/plan.ts'
import { riskOf } from '../../../src/core/trust/risk.ts'
import type { ChangedFile } from '../../../src/core/trust/risk-rules.ts'

const LIMITS = { max_files: 10, max_lines: 200 }

function file(
  path: string,
  over: Partial<ChangedFile> & { diff?: string; lines?: number } = {},
): ChangedFile {
  const { diff = '-a\n+b', lines = 2, ...rest } = over
  const patch = `--- a/${path}\n+++ b/${path}\n@@ -1 +1 @@\n${diff}\n`
  const hunks = [{ lines, patch }]
  return { path, previousPath: undefined, status: 'modified', mode: '100644', binary: false, hunks, ...rest }
}

const of = (...files: ChangedFile[]) => riskOf(files, 'low', LIMITS)

describe('what is low risk', () => {
  it.each([
    [[file('README.md'), file('docs/guide.rst')], 'only documentation changed'],
    [[file('test/auth.test.ts'), file('CHANGELOG.md')], 'only tests and documentation changed'],
    [[file('src/parse.ts'), file('test/parse.test.ts')], 'a small change of ordinary source files'],
    [[file('src/parse.ts', { status: 'added' })], 'a small change of ordinary source files'],
    [
      [file('src/parse.ts', { diff: '-export function parse(a) {\n+export function parse(a, b) {' })],
      'a small change of ordinary source files',
    ],
  ])('is only this: %#', (files, because) => {
    expect(of(...files)).toEqual({ risk: 'low', because: [because] })
  })
})

describe('what is not', () => {
  it.each([
    ['high', file('package.json'), '`package.json`: dependencies: code of others runs from there on'],
    ['high', file('requirements-dev.txt'), 'dependencies'],
    ['high', file('Cargo.lock'), 'dependencies'],
    ['high', file('sub/pnpm-lock.yaml'), 'dependencies'],
    ['high', file('.github/workflows/ci.yml'), 'instructions to agents'],
    ['high', file('.gitlab-ci.yml'), 'what CI runs'],
    ['high', file('AGENTS.md'), 'instructions to agents'],
    ['high', file('src/new.ts', { status: 'renamed', previousPath: 'CLAUDE.md' }), 'instructions to agents'],
    ['high', file('db/migrations/004_users.py'), 'a migration is not taken back by a revert'],
    ['high', file('src/userPassword.js'), 'who may do what, or secrets'],
    ['high', file('src/auth/index.ts'), 'who may do what, or secrets'],
    ['high', file('src/plain.ts', { status: 'renamed', previousPath: 'src/session.ts' }), 'who may do what'],
    ['high', file('vendor/lib', { mode: '160000', hunks: [] }), 'links or submodules'],
    ['high', file('link', { mode: '120000' }), 'links or submodules'],
    ['high', file('test/a.test.ts', { status: 'deleted' }), 'tests were deleted'],
    ['high', file('lib/a.js', { status: 'renamed', previousPath: 'test/a.test.js' }), 'tests were deleted'],
    ['high', file('src/a.ts', { diff: '+if (admin\u202E) {' }), 'characters that no page shows were added'],
    ['high', file('README.md', { diff: '+see\u200Bthis' }), 'characters that no page shows were added'],
    ['medium', file('Dockerfile'), 'how it is built or deployed'],
    ['medium', file('tsconfig.build.json'), 'how it is built or deployed'],
    ['medium', file('docs/conf.py', { mode: '100755', status: 'added' }), 'programs'],
    ['medium', file('src/types.d.ts'), 'an interface that others build on'],
    ['medium', file('src/a.ts', { diff: '-export const limit = 3' }), 'something is not exported any more'],
    ['medium', file('lib/a.py', { diff: '-def parse(text):\n+def _parse(text):' }), 'not exported any more'],
    [
      'medium',
      file('lib/a.go', { diff: '-func (p *T) Parse() {}\n+func (p *T) parse() {}' }),
      'not exported',
    ],
    ['medium', file('src/A.java', { diff: '-  public void run() {' }), 'something is not exported any more'],
    [
      'medium',
      file('src/a.rs', { diff: '-pub fn run() {\n+fn run() {' }),
      'something is not exported any more',
    ],
    ['medium', file('index.js', { diff: "-module.exports = require('./a')" }), 'not exported any more'],
    ['medium', file('src/old.ts', { status: 'deleted' }), 'files were deleted'],
    ['medium', file('src/b.ts', { status: 'renamed', previousPath: 'src/a.ts' }), 'source files were moved'],
    ['medium', file('docs/logo.png', { binary: true, hunks: [] }), 'binary files, which nobody can read'],
    ['medium', file('src/run', { status: 'mode_changed', mode: '100755', hunks: [] }), 'programs'],
    ['medium', file('.prettierrc'), 'hidden files'],
    [
      'medium',
      file('src/a.ts', { lines: 201 }),
      '1 files and 201 changed lines, where 10 and 200 are low risk',
    ],
    ['high', file('src/a.ts', { lines: 1001 }), '1 files and 1001 changed lines'],
  ])('%s: %#', (risk, changed, because) => {
    const found = of(changed)
    expect(found.risk).toBe(risk)
    expect(found.because.join('\n')).toContain(because)
  })

  it('counts many small files', () => {
    const many = Array.from({ length: 11 }, (_, index) => file(`src/f${index}.ts`))
    expect(of(...many)).toEqual({
      risk: 'medium',
      because: ['11 files and 22 changed lines, where 10 and 200 are low risk'],
    })
  })

  it('names the gravest first, and some files for many', () => {
    const moved = ['a', 'b', 'c'].map((name) => file(`src/${name}.ts`, { status: 'deleted' }))
    expect(of(...moved, file('src/login.ts'))).toEqual({
      risk: 'high',
      because: [
        '`src/login.ts`: who may do what, or secrets',
        '`src/a.ts`, `src/b.ts` and 1 more: files were deleted',
      ],
    })
  })

  it('is everything that could not be read', () => {
    expect(of()).toEqual({ risk: 'high', because: ['the change could not be read'] })
  })

  it('takes no time over a file of one endless line', () => {
    const before = performance.now()
    expect(of(file('src/A.java', { diff: `-${'public '.repeat(200_000)}(` })).risk).toBe('low')
    expect(performance.now() - before).toBeLessThan(1000)
  })
})

describe('a model', () => {
  it('may raise the risk, and says so', () => {
    expect(riskOf([file('src/parse.ts')], 'high', LIMITS)).toEqual({
      risk: 'high',
      because: ['the plan itself says high'],
    })
  })

  it('never lowers it, whatever the plan says of whatever files', () => {
    const paths = fc.constantFrom('README.md', 'package.json', 'src/a.ts', 'src/auth.ts', 'Makefile', 'x.png')
    const files = fc.array(
      paths.map((path) => file(path)),
      { minLength: 1, maxLength: 6 },
    )
    fc.assert(
      fc.property(files, fc.constantFrom(...RISKS), (changed, planned) => {
        const ruled = RISKS.indexOf(riskOf(changed, 'low', LIMITS).risk)
        const both = RISKS.indexOf(riskOf(changed, planned, LIMITS).risk)
        expect(both).toBe(Math.max(ruled, RISKS.indexOf(planned)))
      }),
    )
  })

  it('cannot make a change less risky by adding to it', () => {
    const paths = fc.constantFrom('README.md', 'package.json', 'src/a.ts', 'src/auth.ts', 'test/a.test.ts')
    fc.assert(
      fc.property(fc.array(paths, { minLength: 1, maxLength: 5 }), paths, (before, more) => {
        const first = riskOf(
          before.map((path) => file(path)),
          'low',
          LIMITS,
        ).risk
        const then = riskOf(
          [...before, more].map((path) => file(path)),
          'low',
          LIMITS,
        ).risk
        expect(RISKS.indexOf(then)).toBeGreaterThanOrEqual(RISKS.indexOf(first))
      }),
    )
  })
})
