/** What the config decides for one run, fixed when it begins. */
import type { Config } from '../../core/config.ts'
import type { Policy } from '../../core/state.ts'
import type { Signer } from '../../ports/signer.ts'

/** Raising the trust level takes effect when an admin confirms it; until that is known, this is what holds. */
const UNCONFIRMED_TRUST = 2

/** The hash is of the effective config, defaults included: a default of ours that changes is a change, too. */
export function policyOf(config: Config, signer: Pick<Signer, 'hash'>): Policy {
  return {
    trust: Math.min(config.trust.level, UNCONFIRMED_TRUST),
    plan_gate: config.gates.plan,
    max_rounds: config.gates.review.max_rounds,
    caps: { usd: config.budget.per_issue_usd, turns: config.budget.per_issue_turns },
    // The schema gives the keys their order, so the same config is the same text.
    config_hash: signer.hash(JSON.stringify(config)),
  }
}
