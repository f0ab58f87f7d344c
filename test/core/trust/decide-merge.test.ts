import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { DEFAULT_CONFIG } from '../../../src/core/config.ts'
import type { MergeReason } from '../../../src/core/merge-decision.ts'
import { MERGE_REASONS, mergeDecision } from '../../../src/core/merge-decision.ts'
import type { MergeFacts } from '../../../src/core/trust/decide-merge.ts'
import { decideMerge } from '../../../src/core/trust/decide-merge.ts'
import type { ChangedFile } from '../../../src/core/trust/risk-rules.ts'
import { ALICE, BOB, EVIDENCE, later, PLAN, SHA, VERDICT } from '../../support/states.ts'

const file = (path: string, over: Partial<ChangedFile> = {}): ChangedFile => ({
  path,
  previousPath: undefined,
  status: 'modified',
  mode: '100644',
  binary: false,
  hunks: [{ lines: 2, patch: '@@ -1 +1 @@\n-a\n+b\n' }],
  ...over,
})

const finding = {
  severity: 'minor',
  category: 'tests',
  file: 'index.js',
  line: 1,
  claim: 'The name says less',
  why: '',
  standing: 'note',
  demonstration: '',
} as const

/** Level 3, a small change, and every gate holds. */
const GOOD: MergeFacts = {
  head: SHA('5'),
  headIsOurs: true,
  trust: { level: 3, scopes: { paths: [], labels: [] }, low_risk: { max_files: 10, max_lines: 200 } },
  protected: DEFAULT_CONFIG.protected,
  files: [file('index.js'), file('test/short.js')],
  plan: PLAN,
  evidence: EVIDENCE,
  verdict: VERDICT,
  hold: null,
  hiddenCharacters: 0,
  requester: ALICE,
  labels: ['millwright', 'Small'],
  pull: { mergeable: true, behind: false, baseChanged: false },
  base: { upToDate: true, mergeQueue: false, requiredChecks: ['test'], approvals: 1 },
  checks: [
    { name: 'test', state: 'passed' },
    { name: 'lint', state: 'passed' },
  ],
  remarksOpen: 0,
  changesRequestedBy: [],
  approvedBy: [BOB],
}

const trust = (level: number, scopes = GOOD.trust.scopes): Pick<MergeFacts, 'trust'> => ({
  trust: { ...GOOD.trust, level, scopes },
})
const base = (rules: Partial<NonNullable<MergeFacts['base']>>): Pick<MergeFacts, 'base'> => ({
  base: { upToDate: true, mergeQueue: false, requiredChecks: ['test'], approvals: 1, ...rules },
})
const pull = (one: Partial<MergeFacts['pull']>): Pick<MergeFacts, 'pull'> => ({
  pull: { ...GOOD.pull, ...one },
})
const check = (name: string, state: 'pending' | 'passed' | 'failed' | 'skipped', foreign = false) => ({
  name,
  state,
  foreign,
})
const reasonsOf = (change: Partial<MergeFacts>) => decideMerge({ ...GOOD, ...change }).reasons
const SCOPE = { paths: ['*.js', 'test/**'], labels: ['small'] }
const MEDIUM = { files: [file('index.js', { status: 'deleted' })] }
const HIGH = { files: [file('package.json')] }

describe('every gate holds', () => {
  it('at level 3 for a low risk', () => {
    expect(decideMerge(GOOD)).toEqual({
      head: SHA('5'),
      risk: 'low',
      risk_because: ['a small change of ordinary source files'],
      reasons: [],
    })
  })

  it.each([
    [
      'level 3, documentation that no test proves',
      { files: [file('README.md')], evidence: { ...EVIDENCE, criteria: [] } },
    ],
    ['level 4, medium risk inside paths and labels', { ...trust(4, SCOPE), ...MEDIUM }],
    ['level 5, high risk', { ...trust(5), ...HIGH }],
    [
      'a queue that requires the check of ours',
      base({ upToDate: false, mergeQueue: true, requiredChecks: ['test', 'millwright'] }),
    ],
    [
      'a check that nobody requires and that was skipped',
      { checks: [check('test', 'passed'), check('docs', 'skipped')] },
    ],
    ['a remark of the reviewer', { verdict: { ...VERDICT, findings: [finding] } }],
    [
      'behind the base where a queue brings it up to date',
      {
        ...base({ upToDate: false, mergeQueue: true, requiredChecks: ['test', 'millwright'] }),
        ...pull({ behind: true }),
      },
    ],
  ])('%s', (_name, change) => {
    expect(reasonsOf(change)).toEqual([])
  })
})

