/** The coder's gate: the locked tests put back over the tree, criterion tests green, nothing old broken. */
import type { LockedTests, ProofFailure } from '../core/evidence.ts'
import type { ObjectId } from '../core/ids.ts'
import type { ProofContext, QuickCheck } from '../ports/proof.ts'
import { confirmSuspects } from './confirm-suspects.ts'
import { fromSuite, runCriterionFiles } from './criterion-runs.ts'
import type { TestResult } from './reports/report.ts'
import { compareSuites } from './rules/compare-suites.ts'
import { matchTest, passes } from './rules/match-test.ts'
import { asOutput, failure, limited, ofSuspect, testName } from './rules/proof-failures.ts'
import { checkDiff, withoutLockedRenames } from './static-checks.ts'
import type { TestRun, TestRunner } from './test-runner.ts'

/** What a coder's conversation can take in at once. */
const OUTPUT = 8000

/** True for tests that a criterion names: they have rules of their own in every comparison. */
export function isCriterionTest(run: TestRun, tests: LockedTests): (test: TestResult) => boolean {
  const ids = new Set(
    tests.tests.flatMap((wanted) => {
      const match = run.report === undefined ? undefined : matchTest(run.report, wanted)
      return match?.kind === 'found' ? match.tests.map((test) => test.id) : []
    }),
  )
  return (test) => ids.has(test.id)
}

/** Why a criterion test is not green in a run; undefined when it is. */
export function notGreen(run: TestRun | undefined, wanted: LockedTests['tests'][number]): string | undefined {
  if (passes(run?.report, wanted)) return undefined
  if (run === undefined || run.kind === 'timed_out') return 'The tests did not end in time.'
  if (run.report === undefined) return `The test report could not be read.\n${run.output.slice(-800)}`
  const match = matchTest(run.report, wanted)
  if (match.kind === 'ambiguous') return `Several tests have this name: ${match.ids.join('; ')}`
  if (match.kind === 'none') {
    const load = run.report.loadErrors.find((error) => error.file === wanted.file) ?? run.report.loadErrors[0]
    return load === undefined ? 'No test of this name ran.' : `The file does not load: ${load.message}`
  }
  const failed = match.tests.find((test) => test.status === 'failed')
  return failed?.message ?? 'The test is skipped.'
}

/** A run that could not be judged, as a failure. */
export function unusable(run: TestRun): ProofFailure | undefined {
  if (run.kind === 'setup_failed') return failure('setup_failed', 'the setup command', run.output)
  if (run.kind === 'timed_out') return failure('timed_out', 'the test command', run.output)
  return undefined
}

export async function quickCheck(
  runner: TestRunner,
  context: ProofContext,
  subject: { readonly tests: LockedTests; readonly commit: ObjectId },
): Promise<QuickCheck> {
  const { tests } = subject
  const { workspace } = context
  const answer = (failures: readonly ProofFailure[], output: string): QuickCheck => ({
    ok: failures.length === 0,
    failures: limited(failures),
    output: failures.length === 0 ? '' : asOutput(failures, output, OUTPUT),
  })
  const locked = tests.files.map((file) => file.path)
  const head = await workspace.graft(subject.commit, tests.commit, locked)
  const diffs = withoutLockedRenames(await workspace.diff(context.base, head), new Set(locked))
  const early = checkDiff(diffs, new Set(locked))
  if (early.length > 0) return answer(early, '')
  const baseRun = await runner.suite(context, context.base)
  context.progress.step('running the tests on the change')
  const headRun = await runner.suite(context, head)
  const bad = unusable(headRun)
  if (bad !== undefined) return answer([bad], '')
  const runs =
    fromSuite(context, headRun, tests.tests) ??
    (await runCriterionFiles(runner, context, { commit: head, tests: tests.tests }))
  const failures = tests.tests.flatMap((test) => {
    const why = notGreen(runs.get(test.file), test)
    return why === undefined ? [] : [failure('criterion_not_green', testName(test), why)]
  })
  const ignore = isCriterionTest(headRun, tests)
  const suspects = compareSuites(baseRun, headRun, { ignore })
  // Reruns only pay where the criteria are green: until then the coder goes on anyway.
  const confirmed =
    failures.length > 0
      ? suspects
      : (await confirmSuspects(runner, context, { base: context.base, head, baseRun, suspects, ignore }))
          .confirmed
  failures.push(...confirmed.map(ofSuspect))
  const printed = [headRun, ...runs.values()].map((run) => run.output)
  return answer(failures, [...new Set(printed)].join('\n'))
}
