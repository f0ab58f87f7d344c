import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals'
import { StageFailure } from '../../src/core/errors.ts'
import type { CriterionTest } from '../../src/core/evidence.ts'
import type { Commands } from '../../src/ports/proof.ts'
import { openProofBench, planOf } from './proof-bench.ts'
import type { ProofBench } from './proof-bench.ts'

const HEAD = "const { test } = require('node:test')\nconst assert = require('node:assert/strict')\n"
const PACKAGE = JSON.stringify({ name: 'thing', version: '1.0.0', scripts: { test: 'node --test' } }, null, 2)
const TEST = 'test/new.test.js'
const C1: CriterionTest = { criterion: 'C1', file: TEST, name: 'answers' }
const NEW = `${HEAD}test('answers', () => assert.equal(require('../lib.js').answer(), 42))\n`

// Each test runs whole suites in sandboxes, on machines that do other things as well.
jest.setTimeout(180_000)

let bench: ProofBench
beforeAll(async () => {
  bench = await openProofBench()
})
afterAll(() => bench.close())

function base(more: Record<string, string> = {}) {
  return {
    'package.json': PACKAGE,
    'lib.js': 'exports.answer = () => 41\n',
    'test/old.test.js': `${HEAD}test('is a number', () => { assert.equal(typeof require('../lib.js').answer(), 'number'); assert.notEqual(process.env.FLAKE, 'old') })\n`,
    ...more,
  }
}

const kinds = (proof: Awaited<ReturnType<ProofBench['prover']['prove']>>): string[] =>
  proof.ok ? [] : proof.failures.map((each) => each.kind)

describe('what an agent left behind', () => {
  it('takes no part: a file that git ignores', async () => {
    const lib =
      "const fs = require('node:fs')\nexports.answer = () => Number(fs.readFileSync('cache', 'utf8'))\n"
    const repo = await bench.repository(base({ '.gitignore': 'cache\n' }))
    const tests = await repo.lock({ [TEST]: NEW }, [C1])
    const context = await repo.context()
    const checkout = await bench.prover.prepare(context, tests.commit, 'coding')
    const spec = { checkout: checkout.path, writable: true, allowHosts: [] }
    const limits = { seconds: 20, memoryMb: 512, processes: 32, outputBytes: 10_000 }
    const write = `printf 42 > cache; cat > lib.js <<'X'\n${lib}X\nnode --test`
    expect((await bench.sandbox.run(write, { ...spec, limits })).code).toBe(0)
    const commit = await repo.workspace.snapshot(checkout, 'work')
    await repo.workspace.discard(checkout)
    const proof = await bench.prover.prove(context, { plan: planOf(), tests, commit })
    expect(kinds(proof)).toEqual(['criterion_not_green', 'regression'])
  })

  it('takes no part: a patched dependency', async () => {
    const setup = 'mkdir -p node_modules/dep && echo "module.exports = 41" > node_modules/dep/index.js'
    const repo = await bench.repository(
      base({ '.gitignore': 'node_modules\n', 'lib.js': "exports.answer = () => require('dep')\n" }),
    )
    const tests = await repo.lock({ [TEST]: NEW }, [C1])
    const context = await repo.context({ setup })
    const checkout = await bench.prover.prepare(context, tests.commit, 'coding')
    const spec = { checkout: checkout.path, writable: true, allowHosts: [] }
    const limits = { seconds: 20, memoryMb: 512, processes: 32, outputBytes: 10_000 }
    const patch =
      'echo "module.exports = 42" > node_modules/dep/index.js; echo "// read" >> lib.js; node --test'
    const patched = await bench.sandbox.run(patch, { ...spec, limits })
    expect([patched.code, patched.stderr]).toEqual([0, ''])
    const commit = await repo.workspace.snapshot(checkout, 'work')
    await repo.workspace.discard(checkout)
    expect(commit).not.toBe(tests.commit)
    const proof = await bench.prover.prove(context, { plan: planOf(), tests, commit })
    expect(kinds(proof)).toEqual(['criterion_not_green'])
    expect(proof.ok ? '' : proof.output).toContain('41 !== 42')
  })
})

