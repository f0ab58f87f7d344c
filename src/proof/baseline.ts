/** The base as it is: whether it installs, runs, has tests, and which of them fail already. */
import type { Baseline } from '../ports/proof.ts'
import { cutMiddle } from './clean-output.ts'
import { countTests, failing } from './rules/compare-suites.ts'
import type { TestRun } from './test-runner.ts'

const DETAIL = 4000
/** Names of failing tests that are kept; more would tell nobody more. */
const NAMES = 50

/** What runners print when there is nothing to run. pytest also has an exit code for it (5). */
const NOTHING_RAN =
  /No tests found|No test files found|no tests ran|\[no test files\]|Couldn't find any files to test|No test files? (?:matched|were found)|Could not find '|Error: No test files found/

function hasNoTests(run: TestRun): boolean {
  if (run.report !== undefined && (run.report.tests.length > 0 || run.report.loadErrors.length > 0))
    return false
  return (run.report !== undefined && run.code === 0) || run.code === 5 || NOTHING_RAN.test(run.output)
}

/** What a run of the suite on the base says about it. */
export function baselineOf(run: TestRun): Baseline {
  const readable = run.report !== undefined
  const { passed } = countTests(run.report)
  const failed = [...failing(run.report)].slice(0, NAMES)
  const answer = (kind: Baseline['kind']): Baseline => ({
    kind,
    passed,
    failed,
    readable,
    detail: cutMiddle(run.output, DETAIL),
  })
  if (run.kind !== 'ran') return answer(run.kind)
  if (hasNoTests(run)) return answer('no_tests')
  return answer(run.code === 0 && failed.length === 0 ? 'green' : 'red')
}
