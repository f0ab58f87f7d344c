/** A look at a published change: everything is read anew, and one thing at most follows. */
import { OWN_CHECK } from '../../core/own-check.ts'
import { StageFailure } from '../../core/errors.ts'
import type { RepoRef } from '../../core/ids.ts'
import type { MergeDecision } from '../../core/merge-decision.ts'
import { mergeReport } from '../../core/say/merge.ts'
import { renderCheck } from '../../core/say/review.ts'
import { NO_FEEDBACK } from '../../core/state.ts'
import type { WorkingPosition } from '../../core/state.ts'
import { oneLine } from '../../core/untrusted.ts'
import type {
  BaseRules,
  ForeignCheck,
  IssuesForge,
  PullDetail,
  PullsForge,
  Remark,
} from '../../ports/forge.ts'
import type { FindCurb } from '../../ports/curb.ts'
import type { Look, LookContext, Sighting } from '../../ports/look.ts'
import type { Signer } from '../../ports/signer.ts'
import type { TrustGate } from '../../ports/trust-gate.ts'
import type { Workspaces } from '../../ports/workspace.ts'
import { heardFrom, openAfterAnswers, openOf } from './answer-remarks.ts'
import { failedChecks } from './failed-checks.ts'
import { reviewersOf, rightsOf } from './people.ts'
import type { MayWrite } from './people.ts'
import { takeBaseIn } from './take-base-in.ts'

export interface LookDeps {
  readonly issues: Pick<IssuesForge, 'issue' | 'permission'>
  readonly pulls: Pick<
    PullsForge,
    'pull' | 'remarks' | 'answer' | 'checks' | 'baseRules' | 'branchHead' | 'checkRun'
  >
  readonly workspaces: Pick<Workspaces, 'sync'>
  readonly gate: TrustGate
  readonly findCurb: FindCurb
  readonly signer: Pick<Signer, 'hash'>
  /** The repository's address for people, without a slash at the end; what our texts may link to. */
  readonly repoUrl: (repo: RepoRef) => string
}

type AtIntegrating = Extract<WorkingPosition, { stage: 'integrating' }>

/** From this level on the factory would merge, and so keeps the change up to date. */
const FIRST_MERGING_LEVEL = 3

/** What was read of an open pull request. */
interface Seen {
  readonly pull: PullDetail
  /** Somebody pushed where it is not. */
  readonly headIsOurs: boolean
  readonly baseChanged: boolean
  /** Labels of the issue. */
  readonly labels: readonly string[]
  readonly remarks: readonly Remark[]
  readonly checks: readonly ForeignCheck[]
  readonly rules: BaseRules | undefined
  /** The base has commits that the published head has not; looked up only where that matters. */
  readonly behind: boolean
}

interface Looking {
  readonly deps: LookDeps
  readonly context: LookContext
  readonly at: AtIntegrating
  readonly mayWrite: MayWrite
}

function endOf({ number }: AtIntegrating['pull'], pull: PullDetail): Sighting | undefined {
  if (pull.merged) return { kind: 'pull_merged', number, commit: pull.mergeCommit ?? pull.head }
  return pull.state === 'closed' ? { kind: 'pull_closed', number, by: pull.closedBy } : undefined
}

async function see(
  { deps, context, at }: Looking,
  pull: PullDetail,
  labels: readonly string[],
): Promise<Seen> {
  const { repo } = context.run.issue
  const { branch } = at.spec.base
  const [remarks, checks, rules] = await Promise.all([
    deps.pulls.remarks(repo, pull.number),
    deps.pulls.checks(repo, pull.head),
    deps.pulls.baseRules(repo, branch),
  ])
  // Not `pull.base.commit`: GitHub moves that only when somebody pushes to the pull request.
  const matters = rules?.upToDate === true || at.spec.policy.trust >= FIRST_MERGING_LEVEL
  const base = matters ? await deps.pulls.branchHead(repo, branch) : undefined
  return {
    pull,
    headIsOurs: pull.head === at.pull.head,
    baseChanged: pull.base.branch !== branch,
    labels,
    remarks,
    checks,
    rules,
    behind: base !== undefined && base !== at.pull.base,
  }
}

/** What people ask for and what the change broke, in one round where both are known. */
async function returned(
  { deps, context, at, mayWrite }: Looking,
  { checks }: Seen,
  open: readonly Remark[],
): Promise<Sighting | undefined> {
  const { repo } = context.run.issue
  const remarks = await heardFrom(open, mayWrite)
  const failed = await failedChecks(deps.pulls, checks, { repo, base: at.pull.base })
  if (remarks.length + failed.length === 0) return undefined
  const feedback = { ...NO_FEEDBACK, remarks, checks: failed }
  return { kind: 'change_returned', head: at.pull.head, feedback }
}

