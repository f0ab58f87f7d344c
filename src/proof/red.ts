/** Red on base: the base plus only the locked test files, and how each criterion test fails there. */
import type { LockedTests } from '../core/evidence.ts'
import type { ObjectId } from '../core/ids.ts'
import type { Plan } from '../core/plan.ts'
import type { ProofContext, RedReport } from '../ports/proof.ts'
import { cutMiddle } from './clean-output.ts'
import type { CriterionRuns } from './criterion-runs.ts'
import { fromSuite, runCriterionFiles } from './criterion-runs.ts'
import { changedLocks } from './locked-files.ts'
import { compareSuites } from './rules/compare-suites.ts'
import { isRed, redOf } from './rules/red-kind.ts'
import type { Red } from './rules/red-kind.ts'
import { testName } from './rules/proof-failures.ts'
import type { TestRun, TestRunner } from './test-runner.ts'

const OUTPUT = 8000

export function redsOf(runs: CriterionRuns, tests: LockedTests, plan: Plan): Red[] {
  return tests.tests.map((test) => redOf(runs.get(test.file)?.report, test, plan))
}

/** Old tests that fail, or are gone, in both of two runs with the new files, while they pass without them. */
async function brokenTests(
  runner: TestRunner,
  context: ProofContext,
  sides: { tests: LockedTests; commit: ObjectId; base: TestRun; suite: TestRun },
): Promise<string[]> {
  const passed = new Set(
    sides.base.report?.tests.filter((test) => test.status === 'passed').map((test) => test.id) ?? [],
  )
  const ignoreFiles = new Set(sides.tests.files.map((file) => file.path))
  const old = (run: TestRun): Set<string> =>
    new Set(
      compareSuites(sides.base, run, { ignore: (test) => !passed.has(test.id), ignoreFiles })
        .filter((suspect) => suspect.kind !== 'exit_code')
        .map((suspect) => suspect.subject),
    )
  const first = old(sides.suite)
  if (first.size === 0) return []
  const second = old(await runner.again(context, sides.commit))
  return [...first].filter((subject) => second.has(subject))
}

function problems(report: Pick<RedReport, 'tests' | 'broken'>, missing: readonly string[]): string[] {
  const SAYS = {
    passes: 'does not fail on base, so it proves nothing',
    error: 'fails on base, but not by an assertion',
    absent: 'was not found in the test report',
  } as const
  return [
    ...report.tests.flatMap(({ test, red, message }) =>
      red === 'assertion' || red === 'weak' ? [] : [`${testName(test)} ${SAYS[red]}: ${message}`],
    ),
    ...report.broken.map((id) => `${id} passes on base and fails only because the new test files are there`),
    ...missing.map((id) => `${id} has no test, though the plan says that a test proves it`),
  ]
}

const failed = (output: string): RedReport => ({
  ok: false,
  tests: [],
  broken: [],
  output: cutMiddle(output, OUTPUT),
})

export async function redOnBase(
  runner: TestRunner,
  context: ProofContext,
  subject: { readonly plan: Plan; readonly tests: LockedTests },
): Promise<RedReport> {
  const { plan, tests } = subject
  const paths = tests.files.map((file) => file.path)
  const changed = await changedLocks(context, tests.commit, tests)
  if (changed.length > 0) return failed(`Not the locked content: ${changed.join(', ')}`)
  const base = await runner.suite(context, context.base)
  if (base.kind === 'setup_failed') return failed(base.output)
  const commit = await context.workspace.graft(context.base, tests.commit, paths)
  context.progress.step('running the new tests on the base')
  const suite = await runner.suite(context, commit)
  if (suite.kind === 'setup_failed') return failed(suite.output)
  const runs =
    fromSuite(context, suite, tests.tests) ??
    (await runCriterionFiles(runner, context, { commit, tests: tests.tests }))
  const reds = redsOf(runs, tests, plan)
  const broken = await brokenTests(runner, context, { tests, commit, base, suite })
  const tested = new Set(tests.tests.map((test) => test.criterion))
  const missing = plan.criteria.filter((each) => each.proof.kind === 'test' && !tested.has(each.id))
  const found = problems(
    { tests: reds, broken },
    missing.map((each) => each.id),
  )
  const ok = found.length === 0 && reds.every((each) => isRed(each.red))
  const printed = [...new Set([...runs.values()].map((run) => run.output))].join('\n')
  const output = ok ? '' : `${found.join('\n')}\n\nOutput of the tests:\n${printed}`
  return { ok, tests: reds, broken, output: cutMiddle(output, OUTPUT) }
}
