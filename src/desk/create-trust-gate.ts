/** Creates the trust gate: level, limits and globs as the run began with them, the diff as it would be merged. */
import { StageFailure, UserError } from '../core/errors.ts'
import { workingPositionOf } from '../core/state.ts'
import { decideMerge } from '../core/trust/decide-merge.ts'
import type { Desks } from '../ports/desk.ts'
import type { TrustGate } from '../ports/trust-gate.ts'
import type { Workspaces } from '../ports/workspace.ts'

export interface TrustGateDeps {
  readonly desks: Pick<Desks, 'config'>
  readonly workspaces: Pick<Workspaces, 'open'>
}

export function createTrustGate({ desks, workspaces }: TrustGateDeps): TrustGate {
  return {
    async decide(run, observed) {
      const at = workingPositionOf(run)
      if (!('verdict' in at)) throw new StageFailure('internal', `there is nothing to merge at ${at.stage}`)
      const { spec, plan, change, evidence, verdict } = at
      const workspace = await workspaces.open(run.issue.repo)
      const found = await desks.config(workspace, spec.policy.config_commit)
      if (!found.ok) throw new UserError('config_invalid', found.problems.join('\n'))
      const { config } = found
      const { scopes, low_risk } = config.trust
      return decideMerge({
        ...observed,
        // The level may have been raised since, which takes more than a commit.
        trust: { level: spec.policy.trust, scopes, low_risk },
        protected: config.protected,
        files: await workspace.diff(spec.base.commit, change.commit),
        plan,
        evidence,
        verdict,
        hold: run.hold,
        hiddenCharacters: spec.task.hidden_characters,
        requester: run.requester,
      })
    },
  }
}
