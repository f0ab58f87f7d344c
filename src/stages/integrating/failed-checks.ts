/** Checks of the repository's own that the change broke. */
import type { ObjectId, RepoRef } from '../../core/ids.ts'
import type { Feedback } from '../../core/state.ts'
import { cleanOutput, oneLine } from '../../core/untrusted.ts'
import type { ForeignCheck, PullsForge } from '../../ports/forge.ts'

/** As many as a round has room for. */
const MOST_CHECKS = 10

/** None while one is pending: the coder is told once, of all of them. What fails on the base too is not the change's. */
export async function failedChecks(
  pulls: Pick<PullsForge, 'checks'>,
  checks: readonly ForeignCheck[],
  { repo, base }: { repo: RepoRef; base: ObjectId },
): Promise<Feedback['checks']> {
  const failed = checks.filter(({ state }) => state === 'failed')
  if (failed.length === 0 || checks.some(({ state }) => state === 'pending')) return []
  const onBase = await pulls.checks(repo, base)
  const old = new Set(onBase.filter(({ state }) => state === 'failed').map(({ name }) => name))
  return failed
    .filter(({ name }) => !old.has(name))
    .slice(0, MOST_CHECKS)
    .map(({ name, text }) => ({ name: oneLine(name, 200), text: cleanOutput(text, 4000) }))
}
