import { describe, expect, it } from '@jest/globals'
import type { Evidence } from '../../src/core/evidence.ts'
import { answersBlock, changeBlock, planBlock, testsBlock } from '../../src/desk/stage-blocks.ts'
import { evidenceOf, PLAN, TESTS } from '../support/stages/positions.ts'

const nonce = 'nonce-1234'
const DIFF = '--- a/test/sum.js\n+++ b/test/sum.js\n@@ -1 +1,2 @@\n old\n+new\n'
const ID = 'a'.repeat(40)
const CHANGE = { commit: ID, tree: ID, diff_hash: '', summary: '', not_done: [], answers: [] }

describe('the plan', () => {
  it('says for every tested criterion what it introduces', () => {
    const criteria = ['clear', null].map((introduces, index) => ({
      id: `C${index + 1}`,
      text: 'works',
      proof: { kind: 'test' as const, introduces },
    }))
    const text = planBlock({ ...PLAN, criteria }, nonce)
    expect(text).toContain('C1 (test, introduces: `clear`): works')
    expect(text).toContain('C2 (test, introduces: none): works')
  })
})

describe('the locked tests', () => {
  const tests = { tests: TESTS, files: [{ path: 'test/sum.js', sha256: 'b'.repeat(64) }], commit: ID }

  it('have numbered lines, and a mark where an excerpt shows them as they were', () => {
    const text = testsBlock(tests, { diff: DIFF, held: ['test/sum.js:1-end'] }, nonce)
    expect(text).toContain('\n     1| old\n     2|+new\n')
    expect(text).toContain('- test/sum.js (shown above as it was; changed since, as follows)')
    expect(testsBlock(tests, { diff: DIFF, held: [] }, nonce)).toContain('- test/sum.js\n')
  })
})

describe('the evidence', () => {
  it('says "by inspection" where there is no test, and which lines are unproved', () => {
    const base = evidenceOf(ID, CHANGE)
    const [row] = base.criteria
    if (row === undefined) throw new Error('no criterion')
    const inspected = { ...row, criterion: 'C2', test: null, red: null, green: false, runs: 0, passed: 0 }
    const unproved = [{ file: 'index.d.ts', line: 7, lines: 3, header: '@@ -7 +7,3 @@' }]
    const evidence: Evidence = {
      ...base,
      criteria: [row, inspected],
      hunks: { total: 2, tried: 2, unproved },
    }
    const text = changeBlock(evidence, '', nonce)
    expect(text.replaceAll(/\s+/g, ' ')).toContain('{ "criterion": "C2", "proof": "by inspection" }')
    expect(text).toContain('"index.d.ts: hunk of 3 changed lines from line 7 on"')
    expect(text).not.toContain(ID)
  })
})

describe('the answers to people', () => {
  it('stand in a fence, each with whether something was done', () => {
    const answer = { kind: 'thread', id: 1, heard: 3, text: 'It has a line now.', done: true } as const
    const text = answersBlock([answer, { ...answer, id: 2, text: 'Numbers only.', done: false }], nonce)
    expect(text).toContain(
      `<<<outside answers ${nonce}>>>\n- done: It has a line now.\n- answered: Numbers only.\n<<<end outside answers ${nonce}>>>`,
    )
  })
})
