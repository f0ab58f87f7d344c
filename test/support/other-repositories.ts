/** Repositories of other shapes than the small one, each with an issue about it and a model's honest work on it. */
import type { Plan } from '../../src/core/plan.ts'
import type { Review } from '../../src/core/review.ts'
import type { IntakeAnswer } from '../../src/stages/intake/normaliser/normaliser.ts'
import { UNDERSTOOD, writeAndSubmit } from './role-model.ts'
import type { RoleScripts } from './role-model.ts'
import { submit } from './scripted-model.ts'

interface Shape {
  readonly files: Readonly<Record<string, string>>
  readonly issue: { readonly title: string; readonly body: string }
  readonly plan: Plan
  readonly work: RoleScripts
}

const NOTHING_FOUND: Review = {
  summary: 'It does what was asked for, and nothing else.',
  findings: [],
  not_checked: [],
}

const ACCEPTED = {
  verdict: 'accept',
  problem_fit: 'It is what was asked for.',
  assumptions: [],
  smaller_way: null,
  notes: [],
}

interface Honest {
  readonly reading: Partial<IntakeAnswer>
  readonly plan: Plan
  /** Absent where no criterion has a test. */
  readonly tests?: {
    readonly criterion: string
    readonly file: string
    readonly name: string
    readonly text: string
  }
  readonly change: Readonly<Record<string, string>>
  readonly summary: string
}

function honestWork({ reading, plan, tests, change, summary }: Honest): RoleScripts {
  const written = tests && {
    tester: [
      writeAndSubmit(
        { [tests.file]: tests.text },
        { tests: [{ criterion: tests.criterion, file: tests.file, name: tests.name }], cannot: null },
      ),
    ],
  }
  return {
    intake: [submit({ ...UNDERSTOOD, ...reading })],
    architect: [submit({ outcome: 'plan', plan })],
    plan_reviewer: [submit(ACCEPTED)],
    ...written,
    coder: [writeAndSubmit(change, { summary, not_done: [], cannot: null })],
    reviewer: [submit(NOTHING_FOUND)],
  }
}

const HANDBOOK = `# Handbook

How we work. Read it once, and mend it when it is wrong.

## Holidays

Ask your lead two weeks before. Mail goes to \`holidays@example.com\`.
`

const HANDBOOK_PLAN: Plan = {
  title: 'Name the address that takes holiday requests',
  problem: 'The handbook names holidays@example.com, which nobody reads any more.',
  approach: 'One line of docs/handbook.md changes; no other file names the address.',
  criteria: [
    {
      id: 'C1',
      text: 'The handbook names `people@example.com` for holidays',
      proof: { kind: 'inspection', how: 'read the section Holidays of docs/handbook.md' },
    },
  ],
  files: [{ path: 'docs/handbook.md', change: 'edit', why: 'it names the old address' }],
  risk: 'low',
  risks: [],
  test_strategy: 'There is nothing to run here; the section is read.',
  out_of_scope: ['other sections'],
}

/** Nothing but prose: no test can be run. */
export const HANDBOOK_SHAPE: Shape = {
  files: {
    'README.md': '# handbook\n\nStart with [the handbook](docs/handbook.md).\n',
    'docs/handbook.md': HANDBOOK,
    LICENSE: 'Copyright. All rights reserved.\n',
  },
  issue: {
    title: 'The handbook names an address that nobody reads',
    body: 'Holiday requests go to `people@example.com` now, but docs/handbook.md still says `holidays@example.com`.',
  },
  plan: HANDBOOK_PLAN,
  work: honestWork({
    reading: {
      problem: 'The handbook names an address that nobody reads.',
      wanted: 'It names `people@example.com`.',
      kind: 'documentation',
      hints: ['docs/handbook.md'],
    },
    plan: HANDBOOK_PLAN,
    change: { 'docs/handbook.md': HANDBOOK.replace('holidays@', 'people@') },
    summary: 'The section on holidays names the address that is read.',
  }),
}

const WRAP =
  'def wrap(text, width):\n    return [text[at : at + width] for at in range(0, len(text), width)]\n'

const WRAP_PLAN: Plan = {
  title: 'Refuse a width of less than one',
  problem: 'wrap with a width below zero gives an empty list, so the text is lost without a word.',
  approach:
    'text_wrap.py checks the width first; range() already refuses zero, by an error about its own step.',
  criteria: [
    {
      id: 'C1',
      text: '`wrap("abc", -1)` raises a `ValueError` that says `width must be at least 1`',
      proof: { kind: 'test', introduces: null },
    },
  ],
  files: [
    { path: 'text_wrap.py', change: 'edit', why: 'the width is taken as it comes' },
    { path: 'tests/test_width.py', change: 'add', why: 'the criterion' },
  ],
  risk: 'low',
  risks: [],
  test_strategy: 'A new file beside tests/test_text_wrap.py, run by pytest.',
  out_of_scope: ['widths that are no numbers'],
}

