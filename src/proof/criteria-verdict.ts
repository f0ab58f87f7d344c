/** Judges the criterion tests: red on base with head's own test files, green on head five times over. */
import type { CriterionEvidence, CriterionTest, LockedTests, ProofFailure } from '../core/evidence.ts'
import type { ObjectId } from '../core/ids.ts'
import type { Plan } from '../core/plan.ts'
import type { ProofContext } from '../ports/proof.ts'
import { fromSuite, runCriterionFiles } from './criterion-runs.ts'
import type { CriterionRuns } from './criterion-runs.ts'
import { notGreen } from './quick.ts'
import { redsOf } from './red.ts'
import { passes } from './rules/match-test.ts'
import { failure, testName } from './rules/proof-failures.ts'
import { isRed } from './rules/red-kind.ts'
import type { Red } from './rules/red-kind.ts'
import type { TestRun, TestRunner } from './test-runner.ts'

/** Enough to see a test that fails one time in three in nearly nine cases of ten; more would cost more than it shows. */
const RUNS = 5

export interface CriteriaVerdict {
  readonly rows: readonly CriterionEvidence[]
  readonly failures: readonly ProofFailure[]
}

export interface CriteriaSubject {
  readonly plan: Plan
  readonly tests: LockedTests
  readonly head: ObjectId
  readonly headRun: TestRun
}

interface Tally {
  readonly test: CriterionTest
  runs: number
  passed: number
  why: string
}

async function runOnHead(
  runner: TestRunner,
  context: ProofContext,
  subject: CriteriaSubject,
): Promise<Tally[]> {
  const { tests } = subject.tests
  const tallies: Tally[] = tests.map((test) => ({ test, runs: 0, passed: 0, why: '' }))
  if (tests.length === 0) return tallies
  const count = (runs: CriterionRuns): void => {
    for (const tally of tallies) {
      const run = runs.get(tally.test.file)
      tally.runs += 1
      if (passes(run?.report, tally.test)) tally.passed += 1
      else tally.why ||= notGreen(run, tally.test) ?? ''
    }
  }
  const first = fromSuite(context, subject.headRun, tests)
  if (first !== undefined) count(first)
  for (let done = first === undefined ? 0 : 1; done < RUNS; done += 1) {
    // What failed twice and never passed is not flaky, and three more runs would not make it green.
    if (done >= 2 && tallies.some((tally) => tally.passed === 0)) break
    context.progress.step(`running the new tests, ${done + 1} of ${RUNS}`)
    count(await runCriterionFiles(runner, context, { commit: subject.head, tests }))
  }
  return tallies
}

/** Base plus the test files as they are in the very head. */
async function redOnHeadsFiles(
  runner: TestRunner,
  context: ProofContext,
  { plan, tests, head }: CriteriaSubject,
): Promise<Red[]> {
  if (tests.tests.length === 0) return []
  const paths = tests.files.map((file) => file.path)
  const commit = await context.workspace.graft(context.base, head, paths)
  context.progress.step('running the new tests on the base')
  return redsOf(await runCriterionFiles(runner, context, { commit, tests: tests.tests }), tests, plan)
}

function judge(tally: Tally): ProofFailure[] {
  if (tally.passed === tally.runs) return []
  const name = testName(tally.test)
  if (tally.passed === 0) return [failure('criterion_not_green', name, tally.why)]
  return [failure('criterion_flaky', name, `It passed ${tally.passed} of ${tally.runs} runs.\n${tally.why}`)]
}

function judgeRed(red: Red): ProofFailure[] {
  if (isRed(red.red)) return []
  const why = red.red === 'passes' ? 'it passes on base as well' : 'it does not fail by assertion on base'
  return [failure('criterion_not_green', testName(red.test), `It proves nothing: ${why}. ${red.message}`)]
}

function inspectionRows(plan: Plan, tested: ReadonlySet<string>): CriterionEvidence[] {
  return plan.criteria
    .filter((criterion) => !tested.has(criterion.id))
    .map(({ id }) => ({
      criterion: id,
      test: null,
      red: null,
      red_message: '',
      green: false,
      runs: 0,
      passed: 0,
    }))
}

export async function judgeCriteria(
  runner: TestRunner,
  context: ProofContext,
  subject: CriteriaSubject,
): Promise<CriteriaVerdict> {
  const tallies = await runOnHead(runner, context, subject)
  const reds = await redOnHeadsFiles(runner, context, subject)
  const rows = tallies.map(({ test, runs, passed }, index): CriterionEvidence => {
    const red = reds[index]
    return {
      criterion: test.criterion,
      test: { file: test.file, name: test.name },
      red: red?.red ?? null,
      red_message: red?.message ?? '',
      green: runs > 0 && passed === runs,
      runs,
      passed,
    }
  })
  const tested = new Set(tallies.map((tally) => tally.test.criterion))
  const untested = subject.plan.criteria
    .filter((criterion) => criterion.proof.kind === 'test' && !tested.has(criterion.id))
    .map((criterion) => failure('criterion_not_green', criterion.id, 'No test proves this criterion.'))
  return {
    rows: [...rows, ...inspectionRows(subject.plan, tested)],
    failures: [...tallies.flatMap(judge), ...reds.flatMap(judgeRed), ...untested],
  }
}
