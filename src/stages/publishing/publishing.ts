/** Publishing: the proved tree as one signed commit, a draft pull request, the review and the check run; or a patch. */
import { OWN_CHECK } from '../../core/own-check.ts'
import { linesOfPatches } from '../../core/diff-lines.ts'
import { StageFailure } from '../../core/errors.ts'
import type { ObjectId } from '../../core/ids.ts'
import type { MergeDecision } from '../../core/merge-decision.ts'
import { renderPullRequest } from '../../core/say/pull-request.ts'
import { renderCheck, renderReview } from '../../core/say/review.ts'
import type { Published, RunState } from '../../core/state.ts'
import type { StageRunner } from '../../ports/stage.ts'
import type { Publication, PublishingDeps } from './publication.ts'
import { proposePatch } from './propose-patch.ts'
import { pushChange } from './push-change.ts'

/** Below it nothing is pushed. */
const FIRST_PUSHING_LEVEL = 2

/** Only the tree that the evidence names may leave the house. */
async function checkProved({ at, workspace }: Publication): Promise<void> {
  const tree = await workspace.tree(at.change.commit)
  const same = at.evidence.head === at.change.commit && at.evidence.tree === tree && at.change.tree === tree
  if (!same) throw new StageFailure('internal', `The proof is of ${at.evidence.tree}, the change is ${tree}`)
}

/** A rework keeps its pull request, and says what it is now; the title and text of the first one would be of another change. */
async function opened(publication: Publication, branch: string): Promise<{ number: number; url: string }> {
  const { deps, context, at } = publication
  const { repo } = context.run.issue
  const place = { repoUrl: deps.repoUrl(repo), unsigned: deps.byToken ?? false }
  const text = renderPullRequest(context.run, place, deps.clock.now())
  if (text === undefined) throw new StageFailure('internal', 'There is no text for the pull request')
  if (at.pull !== null) {
    await deps.pulls.describe(repo, at.pull.number, text)
    return at.pull
  }
  const outcome = await deps.pulls.openDraft(repo, { ...text, branch, base: at.spec.base.branch })
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

/** Nobody has looked at it yet: what only the forge can tell is not known, and none of it is waited for. */
function decide({ deps, context }: Publication, head: ObjectId): Promise<MergeDecision> {
  const { run } = context
  return deps.gate.decide(run, {
    head,
    headIsOurs: true,
    labels: [run.label],
    pull: { mergeable: null, behind: false, baseChanged: false },
    base: undefined,
    checks: undefined,
    remarksOpen: 0,
    changesRequestedBy: [],
    approvedBy: [],
  })
}

async function checked(
  { deps, context }: Publication,
  pull: Published,
  decision: MergeDecision,
): Promise<void> {
  const { run } = context
  const text = renderCheck(run, decision)
  if (text === undefined) throw new StageFailure('internal', 'There is no text for the check run')
  const { head, url } = pull
  const check = { name: OWN_CHECK, head, externalId: keyOf(run, head), detailsUrl: url, ...text }
  await deps.pulls.checkRun(run.issue.repo, check)
}

/** Each step looks before it acts, so an attempt after a crash goes on where the last one ended. */
export function createPublishing(deps: PublishingDeps): StageRunner {
  return async (context) => {
    const { at, issue } = context.run
    if (at.stage !== 'publishing')
      throw new StageFailure('internal', `publishing was asked for at ${at.stage}`)
    const publication = { deps, context, at, workspace: await deps.workspaces.open(issue.repo) }
    await checkProved(publication)
    if (at.spec.policy.trust < FIRST_PUSHING_LEVEL) {
      context.progress.step('proposing the proved patch')
      return { kind: 'patch_proposed', url: await proposePatch(publication) }
    }
    context.progress.step('publishing the proved tree')
    const { branch, head } = await pushChange(publication)
    const { number, url } = await opened(publication, branch)
    context.signal.throwIfAborted()
    await commented(publication, number, head)
    const pull = { number, url, branch, head, base: at.spec.base.commit }
    const decision = await decide(publication, head)
    await checked(publication, pull, decision)
    return { kind: 'change_published', pull, decision }
  }
}
