/** Compares two runs of a suite: what fails that did not, what is gone, what is skipped now. */
import type { Report, TestResult } from '../reports/report.ts'
import type { TestRun } from '../test-runner.ts'

/** A difference that counts against the second run. */
export interface Suspect {
  readonly kind: 'fails' | 'gone' | 'skipped' | 'does_not_load' | 'exit_code'
  /** Test id or file. */
  readonly subject: string
  readonly detail: string
}

export interface Counts {
  passed: number
  failed: number
  skipped: number
}

export function countTests(report: Report | undefined): Counts {
  const counts: Counts = { passed: 0, failed: 0, skipped: 0 }
  for (const test of report?.tests ?? []) counts[test.status] += 1
  counts.failed += report?.loadErrors.length ?? 0
  return counts
}

/** Ids of what fails in a run, files that do not load included. */
export function failing(report: Report | undefined): Set<string> {
  const tests = (report?.tests ?? []).filter((test) => test.status === 'failed').map((test) => test.id)
  const files = (report?.loadErrors ?? []).map((error) => error.file ?? error.message)
  return new Set([...tests, ...files])
}

interface Options {
  /** Tests that this comparison leaves out: those of the criteria have rules of their own. */
  readonly ignore: (test: TestResult) => boolean
  /** Files whose failing to load is no suspect here. */
  readonly ignoreFiles?: ReadonlySet<string>
}

/** Everything in `after` that is worse than in `before`. A test that fails and was not there before counts as well. */
export function compareSuites(before: TestRun, after: TestRun, options: Options): Suspect[] {
  if (before.report === undefined || after.report === undefined) return compareCodes(before, after)
  const failedBefore = failing(before.report)
  const suspects: Suspect[] = []
  for (const test of after.report.tests) {
    if (test.status === 'failed' && !failedBefore.has(test.id) && !options.ignore(test))
      suspects.push({ kind: 'fails', subject: test.id, detail: test.message })
  }
  const broken = after.report.loadErrors.filter((error) => !failedBefore.has(error.file ?? error.message))
  for (const error of broken) {
    if (error.file === undefined || options.ignoreFiles?.has(error.file) !== true)
      suspects.push({ kind: 'does_not_load', subject: error.file ?? error.message, detail: error.message })
  }
  // After a crash most tests are missing; that they are is the crash's doing and not a removal.
  if (broken.length === 0 && after.report.ended)
    suspects.push(...missing(before.report, after.report, options))
  // A runner can fail without a failing test: a crash at the end, an unhandled rejection.
  const unexplained = before.code === 0 && after.code !== 0 && failing(after.report).size === 0
  if (suspects.length === 0 && unexplained)
    suspects.push({ kind: 'exit_code', subject: 'the test command', detail: codeSentence(after) })
  return suspects
}

function missing(before: Report, after: Report, options: Options): Suspect[] {
  const now = new Map(after.tests.map((test) => [test.id, test]))
  return before.tests.flatMap((test): Suspect[] => {
    if (test.status !== 'passed' || options.ignore(test)) return []
    const found = now.get(test.id)
    if (found === undefined)
      return [
        { kind: 'gone', subject: test.id, detail: 'It passed on base and is not in the report any more.' },
      ]
    if (found.status === 'skipped')
      return [{ kind: 'skipped', subject: test.id, detail: 'It passed on base and is skipped now.' }]
    return []
  })
}

function codeSentence(run: TestRun): string {
  return run.code === null ? 'It was killed.' : `It ended with exit code ${run.code}, and no test says why.`
}

/** Where a report cannot be read, the exit code is all there is. */
function compareCodes(before: TestRun, after: TestRun): Suspect[] {
  if (after.kind !== 'ran') return []
  if (before.report !== undefined)
    return [{ kind: 'exit_code', subject: 'the test command', detail: 'Its report cannot be read any more.' }]
  return before.code === 0 && after.code !== 0
    ? [{ kind: 'exit_code', subject: 'the test command', detail: codeSentence(after) }]
    : []
}
