/** Looks up anew what a run may do: whether who asked may still ask, and what the config on the default branch allows. */
import { suffices } from '../core/command-right.ts'
import type { Config } from '../core/config.ts'
import { lowerPolicy } from '../core/lower-policy.ts'
import { disabledDetail, levelDetail, permissionDetail } from '../core/say/curb.ts'
import type { RunState, Spec } from '../core/state.ts'
import { pullOf, specOf } from '../core/state.ts'
import type { Curb, FindCurb } from '../ports/curb.ts'
import type { IssuesForge } from '../ports/forge.ts'
import { configNow } from './config-now.ts'
import type { ConfigNowDeps } from './config-now.ts'

export interface CurbDeps extends ConfigNowDeps {
  readonly issues: ConfigNowDeps['issues'] & Pick<IssuesForge, 'permission'>
}

/** Below it nothing is pushed. */
const FIRST_PUSHING_LEVEL = 2

export function createFindCurb(deps: CurbDeps): FindCurb {
  return async (run) => {
    const spec = specOf(run)
    if (!spec) return undefined
    const { requester, issue } = run
    const permission = await deps.issues.permission(issue.repo, requester)
    if (!suffices(permission, 'write'))
      return forbidden(run, 'permission_lost', permissionDetail(requester.login, permission))
    const now = await configNow(deps, issue.repo)
    return now && curbBy(now, run, spec)
  }
}

/** The rest of the config stays as the run began with it: what stages do must not change between two of them. */
function curbBy(now: Config, run: RunState, { policy }: Spec): Curb | undefined {
  if (!now.enabled) return forbidden(run, 'config_changed', disabledDetail(policy))
  const { level } = now.trust
  const pull = pullOf(run)
  // A patch in a comment is for who has none of the change; this one is out already, and may not be worked on.
  if (pull && level < FIRST_PUSHING_LEVEL)
    return forbidden(run, 'config_changed', levelDetail(policy, level, pull.number))
  const { per_issue_usd: usd, per_issue_turns: turns } = now.budget
  const allowed = { trust: level, caps: { usd, turns } }
  return lowerPolicy(policy, allowed) && { kind: 'config_lowered', run: run.run, ...allowed }
}

function forbidden(
  { run }: RunState,
  code: Extract<Curb, { kind: 'work_forbidden' }>['code'],
  detail: string,
): Curb {
  return { kind: 'work_forbidden', run, code, detail }
}
