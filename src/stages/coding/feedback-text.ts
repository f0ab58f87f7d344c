/** What the coder is told: why a change came back, what the runner saw, and which locked files were put back. */
import type { FailureCode } from '../../core/event.ts'
import type { ProofFailure } from '../../core/evidence.ts'
import type { Change, Feedback } from '../../core/state.ts'
import { cutMiddle } from '../../core/untrusted.ts'
import type { Asked } from './remarks.ts'

/** Characters for what people and checks say: none of them is cut away whole, however many there are. */
const SAID_ROOM = 24_000

const WHAT: Record<ProofFailure['kind'], string> = {
  locked_test_changed: 'a locked test file was changed',
  criterion_not_green: 'a criterion test fails',
  criterion_flaky: 'a criterion test does not pass every time',
  regression: 'a test that passed before fails now',
  test_removed: 'a test that was there before is gone',
  nothing_changed: 'nothing changed',
  protected_path: 'a file that no run may change was changed',
  conflict_left: 'conflict markers are left in a file',
  file_too_large: 'a file is too large to publish',
  lint_failed: 'lint fails, and did not before',
  setup_failed: 'the dependencies cannot be installed any more',
  timed_out: 'the tests do not end in time',
}

/** The code a stage ends with for a failure; what is not listed means that the criteria could not be met. */
const CODE: Partial<Record<ProofFailure['kind'], FailureCode>> = {
  locked_test_changed: 'tests_not_locked',
  regression: 'regressions',
  test_removed: 'regressions',
  nothing_changed: 'nothing_changed',
  protected_path: 'protected_path',
  file_too_large: 'unsupported_file',
  setup_failed: 'setup_failed',
  timed_out: 'sandbox_timeout',
}

function indented(text: string): string {
  return text
    .trimEnd()
    .split('\n')
    .map((line) => `  ${line}`)
    .join('\n')
}

function failureText(failure: ProofFailure): string {
  const detail = failure.detail.trim() === '' ? '' : `\n${indented(failure.detail)}`
  return `- ${WHAT[failure.kind]}: ${failure.subject}${detail}`
}

export function failuresText(failures: readonly ProofFailure[]): string {
  return failures.map(failureText).join('\n')
}

/** What the runner and the reviewer found; empty for feedback of people alone. */
export function feedbackText(feedback: Feedback): string {
  const findings = feedback.findings.map((found) => {
    const place = found.line === null ? found.file : `${found.file} line ${found.line}`
    const shown = found.demonstration === '' ? '' : `\n  Shown by:\n${indented(found.demonstration)}`
    return `- ${found.category}, ${place}: ${found.claim}\n${indented(found.why)}${shown}`
  })
  return [...feedback.failures.map(failureText), ...findings].join('\n')
}

/** What came back from the pull request; empty for feedback of the factory alone. */
export function saidText(feedback: Feedback, { asked, change }: { asked: Asked; change: Change }): string {
  const room = Math.floor(SAID_ROOM / Math.max(1, asked.size + feedback.checks.length))
  const told = (text: string): string => indented(cutMiddle(text, room))
  const remarks = [...asked].map(([name, { by, path, line, text }]) => {
    const place = path === null ? '' : `, ${path}${line === null ? '' : ` line ${line}`}`
    return `${name}, ${by}${place}:\n${told(text)}`
  })
  const checks = feedback.checks.map(({ name, text }) => `${name}${text === '' ? '' : `:\n${told(text)}`}`)
  const parts = [
    ['Remarks', remarks],
    ['Failed checks', checks],
    ['Conflicts', feedback.conflicts],
  ] as const
  const said = parts.flatMap(([title, items]) =>
    items.length === 0 ? [] : [`${title}\n${items.map((item) => `- ${item}`).join('\n')}`],
  )
  if (said.length === 0) return ''
  return [...said, `The summary in the pull request\n${indented(change.summary)}`].join('\n\n')
}

/** The reason a person is told: a criterion that fails says more than the regressions around it. */
export function failureCode(failures: readonly ProofFailure[]): FailureCode {
  const criterion = failures.some((failure) => failure.kind.startsWith('criterion'))
  if (criterion) return 'criteria_not_green'
  const first = failures[0]
  return (first && CODE[first.kind]) ?? 'criteria_not_green'
}

/** Empty when nothing was put back. */
export function putBackText(paths: readonly string[]): string {
  if (paths.length === 0) return ''
  const list = paths.map((path) => `- ${path}`).join('\n')
  return `You changed these locked test files. They have been put back, in your checkout too; if you change them again, the work ends there and nothing of it is kept:\n${list}\n\n`
}
