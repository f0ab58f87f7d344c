/** Any state a run can be in, for property tests of what stores and shows it. */
import fc from 'fast-check'
import { EFFECT_KINDS } from '../../src/core/effect.ts'
import { PROOF_FAILURES, RED_KINDS } from '../../src/core/evidence.ts'
import { MERGE_REASONS } from '../../src/core/merge-decision.ts'
import { RISKS } from '../../src/core/plan.ts'
import { FINDING_CATEGORIES } from '../../src/core/review.ts'
import { STAGES } from '../../src/core/stage.ts'
import type { Position, RunState, WorkingPosition } from '../../src/core/state.ts'
import { LABELLERS } from '../../src/core/state.ts'
import { TASK_KINDS } from '../../src/core/task-spec.ts'

const hex = (length: number) =>
  fc
    .array(fc.constantFrom(...'0123456789abcdef'.split('')), { minLength: length, maxLength: length })
    .map((c) => c.join(''))
const text = (max: number, min = 0) =>
  fc
    .oneof(
      fc.string({ maxLength: Math.min(max, 40) }),
      fc.string({ unit: 'grapheme', maxLength: Math.min(max, 20) }),
      fc.constantFrom(
        '--> <!-- millwright:state v1',
        '``` \u0000 \\ "',
        '@user #1',
        '\u202E\uFEFF',
        '$moved',
      ),
    )
    .map((value) => `${value.slice(0, max)}${'.'.repeat(Math.max(0, min - Array.from(value).length))}`)
const count = fc.nat(1_000_000)
const usd = fc.nat(10_000_000).map((n) => n / 1e6)
const path = fc
  .array(fc.constantFrom('src', 'test', 'a b', 'ü', 'x.ts'), { minLength: 1, maxLength: 4 })
  .map((p) => p.join('/'))
const list = <T>(item: fc.Arbitrary<T>, max = 3, min = 0) =>
  fc.array(item, { minLength: min, maxLength: max })
const time = fc.constantFrom('2026-11-20T16:00:00.000Z', '2026-11-21T00:00:01.000Z')
const actor = fc.record({ id: fc.integer({ min: 1, max: 1e9 }), login: text(20, 1) })
const ids = fc.integer({ min: 1, max: 2 ** 31 })

/** What a config may lower. */
const allowed = {
  trust: fc.integer({ min: 1, max: 5 }),
  caps: fc.record({ usd: usd.map((n) => n + 1), turns: fc.integer({ min: 1, max: 500 }) }),
}
const policy = fc.record({
  ...allowed,
  plan_gate: fc.constantFrom('auto' as const, 'human' as const),
  publish_gate: fc.constantFrom('auto' as const, 'human' as const),
  max_rounds: fc.nat(10),
  config_hash: hex(64),
  config_commit: hex(40),
  config_problems: list(text(300)),
})

