import { describe, expect, it } from '@jest/globals'
import type { ProofContext } from '../../src/ports/proof.ts'
import { runLint } from '../../src/proof/lint.ts'
import { missingTool } from '../../src/proof/rules/missing-tool.ts'

const BASE = '1'.repeat(40)
const HEAD = '2'.repeat(40)

interface Ran {
  readonly code: number
  readonly output: string
}

/** Only what lint reads of its context. */
function linted(after: Ran, before: Ran) {
  const context = {
    base: BASE,
    commands: { lint: 'npm run lint' },
    progress: { step: () => {}, note: () => {} },
  } as unknown as ProofContext
  const shell = async (_context: ProofContext, commit: string) => ({
    kind: 'ran' as const,
    ...(commit === HEAD ? after : before),
  })
  return runLint({ shell }, context, HEAD)
}
const fine = { code: 0, output: '' }
const faults = { code: 1, output: 'a.js: 1 problem' }
const gone = { code: 127, output: 'sh: 1: eclint: not found' }

describe('lint', () => {
  it.each([
    ['passed', fine, gone],
    ['failed', faults, fine],
    ['failed', gone, fine],
    ['failed_on_base_too', faults, faults],
  ])('%s', async (lint, after, before) => {
    expect(await linted(after, before)).toMatchObject({ lint, notes: [] })
  })

  it('that could not run on base is absent, and that is said', async () => {
    expect(await linted(gone, gone)).toEqual({
      lint: 'absent',
      failures: [],
      notes: ['Lint could not be run: eclint is not installed.'],
    })
  })
})

describe('a missing tool', () => {
  it.each([
    ['eclint', 127, 'sh: 1: eclint: not found'],
    ['eclint', 127, '> lint\n> eclint check\n\nsh: eclint: command not found\nnpm error'],
    ['eclint', 127, '/bin/bash: line 1: eclint: command not found'],
    ['eslint-config-x', 1, "Oops!\n\nError: Cannot find module 'eslint-config-x'\nRequire stack:"],
    ['@acme', 2, 'ESLint couldn\'t find the config "@acme" to extend from.'],
    ['lint', 1, 'npm error Missing script: "lint"'],
    ['its command', 127, 'nothing said'],
  ])('is %s, by exit code %i and %j', (name, code, output) => {
    expect(missingTool({ code, output })).toBe(name)
  })

  it.each([
    "a.ts(1,1): error TS2307: Cannot find module 'x' or its type declarations.",
    "Error: Cannot find module './own.js'",
    '3 problems',
  ])('is not what a linter that ran complains about: %j', (output) => {
    expect(missingTool({ code: 1, output })).toBeUndefined()
  })
})