/** pytest, found by its config; no dependency of its own. */
export const PYTHON_SHAPE: Shape = {
  files: {
    'README.md': '# text-wrap\n\nCuts text into lines.\n',
    'pyproject.toml': '[tool.pytest.ini_options]\npythonpath = ["."]\n',
    'text_wrap.py': WRAP,
    'tests/test_text_wrap.py':
      "from text_wrap import wrap\n\n\ndef test_cuts_at_the_width():\n    assert wrap('abcde', 2) == ['ab', 'cd', 'e']\n",
  },
  issue: {
    title: 'wrap swallows the text when the width is negative',
    body: '`wrap("abc", -1)` gives `[]`. I expect a `ValueError` that says `width must be at least 1`.',
  },
  plan: WRAP_PLAN,
  work: honestWork({
    reading: { problem: 'A negative width loses the text.', wanted: 'A `ValueError`.', hints: ['wrap'] },
    plan: WRAP_PLAN,
    tests: {
      criterion: 'C1',
      file: 'tests/test_width.py',
      name: 'test_refuses_a_width_below_one',
      text: `from text_wrap import wrap


def refusal(width):
    try:
        return wrap('abc', width)
    except ValueError as error:
        return str(error)


def test_refuses_a_width_below_one():
    assert refusal(-1) == 'width must be at least 1'
`,
    },
    change: {
      'text_wrap.py': WRAP.replace(
        '    return',
        "    if width < 1:\n        raise ValueError('width must be at least 1')\n    return",
      ),
    },
    summary: 'wrap refuses a width of less than one instead of losing the text.',
  }),
}

const TYPED_MANIFEST = {
  name: 'cases',
  version: '1.0.0',
  private: true,
  main: 'dist/index.js',
  types: 'dist/index.d.ts',
  scripts: { build: 'node scripts/build.js', pretest: 'npm run build', test: 'node --test test/' },
}

const KEBAB = "exports.kebabCase = (text) => text.trim().toLowerCase().split(/\\s+/).join('-')\n"
const KEBAB_TYPES = 'export declare function kebabCase(text: string): string\n'
const TITLE =
  '\nexports.titleCase = (text) => text.replace(/\\b\\p{Ll}/gu, (letter) => letter.toUpperCase())\n'

const TITLE_PLAN: Plan = {
  title: 'Add titleCase, with its type',
  problem: 'Headings have to be put in title case by hand.',
  approach:
    'A second function beside kebabCase in src/index.js, declared in src/index.d.ts; the build copies both.',
  criteria: [
    {
      id: 'C1',
      text: '`titleCase("a small step")` gives `"A Small Step"`',
      proof: { kind: 'test', introduces: 'titleCase' },
    },
  ],
  files: [
    { path: 'src/index.js', change: 'edit', why: 'the new function' },
    { path: 'src/index.d.ts', change: 'edit', why: 'its declaration' },
    { path: 'test/title-case.test.js', change: 'add', why: 'the criterion' },
  ],
  risk: 'medium',
  risks: ['The name becomes part of the public interface.'],
  test_strategy: 'A new file beside test/kebab-case.test.js; npm test builds first.',
  out_of_scope: ['words that stay small'],
}

/** Typed, built before it is tested, and tested by what was built; without dependencies. */
export const TYPED_SHAPE: Shape = {
  files: {
    'package.json': `${JSON.stringify(TYPED_MANIFEST, undefined, 2)}\n`,
    '.gitignore': 'dist/\n',
    'README.md': '# cases\n\nTurns text into other cases.\n',
    'scripts/build.js': `'use strict'
const { copyFileSync, mkdirSync } = require('node:fs')

mkdirSync('dist', { recursive: true })
for (const file of ['index.js', 'index.d.ts']) copyFileSync(\`src/\${file}\`, \`dist/\${file}\`)
console.log('built 2 files')
`,
    'src/index.js': `'use strict'\n\n${KEBAB}`,
    'src/index.d.ts': KEBAB_TYPES,
    'test/kebab-case.test.js': `'use strict'
const assert = require('node:assert/strict')
const test = require('node:test')
const { kebabCase } = require('../dist/index.js')

test('words are joined by hyphens', () => {
  assert.equal(kebabCase(' A small  step '), 'a-small-step')
})
`,
    'test/types.test.js': `'use strict'
const assert = require('node:assert/strict')
const { readFileSync } = require('node:fs')
const test = require('node:test')

test('what is exported is declared', () => {
  const types = readFileSync('dist/index.d.ts', 'utf8')
  const declared = [...types.matchAll(/declare function (\\w+)/g)].map(([, name]) => name)
  assert.deepEqual(declared.sort(), Object.keys(require('../dist/index.js')).sort())
})
`,
  },
  issue: {
    title: 'Add titleCase',
    body: 'For headings: `titleCase("a small step")` should give `"A Small Step"`. With a type, as `kebabCase` has.',
  },
  plan: TITLE_PLAN,
  work: honestWork({
    reading: {
      problem: 'There is no function for title case.',
      wanted: '`titleCase("a small step")` gives `"A Small Step"`.',
      kind: 'feature',
      hints: ['kebabCase'],
    },
    plan: TITLE_PLAN,
    tests: {
      criterion: 'C1',
      file: 'test/title-case.test.js',
      name: 'each word begins with a capital',
      text: `'use strict'
const assert = require('node:assert/strict')
const test = require('node:test')
const { titleCase } = require('../dist/index.js')

test('each word begins with a capital', () => {
  assert.equal(titleCase('a small step'), 'A Small Step')
})
`,
    },
    change: {
      'src/index.js': `'use strict'\n\n${KEBAB}${TITLE}`,
      'src/index.d.ts': `${KEBAB_TYPES}export declare function titleCase(text: string): string\n`,
    },
    summary: 'titleCase is there, and declared.',
  }),
}
