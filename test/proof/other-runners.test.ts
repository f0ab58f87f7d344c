import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals'
import type { CriterionTest } from '../../src/core/evidence.ts'
import { pytestMissing } from '../support/pytest-missing.ts'
import { openProofBench, planOf } from './proof-bench.ts'
import type { ProofBench } from './proof-bench.ts'

// Installing from the registry comes on top of whole suites in sandboxes.
jest.setTimeout(240_000)

let bench: ProofBench
beforeAll(async () => {
  bench = await openProofBench()
})
afterAll(() => bench.close())

const FIXED =
  'exports.clamp = (n, low, high) => {\n  if (n < low) return low\n  if (n > high) return high\n  return n\n}\n'
const BUGGY = FIXED.replace('  if (n > high) return high\n', '')

describe('tape', () => {
  const OLD =
    "const test = require('tape')\nconst { clamp } = require('../lib.js')\ntest('keeps low', (t) => { t.equal(clamp(1, 2, 3), 2); t.end() })\n"
  const C1: CriterionTest = { criterion: 'C1', file: 'test/new.js', name: 'clamps high numbers' }

  async function tapeRepository() {
    const repo = await bench.repository({
      'package.json': JSON.stringify({
        name: 'thing',
        version: '1.0.0',
        scripts: { test: 'npm run lint && tape test/*.js', lint: 'node --check lib.js' },
        devDependencies: { tape: '5.9.0' },
      }),
      'lib.js': BUGGY,
      'test/old.js': OLD,
    })
    return { repo, context: await repo.context() }
  }

  it('is proved from the registry, with lint', async () => {
    const { repo, context } = await tapeRepository()
    const source = OLD.replace("'keeps low'", "'clamps high numbers'").replace(
      'clamp(1, 2, 3), 2',
      'clamp(9, 2, 3), 3',
    )
    const tests = await repo.lock({ 'test/new.js': source }, [C1])
    const red = await bench.prover.red(context, { plan: planOf(), tests })
    expect(red).toMatchObject({
      ok: true,
      tests: [{ red: 'assertion', message: 'should be strictly equal expected: 3 actual: 9' }],
    })
    const commit = await repo.change(tests, { 'lib.js': FIXED })
    const proof = await bench.prover.prove(context, { plan: planOf(), tests, commit })
    expect(proof).toMatchObject({
      ok: true,
      evidence: {
        criteria: [{ red: 'assertion', green: true, runs: 5, passed: 5 }],
        suite: { granularity: 'test', base: { passed: 1 }, head: { passed: 2 } },
        hunks: { total: 1, tried: 1, unproved: [] },
        lint: 'passed',
      },
    })
    const linty = await repo.change(tests, {
      'lib.js': FIXED,
      'package.json': '{"name":"thing","version":"1.0.1"}',
    })
    const refused = await bench.prover.prove(context, { plan: planOf(), tests, commit: linty })
    expect(refused.ok).toBe(false)
  })

  it('that crashes for want of the new symbol is weak where the plan introduces it, else an error', async () => {
    const { repo, context } = await tapeRepository()
    const source =
      "const test = require('tape')\nconst { wrap } = require('../lib.js')\ntest('clamps high numbers', (t) => { t.equal(wrap(1), 1); t.end() })\n"
    const tests = await repo.lock({ 'test/new.js': source }, [C1])
    const weak = await bench.prover.red(context, { plan: planOf({ introduces: 'wrap()' }), tests })
    expect(weak).toMatchObject({ ok: true, broken: [], tests: [{ red: 'weak' }] })
    const strict = await bench.prover.red(context, { plan: planOf(), tests })
    expect(strict).toMatchObject({
      ok: false,
      tests: [{ red: 'error', message: 'TypeError: wrap is not a function' }],
    })
  })
})

const missing = pytestMissing('/usr/bin/python3')

describe('pytest', () => {
  const OLD = 'from lib import clamp\n\n\ndef test_keeps_low():\n    assert clamp(1, 2, 3) == 2\n'
  const BUGGY_PY = 'def clamp(n, low, high):\n    if n < low:\n        return low\n    return n\n'
  const FIXED_PY = BUGGY_PY.replace('    return n\n', '    if n > high:\n        return high\n    return n\n')
  const TEST = 'tests/test_new.py'
  const NEW = 'from lib import clamp\n\n\ndef test_clamps_high():\n    assert clamp(9, 2, 3) == 3\n'
  const C1: CriterionTest = { criterion: 'C1', file: TEST, name: 'test_clamps_high' }

  if (missing !== undefined) {
    it('is not on this machine, so nothing of it was tried', () => {
      process.stderr.write(`pytest was NOT tried: ${missing}\n`)
      expect(missing).toMatch(/No module named pytest|ENOENT/)
      // A developer may be without it; CI may not, or its green would say something that nobody tried.
      expect(process.env['CI'] === 'true' ? 'CI needs python3-pytest' : '').toBe('')
    })
    return
  }

  async function python() {
    const repo = await bench.repository({
      'lib.py': BUGGY_PY,
      'pytest.ini': '[pytest]\npythonpath = .\n',
      'tests/test_old.py': OLD,
    })
    const tests = await repo.lock({ [TEST]: NEW }, [C1])
    return {
      repo,
      tests,
      context: await repo.context({
        test: ((await repo.context()).commands.test ?? '').replace('python3', '/usr/bin/python3'),
      }),
    }
  }

  it('is proved', async () => {
    const { repo, tests, context } = await python()
    expect(await bench.prover.red(context, { plan: planOf(), tests })).toMatchObject({
      ok: true,
      tests: [{ red: 'assertion', message: 'assert 9 == 3' }],
    })
    const commit = await repo.change(tests, { 'lib.py': FIXED_PY })
    expect(await bench.prover.prove(context, { plan: planOf(), tests, commit })).toMatchObject({
      ok: true,
      evidence: {
        criteria: [{ red: 'assertion', green: true, passed: 5 }],
        hunks: { tried: 1, unproved: [] },
      },
    })
  })

  it('whose configuration is changed so that old tests are left out fails', async () => {
    const { repo, tests, context } = await python()
    const commit = await repo.change(tests, {
      'lib.py': FIXED_PY.replace('        return low\n', '        return 0\n'),
      'pytest.ini': '[pytest]\npythonpath = .\naddopts = --deselect tests/test_old.py::test_keeps_low\n',
    })
    const proof = await bench.prover.prove(context, { plan: planOf(), tests, commit })
    expect(proof).toMatchObject({
      ok: false,
      failures: [{ kind: 'test_removed', subject: 'tests/test_old.py › test_keeps_low' }],
    })
  })

  it('whose conftest makes every test pass fails with the base configuration', async () => {
    const { repo, tests, context } = await python()
    const commit = await repo.change(tests, {
      'lib.py': `${BUGGY_PY}# looked at\n`,
      'conftest.py':
        'import pytest\n\n\n@pytest.hookimpl(hookwrapper=True)\ndef pytest_runtest_makereport(item, call):\n' +
        '    outcome = yield\n    outcome.get_result().outcome = "passed"\n',
    })
    const proof = await bench.prover.prove(context, { plan: planOf(), tests, commit })
    expect(proof).toMatchObject({
      ok: false,
      failures: [{ kind: 'criterion_not_green', subject: `${TEST} › test_clamps_high` }],
    })
    expect(proof.ok ? '' : proof.output).toContain("With base's version of `conftest.py`: assert 9 == 3")
  })
})
