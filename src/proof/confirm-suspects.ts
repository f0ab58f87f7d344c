/** Runs both sides three times before an old test counts against a change: one that wavers is flaky, and not blamed. */
import type { ObjectId } from '../core/ids.ts'
import type { ProofContext } from '../ports/proof.ts'
import { compareSuites } from './rules/compare-suites.ts'
import type { Suspect } from './rules/compare-suites.ts'
import type { TestRun, TestRunner } from './test-runner.ts'

export interface Confirmed {
  readonly confirmed: readonly Suspect[]
  /** Subjects that came out one way once and the other way another time. */
  readonly flaky: readonly string[]
}

const RERUNS = 3

export interface Sides {
  readonly base: ObjectId
  readonly head: ObjectId
  readonly baseRun: TestRun
  readonly suspects: readonly Suspect[]
  readonly ignore: Parameters<typeof compareSuites>[2]['ignore']
}

const key = (suspect: Suspect): string => `${suspect.kind} ${suspect.subject}`

/** Keeps the suspects that show in every rerun of head and in none of base. */
export async function confirmSuspects(
  runner: TestRunner,
  context: ProofContext,
  sides: Sides,
): Promise<Confirmed> {
  let standing = [...sides.suspects]
  const keep = (holds: (suspect: Suspect) => boolean): void => {
    standing = standing.filter(holds)
  }
  for (let round = 0; round < RERUNS && standing.length > 0; round += 1) {
    const head = await runner.again(context, sides.head)
    // A run that hangs or cannot be set up clears nobody.
    if (head.kind === 'ran') {
      const again = new Set(compareSuites(sides.baseRun, head, sides).map(key))
      keep((suspect) => again.has(key(suspect)))
    }
    if (standing.length === 0) break
    const base = await runner.again(context, sides.base)
    if (base.kind === 'ran') {
      const anyway = new Set(compareSuites(sides.baseRun, base, sides).map(key))
      keep((suspect) => !anyway.has(key(suspect)))
    }
  }
  const confirmed = new Set(standing.map(key))
  const flaky = sides.suspects.filter((suspect) => !confirmed.has(key(suspect)))
  return { confirmed: standing, flaky: [...new Set(flaky.map((suspect) => suspect.subject))] }
}
