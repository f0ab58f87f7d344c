/** Reviewing: a reviewer who did not write the change; what it calls blocking counts only if a run shows it. */
import { linesOfPatches } from '../../core/diff-lines.ts'
import { StageFailure } from '../../core/errors.ts'
import type { Finding, JudgedFinding } from '../../core/review.ts'
import type { WorkingPosition } from '../../core/state.ts'
import { cleanOutput, fence, oneLine } from '../../core/untrusted.ts'
import type { Desk, Desks } from '../../ports/desk.ts'
import type { Prover } from '../../ports/proof.ts'
import type { StageRunner } from '../../ports/stage.ts'
import { demonstrationOf, demonstratorSpec } from './demonstrator/demonstrator.ts'
import { placeFindings } from './place-findings.ts'
import { reviewerSpec } from './reviewer/reviewer.ts'

interface ReviewingPrompts {
  readonly reviewer: string
  readonly demonstrator: string
}

export interface ReviewingDeps {
  readonly desks: Desks
  readonly prover: Pick<Prover, 'demonstrate'>
  readonly prompts: ReviewingPrompts
}

/** Each costs a conversation and a sandbox. One that is shown sends the change back; five are enough to find it. */
const MOST_DEMONSTRATIONS = 5
/** As many as the verdict has room for. */
const MOST_NOT_CHECKED = 15

type AtReviewing = Extract<WorkingPosition, { stage: 'reviewing' }>

function findingText(found: Finding): string {
  const place = found.line === null ? found.file : `${found.file} line ${found.line}`
  return `${found.category}, ${place}\n${found.claim}\n\n${found.why}`
}

/** A demonstrator that gives no answer fails the stage (Dialogue.ask throws): silence is no all-clear. */
async function demonstrate(
  deps: ReviewingDeps,
  desk: Desk,
  subject: { at: AtReviewing; found: Finding },
): Promise<JudgedFinding> {
  const { found } = subject
  const { commit } = subject.at.change
  const spec = demonstratorSpec(deps.prompts.demonstrator)
  desk.proof.progress.step(`demonstrating: ${oneLine(found.claim, 100)}`)
  const request = { commit, purpose: 'demonstration', allowed: spec.allowed, dependencies: true }
  const answer = await desk.withBench(request, ({ tools }) =>
    desk.begin(spec, { variables: { finding: fence('claim', findingText(found), desk.nonce) }, tools }).ask(),
  )
  const demonstration = demonstrationOf(answer)
  if (demonstration === undefined) return { ...found, standing: 'not_demonstrated', demonstration: '' }
  const seen = await deps.prover.demonstrate(desk.proof, commit, demonstration)
  if (!seen.shown) return { ...found, standing: 'not_demonstrated', demonstration: '' }
  return { ...found, standing: 'demonstrated', demonstration: cleanOutput(seen.output, 3000) }
}

/** In the reviewer's order, so that the posted review reads as it was written. */
async function judge(
  deps: ReviewingDeps,
  desk: Desk,
  subject: { at: AtReviewing; findings: readonly Finding[] },
): Promise<{ judged: JudgedFinding[]; untried: string[] }> {
  const judged: JudgedFinding[] = []
  const untried: string[] = []
  let tried = 0
  for (const found of subject.findings) {
    if (found.severity === 'minor') {
      judged.push({ ...found, standing: 'note', demonstration: '' })
    } else if (tried < MOST_DEMONSTRATIONS) {
      tried += 1
      judged.push(await demonstrate(deps, desk, { at: subject.at, found }))
    } else {
      untried.push(`Not put to a run, after ${MOST_DEMONSTRATIONS} others: ${oneLine(found.claim, 200)}`)
      judged.push({ ...found, standing: 'not_demonstrated', demonstration: '' })
    }
  }
  return { judged, untried }
}

export function createReviewing(deps: ReviewingDeps): StageRunner {
  return async (context) => {
    const { at } = context.run
    if (at.stage !== 'reviewing') throw new StageFailure('internal', `a review was asked for at ${at.stage}`)
    const desk = await deps.desks.open(context)
    const { commit } = at.change
    const spec = reviewerSpec(deps.prompts.reviewer)
    const request = { commit, purpose: 'reviewing', allowed: spec.allowed, dependencies: false }
    const review = await desk.withBench(request, ({ tools }) =>
      desk.begin(spec, { variables: {}, tools }).ask(),
    )
    const diff = await desk.workspace.diff(at.spec.base.commit, commit)
    const lines = linesOfPatches(
      diff.map((file) => ({ path: file.path, patches: file.hunks.map((hunk) => hunk.patch) })),
    )
    const findings = placeFindings(review.findings, lines)
    const { judged, untried } = await judge(deps, desk, { at, findings })
    // What was never tried comes first: it must not be what is cut off.
    const not_checked = [...untried, ...review.not_checked].slice(0, MOST_NOT_CHECKED)
    return { kind: 'change_reviewed', verdict: { summary: review.summary, findings: judged, not_checked } }
  }
}
