/** Planning: the architect plans, a program checks the shape, and a reviewer in a fresh conversation checks the sense. */
import { StageFailure } from '../../core/errors.ts'
import type { Plan, PlanReview } from '../../core/plan.ts'
import { quoteFrom } from '../../core/quote.ts'
import { cleanOutput, fence } from '../../core/untrusted.ts'
import { fillPrompt } from '../../agent/fill-prompt.ts'
import type { Desk, Desks, Dialogue } from '../../ports/desk.ts'
import type { Signer } from '../../ports/signer.ts'
import type { StageRunner } from '../../ports/stage.ts'
import type { Store } from '../../ports/store.ts'
import { architectSpec } from './architect/architect.ts'
import type { ArchitectAnswer } from './architect/architect.ts'
import { canonicalJson } from './canonical-json.ts'
import { checkPlan } from './check-plan.ts'
import type { Matcher } from './check-plan.ts'
import { planReviewerSpec } from './plan-reviewer/plan-reviewer.ts'

interface PlanningPrompts {
  readonly architect: string
  readonly plan_reviewer: string
  readonly plan_returned: string
}

export interface PlanningDeps {
  readonly desks: Desks
  readonly store: Pick<Store, 'pastRuns'>
  readonly signer: Pick<Signer, 'hash'>
  readonly prompts: PlanningPrompts
}

/** A plan that is malformed three times will not get better by asking. */
const SHAPE_CORRECTIONS = 2
/** Enough past runs for a range, few enough that last year's models do not set it. */
const QUOTED_RUNS = 50

interface Drafting {
  readonly dialogue: Dialogue<ArchitectAnswer>
  readonly paths: ReadonlySet<string>
  readonly hasTests: boolean
  readonly isProtected: Matcher
}

async function draft(drafting: Drafting, message?: string): Promise<Plan> {
  let answer = await drafting.dialogue.ask(message)
  for (let correction = 0; ; correction += 1) {
    if (answer.outcome === 'cannot') {
      const reason = cleanOutput(answer.reason, 1500)
      throw new StageFailure('no_plan', reason, { resumable: true })
    }
    const problems = checkPlan(answer.plan, drafting)
    if (problems.length === 0) return answer.plan
    const list = problems.map((problem) => `- ${problem}`).join('\n')
    if (correction === SHAPE_CORRECTIONS) {
      throw new StageFailure('plan_invalid', cleanOutput(list, 1900), { resumable: true })
    }
    answer = await drafting.dialogue.ask(
      `The plan cannot be used as it is:\n\n${list}\n\nMend that and submit the whole plan again.`,
    )
  }
}

function notesOf(review: PlanReview): string[] {
  const smaller = review.smaller_way === null ? [] : [`A smaller way: ${review.smaller_way}`]
  // A return without notes still says why in its judgement of the fit.
  return review.notes.length === 0 ? [review.problem_fit, ...smaller] : [...review.notes, ...smaller]
}

async function reviewed(desk: Desk, drafting: Drafting, prompts: PlanningPrompts): Promise<Plan> {
  const spec = planReviewerSpec(prompts.plan_reviewer)
  const judge = async (plan: Plan): Promise<PlanReview> =>
    desk.begin(spec, { variables: {}, tools: undefined, dossier: await desk.withPlan(plan) }).ask()
  const first = await draft(drafting)
  const review = await judge(first)
  if (review.verdict === 'accept') return first

  const notes = notesOf(review).map((note) => `- ${note}`)
  desk.proof.progress.note(`The plan was returned once: ${notes.length} note(s)`)
  const fenced = fence('notes of the plan reviewer', notes.join('\n'), desk.nonce)
  const second = await draft(drafting, fillPrompt(prompts.plan_returned, { notes: fenced }))
  const again = await judge(second)
  if (again.verdict === 'accept') return second
  const left = notesOf(again).map((note) => `- ${note}`)
  throw new StageFailure('plan_returned_twice', cleanOutput(left.join('\n'), 1900), { resumable: true })
}

function remarksText(remarks: string | null, nonce: string): string {
  if (remarks === null) return ''
  const said = fence('remarks', remarks, nonce)
  return `A maintainer read an earlier plan for this task and asks for another one. Follow the remarks as far as they concern this task:\n\n${said}\n`
}

export function createPlanning(deps: PlanningDeps): StageRunner {
  return async (context) => {
    const { at, issue } = context.run
    if (at.stage !== 'planning') throw new StageFailure('internal', `planning was asked for at ${at.stage}`)
    const desk = await deps.desks.open(context)
    const { commit } = at.spec.base
    const paths = new Set((await desk.workspace.files(commit)).map((file) => file.path))
    const hasTests = desk.proof.commands.test !== undefined
    const spec = architectSpec(deps.prompts.architect)
    const bench = { commit, purpose: 'planning', allowed: spec.allowed, dependencies: false }
    const plan = await desk.withBench(bench, ({ tools }) => {
      const dialogue = desk.begin(spec, {
        variables: { remarks: remarksText(at.remarks, desk.nonce) },
        tools,
      })
      return reviewed(desk, { dialogue, paths, hasTests, isProtected: desk.isProtected }, deps.prompts)
    })
    const quote = quoteFrom(await deps.store.pastRuns(issue.repo.id, QUOTED_RUNS))
    return { kind: 'plan_made', plan, quote, plan_hash: deps.signer.hash(canonicalJson(plan)) }
  }
}