const spec = fc.record({
  task: fc.record({
    title: text(300, 1),
    body: text(80_000),
    kind: fc.constantFrom(...TASK_KINDS),
    problem: text(1500),
    wanted: text(1500),
    hints: list(text(300)),
    links: list(text(500)),
    duplicates: list(fc.record({ number: ids, why: text(300) })),
    hash: hex(64),
    hidden_characters: count,
    cut_characters: count,
  }),
  base: fc.record({ branch: text(40, 1), commit: hex(40) }),
  policy: fc
    .tuple(policy, fc.option(fc.record(allowed)))
    .map(([began, before]) => (before === null ? began : { ...began, began_with: before })),
})
const id = fc.integer({ min: 1, max: 99 }).map((n) => `C${n}`)
const proof = fc.oneof(
  fc.record({ kind: fc.constant('test' as const), introduces: fc.option(text(200)) }),
  fc.record({ kind: fc.constant('inspection' as const), how: text(500, 1) }),
)
const plan = fc.record({
  title: text(100, 4),
  problem: text(1500, 1),
  approach: text(4000, 1),
  criteria: list(fc.record({ id, text: text(600, 1), proof }), 4, 1),
  files: list(
    fc.record({ path, change: fc.constantFrom('add' as const, 'edit' as const), why: text(300) }),
    3,
    1,
  ),
  risk: fc.constantFrom(...RISKS),
  risks: list(text(400)),
  test_strategy: text(2000, 1),
  out_of_scope: list(text(300)),
})
const pair = fc.tuple(usd, usd)
const quote = fc.record({ usd: pair, minutes: pair, basis: count })
const tests = fc.record({
  tests: list(fc.record({ criterion: id, file: path, name: text(300, 1) })),
  files: list(fc.record({ path, sha256: hex(64) })),
  commit: hex(40),
})
const change = fc.record({
  commit: hex(40),
  tree: hex(40),
  diff_hash: hex(64),
  summary: text(3000),
  not_done: list(text(500)),
  answers: list(
    fc.record({
      kind: fc.constantFrom('thread' as const, 'review' as const),
      id: ids,
      text: text(2000, 1),
      done: fc.boolean(),
      heard: count,
    }),
  ),
})
const counts = fc.record({ passed: count, failed: count, skipped: count })
const evidence = fc.record({
  base: hex(40),
  head: hex(40),
  tree: hex(40),
  criteria: list(
    fc.record({
      criterion: id,
      test: fc.option(fc.record({ file: path, name: text(300) })),
      red: fc.option(fc.constantFrom(...RED_KINDS)),
      red_message: text(300),
      green: fc.boolean(),
      runs: count,
      passed: count,
    }),
  ),
  suite: fc.record({
    granularity: fc.constantFrom('test' as const, 'exit_code' as const, 'none' as const),
    base: counts,
    head: counts,
    flaky: list(text(300)),
    failing_on_base: list(text(300)),
  }),
  hunks: fc.record({
    total: count,
    tried: count,
    unproved: list(fc.record({ file: path, line: count, lines: count, header: text(200) })),
  }),
  lint: fc.constantFrom('passed' as const, 'failed' as const, 'absent' as const),
  changed_files: list(path),
  diff_hash: hex(64),
  not_checked: list(text(200)),
})
const judged = fc.record({
  severity: fc.constantFrom('blocking' as const, 'minor' as const),
  category: fc.constantFrom(...FINDING_CATEGORIES),
  file: path,
  line: fc.option(fc.integer({ min: 1, max: 9999 })),
  claim: text(1000, 1),
  why: text(2000),
  standing: fc.constantFrom('demonstrated' as const, 'not_demonstrated' as const, 'note' as const),
  demonstration: text(3000),
})
const verdict = fc.record({ summary: text(3000), findings: list(judged), not_checked: list(text(400)) })
const failure = fc.record({
  kind: fc.constantFrom(...PROOF_FAILURES),
  subject: text(400),
  detail: text(4000),
})
const remark = fc.record({
  kind: fc.constantFrom('thread' as const, 'review' as const, 'command' as const),
  id: ids,
  by: text(100),
  path: fc.option(path),
  line: fc.option(count),
  text: text(4000),
  heard: count,
})
const feedback = fc.record({
  failures: list(failure),
  findings: list(judged),
  remarks: list(remark),
  checks: list(fc.record({ name: text(200), text: text(4000) })),
  conflicts: list(path),
})
const pull = fc.record({ number: ids, url: text(100), branch: text(60), head: hex(40), base: hex(40) })
const opened = { pull: fc.option(pull) }
const decision = fc.record({
  head: hex(40),
  risk: fc.constantFrom(...RISKS),
  risk_because: list(text(300)),
  reasons: list(fc.record({ code: fc.constantFrom(...MERGE_REASONS), detail: text(400) })),
})
const asked = fc.record({ title: text(1000), body: text(70_000), hash: hex(64), author: fc.option(actor) })

