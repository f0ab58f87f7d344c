/** A repository without dependencies, an issue about it, and a model that does honest work on it in six turns. */
import type { Plan } from '../../src/core/plan.ts'
import type { Review } from '../../src/core/review.ts'
import type { IntakeAnswer } from '../../src/stages/intake/normaliser/normaliser.ts'
import { UNDERSTOOD, writeAndSubmit } from './role-model.ts'
import type { RoleScripts } from './role-model.ts'
import { submit } from './scripted-model.ts'

const MANIFEST = { name: 'widget', version: '1.0.0', private: true, scripts: { test: 'node --test' } }

/** `sum` loses the first number; the tests that are there do not notice. */
export const SMALL_REPOSITORY: Readonly<Record<string, string>> = {
  'package.json': `${JSON.stringify(MANIFEST, undefined, 2)}\n`,
  'README.md': '# widget\n\nAdds numbers.\n',
  'lib/sum.js': `'use strict'

exports.sum = (numbers) => numbers.slice(1).reduce((total, number) => total + number, 0)
`,
  'test/sum.test.js': `'use strict'
const assert = require('node:assert/strict')
const test = require('node:test')
const { sum } = require('../lib/sum.js')

test('nothing adds up to zero', () => {
  assert.equal(sum([]), 0)
})

test('zero and two are two', () => {
  assert.equal(sum([0, 2]), 2)
})
`,
}

export const SMALL_ISSUE = {
  title: 'sum loses the first number',
  body: 'sum([1, 2]) gives 2, and I expect 3. It seems that the first number is left out.',
}

export const CRITERION_TEST = 'the first number counts'

export const SMALL_PLAN: Plan = {
  title: 'Add the first number, too',
  problem: 'sum([1, 2]) gives 2: the first number is left out.',
  approach: 'lib/sum.js cuts the first number off before it adds. Add all of them; nothing else calls it.',
  criteria: [{ id: 'C1', text: 'sum([1, 2]) gives 3', proof: { kind: 'test', introduces: null } }],
  files: [
    { path: 'lib/sum.js', change: 'edit', why: 'the first number is cut off here' },
    { path: 'test/first.test.js', change: 'add', why: 'the criterion' },
  ],
  risk: 'low',
  risks: [],
  test_strategy: 'A new file beside test/sum.test.js, run by node --test.',
  out_of_scope: ['numbers that are text'],
}

const FIRST_TEST = `'use strict'
const assert = require('node:assert/strict')
const test = require('node:test')
const { sum } = require('../lib/sum.js')

test('${CRITERION_TEST}', () => {
  assert.equal(sum([1, 2]), 3)
})
`

export const MENDED = `'use strict'

exports.sum = (numbers) => numbers.reduce((total, number) => total + number, 0)
`

const REVIEW: Review = {
  summary: 'The cut is gone and nothing else changed.',
  findings: [
    {
      severity: 'minor',
      category: 'documentation',
      file: 'lib/sum.js',
      line: 3,
      claim: 'What an empty list gives is said nowhere.',
      why: 'Callers have to read the code.',
    },
  ],
  not_checked: [],
}

const ACCEPTED = {
  verdict: 'accept',
  problem_fit: 'It is what was asked for.',
  assumptions: [],
  smaller_way: null,
  notes: [],
}

const DONE = { summary: 'sum adds all numbers now.', not_done: [], cannot: null }

const READING: IntakeAnswer = {
  ...UNDERSTOOD,
  problem: 'sum([1, 2]) gives 2: the first number is left out.',
  wanted: '`sum([1, 2])` gives `3`.',
  hints: ['sum'],
}

/** The replies of each role from label to draft. A test replaces those of the role that its story is about. */
export const HONEST_WORK = {
  intake: [submit(READING)],
  architect: [submit({ outcome: 'plan', plan: SMALL_PLAN })],
  plan_reviewer: [submit(ACCEPTED)],
  tester: [
    writeAndSubmit(
      { 'test/first.test.js': FIRST_TEST },
      {
        tests: [{ criterion: 'C1', file: 'test/first.test.js', name: CRITERION_TEST }],
        cannot: null,
      },
    ),
  ],
  coder: [writeAndSubmit({ 'lib/sum.js': MENDED }, DONE)],
  reviewer: [submit(REVIEW)],
} as const satisfies RoleScripts