describe('one thing speaks against it', () => {
  const demonstrated = { ...finding, severity: 'blocking', standing: 'demonstrated' } as const
  const cases: [MergeReason, string, Partial<MergeFacts>][] = [
    ['trust_level', 'it is 1', trust(1)],
    ['trust_level', 'it is 2', { ...trust(2), ...base({ upToDate: false }) }],
    ['risk_too_high', 'it is medium, and level 3 merges up to low', MEDIUM],
    ['risk_too_high', 'it is high, and level 3 merges up to low', { plan: { ...PLAN, risk: 'high' } }],
    [
      'risk_too_high',
      'it is high, and level 4 merges up to medium',
      { ...trust(4, { ...SCOPE, paths: ['**'] }), ...HIGH },
    ],
    [
      'out_of_scope',
      '`src/a.js` outside `trust.scopes.paths`',
      { ...trust(4, SCOPE), files: [file('index.js'), file('src/a.js')] },
    ],
    [
      'out_of_scope',
      '`old/a.js` outside `trust.scopes.paths`',
      {
        ...trust(4, { ...SCOPE, paths: ['*.js'] }),
        files: [file('a.js', { status: 'renamed', previousPath: 'old/a.js' })],
      },
    ],
    [
      'out_of_scope',
      'the issue has no label of `trust.scopes.labels`',
      { ...trust(4, SCOPE), labels: ['millwright'] },
    ],
    [
      'out_of_scope',
      '`index.js`, `test/short.js` outside `trust.scopes.paths`; the issue has no label of `trust.scopes.labels`',
      trust(4),
    ],
    ['protected_path', '`infra/main.js`', { protected: ['infra/**'], files: [file('infra/main.js')] }],
    ['own_files', '`sub/AGENTS.md`', { ...trust(5), protected: [], files: [file('sub/AGENTS.md')] }],
    [
      'own_files',
      '`.github/millwright.yml`',
      {
        ...trust(5),
        protected: [],
        files: [file('x.md', { status: 'renamed', previousPath: '.github/millwright.yml' })],
      },
    ],
    ['base_not_pinned', '', base({ upToDate: false })],
    ['base_not_pinned', '', { base: undefined }],
    ['base_not_pinned', '', base({ upToDate: false, mergeQueue: true })],
    ['on_hold', 'by `bob`', { hold: { by: BOB, at: later(5) } }],
    ['conflicts', '', pull({ mergeable: false })],
    ['not_known_yet', '', pull({ mergeable: null })],
    ['head_moved', '', { headIsOurs: false }],
    ['base_changed', '', pull({ baseChanged: true })],
    ['behind_base', '', pull({ behind: true })],
    ['behind_base', '', { ...pull({ behind: true }), ...trust(5) }],
    ['checks_pending', '', { checks: undefined }],
    ['checks_pending', '', { checks: [check('test', 'passed'), check('slow', 'pending')] }],
    ['checks_failed', '`lint`', { checks: [check('test', 'passed'), check('lint', 'failed')] }],
    ['checks_missing', '`test`', { checks: [check('lint', 'passed')] }],
    ['checks_missing', '`test`', { checks: [check('test', 'skipped')] }],
    [
      'checks_missing',
      "none of the repository's own has passed",
      { ...base({ requiredChecks: [] }), checks: [] },
    ],
    [
      'checks_missing',
      "none of the repository's own has passed",
      { ...base({ requiredChecks: ['millwright'] }), checks: [] },
    ],
    ['changes_requested', 'by `alice`, `bob`', { changesRequestedBy: [BOB, ALICE] }],
    ['approvals_missing', '0 of 1', { approvedBy: [ALICE] }],
    [
      'approvals_missing',
      '1 of 2',
      { ...base({ approvals: 2 }), approvedBy: [BOB, { ...BOB, login: 'renamed' }, ALICE] },
    ],
    ['remarks_open', '2', { remarksOpen: 2 }],
    [
      'unproved_hunks',
      '2',
      {
        evidence: {
          ...EVIDENCE,
          hunks: { total: 3, tried: 2, unproved: [{ file: 'a', line: 1, lines: 1, header: '' }] },
        },
      },
    ],
    ['findings_open', '1', { verdict: { ...VERDICT, findings: [finding, demonstrated] } }],
    [
      'findings_open',
      '1',
      {
        verdict: {
          ...VERDICT,
          findings: [{ ...finding, severity: 'blocking', standing: 'not_demonstrated' }],
        },
      },
    ],
    ['not_tested', '', { evidence: { ...EVIDENCE, criteria: [] } }],
    ['hidden_text', '', { hiddenCharacters: 3 }],
  ]

  it.each(cases)('%s: %s', (code, detail, change) => {
    expect(reasonsOf(change)).toEqual([{ code, detail }])
  })

  it('foreign checks, which pass for nobody', () => {
    expect(reasonsOf({ checks: [check('test', 'passed', true), check('lint', 'passed')] })).toEqual([
      { code: 'checks_missing', detail: '`test`' },
      { code: 'checks_foreign', detail: '`test`' },
    ])
    expect(reasonsOf({ checks: [check('test', 'passed'), check('millwright', 'passed')] })).toEqual([
      { code: 'checks_foreign', detail: '`millwright`' },
    ])
  })

  it('and for every reason there is such a case', () => {
    const covered = new Set([...cases.map(([code]) => code), 'checks_foreign'])
    expect(MERGE_REASONS.filter((code) => !covered.has(code))).toEqual([])
  })
})

