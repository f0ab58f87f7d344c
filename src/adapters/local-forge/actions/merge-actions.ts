/** Merging a pull request, with every refusal that GitHub has for it. */
import type { ObjectId } from '../../../core/ids.ts'
import type { GitPerson } from '../../../ports/git-host.ts'
import { ApiError, unprocessable } from '../api-error.ts'
import { noreply } from '../render/commit.ts'
import type { PullIssue } from '../render/pull.ts'
import type { CheckRun, Repo, Status } from '../world.ts'
import { type Scene, setState } from './issue-actions.ts'
import { announcePull, GITHUB, mergeBaseOf } from './pull-actions.ts'
import { refMoved } from './ref-actions.ts'

export interface MergeInput {
  readonly method: string
  readonly sha: string | undefined
  readonly title: string | undefined
  readonly message: string | undefined
}

/** Returns the commit that is now the tip of the base branch. */
export async function mergePull(scene: Scene, issue: PullIssue, input: MergeInput): Promise<ObjectId> {
  const { repo } = scene
  const { pull } = issue
  if (pull.merged || issue.state !== 'open') throw new ApiError(405, 'Pull Request is not mergeable')
  if (input.sha !== undefined && input.sha !== pull.head)
    throw new ApiError(409, 'Head branch was modified. Review and try the merge again.')
  if (pull.draft) throw new ApiError(405, 'Pull Request is still a draft')
  await checkProtection(repo, issue)
  const tree = await repo.git.mergeTree(pull.base, pull.head)
  if (!tree) throw new ApiError(405, 'Pull Request has merge conflicts')
  const commit = await mergedCommit(scene, issue, { ...input, tree })
  // Closed before the ref moves, so that nothing takes the move for a push onto an open pull request.
  pull.merged = { at: scene.world.clock.now(), by: scene.actor.account, commit }
  const ref = `refs/heads/${pull.baseBranch}`
  if (!(await repo.git.moveRef(ref, pull.base, commit))) {
    pull.merged = undefined
    throw new ApiError(409, 'Base branch was modified. Review and try the merge again.')
  }
  const from = pull.base
  setState(scene, issue, { state: 'closed' })
  await announcePull(scene, issue, { action: 'closed' })
  await refMoved(scene, { ref, from, to: commit })
  closeNamedIssues(scene, issue)
  return commit
}

async function mergedCommit(
  scene: Scene,
  issue: PullIssue,
  input: MergeInput & { tree: ObjectId },
): Promise<ObjectId> {
  const { repo } = scene
  const { pull } = issue
  const date = scene.world.clock.now()
  const author = { name: scene.actor.account.name, email: noreply(scene.actor.account), date }
  const committer = { ...GITHUB, date }
  const people = { author, committer }
  if (input.method === 'rebase') return rebased(scene, issue, committer)
  const squash = input.method === 'squash'
  if (!squash && input.method !== 'merge') throw unprocessable(`"${input.method}" is not a merge method.`)
  const title = squash
    ? `${issue.title} (#${issue.number})`
    : `Merge pull request #${issue.number} from ${repo.owner.login}/${pull.headBranch}`
  const body = input.message ?? (squash ? '' : issue.title)
  const commit = await repo.git.writeCommit({
    tree: input.tree,
    parents: squash ? [pull.base] : [pull.base, pull.head],
    message: [input.title ?? title, ...(body === '' ? [] : [body])].join('\n\n'),
    ...people,
  })
  repo.signed.add(commit)
  return commit
}

/** Only where the commits sit on the base already: replaying over other work would need a work tree. */
async function rebased({ repo }: Scene, issue: PullIssue, committer: GitPerson): Promise<ObjectId> {
  const { pull } = issue
  if ((await mergeBaseOf(repo, issue)) !== pull.base) throw new ApiError(405, "This branch can't be rebased")
  const commits = await repo.git.log(pull.head, { limit: 250, not: pull.base })
  let parent = pull.base
  for (const commit of [...commits].reverse())
    parent = await repo.git.writeCommit({ ...commit, parents: [parent], committer })
  return parent
}

async function checkProtection(repo: Repo, { pull }: PullIssue): Promise<void> {
  const rules = repo.protection.get(pull.baseBranch)
  if (!rules) return
  const refuse = (message: string) => new ApiError(405, message)
  if (rules.mergeQueue) throw refuse('Changes must be made through the merge queue')
  const approvals = pull.reviews.filter((r) => r.state === 'APPROVED' && r.commit === pull.head)
  if (new Set(approvals.map((r) => r.author.account.id)).size < rules.approvals)
    throw refuse(`At least ${rules.approvals} approving review is required by reviewers with write access.`)
  for (const context of rules.contexts)
    if (!passed(repo, pull.head, context)) throw refuse(`Required status check "${context}" is expected.`)
  if (rules.strict && !(await repo.git.isAncestor(pull.base, pull.head)))
    throw refuse('Head branch is out of date with the base branch.')
}

function passed(repo: Repo, head: ObjectId, context: string): boolean {
  const check = repo.checks.findLast((known: CheckRun) => known.head === head && known.name === context)
  const status = repo.statuses.findLast((known: Status) => known.sha === head && known.context === context)
  if (!check && !status) return false
  const fine = ['success', 'neutral', 'skipped']
  return (!check || fine.includes(check.conclusion ?? '')) && (!status || status.state === 'success')
}

const CLOSES = /\b(?:close[sd]?|fix(?:e[sd])?|resolve[sd]?):?\s+#(\d+)\b/gi

/** "Fixes #12" closes issue 12, when what is merged into is the default branch. */
function closeNamedIssues(scene: Scene, issue: PullIssue): void {
  const { repo } = scene
  if (issue.pull.baseBranch !== repo.defaultBranch) return
  for (const [, number] of (issue.body ?? '').matchAll(CLOSES)) {
    const named = repo.issues.get(Number(number))
    if (named && !named.pull && named.state === 'open') setState(scene, named, { state: 'closed' })
  }
}
