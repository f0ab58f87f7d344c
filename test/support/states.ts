/** A run at each stage, built by the reducer itself, so that no test invents a state that cannot be. */
import type { RunEvent, StageOutcome, WorkResult } from '../../src/core/event.ts'
import type { Evidence } from '../../src/core/evidence.ts'
import type { MergeDecision } from '../../src/core/merge-decision.ts'
import type { Plan } from '../../src/core/plan.ts'
import type { Verdict } from '../../src/core/review.ts'
import { reduce } from '../../src/core/reduce.ts'
import { NO_CONTINUITY, NO_SPEND } from '../../src/core/spend.ts'
import type { Change, Feedback, Policy, RunState } from '../../src/core/state.ts'
import { NO_FEEDBACK } from '../../src/core/state.ts'

export const SHA = (digit: string): string => digit.repeat(40)
export const HASH = (digit: string): string => digit.repeat(64)
export const T0 = '2026-11-20T10:00:00.000Z'
/** `T0` plus some seconds. */
export const later = (seconds: number): string => new Date(Date.parse(T0) + seconds * 1000).toISOString()

export const ALICE = { id: 11, login: 'alice' }
export const BOB = { id: 12, login: 'bob' }
export const ISSUE = { repo: { id: 7, owner: 'acme', name: 'tool' }, number: 12 }

export const PLAN: Plan = {
  title: 'Keep everything after the first equals sign of a short option',
  problem: 'A short option given as `-u=a=b` loses what follows the second equals sign.',
  approach: 'Split at the first equals sign only.',
  criteria: [
    { id: 'C1', text: '`-u=a=b` gives `a=b`', proof: { kind: 'test', introduces: null } },
    { id: 'C2', text: 'The readme says so', proof: { kind: 'inspection', how: 'read the options section' } },
  ],
  files: [{ path: 'index.js', change: 'edit', why: 'the split is here' }],
  risk: 'low',
  risks: [],
  test_strategy: 'One tape test beside the other short option tests.',
  out_of_scope: ['long options'],
}

export const POLICY: Policy = {
  trust: 2,
  plan_gate: 'auto',
  publish_gate: 'auto',
  max_rounds: 2,
  caps: { usd: 5, turns: 150 },
  config_hash: HASH('c'),
  config_commit: SHA('1'),
  config_problems: [],
}

export const CHANGE: Change = {
  commit: SHA('3'),
  tree: SHA('4'),
  diff_hash: HASH('d'),
  summary: 'Splits at the first equals sign only.',
  not_done: [],
  answers: [],
}

export const EVIDENCE: Evidence = {
  base: SHA('1'),
  head: SHA('3'),
  tree: SHA('4'),
  criteria: [
    {
      criterion: 'C1',
      test: { file: 'test/short.js', name: 'short option keeps later equals signs' },
      red: 'assertion',
      red_message: "should be equal: expected 'a=b', got 'a'",
      green: true,
      runs: 5,
      passed: 5,
    },
  ],
  suite: {
    granularity: 'test',
    base: { passed: 144, failed: 0, skipped: 0 },
    head: { passed: 145, failed: 0, skipped: 0 },
    flaky: [],
    failing_on_base: [],
  },
  hunks: { total: 1, tried: 1, unproved: [] },
  lint: 'absent',
  changed_files: ['index.js', 'test/short.js'],
  diff_hash: HASH('d'),
  not_checked: ['C2 is shown by no test: read the options section'],
}

export const VERDICT: Verdict = { summary: 'Small and to the point.', findings: [], not_checked: [] }

/** At level 2, just published: nobody has looked at it, and its checks have only begun. */
export const DECISION: MergeDecision = {
  head: SHA('5'),
  risk: 'low',
  risk_because: ['a small change of ordinary source files'],
  reasons: [
    { code: 'trust_level', detail: 'it is 2' },
    { code: 'checks_pending', detail: '' },
  ],
}

/** The issue as it was when the label was put on. */
export const ASKED = { title: 'Short option', body: 'It loses text.', hash: HASH('a'), author: ALICE }

export function intakeState(overrides: Partial<RunState> = {}): RunState {
  return {
    schema: 2,
    rev: 0,
    run: 'abcde12345',
    issue: ISSUE,
    requester: ALICE,
    label: 'millwright',
    labelled_by: 'person',
    source: 'live',
    started_at: T0,
    entered_at: T0,
    spent: NO_SPEND,
    continuity: NO_CONTINUITY,
    rounds: 0,
    hold: null,
    seen: [],
    visits: [],
    pending: [{ id: 'abcde12345.0.0', kind: 'check_intake' }],
    waits: null,
    at: { stage: 'intake', asked: ASKED },
    ...overrides,
  }
}

type Bare = StageOutcome

