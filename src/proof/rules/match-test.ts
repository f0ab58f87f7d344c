/** Finds the test that a criterion names in a report. */
import type { CriterionTest } from '../../core/evidence.ts'
import type { Report, TestResult } from '../reports/report.ts'

/** `none`: nobody has that name. `ambiguous`: several have, and which one is meant cannot be said. */
export type Match =
  | { readonly kind: 'found'; readonly tests: readonly TestResult[] }
  | { readonly kind: 'none' }
  | { readonly kind: 'ambiguous'; readonly ids: readonly string[] }

/** Names are compared without regard to how group and test are joined: ` > `, `::`, ` › `, or a blank. */
function plain(name: string): string {
  return name
    .replaceAll(/\s*(?:›|::|\s>\s|\s\/\s)\s*/g, ' ')
    .replaceAll(/\s+/g, ' ')
    .trim()
}

const withoutParameters = (name: string): string => name.replace(/\[[^\]]*\]$/, '').trim()

function sameFile(test: TestResult, file: string): boolean {
  return test.file === undefined || test.file === file
}

/**
 * The full name first, then a group or a parametrised test of that name (all of it counts), then the bare title where
 * only one test of the file has it.
 */
export function matchTest(report: Report, wanted: CriterionTest): Match {
  const tests = report.tests.filter((test) => sameFile(test, wanted.file))
  const prefixed = wanted.name.startsWith(wanted.file) ? wanted.name.slice(wanted.file.length) : wanted.name
  const name = plain(prefixed.replace(/^(?:::|\s*[>›])/, ''))
  const exact = tests.filter((test) => plain(test.path.join(' ')) === name)
  if (exact.length > 0) return { kind: 'found', tests: exact }
  const group = tests.filter(
    (test) =>
      test.path.some((_, index) => index > 0 && plain(test.path.slice(0, index).join(' ')) === name) ||
      withoutParameters(plain(test.path.join(' '))) === name,
  )
  if (group.length > 0) return { kind: 'found', tests: group }
  const titled = tests.filter((test) => {
    const title = plain(test.path.at(-1) ?? '')
    return title === name || withoutParameters(title) === name
  })
  const places = new Set(titled.map((test) => plain(test.path.slice(0, -1).join(' '))))
  if (places.size > 1) return { kind: 'ambiguous', ids: titled.map((test) => test.id) }
  return titled.length > 0 ? { kind: 'found', tests: titled } : { kind: 'none' }
}

/** True when the report has the test and all that goes by its name passed. */
export function passes(report: Report | undefined, wanted: CriterionTest): boolean {
  if (report === undefined) return false
  const match = matchTest(report, wanted)
  return match.kind === 'found' && match.tests.every((test) => test.status === 'passed')
}
