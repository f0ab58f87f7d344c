/** Makes proof failures that fit their schema, and the text that a coder or a person reads about them. */
import type { CriterionTest, ProofFailure } from '../../core/evidence.ts'
import { cutMiddle } from '../clean-output.ts'
import { SEPARATOR } from '../reports/report.ts'
import type { Suspect } from './compare-suites.ts'

const SUBJECT = 400
const DETAIL = 1500
/** An event takes twenty. */
const MOST = 20

export function failure(kind: ProofFailure['kind'], subject: string, detail: string): ProofFailure {
  const short = subject.length > SUBJECT ? `${subject.slice(0, SUBJECT - 1)}…` : subject
  return { kind, subject: short, detail: cutMiddle(detail, DETAIL) }
}

export function testName(test: CriterionTest): string {
  return `${test.file}${SEPARATOR}${test.name}`
}

export function ofSuspect(suspect: Suspect): ProofFailure {
  const removed = suspect.kind === 'gone' || suspect.kind === 'skipped'
  return failure(removed ? 'test_removed' : 'regression', suspect.subject, suspect.detail)
}

/** At most as many as an event may carry; what is left out is counted in the last one. */
export function limited(failures: readonly ProofFailure[]): ProofFailure[] {
  if (failures.length <= MOST) return [...failures]
  const kept = failures.slice(0, MOST)
  const last = kept[MOST - 1]
  if (last !== undefined)
    kept[MOST - 1] = {
      ...last,
      detail: `${last.detail}\n(${failures.length - MOST} more failures are not listed.)`,
    }
  return kept
}

/** The failures as text, then the end of the runner's own output. */
export function asOutput(failures: readonly ProofFailure[], runnerOutput: string, limit: number): string {
  const list = failures.map((each) => `${each.kind}: ${each.subject}\n${each.detail}`).join('\n\n')
  const head = cutMiddle(list, Math.floor(limit / 2))
  const room = limit - head.length - 40
  return runnerOutput === '' ? head : `${head}\n\nOutput of the tests:\n${cutMiddle(runnerOutput, room)}`
}