/** The gate names the conflict; why it was not taken to the coder, only this look knows. */
function withReason(decision: MergeDecision, why: string): MergeDecision {
  const detail = oneLine(why, 400)
  const reasons = decision.reasons.map((reason) =>
    reason.code === 'conflicts' ? { ...reason, detail } : reason,
  )
  return { ...decision, reasons }
}

/** Where people merge, a check that begins or ends is news on the pull request's own page and none in our words. */
function isSaid(now: MergeDecision, before: MergeDecision): boolean {
  return now.head === before.head && mergeReport(now) === mergeReport(before)
}

async function decided(
  looking: Looking,
  seen: Seen,
  { open, why }: { open: readonly Remark[]; why: string },
): Promise<Sighting | undefined> {
  const { deps, context, at, mayWrite } = looking
  const { run } = context
  const { pull, headIsOurs, baseChanged, behind, labels, checks, rules } = seen
  const reviewers = await reviewersOf(seen.remarks, { since: run.entered_at, mayWrite })
  const state = { mergeable: pull.mergeable, behind, baseChanged }
  const observed = { head: pull.head, headIsOurs, labels, pull: state, base: rules, checks }
  const asked = await deps.gate.decide(run, { ...observed, remarksOpen: open.length, ...reviewers })
  const decision = why === '' ? asked : withReason(asked, why)
  if (isSaid(decision, at.decision)) return undefined
  context.signal.throwIfAborted()
  // A head that is not ours was not proved, and no check of ours may stand beside it.
  if (headIsOurs) await report(looking, decision)
  return { kind: 'merge_decided', head: at.pull.head, decision }
}

/** By the same id as the check that publishing made, so that it is that one which changes. */
async function report({ deps, context, at }: Looking, decision: MergeDecision): Promise<void> {
  const { run } = context
  const text = renderCheck(run, decision)
  if (text === undefined) throw new StageFailure('internal', 'There is no text for the check run')
  const { head, url } = at.pull
  const check = { name: OWN_CHECK, head, externalId: `${run.run}.${head}`, detailsUrl: url, ...text }
  await deps.pulls.checkRun(run.issue.repo, check)
}

/** What follows from an open pull request whose head is ours, before anybody asks whether to merge it. */
async function worked(
  looking: Looking,
  seen: Seen,
): Promise<{ sighting: Sighting } | { open: readonly Remark[]; why: string }> {
  const { deps, context, at } = looking
  const { run, signal } = context
  signal.throwIfAborted()
  const answering = { run, pull: at.pull, answers: at.change.answers, repoUrl: deps.repoUrl(run.issue.repo) }
  const open = await openAfterAnswers(deps, answering, seen.remarks)
  const back = await returned(looking, seen, open)
  if (back) return { sighting: back }
  const stale = seen.pull.mergeable === false || seen.behind
  if (!stale || seen.baseChanged) return { open, why: '' }
  context.progress.step(`taking in ${at.spec.base.branch}`)
  const taking = await takeBaseIn(deps, run, at)
  if (taking.kind === 'taken') return { sighting: taking.sighting }
  return { open, why: taking.kind === 'by_person' ? taking.why : '' }
}

/**
 * In this order: an end that people made of it; what the run may do no more; a head that is not ours, where nothing is done at all; answers that are
 * due; what people and checks ask for; a base that moved; and else only what the trust gate says now.
 */
export function createLook(deps: LookDeps): Look {
  return async (context) => {
    const { at, issue } = context.run
    if (at.stage !== 'integrating') throw new StageFailure('internal', `a look was asked for at ${at.stage}`)
    const { number } = at.pull
    context.progress.step(`looking at pull request #${number}`)
    const pull = await deps.pulls.pull(issue.repo, number)
    if (pull === undefined) return { kind: 'pull_closed', number, by: null }
    const end = endOf(at.pull, pull)
    if (end) return end
    const { state, labels } = await deps.issues.issue(issue)
    if (state === 'closed') return { kind: 'issue_closed', by: null }
    const curb = await deps.findCurb(context.run)
    if (curb) return curb
    const looking = { deps, context, at, mayWrite: rightsOf(deps.issues, issue.repo) }
    const seen = await see(looking, pull, labels)
    if (!seen.headIsOurs) return decided(looking, seen, { open: openOf(seen.remarks), why: '' })
    const work = await worked(looking, seen)
    return 'sighting' in work ? work.sighting : decided(looking, seen, work)
  }
}