/** The result as the engine would send it: for the effect the state waits for, ten seconds and ten cents later. */
export function result(state: RunState, outcome: Bare): WorkResult {
  return {
    ...outcome,
    at: new Date(Date.parse(state.entered_at) + 10_000).toISOString(),
    attempt: state.pending[0]?.id ?? 'none',
    spent: {
      ...NO_SPEND,
      usd: 0.1,
      turns: 3,
      input_tokens: 1000,
      output_tokens: 200,
      cache_read_tokens: 9000,
    },
    continuity: {
      ...NO_CONTINUITY,
      prompt_tokens: 10_000,
      cached_within_role: 6000,
      cached_across_roles: 3000,
      regions_read: 4,
    },
  } as WorkResult
}

export function mustReduce(state: RunState, event: RunEvent): RunState {
  const reduced = reduce(state, event)
  if (!reduced.ok) throw new Error(`refused: ${JSON.stringify(reduced.refusal)}`)
  return reduced.state
}

/** The forward events of the line, in order, each named for the stage it leads to. */
export const FORWARD = {
  planning: (policy: Policy = POLICY): Bare => ({
    kind: 'intake_accepted',
    task: {
      title: 'Short option',
      body: 'It loses text.',
      kind: 'bug',
      problem: 'A short option loses what follows its second equals sign.',
      wanted: 'All of it is kept.',
      hints: ['index.js'],
      links: [],
      duplicates: [],
      hash: HASH('a'),
      hidden_characters: 0,
      cut_characters: 0,
    },
    base: { branch: 'main', commit: SHA('1') },
    policy,
  }),
  specifying: (): Bare => ({
    kind: 'plan_made',
    plan: PLAN,
    quote: { usd: [0.2, 1.5], minutes: [3, 15], basis: 0 },
    plan_hash: HASH('b'),
  }),
  coding: (): Bare => ({
    kind: 'tests_written',
    tests: {
      tests: [{ criterion: 'C1', file: 'test/short.js', name: 'short option keeps later equals signs' }],
      files: [{ path: 'test/short.js', sha256: HASH('e') }],
      commit: SHA('2'),
    },
  }),
  verifying: (change: Change = CHANGE): Bare => ({ kind: 'code_written', change }),
  reviewing: (): Bare => ({ kind: 'proof_passed', evidence: EVIDENCE }),
  publishing: (): Bare => ({ kind: 'change_reviewed', verdict: VERDICT }),
  integrating: (): Bare => ({
    kind: 'change_published',
    pull: {
      number: 13,
      url: 'https://github.com/acme/tool/pull/13',
      branch: 'millwright/12-short',
      head: SHA('5'),
      base: SHA('1'),
    },
    decision: DECISION,
  }),
}

const ORDER = [
  'planning',
  'specifying',
  'coding',
  'verifying',
  'reviewing',
  'publishing',
  'integrating',
] as const
export type ForwardStage = (typeof ORDER)[number]

/** A run that went straight down the line to `stage`. */
export function stateAt(stage: ForwardStage, start: RunState = intakeState()): RunState {
  let state = start
  for (const next of ORDER) {
    state = mustReduce(state, result(state, FORWARD[next]()))
    if (next === stage) return state
  }
  return state
}

/** A run whose policy differs from the default one, at `stage`; the gates that it has on the way are not passed. */
export function stateUnder(policy: Partial<Policy>, stage: ForwardStage): RunState {
  const start = intakeState()
  const planned = mustReduce(start, result(start, FORWARD.planning({ ...POLICY, ...policy })))
  return ORDER.slice(1, ORDER.indexOf(stage) + 1).reduce(
    (state, next) => mustReduce(state, result(state, FORWARD[next]())),
    planned,
  )
}

export const REMARK = {
  kind: 'thread',
  id: 501,
  by: 'bob',
  path: 'index.js',
  line: 3,
  text: 'What about an empty value?',
  heard: 26,
} as const

/** Back at the coder after the draft, for what people or checks said. */
export function returned(feedback: Partial<Feedback> = { remarks: [REMARK] }): RunState {
  return mustReduce(stateAt('integrating'), {
    kind: 'change_returned',
    at: later(100),
    head: SHA('5'),
    feedback: { ...NO_FEEDBACK, ...feedback },
  })
}

/** Where `gates.publish` is `human`: proved and reviewed, and not pushed. */
export function atPublishGate(): RunState {
  const state = stateUnder({ publish_gate: 'human' }, 'reviewing')
  return mustReduce(state, result(state, FORWARD.publishing()))
}

/** Trust level 1: the patch is in a comment. */
export function proposed(): RunState {
  const state = stateUnder({ trust: 1 }, 'publishing')
  const url = 'https://github.com/acme/tool/issues/12#issuecomment-99'
  return mustReduce(state, result(state, { kind: 'patch_proposed', url }))
}
