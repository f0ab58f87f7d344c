/** What guards a branch: classic protection for those who administer, rules of rulesets for everybody. */
import { ApiError } from '../api-error.ts'
import { repoRoute } from '../access.ts'
import { type Answer, json, paged, type RepoCall, type Route } from '../call.ts'
import type { Protection } from '../protection.ts'
import { branchUrl } from '../render/repository.ts'
import { fullName, type Repo } from '../world.ts'

export const protectionRoutes: Route[] = [
  repoRoute({
    method: 'GET',
    path: '/repos/{owner}/{repo}/branches/{branch}/protection',
    need: { permission: 'administration', level: 'read', role: 'admin' },
    handle: protection,
  }),
  repoRoute({
    method: 'GET',
    path: '/repos/{owner}/{repo}/rules/branches/{branch}',
    need: { permission: 'metadata', level: 'read' },
    handle: rules,
  }),
]

/** Both are features that private repositories of free plans lack, as they lack drafts. */
function checkPlan(repo: Repo): void {
  if (repo.private && !repo.drafts)
    throw new ApiError(403, 'Upgrade to GitHub Pro or make this repository public to enable this feature.')
}

async function protection({ world, repo, params }: RepoCall): Promise<Answer> {
  checkPlan(repo)
  const branch = params['branch'] ?? ''
  const found = repo.protection.get(branch)
  if (found && !found.ruleset) return json(renderProtection(branchUrl(world, repo, branch), found))
  const there = await repo.git.ref(`refs/heads/${branch}`)
  throw new ApiError(404, there ? 'Branch not protected' : 'Branch not found')
}

function renderProtection(url: string, found: Protection): Record<string, unknown> {
  const checks = `${url}/protection/required_status_checks`
  return {
    url: `${url}/protection`,
    required_status_checks: {
      url: checks,
      strict: found.strict,
      contexts: found.contexts,
      contexts_url: `${checks}/contexts`,
      checks: found.contexts.map((context) => ({ context, app_id: null })),
    },
    ...(found.approvals > 0 && {
      required_pull_request_reviews: {
        url: `${url}/protection/required_pull_request_reviews`,
        dismiss_stale_reviews: true,
        require_code_owner_reviews: false,
        required_approving_review_count: found.approvals,
      },
    }),
    enforce_admins: { url: `${url}/protection/enforce_admins`, enabled: true },
    required_linear_history: { enabled: false },
    allow_force_pushes: { enabled: false },
    allow_deletions: { enabled: false },
  }
}

/** Empty where there are none, also for branches that do not exist: rulesets go by names. */
function rules(call: RepoCall): Promise<Answer> {
  const { repo, params } = call
  checkPlan(repo)
  const found = repo.protection.get(params['branch'] ?? '')
  const source = { ruleset_source_type: 'Repository', ruleset_source: fullName(repo), ruleset_id: repo.id }
  const listed = found?.ruleset || found?.mergeQueue ? rulesOf(found) : []
  return paged(call, listed, (page) => page.map((rule) => ({ ...rule, ...source })))
}

function rulesOf(found: Protection): Record<string, unknown>[] {
  const { strict, contexts, approvals, mergeQueue = false, ruleset = false } = found
  const checks = contexts.map((context) => ({ context }))
  return [
    ...(ruleset && approvals > 0
      ? [{ type: 'pull_request', parameters: { ...REVIEWS, required_approving_review_count: approvals } }]
      : []),
    ...(ruleset && contexts.length > 0
      ? [
          {
            type: 'required_status_checks',
            parameters: { required_status_checks: checks, strict_required_status_checks_policy: strict },
          },
        ]
      : []),
    ...(mergeQueue ? [{ type: 'merge_queue', parameters: QUEUE }] : []),
  ]
}

const REVIEWS = {
  dismiss_stale_reviews_on_push: true,
  require_code_owner_review: false,
  require_last_push_approval: false,
  required_review_thread_resolution: false,
}

/** GitHub's defaults. */
const QUEUE = {
  check_response_timeout_minutes: 60,
  grouping_strategy: 'ALLGREEN',
  max_entries_to_build: 5,
  max_entries_to_merge: 5,
  merge_method: 'MERGE',
  min_entries_to_merge: 1,
  min_entries_to_merge_wait_minutes: 5,
}