const planned = { spec, plan, quote }
const specified = { ...planned, tests }
const changed = { ...specified, ...opened, change }
const proved = { ...changed, evidence }
const reviewed = { ...proved, verdict }
const stage = <const S extends string>(name: S) => ({ stage: fc.constant(name) })

const working: fc.Arbitrary<WorkingPosition> = fc.oneof(
  fc.record({ ...stage('intake'), asked: fc.option(asked) }),
  fc.record({ ...stage('planning'), spec, remarks: fc.option(text(4000)) }),
  fc.record({ ...stage('awaiting_approval'), ...planned, plan_hash: hex(64) }),
  fc.record({ ...stage('specifying'), ...planned }),
  fc.record({
    ...stage('coding'),
    ...specified,
    ...opened,
    previous: fc.option(change),
    settled: fc.option(fc.record({ evidence, verdict, decision })),
    feedback: fc.option(feedback),
  }),
  fc.record({ ...stage('verifying'), ...changed }),
  fc.record({ ...stage('reviewing'), ...proved }),
  fc.record({ ...stage('publishing'), ...reviewed }),
  fc.record({ ...stage('integrating'), ...reviewed, pull, decision }),
)
const reason = fc.record({ code: text(60, 1), detail: text(2000) })
const by = fc.option(actor)
const at: fc.Arbitrary<Position> = fc.oneof(
  working,
  fc.record({ ...stage('needs_info'), questions: list(text(200), 3, 1), from: working }),
  fc.record({ ...stage('blocked'), reason, from: working }),
  fc.record({ ...stage('paused'), by, reason, from: working }),
  fc.record({ ...stage('merged'), commit: hex(40), from: working }),
  fc.record({ ...stage('proposed'), url: text(500), from: working }),
  fc.record({ ...stage('closed'), by, from: working }),
  fc.record({ ...stage('stopped'), by, reason, from: working }),
  fc.record({ ...stage('failed'), reason, from: working }),
)

const spent = fc.record({
  input_tokens: count,
  output_tokens: count,
  cache_read_tokens: count,
  cache_write_tokens: count,
  usd,
  turns: count,
})
const continuity = fc.record({
  cached_across_roles: count,
  cached_within_role: count,
  prompt_tokens: count,
  regions_reread: count,
  regions_read: count,
})

/** The parts that events are made of as well. */
export const arbitrary = {
  actor,
  allowed,
  by,
  change,
  decision,
  evidence,
  failure,
  feedback,
  hex,
  ids,
  list,
  path,
  plan,
  pull,
  quote,
  spec,
  tests,
  text,
  time,
  used: fc.record({ spent, continuity }),
  verdict,
}

const required: fc.Arbitrary<RunState> = fc.record({
  schema: fc.constant(2 as const),
  rev: count,
  run: hex(16),
  issue: fc.record({ repo: fc.record({ id: ids, owner: text(30, 1), name: text(30, 1) }), number: ids }),
  requester: actor,
  label: text(50, 1),
  labelled_by: fc.constantFrom(...LABELLERS),
  source: fc.constantFrom('live' as const, 'recorded' as const),
  started_at: time,
  entered_at: time,
  spent,
  continuity,
  rounds: fc.nat(10),
  hold: fc.option(fc.record({ by: actor, at: time })),
  seen: list(text(100)),
  visits: list(
    fc.record({ stage: fc.constantFrom(...STAGES), started_at: time, ended_at: time, usd, turns: count }),
  ),
  pending: list(fc.record({ id: text(80, 1), kind: fc.constantFrom(...EFFECT_KINDS) })),
  waits: fc.option(fc.record({ until: time, code: text(60, 1), since: time })),
  at,
})

export const arbitraryState: fc.Arbitrary<RunState> = fc
  .tuple(required, fc.option(time))
  .map(([state, anew]) => (anew === null ? state : { ...state, planned_anew_at: anew }))
