// Positions of a run that adds a fix to `add`, each with what the stages before it would have made.
import type { Evidence, LockedTests } from '../../../src/core/evidence.ts'
import type { ObjectId } from '../../../src/core/ids.ts'
import type { MergeDecision } from '../../../src/core/merge-decision.ts'
import type { Plan } from '../../../src/core/plan.ts'
import type { Verdict } from '../../../src/core/review.ts'
import { NO_FEEDBACK } from '../../../src/core/state.ts'
import type { Change, Position, Published, Spec } from '../../../src/core/state.ts'
import type { StageWorld } from './stage-world.ts'
import { signer } from './stage-world.ts'

export const PLAN: Plan = {
  title: 'Make add return the sum',
  problem: 'add(1, 2) gives -1, although it is called add.',
  approach: 'Use + in lib/add.js; nothing smaller would do.',
  criteria: [{ id: 'C1', text: 'add(1, 2) gives 3', proof: { kind: 'test', introduces: null } }],
  files: [
    { path: 'lib/add.js', change: 'edit', why: 'the wrong operator' },
    { path: 'test/sum.js', change: 'add', why: 'the criterion' },
  ],
  risk: 'low',
  risks: [],
  test_strategy: 'A new file beside test/add.js, run by npm test.',
  out_of_scope: [],
}

const QUOTE = { usd: [0.5, 5] as [number, number], minutes: [5, 40] as [number, number], basis: 0 }

export const TEST_FILE = 'test("adds", t => t.equal(add(1, 2), 3))\n'
export const TESTS = [{ criterion: 'C1', file: 'test/sum.js', name: 'adds' }]
export const FIXED = 'module.exports = (a, b) => a + b\n'

function specAt(commit: ObjectId, trust = 2): Spec {
  return {
    task: {
      title: 'add subtracts',
      body: 'add(1, 2) gives -1',
      kind: 'bug',
      problem: '',
      wanted: '',
      hints: [],
      links: [],
      duplicates: [],
      hash: 'a'.repeat(64),
      hidden_characters: 0,
      cut_characters: 0,
    },
    base: { branch: 'main', commit },
    policy: {
      trust,
      plan_gate: 'auto',
      publish_gate: 'auto',
      max_rounds: 3,
      caps: { usd: 10, turns: 100 },
      config_hash: 'b'.repeat(64),
      config_commit: commit,
      config_problems: [],
    },
  }
}

/** The base plus the criterion test, locked. */
async function lockedOn(world: StageWorld): Promise<LockedTests> {
  const tree = new Map(world.workspace.at(world.base)).set('test/sum.js', { text: TEST_FILE, mode: '100644' })
  const files = [{ path: 'test/sum.js', sha256: signer.hash(TEST_FILE) }]
  return { tests: TESTS, files, commit: world.workspace.commit(tree) }
}

async function changeOn(world: StageWorld, tests: LockedTests): Promise<Change> {
  const tree = new Map(world.workspace.at(tests.commit)).set('lib/add.js', { text: FIXED, mode: '100644' })
  const commit = world.workspace.commit(tree)
  const summary = 'add now adds.'
  return {
    commit,
    tree: await world.workspace.tree(commit),
    diff_hash: 'c'.repeat(64),
    summary,
    not_done: [],
    answers: [],
  }
}

export function evidenceOf(base: ObjectId, change: Change): Evidence {
  const counts = { passed: 1, failed: 0, skipped: 0 }
  return {
    base,
    head: change.commit,
    tree: change.tree,
    criteria: [
      {
        criterion: 'C1',
        test: { file: 'test/sum.js', name: 'adds' },
        red: 'assertion',
        red_message: 'expected 3, got -1',
        green: true,
        runs: 5,
        passed: 5,
      },
    ],
    suite: {
      granularity: 'test',
      base: counts,
      head: { ...counts, passed: 2 },
      flaky: [],
      failing_on_base: [],
    },
    hunks: { total: 1, tried: 1, unproved: [] },
    lint: 'absent',
    changed_files: ['lib/add.js', 'test/sum.js'],
    diff_hash: change.diff_hash,
    not_checked: [],
  }
}

const VERDICT: Verdict = { summary: 'It adds now.', findings: [], not_checked: [] }

/** As it was published, before anybody said anything about it. */
export function publishedAt(base: ObjectId): Published {
  return {
    number: 13,
    url: 'https://forge.example/acme/calc/pull/13',
    branch: 'millwright/12-make-add-return-the-sum-1234',
    head: 'd'.repeat(40),
    base,
  }
}

export async function positions(world: StageWorld, trust = 2) {
  const spec = specAt(world.base, trust)
  const tests = await lockedOn(world)
  const change = await changeOn(world, tests)
  const evidence = evidenceOf(world.base, change)
  const planned = { spec, plan: PLAN, quote: QUOTE }
  const specified = { ...planned, tests }
  const proved = { ...specified, pull: null, change, evidence }
  const pull = publishedAt(world.base)
  const decision: MergeDecision = { head: pull.head, risk: 'low', risk_because: [], reasons: [] }
  const settled = { evidence, verdict: VERDICT, decision }
  return {
    planning: { stage: 'planning', spec, remarks: null },
    specifying: { stage: 'specifying', ...planned },
    coding: { stage: 'coding', ...specified, pull: null, previous: null, settled: null, feedback: null },
    /** Sent back from the pull request; `feedback` says by what. */
    reworking: { stage: 'coding', ...specified, pull, previous: change, settled, feedback: NO_FEEDBACK },
    verifying: { stage: 'verifying', ...specified, pull: null, change },
    reviewing: { stage: 'reviewing', ...proved },
    publishing: { stage: 'publishing', ...proved, verdict: VERDICT },
    integrating: { stage: 'integrating', ...proved, verdict: VERDICT, pull, decision },
  } as const satisfies Record<string, Position>
}
