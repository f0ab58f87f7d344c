/** Publishing: the proved tree as one signed commit, a draft pull request, the review and the check run. */
import { branchName } from '../../core/branch-name.ts'
import { linesOfPatches } from '../../core/diff-lines.ts'
import { StageFailure } from '../../core/errors.ts'
import type { ObjectId, RepoRef } from '../../core/ids.ts'
import { renderPullRequest } from '../../core/say/pull-request.ts'
import { renderCheck, renderReview } from '../../core/say/review.ts'
import type { RunState, WorkingPosition } from '../../core/state.ts'
import type { Clock } from '../../ports/clock.ts'
import type { PullRequest, PullsForge } from '../../ports/forge.ts'
import type { StageContext, StageRunner } from '../../ports/stage.ts'
import type { Workspace, Workspaces } from '../../ports/workspace.ts'
import { changedFiles } from './changed-files.ts'
import { commitMessage } from './commit-message.ts'

export interface PublishingDeps {
  readonly pulls: PullsForge
  readonly workspaces: Pick<Workspaces, 'open'>
  readonly clock: Pick<Clock, 'now'>
  /** The repository's address for people, without a slash at the end; what our texts may link to. */
  readonly repoUrl: (repo: RepoRef) => string
}

type AtPublishing = Extract<WorkingPosition, { stage: 'publishing' }>

interface Publication {
  readonly deps: PublishingDeps
  readonly context: StageContext
  readonly at: AtPublishing
  readonly workspace: Workspace
}

/** Required by branch protection under this name. */
const CHECK_NAME = 'millwright'

/** Only the tree that the evidence names may leave the house. */
async function checkProved({ at, workspace }: Publication): Promise<void> {
  const tree = await workspace.tree(at.change.commit)
  const same = at.evidence.head === at.change.commit && at.evidence.tree === tree && at.change.tree === tree
  if (!same) throw new StageFailure('internal', `The proof is of ${at.evidence.tree}, the change is ${tree}`)
}

async function pushed(publication: Publication): Promise<{ branch: string; head: ObjectId }> {
  const { deps, context, at, workspace } = publication
  const { run } = context
  const branch = branchName({ issue: run.issue.number, title: at.plan.title, run: run.run })
  const base = at.spec.base.commit
  const outcome = await deps.pulls.commit(run.issue.repo, {
    branch,
    parent: base,
    tree: at.change.tree,
    message: commitMessage(run, at),
    files: await changedFiles(workspace, base, at.change.commit),
  })
  if (outcome.kind !== 'moved') return { branch, head: outcome.commit }
  const detail = `The branch ${branch} points to ${outcome.found}, which is not what was put there.`
  throw new StageFailure('branch_moved', detail, { resumable: true })
}

async function opened(publication: Publication, branch: string): Promise<PullRequest> {
  const { deps, context, at } = publication
  const place = { repoUrl: deps.repoUrl(context.run.issue.repo) }
  const text = renderPullRequest(context.run, place, deps.clock.now())
  if (text === undefined) throw new StageFailure('internal', 'There is no text for the pull request')
  const outcome = await deps.pulls.openDraft(context.run.issue.repo, {
    ...text,
    branch,
    base: at.spec.base.branch,
  })
  if (outcome.kind === 'draft_refused') {
    const detail = `The branch ${branch} is there; no pull request was opened from it.`
    throw new StageFailure('draft_refused', detail, { resumable: true })
  }
  return outcome.pull
}

/** Stable over retries, unlike the effect's id: a run held after this step must not say the same twice. */
function keyOf(run: RunState, head: ObjectId): string {
  return `${run.run}.${head}`
}

async function commented(publication: Publication, pull: number, head: ObjectId): Promise<void> {
  const { deps, context, at, workspace } = publication
  const { repo } = context.run.issue
  const diff = await workspace.diff(at.spec.base.commit, at.change.commit)
  const lines = linesOfPatches(
    diff.map((file) => ({ path: file.path, patches: file.hunks.map((hunk) => hunk.patch) })),
  )
  const { body, notes } = renderReview(at.verdict, lines, { repoUrl: deps.repoUrl(repo) })
  const marker = `<!-- millwright:review:${keyOf(context.run, head)} -->`
  await deps.pulls.comment(repo, pull, { body: `${body}\n\n${marker}`, commit: head, notes, marker })
}

async function checked({ deps, context }: Publication, pull: PullRequest, head: ObjectId): Promise<void> {
  const { run } = context
  const text = renderCheck(run)
  if (text === undefined) throw new StageFailure('internal', 'There is no text for the check run')
  const check = { name: CHECK_NAME, head, externalId: keyOf(run, head), detailsUrl: pull.url, ...text }
  await deps.pulls.checkRun(run.issue.repo, check)
}

/**
 * Each step looks before it acts, so an attempt after a crash goes on where the last one ended. At level 1 nothing is
 * pushed, and there is nothing else yet that this stage could do.
 */
export function createPublishing(deps: PublishingDeps): StageRunner {
  return async (context) => {
    const { at, issue } = context.run
    if (at.stage !== 'publishing')
      throw new StageFailure('internal', `publishing was asked for at ${at.stage}`)
    if (at.spec.policy.trust < 2) {
      const detail = 'Trust level 1 lets me push nothing. Set `trust.level: 2` in `.github/millwright.yml`.'
      throw new StageFailure('forge_refused', detail)
    }
    const publication = { deps, context, at, workspace: await deps.workspaces.open(issue.repo) }
    await checkProved(publication)
    context.progress.step('publishing the proved tree')
    const { branch, head } = await pushed(publication)
    const pull = await opened(publication, branch)
    context.signal.throwIfAborted()
    await commented(publication, pull.number, head)
    await checked(publication, pull, head)
    return { kind: 'change_published', pull: { number: pull.number, url: pull.url, branch, head } }
  }
}