describe('dependencies', () => {
  it('are installed once for equal manifests, and anew when a manifest changes', async () => {
    const manifest = JSON.stringify({ ...JSON.parse(PACKAGE), dependencies: { dep: 'file:./dep' } }, null, 2)
    const repo = await bench.repository(
      base({
        'package.json': manifest,
        'dep/package.json': '{"name":"dep","version":"1.0.0","main":"index.js"}\n',
        'dep/index.js': 'module.exports = 41\n',
        'lib.js': "exports.answer = () => require('dep')\n",
      }),
    )
    const tests = await repo.lock({ [TEST]: NEW }, [C1])
    const context = await repo.context()
    const installs = (): number =>
      bench.sandbox.runs.filter((run) => run.command.includes('npm install')).length
    const [before, from] = [installs(), bench.sandbox.runs.length]
    const commit = await repo.change(tests, { 'dep/index.js': 'module.exports = 42\n' })
    const proof = await bench.prover.prove(context, { plan: planOf(), tests, commit })
    expect(proof).toMatchObject({ ok: true, evidence: { hunks: { total: 1, tried: 1, unproved: [] } } })
    expect(installs() - before).toBe(1)
    const broken = await repo.change(tests, {
      'dep/index.js': 'module.exports = 42\n',
      'package.json': manifest.replace('file:./dep', 'file:./no-such-folder/x.tgz'),
    })
    const refused = await bench.prover.prove(context, { plan: planOf(), tests, commit: broken })
    expect(kinds(refused)).toEqual(['setup_failed'])
    expect(installs() - before).toBe(2)
    const setups = bench.sandbox.runs.slice(from).filter((run) => run.spec.allowHosts.length > 0)
    expect(setups.every((run) => run.command.includes('npm install'))).toBe(true)
    expect(setups[0]?.spec.allowHosts).toEqual(['registry.npmjs.org'])
  })

  it('that cannot be installed are said in the baseline and stop the preparation', async () => {
    const repo = await bench.repository(base())
    const context = await repo.context({ setup: 'echo "no such compiler" >&2; exit 3' })
    const baseline = await bench.prover.baseline(context)
    expect(baseline).toMatchObject({ kind: 'setup_failed', detail: 'no such compiler' })
    const prepared = bench.prover.prepare(context, repo.base, 'coding')
    await expect(prepared).rejects.toMatchObject({ code: 'setup_failed', resumable: true })
    await expect(prepared).rejects.toBeInstanceOf(StageFailure)
  })
})

describe('tests that waver', () => {
  async function provedWith(flakes: string[], newTest = NEW) {
    const repo = await bench.repository(base())
    const tests = await repo.lock({ [TEST]: newTest }, [C1])
    const commit = await repo.change(tests, { 'lib.js': 'exports.answer = () => 42\n' })
    const context = await repo.context()
    bench.sandbox.flakes = flakes
    return bench.prover.prove(context, { plan: planOf(), tests, commit })
  }

  it('and are old are reported and not blamed', async () => {
    // Base, head, then the first rerun of head.
    const proof = await provedWith(['', 'old', ''])
    expect(proof).toMatchObject({ ok: true, evidence: { suite: { flaky: ['is a number'] } } })
  })

  it('and fail in every rerun of head and never on base are blamed', async () => {
    const proof = await provedWith(['', 'old', 'old', '', 'old', '', 'old', ''])
    expect(kinds(proof)).toEqual(['regression'])
  })

  it('and are new fail the proof', async () => {
    const wavering = NEW.replace(
      "'answers', () => ",
      "'answers', () => process.env.FLAKE === 'new' ? assert.fail() : ",
    )
    // Base, head, then the second of five runs of the new test.
    const proof = await provedWith(['', '', '', 'new'], wavering)
    expect(kinds(proof)).toEqual(['criterion_flaky'])
    expect(proof.ok ? '' : proof.output).toContain('It passed 4 of 5 runs.')
  })
})

