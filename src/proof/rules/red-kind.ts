/** How a criterion test failed on base, decided from the report alone: an exit code says nothing about one test. */
import type { CriterionTest, RedKind } from '../../core/evidence.ts'
import type { Plan } from '../../core/plan.ts'
import { headline } from '../clean-output.ts'
import type { Report } from '../reports/report.ts'
import { matchTest } from './match-test.ts'
import { isIntroduced } from './missing-symbol.ts'

export interface Red {
  readonly test: CriterionTest
  readonly red: RedKind
  readonly message: string
}

/** The evidence table has room for one line. */
const MESSAGE = 300

/**
 * @param report of the base with the test in place; undefined when it could not be read
 */
export function redOf(report: Report | undefined, test: CriterionTest, plan: Plan): Red {
  const answer = (red: RedKind, message: string): Red => ({ test, red, message: headline(message, MESSAGE) })
  if (report === undefined) return answer('error', 'The test report could not be read.')
  const byError = (message: string): Red =>
    answer(isIntroduced(message, test.criterion, plan) ? 'weak' : 'error', message)
  const match = matchTest(report, test)
  if (match.kind === 'ambiguous')
    return answer('absent', `Several tests have this name: ${match.ids.slice(0, 3).join('; ')}`)
  if (match.kind === 'found') {
    const failed = match.tests.filter((each) => each.status === 'failed')
    const asserted = failed.find((each) => each.failedBy === 'assertion')
    if (asserted !== undefined) return answer('assertion', asserted.message)
    if (failed[0] !== undefined) return byError(failed[0].message)
    const skipped = match.tests.every((each) => each.status === 'skipped')
    return answer('passes', skipped ? 'The test is skipped.' : 'The test passes on base.')
  }
  const load = report.loadErrors.find((error) => error.file === test.file) ?? placeless(report)
  if (load !== undefined) return byError(load.message)
  return answer('absent', 'No test of this name ran.')
}

/** A load error without a place counts only when it is the only thing that went wrong. */
function placeless(report: Report): Report['loadErrors'][number] | undefined {
  const unplaced = report.loadErrors.filter((error) => error.file === undefined)
  return unplaced.length === 1 && report.loadErrors.length === 1 ? unplaced[0] : undefined
}

/** Red enough to prove something: by assertion, or weakly where the plan allows it. */
export function isRed(kind: RedKind): boolean {
  return kind === 'assertion' || kind === 'weak'
}
