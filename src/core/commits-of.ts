/** The commits that a run goes on from, and that only the app's own git directory has, or may be the only one to have. */
import type { ObjectId } from './ids.ts'
import type { RunState } from './state.ts'
import { workingPositionOf } from './state.ts'

/**
 * Oldest first, the run's newest work last. The base and the config's commit are among them: a branch that is forced back
 * takes them away. What was published is not: it was made at the forge, and whoever needs it fetches its branch.
 */
export function commitsOf(state: RunState): readonly ObjectId[] {
  const at = workingPositionOf(state)
  if (at.stage === 'intake') return []
  const { base, policy } = at.spec
  const tests = 'tests' in at ? [at.tests.commit] : []
  const change = 'change' in at ? at.change : 'previous' in at ? at.previous : null
  const all = [policy.config_commit, base.commit, ...tests, ...(change === null ? [] : [change.commit])]
  return all.filter((commit, index) => all.lastIndexOf(commit) === index)
}
