/** What the config decides for one run, fixed when it begins. */
import type { Policy } from '../../core/state.ts'
import type { Signer } from '../../ports/signer.ts'
import type { ChosenConfig } from './choose-config.ts'

/** The hash is of the effective config, defaults included: a default of ours that changes is a change, too. */
export function policyOf({ config, commit, problems }: ChosenConfig, signer: Pick<Signer, 'hash'>): Policy {
  return {
    // As written: it decides what is reported, and nothing is merged at any level yet.
    trust: config.trust.level,
    plan_gate: config.gates.plan,
    publish_gate: config.gates.publish,
    max_rounds: config.gates.review.max_rounds,
    caps: { usd: config.budget.per_issue_usd, turns: config.budget.per_issue_turns },
    // The schema gives the keys their order, so the same config is the same text.
    config_hash: signer.hash(JSON.stringify(config)),
    config_commit: commit,
    config_problems: [...problems],
  }
}
