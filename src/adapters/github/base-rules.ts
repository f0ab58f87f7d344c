/** What guards a branch: its protection, which only administrators may see, and the rulesets, which anybody may. */
import type { RepoRef } from '../../core/ids.ts'
import type { BaseRules } from '../../ports/forge.ts'
import { fieldsOf } from './github-api.ts'
import type { GithubApi } from './github-api.ts'
import { allPages, PAGE } from './pages.ts'
import { at, nameOf } from './repository-path.ts'
import { refusedWith } from './translate-error.ts'

export async function baseRules(
  api: GithubApi,
  repo: RepoRef,
  branch: string,
): Promise<BaseRules | undefined> {
  const found = [...(await protection(api, repo, branch)), ...(await rulesets(api, repo, branch))]
  if (found.length === 0) return undefined
  return {
    upToDate: found.some(({ upToDate }) => upToDate),
    mergeQueue: found.some(({ mergeQueue }) => mergeQueue),
    requiredChecks: [...new Set(found.flatMap(({ requiredChecks }) => requiredChecks))],
    approvals: Math.max(...found.map(({ approvals }) => approvals)),
  }
}

const NOTHING: BaseRules = { upToDate: false, mergeQueue: false, requiredChecks: [], approvals: 0 }

async function protection(api: GithubApi, repo: RepoRef, branch: string): Promise<readonly BaseRules[]> {
  const intent = {
    doing: `to read the protection of \`${branch}\` in ${nameOf(repo)}`,
    needs: 'Administration: read',
  }
  const found = await unlessForbidden(() =>
    api.readIfThere(repo, intent, (request) =>
      request('GET /repos/{owner}/{repo}/branches/{branch}/protection', { ...at(repo), branch }),
    ),
  )
  if (!found) return []
  const { required_status_checks: checks, required_pull_request_reviews: reviews } = found.data
  return [
    {
      upToDate: checks?.strict ?? false,
      // GitHub's REST does not say this of a protection; a queue made there is a ruleset's `merge_queue` as well.
      mergeQueue: false,
      requiredChecks: [...(checks?.contexts ?? []), ...(checks?.checks ?? []).map(({ context }) => context)],
      approvals: reviews?.required_approving_review_count ?? 0,
    },
  ]
}

async function rulesets(api: GithubApi, repo: RepoRef, branch: string): Promise<readonly BaseRules[]> {
  const intent = {
    doing: `to read the rules of \`${branch}\` in ${nameOf(repo)}`,
    needs: 'Metadata: read',
  }
  const found = await unlessForbidden(() =>
    allPages<unknown>(async (page) => {
      const rules = await api.readIfThere(repo, intent, (request) =>
        request('GET /repos/{owner}/{repo}/rules/branches/{branch}', {
          ...at(repo),
          branch,
          per_page: PAGE,
          page,
        }),
      )
      return rules?.data ?? []
    }),
  )
  return (found ?? []).map(ofRule)
}

/** Kinds that say nothing about merging (names of branches, deletion) still are rules of the branch. */
function ofRule(rule: unknown): BaseRules {
  const { type, parameters } = fieldsOf(rule)
  const given = fieldsOf(parameters)
  if (type === 'merge_queue') return { ...NOTHING, mergeQueue: true }
  if (type === 'pull_request')
    return { ...NOTHING, approvals: Number(given.required_approving_review_count ?? 0) }
  if (type !== 'required_status_checks') return NOTHING
  const checks: readonly unknown[] = Array.isArray(given.required_status_checks)
    ? given.required_status_checks
    : []
  return {
    ...NOTHING,
    upToDate: given.strict_required_status_checks_policy === true,
    requiredChecks: checks.flatMap((check) => {
      const { context } = fieldsOf(check)
      return typeof context === 'string' ? context : []
    }),
  }
}

/** No right to look, or a plan without protected branches: both are 403, and neither is an error here. */
async function unlessForbidden<T>(look: () => Promise<T>): Promise<T | undefined> {
  try {
    return await look()
  } catch (error) {
    if (refusedWith(error) === 403) return undefined
    throw error
  }
}