describe('the baseline', () => {
  async function baselineOf(files: Record<string, string>, changes: Partial<Commands> = {}) {
    const repo = await bench.repository(files)
    return bench.prover.baseline(await repo.context(changes))
  }

  it('is green', async () => {
    expect(await baselineOf(base())).toMatchObject({ kind: 'green', passed: 1, failed: [], readable: true })
  })

  it('is red with names, and what is red is not held against a change', async () => {
    const red = base({ 'test/red.test.js': `${HEAD}test('is red', () => assert.ok(false))\n` })
    const repo = await bench.repository(red)
    const context = await repo.context()
    expect(await bench.prover.baseline(context)).toMatchObject({ kind: 'red', passed: 1, failed: ['is red'] })
    const tests = await repo.lock({ [TEST]: NEW }, [C1])
    const commit = await repo.change(tests, { 'lib.js': 'exports.answer = () => 42\n' })
    const proof = await bench.prover.prove(context, { plan: planOf(), tests, commit })
    expect(proof).toMatchObject({ ok: true, evidence: { suite: { failing_on_base: ['is red'], flaky: [] } } })
  })

  it('has no tests', async () => {
    expect(await baselineOf({ 'package.json': PACKAGE, 'lib.js': '1\n' })).toMatchObject({ kind: 'no_tests' })
  })

  it('does not end', async () => {
    const hangs = base({ 'test/hangs.test.js': `${HEAD}test('hangs', () => { for (;;); })\n` })
    expect(await baselineOf(hangs, { timeoutSeconds: 3 })).toMatchObject({ kind: 'timed_out' })
  })

  it('without a readable report is judged by its exit code', async () => {
    const plain = { test: 'node lib.js', report: 'none' as const }
    expect(await baselineOf(base(), plain)).toMatchObject({ kind: 'green', readable: false })
    expect(await baselineOf(base({ 'lib.js': 'process.exit(2)\n' }), plain)).toMatchObject({
      kind: 'red',
      failed: [],
    })
  })
})

describe('node_modules', () => {
  const tool = (text: string): string =>
    `mkdir -p node_modules/dep && cat > node_modules/dep/index.js <<'X'\n${text}\nX`

  it('is mounted for runs, and copied once a tool wants to write into it', async () => {
    const repo = await bench.repository(
      base({ '.gitignore': 'node_modules\n', 'lib.js': "exports.answer = () => require('dep')\n" }),
    )
    const writes = "require('fs').writeFileSync(__dirname + '/cache', '1')\nmodule.exports = 41"
    const from = bench.sandbox.runs.length
    const baseline = await bench.prover.baseline(await repo.context({ setup: tool(writes) }))
    expect(baseline.kind).toBe('green')
    const runs = bench.sandbox.runs.slice(from).filter((run) => run.command.includes('node --test'))
    expect(runs.map((run) => run.command.includes('cp -a'))).toEqual([false, true])
    const plain = await bench.prover.baseline(await repo.context({ setup: tool('module.exports = 41') }))
    expect(plain.kind).toBe('green')
    expect(bench.sandbox.runs.at(-1)?.command).not.toContain('cp -a')
  })

  it('that is a link out of the checkout is never mounted', async () => {
    const repo = await bench.repository(base())
    const from = bench.sandbox.runs.length
    await bench.prover.baseline(await repo.context({ setup: 'ln -s /etc node_modules' }))
    const binds = bench.sandbox.runs.slice(from).flatMap((run) => run.spec.binds ?? [])
    expect(binds.map((bind) => bind.to)).toEqual(['/opt/dependencies'])
  })
})

describe('stopping', () => {
  it('ends the run with the reason of the signal, and leaves no result behind', async () => {
    const repo = await bench.repository(base({ 'lib.js': 'exports.answer = () => 41\n// stop\n' }))
    const context = await repo.context()
    const stop = new AbortController()
    const running = bench.prover.baseline({ ...context, signal: stop.signal })
    setTimeout(() => stop.abort(new Error('stopped by a person')), 30)
    await expect(running).rejects.toThrow('stopped by a person')
    expect(await bench.prover.baseline(context)).toMatchObject({ kind: 'green' })
  })
})
