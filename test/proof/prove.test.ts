import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals'
import type { CriterionTest, LockedTests } from '../../src/core/evidence.ts'
import { evidence as evidenceSchema } from '../../src/core/evidence.ts'
import { openProofBench, planOf } from './proof-bench.ts'
import type { Files, ProofBench, Repository } from './proof-bench.ts'

const HEAD = "const { test } = require('node:test')\nconst assert = require('node:assert/strict')\n"
const LIB = "const { clamp } = require('../lib.js')\n"
const PACKAGE = JSON.stringify({ name: 'thing', version: '1.0.0', scripts: { test: 'node --test' } }, null, 2)
const OLD = `${HEAD}${LIB}test('keeps low', () => assert.equal(clamp(1, 2, 3), 2))\ntest('keeps between', () => assert.equal(clamp(2, 1, 3), 2))\n`
const NEW = `${HEAD}${LIB}test('clamps high numbers', () => assert.equal(clamp(9, 1, 3), 3))\n`
const TEST = 'test/clamp.test.js'
const C1: CriterionTest = { criterion: 'C1', file: TEST, name: 'clamps high numbers' }
const BUGGY = 'exports.clamp = (n, low, high) => {\n  if (n < low) return low\n  return n\n}\n'
const FIXED =
  'exports.clamp = (n, low, high) => {\n  if (n < low) return low\n  if (n > high) return high\n  return n\n}\n'
const BASE = { 'package.json': PACKAGE, 'lib.js': BUGGY, 'test/old.test.js': OLD }

// Each test runs whole suites in sandboxes, on machines that do other things as well.
jest.setTimeout(180_000)

let bench: ProofBench
let repo: Repository
let tests: LockedTests

beforeAll(async () => {
  bench = await openProofBench()
  repo = await bench.repository(BASE)
  tests = await repo.lock({ [TEST]: NEW }, [C1])
})
afterAll(() => bench.close())

async function prove(files: Files, options: { plan?: ReturnType<typeof planOf> } = {}) {
  const commit = await repo.change(tests, files)
  const context = await repo.context()
  return bench.prover.prove(context, { plan: options.plan ?? planOf(), tests, commit })
}

/** `kind subject` of every failure; throws when the proof holds. */
async function failuresOf(proof: ReturnType<typeof prove>): Promise<string[]> {
  const answer = await proof
  if (answer.ok) throw new Error('the proof holds')
  return answer.failures.map((each) => `${each.kind} ${each.subject}`)
}

async function evidenceOf(proof: ReturnType<typeof prove>) {
  const answer = await proof
  if (!answer.ok) throw new Error(answer.output)
  return answer.evidence
}

describe('an honest change', () => {
  it('is proved, and the evidence fits its schema', async () => {
    const found = await evidenceOf(prove({ 'lib.js': FIXED }))
    expect(evidenceSchema.parse(found)).toEqual(found)
    expect(found).toMatchObject({
      base: repo.base,
      criteria: [
        {
          criterion: 'C1',
          red: 'assertion',
          red_message: 'AssertionError: Expected values to be strictly equal: 9 !== 3',
          green: true,
          runs: 5,
          passed: 5,
        },
      ],
      suite: {
        granularity: 'test',
        base: { passed: 2, failed: 0, skipped: 0 },
        head: { passed: 3, failed: 0, skipped: 0 },
        flaky: [],
        failing_on_base: [],
      },
      hunks: { total: 1, tried: 1, unproved: [] },
      lint: 'absent',
      changed_files: ['lib.js', TEST],
      not_checked: [],
    })
  })

  it('passes the quick check', async () => {
    const commit = await repo.change(tests, { 'lib.js': FIXED })
    const check = await bench.prover.quick(await repo.context(), { tests, commit })
    expect(check).toEqual({ ok: true, failures: [], output: '' })
  })
})

describe('a cheat with the locked tests', () => {
  it('that edits one fails, and in the quick check the edit has no effect', async () => {
    const files = {
      [TEST]: `${HEAD}test('clamps high numbers', () => {})\n`,
      'lib.js': `${BUGGY}// looked at\n`,
    }
    expect(await failuresOf(prove(files))).toEqual([`locked_test_changed ${TEST}`])
    const commit = await repo.change(tests, files)
    const check = await bench.prover.quick(await repo.context(), { tests, commit })
    expect(check.failures.map((each) => each.kind)).toEqual(['criterion_not_green'])
    expect(check.output).toContain('9 !== 3')
  })

  it('that changes nothing else fails', async () => {
    expect(await failuresOf(prove({}))).toEqual(['nothing_changed the change'])
  })

  it('that does not make them pass fails with the message of the assertion', async () => {
    const answer = await prove({ 'lib.js': `${BUGGY}// thought about it\n` })
    expect(answer).toMatchObject({
      ok: false,
      failures: [{ kind: 'criterion_not_green', subject: `${TEST} › clamps high numbers` }],
    })
    expect(answer.ok ? '' : answer.output).toContain('9 !== 3')
  })
})

