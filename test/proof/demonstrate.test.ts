import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals'
import type { Demonstration } from '../../src/ports/proof.ts'
import { openProofBench } from './proof-bench.ts'
import type { ProofBench, Repository } from './proof-bench.ts'

// Each test runs commands in sandboxes, on machines that do other things as well.
jest.setTimeout(180_000)

const HEAD = "const { test } = require('node:test')\nconst assert = require('node:assert/strict')\n"
const OLD = `${HEAD}test('old', () => assert.equal(require('../lib.js').half(4), 2))\n`

let bench: ProofBench
let repo: Repository

beforeAll(async () => {
  bench = await openProofBench()
  repo = await bench.repository({
    'package.json': JSON.stringify({ name: 'thing', version: '1.0.0', scripts: { test: 'node --test' } }),
    'lib.js': 'exports.half = (n) => n >> 1\n',
    'test/old.test.js': OLD,
  })
})
afterAll(() => bench.close())

async function show(demonstration: Partial<Demonstration>) {
  const whole: Demonstration = {
    kind: 'command',
    file: undefined,
    command: '',
    expect: '',
    control: undefined,
    ...demonstration,
  }
  return bench.prover.demonstrate(await repo.context(), repo.base, whole)
}

const showTest = (content: string, path = 'test/shown.test.js') =>
  show({ kind: 'test', file: { path, content: `${HEAD}${content}` } })

const half = (n: number): string => `node -p "require('./lib.js').half(${n})"`

describe('a demonstration by test', () => {
  it('shows a defect when it fails by assertion', async () => {
    const shown = await showTest("test('halves', () => assert.equal(require('../lib.js').half(3), 1.5))\n")
    expect(shown).toMatchObject({ shown: true, why: '' })
    expect(shown.output).toContain('1 !== 1.5')
  })

  it.each([
    ['passes', "test('halves', () => assert.equal(require('../lib.js').half(4), 2))\n", 'The test passes.'],
    ['does not load', "test('halves', () => {\n", 'The test does not load: SyntaxError'],
    ['throws', "test('halves', () => { throw new Error('boom') })\n", 'but not by an assertion: boom'],
  ])('shows nothing when it %s', async (_, content, why) => {
    expect(await showTest(content)).toMatchObject({ shown: false, why: expect.stringContaining(why) })
  })

  it.each([
    ['test/old.test.js', 'is there already'],
    ['../outside.test.js', 'cannot be used'],
    ['.github/workflows/x.yml', 'cannot be used'],
    ['node_modules/x/a.test.js', 'cannot be used'],
  ])('never writes to %s', async (path, why) => {
    const shown = await showTest("test('halves', () => assert.ok(false))\n", path)
    expect(shown).toMatchObject({ shown: false, why: expect.stringContaining(why) })
  })
})

describe('a demonstration by command', () => {
  it('shows a defect that its control does not have', async () => {
    const shown = await show({ command: half(-3), expect: '-2', control: half(4) })
    expect(shown).toEqual({ shown: true, why: '', output: `$ ${half(-3)}\n-2` })
  })

  it.each<[string, Partial<Demonstration>, string]>([
    ['without a control', { command: half(3), expect: '1' }, 'There is no control command'],
    [
      'whose control fails',
      { command: half(3), expect: '1', control: 'exit 3' },
      'did not end with exit code 0',
    ],
    [
      'whose control prints the same',
      { command: half(3), expect: '1', control: half(2) },
      'The control prints the same.',
    ],
    [
      'that is its own control',
      { command: half(3), expect: '1', control: half(3) },
      'The control is the command itself.',
    ],
    [
      'that prints something else',
      { command: half(3), expect: '7', control: half(4) },
      'does not contain what was expected',
    ],
    [
      'that expects nothing',
      { command: half(3), expect: ' ', control: half(4) },
      'nothing that its output must contain',
    ],
  ])('shows nothing %s', async (_, demonstration, why) => {
    expect(await show(demonstration)).toMatchObject({ shown: false, why: expect.stringContaining(why) })
  })
})
