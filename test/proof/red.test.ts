import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals'
import type { CriterionTest } from '../../src/core/evidence.ts'
import { openProofBench, planOf } from './proof-bench.ts'
import type { ProofBench, Repository } from './proof-bench.ts'

// Each test runs whole suites in sandboxes, on machines that do other things as well.
jest.setTimeout(180_000)

let bench: ProofBench
let repo: Repository

const PACKAGE = JSON.stringify({ name: 'thing', version: '1.0.0', scripts: { test: 'node --test' } })
const TEST = 'test/clamp.test.js'
const C1: CriterionTest = { criterion: 'C1', file: TEST, name: 'clamps high numbers' }

beforeAll(async () => {
  bench = await openProofBench()
  repo = await bench.repository({
    'package.json': PACKAGE,
    'lib.js': 'exports.clamp = (n, low, high) => (n < low ? low : n)\n',
    'test/old.test.js':
      "const { test } = require('node:test')\nconst assert = require('node:assert/strict')\n" +
      "const { clamp } = require('../lib.js')\ntest('keeps low', () => assert.equal(clamp(1, 2, 3), 2))\n",
  })
})
afterAll(() => bench.close())

const HEAD = "const { test } = require('node:test')\nconst assert = require('node:assert/strict')\n"

async function red(source: string, options: { introduces?: string } = {}) {
  const tests = await repo.lock({ [TEST]: source }, [C1])
  return bench.prover.red(await repo.context(), { plan: planOf(options), tests })
}

describe('red on base', () => {
  it('by assertion is red, with the message of the assertion', async () => {
    const report = await red(
      `${HEAD}const { clamp } = require('../lib.js')\ntest('clamps high numbers', () => assert.equal(clamp(9, 1, 3), 3))\n`,
    )
    expect(report).toEqual({
      ok: true,
      broken: [],
      output: '',
      tests: [
        {
          test: C1,
          red: 'assertion',
          message: 'AssertionError: Expected values to be strictly equal: 9 !== 3',
        },
      ],
    })
  })

  it('by a syntax error is an error, whatever the plan introduces', async () => {
    const report = await red(`${HEAD}test('clamps high numbers', () => {)\n`, { introduces: 'clamp' })
    expect(report.ok).toBe(false)
    expect(report.tests[0]).toMatchObject({ red: 'error', message: "SyntaxError: Unexpected token ')'" })
    expect(report.output).toContain('fails on base, but not by an assertion')
  })

  it('is not there for a test that asserts nothing', async () => {
    const report = await red(`${HEAD}test('clamps high numbers', () => {})\n`)
    expect(report.ok).toBe(false)
    expect(report.tests[0]).toMatchObject({ red: 'passes' })
    expect(report.output).toContain('does not fail on base, so it proves nothing')
  })

  it('is not there for a skipped test', async () => {
    const report = await red(`${HEAD}test('clamps high numbers', { skip: true }, () => assert.ok(false))\n`)
    expect(report.tests[0]).toMatchObject({ red: 'passes', message: 'The test is skipped.' })
  })

  it('is not there for a test that only throws', async () => {
    const report = await red(`${HEAD}test('clamps high numbers', () => { throw new Error('no') })\n`)
    expect(report.ok).toBe(false)
    expect(report.tests[0]).toMatchObject({ red: 'error', message: 'no' })
  })

  it('is absent when the named test is not in the file', async () => {
    const report = await red(`${HEAD}test('another name', () => assert.ok(false))\n`)
    expect(report.tests[0]).toMatchObject({ red: 'absent', message: 'No test of this name ran.' })
  })

  it('is weak when the test misses the symbol that the plan introduces, and only then', async () => {
    const source = `${HEAD}const { wrap } = require('../lib.js')\ntest('clamps high numbers', () => assert.equal(wrap(9, 1, 3), 3))\n`
    const named = await red(source, { introduces: '`wrap` in lib.js' })
    expect(named).toMatchObject({
      ok: true,
      tests: [{ red: 'weak', message: 'TypeError: wrap is not a function' }],
    })
    expect((await red(source)).tests[0]?.red).toBe('error')
    expect((await red(source, { introduces: 'clampAll' })).tests[0]?.red).toBe('error')
  })

  it('is weak when a module that the plan adds cannot be loaded', async () => {
    const tests = await repo.lock(
      {
        [TEST]: `${HEAD}const wrap = require('../wrap.js')\ntest('clamps high numbers', () => assert.ok(wrap))\n`,
      },
      [C1],
    )
    const plan = planOf({ introduces: 'wrap', files: [{ path: 'wrap.js', change: 'add', why: 'new' }] })
    const report = await bench.prover.red(await repo.context(), { plan, tests })
    expect(report).toMatchObject({
      ok: true,
      tests: [{ red: 'weak', message: "Error: Cannot find module '../wrap.js'" }],
    })
  })

  it('names old tests that break only because the new file is there', async () => {
    const tests = await repo.lock(
      {
        [TEST]: `${HEAD}test('clamps high numbers', () => assert.ok(false))\n`,
        'lib.js': 'exports.clamp = () => 0\n',
      },
      [C1],
    )
    const report = await bench.prover.red(await repo.context(), { plan: planOf(), tests })
    expect(report.ok).toBe(false)
    expect(report.broken).toEqual(['keeps low'])
  })

  it('refuses files that are not what was locked', async () => {
    const tests = await repo.lock(
      { [TEST]: `${HEAD}test('clamps high numbers', () => assert.ok(false))\n` },
      [C1],
    )
    const other = { ...tests, files: [{ path: TEST, sha256: '0'.repeat(64) }] }
    const report = await bench.prover.red(await repo.context(), { plan: planOf(), tests: other })
    expect(report).toMatchObject({ ok: false, output: `Not the locked content: ${TEST}` })
  })

  it('says which criterion of the plan has no test', async () => {
    const tests = await repo.lock(
      { [TEST]: `${HEAD}test('clamps high numbers', () => assert.ok(false))\n` },
      [C1],
    )
    const plan = planOf()
    plan.criteria.push({ id: 'C2', text: 'More.', proof: { kind: 'test', introduces: null } })
    const report = await bench.prover.red(await repo.context(), { plan, tests })
    expect(report.ok).toBe(false)
    expect(report.output).toContain('C2 has no test, though the plan says that a test proves it')
  })
})
