/** Verifying: the runner proves the exact tree. No model takes part, and nothing is decided here. */
import { StageFailure } from '../../core/errors.ts'
import type { Desks } from '../../ports/desk.ts'
import type { Prover } from '../../ports/proof.ts'
import type { StageRunner } from '../../ports/stage.ts'

export interface VerifyingDeps {
  readonly desks: Desks
  readonly prover: Pick<Prover, 'prove'>
}

/** As many as the event has room for; the first ones are the ones to mend. */
const MOST_FAILURES = 20

export function createVerifying(deps: VerifyingDeps): StageRunner {
  return async (context) => {
    const { at } = context.run
    if (at.stage !== 'verifying') throw new StageFailure('internal', `proof was asked for at ${at.stage}`)
    const desk = await deps.desks.open(context)
    const { plan, tests, change } = at
    const proof = await deps.prover.prove(desk.proof, { plan, tests, commit: change.commit })
    if (!proof.ok) {
      // Without a reason the coder could not mend anything, and the reducer would refuse the event.
      if (proof.failures.length === 0) throw new StageFailure('internal', 'The proof failed without a reason')
      return { kind: 'proof_failed', failures: proof.failures.slice(0, MOST_FAILURES) }
    }
    const { evidence } = proof
    if (evidence.tree !== change.tree || evidence.head !== change.commit) {
      throw new StageFailure('internal', `Proved ${evidence.tree}, but the change is ${change.tree}`)
    }
    return { kind: 'proof_passed', evidence }
  }
}