describe('a cheat with the old tests', () => {
  it('that breaks one fails', async () => {
    const broken = 'exports.clamp = (n, low, high) => (n > high ? high : n)\n'
    expect(await failuresOf(prove({ 'lib.js': broken }))).toEqual(['regression keeps low'])
  })

  it('that skips one fails', async () => {
    const skipped = OLD.replace("test('keeps low', ", "test('keeps low', { skip: true }, ")
    expect(await failuresOf(prove({ 'lib.js': FIXED, 'test/old.test.js': skipped }))).toEqual([
      'test_removed keeps low',
    ])
  })

  it('that takes one out of its file fails', async () => {
    const shorter = `${HEAD}${LIB}test('keeps between', () => assert.equal(clamp(2, 1, 3), 2))\n`
    expect(await failuresOf(prove({ 'lib.js': FIXED, 'test/old.test.js': shorter }))).toEqual([
      'test_removed keeps low',
    ])
  })

  it('that deletes their file fails', async () => {
    expect(await failuresOf(prove({ 'lib.js': FIXED, 'test/old.test.js': null }))).toEqual([
      'test_removed test/old.test.js',
    ])
  })

  it('that weakens one fails, because the old version is run as well', async () => {
    const broken = FIXED.replace('if (n < low) return low', 'if (n < low) return n')
    const weak = OLD.replace('assert.equal(clamp(1, 2, 3), 2)', 'assert.ok(clamp(1, 2, 3))')
    expect(await failuresOf(prove({ 'lib.js': broken, 'test/old.test.js': weak }))).toEqual([
      'regression keeps low',
    ])
  })

  it('that the plan announced is not held against the change, but reported', async () => {
    const other = FIXED.replace('if (n < low) return low', 'if (n < low) return n')
    const edited = OLD.replace('clamp(1, 2, 3), 2', 'clamp(1, 2, 3), 1')
    const plan = planOf({ files: [{ path: 'test/old.test.js', change: 'edit', why: 'low is free now' }] })
    const found = await evidenceOf(prove({ 'lib.js': other, 'test/old.test.js': edited }, { plan }))
    expect(found.not_checked).toEqual([
      "`test/old.test.js` changed as planned; with base's version these fail: keeps low",
    ])
  })
})

describe('a cheat with what surrounds the tests', () => {
  it('that changes scripts.test so that nothing runs has no effect', async () => {
    const files = {
      'lib.js': BUGGY.replace('return n\n', 'return n // high\n'),
      'package.json': PACKAGE.replace('node --test', 'true'),
    }
    expect(await failuresOf(prove(files))).toEqual([`criterion_not_green ${TEST} › clamps high numbers`])
  })

  it('that commits a patched node_modules fails', async () => {
    const files = { 'lib.js': FIXED, 'node_modules/x/index.js': 'module.exports = 1\n' }
    expect(await failuresOf(prove(files))).toEqual(['protected_path node_modules/x/index.js'])
  })

  it.each([
    '.github/workflows/ci.yml',
    '.github/millwright.yml',
    'AGENTS.md',
    '.claude/settings.json',
    'CODEOWNERS',
  ])('that changes %s fails', async (path) => {
    expect(await failuresOf(prove({ 'lib.js': FIXED, [path]: 'x\n' }))).toEqual([`protected_path ${path}`])
  })

  it('F-33: that hangs ends at the time limit', async () => {
    const commit = await repo.change(tests, {
      'lib.js': 'exports.clamp = () => { for (;;); }\n',
    })
    const context = await repo.context({ timeoutSeconds: 3 })
    const proof = bench.prover.prove(context, { plan: planOf(), tests, commit })
    expect(await failuresOf(proof)).toEqual(['timed_out the test command'])
  })
})

describe('hunk reversal', () => {
  it('lists a hunk that nothing misses, and one that only changes the layout', async () => {
    const spaced = `${'// one\n'.repeat(1)}${BUGGY}${'\n// filler'.repeat(8)}\nexports.other = (a) => a+1\n`
    const wide = await bench.repository({ ...BASE, 'lib.js': spaced })
    const locked = await wide.lock({ [TEST]: NEW }, [C1])
    const commit = await wide.change(locked, {
      'lib.js': spaced
        .replace('  return n\n', '  if (n > high) return high\n  return n\n')
        .replace('a+1', 'a + 1'),
      'extra.js': 'module.exports = 42\n',
      'README.md': '# Thing\n',
    })
    const answer = await bench.prover.prove(await wide.context(), { plan: planOf(), tests: locked, commit })
    if (!answer.ok) throw new Error(answer.output)
    expect(answer.evidence.hunks).toMatchObject({
      total: 3,
      tried: 3,
      unproved: [
        { file: 'extra.js', line: 0, lines: 1, header: 'the whole file' },
        { file: 'lib.js', lines: 2 },
      ],
    })
    expect(answer.evidence.not_checked).toEqual([
      'Documentation and lock files are not proved by tests: README.md',
    ])
  })

  it('says what it did not try', async () => {
    const files = Object.fromEntries(Array.from({ length: 45 }, (_, index) => [`extra-${index}.js`, '1\n']))
    const quick = await openProofBench()
    try {
      const many = await quick.repository(BASE)
      const locked = await many.lock({ [TEST]: NEW }, [C1])
      const commit = await many.change(locked, { 'lib.js': FIXED, ...files })
      const { createProver } = await import('../../src/proof/create-prover.ts')
      const log = { info: () => {}, warn: () => {}, error: () => {} }
      const prover = createProver({ sandbox: quick.sandbox, log, hunks: { most: 2 } })
      const answer = await prover.prove(await many.context(), { plan: planOf(), tests: locked, commit })
      if (!answer.ok) throw new Error(answer.output)
      expect(answer.evidence.hunks).toMatchObject({ total: 46, tried: 2 })
      expect(answer.evidence.not_checked).toEqual([
        '44 of 46 parts of the change were not taken back (limit reached).',
      ])
    } finally {
      await quick.close()
    }
  })
})