describe('many things speak against it', () => {
  const worse: [string, (facts: MergeFacts) => MergeFacts][] = [
    ['hold', (facts) => ({ ...facts, hold: { by: BOB, at: later(1) } })],
    ['conflict', (facts) => ({ ...facts, pull: { ...facts.pull, mergeable: false } })],
    ['behind', (facts) => ({ ...facts, pull: { ...facts.pull, behind: true } })],
    ['base changed', (facts) => ({ ...facts, pull: { ...facts.pull, baseChanged: true } })],
    ['pushed to', (facts) => ({ ...facts, headIsOurs: false })],
    ['no queue', (facts) => ({ ...facts, base: facts.base && { ...facts.base, mergeQueue: false } })],
    [
      'not pinned',
      (facts) => ({
        ...facts,
        base: facts.base && { ...facts.base, upToDate: facts.trust.level < 3 && facts.base.upToDate },
      }),
    ],
    [
      'another approval wanted',
      (facts) => ({ ...facts, base: facts.base && { ...facts.base, approvals: facts.base.approvals + 1 } }),
    ],
    [
      'another check required',
      (facts) => ({
        ...facts,
        base: facts.base && { ...facts.base, requiredChecks: [...facts.base.requiredChecks, 'new'] },
      }),
    ],
    ['a failed check', (facts) => ({ ...facts, checks: [...(facts.checks ?? []), check('f', 'failed')] })],
    ['a skipped check', (facts) => ({ ...facts, checks: [...(facts.checks ?? []), check('s', 'skipped')] })],
    [
      'a foreign check',
      (facts) => ({ ...facts, checks: [...(facts.checks ?? []), check('test', 'passed', true)] }),
    ],
    ['a remark', (facts) => ({ ...facts, remarksOpen: facts.remarksOpen + 1 })],
    ['a request', (facts) => ({ ...facts, changesRequestedBy: [...facts.changesRequestedBy, BOB] })],
    ['no approval', (facts) => ({ ...facts, approvedBy: [] })],
    ['its own approval', (facts) => ({ ...facts, approvedBy: [...facts.approvedBy, facts.requester] })],
    ['hidden text', (facts) => ({ ...facts, hiddenCharacters: 1 })],
    [
      'a finding',
      (facts) => ({
        ...facts,
        verdict: {
          ...facts.verdict,
          findings: [...facts.verdict.findings, { ...finding, standing: 'demonstrated' as const }],
        },
      }),
    ],
    ['no test', (facts) => ({ ...facts, evidence: { ...facts.evidence, criteria: [] } })],
    [
      'untried hunks',
      (facts) => ({
        ...facts,
        evidence: {
          ...facts.evidence,
          hunks: { ...facts.evidence.hunks, total: facts.evidence.hunks.total + 1 },
        },
      }),
    ],
    ['a risky file', (facts) => ({ ...facts, files: [...facts.files, file('src/auth.ts')] })],
    ['a file of ours', (facts) => ({ ...facts, files: [...facts.files, file('AGENTS.md')] })],
    ['a protected file', (facts) => ({ ...facts, files: [...facts.files, file('.husky/pre-commit')] })],
    ['a worse plan', (facts) => ({ ...facts, plan: { ...facts.plan, risk: 'high' as const } })],
    ['no label', (facts) => ({ ...facts, labels: [] })],
  ]
  const anyWorse = fc.constantFrom(...worse.map(([, make]) => make))
  const anyFacts = fc
    .tuple(fc.integer({ min: 1, max: 5 }), fc.boolean(), fc.array(anyWorse, { maxLength: 8 }))
    .map(([level, scoped, bad]) =>
      bad.reduce((facts, make) => make(facts), {
        ...GOOD,
        ...trust(level, scoped ? SCOPE : GOOD.trust.scopes),
      }),
    )

  it('all of them are said, in one order', () => {
    const all = worse.reduce((facts, [, make]) => make(facts), GOOD)
    const codes = reasonsOf(all).map(({ code }) => code)
    expect(codes).toEqual(MERGE_REASONS.filter((code) => codes.includes(code)))
    expect(codes).toEqual(
      MERGE_REASONS.filter(
        (code) => !['trust_level', 'out_of_scope', 'not_known_yet', 'checks_pending'].includes(code),
      ),
    )
  })

  it('and one more never takes one away', () => {
    fc.assert(
      fc.property(anyFacts, anyWorse, (facts, make) => {
        const before = decideMerge(facts).reasons.map(({ code }) => code)
        const after = decideMerge(make(facts)).reasons.map(({ code }) => code)
        expect(after).toEqual(expect.arrayContaining(before))
      }),
      { numRuns: 1000 },
    )
  })

  it('and the answer is one that can be stored, the same for the same facts', () => {
    fc.assert(
      fc.property(anyFacts, (facts) => {
        const decision = decideMerge(facts)
        expect(mergeDecision.safeParse(decision).error?.issues ?? []).toEqual([])
        const turned = {
          ...facts,
          files: facts.files.toReversed(),
          checks: facts.checks?.toReversed(),
          changesRequestedBy: facts.changesRequestedBy.toReversed(),
        }
        expect(decideMerge(turned)).toEqual(decision)
      }),
    )
  })

  it('at level 5 the own files and the protected ones still need a person', () => {
    const files = [file('index.js'), file('.github/workflows/ci.yml')]
    expect(reasonsOf({ ...trust(5), files })).toEqual([
      { code: 'protected_path', detail: '`.github/workflows/ci.yml`' },
      { code: 'own_files', detail: '`.github/workflows/ci.yml`' },
    ])
  })
})
