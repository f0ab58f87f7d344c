/** Coding: red to green in at most four attempts, then one pass to simplify, in one conversation; also on what came back. */
import { withoutObjectNames } from '../../core/diff-text.ts'
import { StageFailure } from '../../core/errors.ts'
import type { StageOutcome } from '../../core/event.ts'
import type { ObjectId } from '../../core/ids.ts'
import { NO_FEEDBACK } from '../../core/state.ts'
import type { Change, WorkingPosition } from '../../core/state.ts'
import { cleanOutput, fence } from '../../core/untrusted.ts'
import { fillPrompt } from '../../agent/fill-prompt.ts'
import type { Bench, Desk, Desks, Dialogue } from '../../ports/desk.ts'
import type { Prover, QuickCheck } from '../../ports/proof.ts'
import type { Signer } from '../../ports/signer.ts'
import type { StageContext, StageRunner } from '../../ports/stage.ts'
import { coderSpec } from './coder/coder.ts'
import type { CoderAnswer, Reply } from './coder/coder.ts'
import { failureCode, failuresText, feedbackText, putBackText, saidText } from './feedback-text.ts'
import { answersTo, keptAnswers, nameRemarks, unanswered } from './remarks.ts'
import type { Asked } from './remarks.ts'
import { takeChange } from './take-change.ts'
import type { Taken } from './take-change.ts'
import { unfitFiles } from './unfit-files.ts'

interface CodingPrompts {
  readonly coder: string
  readonly coder_returned: string
  readonly coder_reworked: string
  readonly not_green: string
  readonly refactor: string
  readonly answers_missing: string
}

export interface CodingDeps {
  readonly desks: Desks
  readonly prover: Pick<Prover, 'quick'>
  readonly signer: Pick<Signer, 'hash'>
  readonly prompts: CodingPrompts
}

type AtCoding = Extract<WorkingPosition, { stage: 'coding' }>

/** A coder that has seen the runner's output three times and is still red needs a person, or another plan. */
const CORRECTIONS = 3
/** Up to so much a change has been looked over by writing it; lines are added and removed ones. */
const SMALL_LINES = 30
const SMALL_HUNKS = 3

/** Everything that stays the same while one coder works. */
interface Work {
  readonly deps: CodingDeps
  readonly desk: Desk
  readonly at: AtCoding
  readonly bench: Bench
  readonly dialogue: Dialogue<CoderAnswer>
  /** What people asked for, and everything that the coder has replied to it so far. */
  readonly asked: Asked
  readonly replies: readonly Reply[]
  readonly signal: AbortSignal
}

interface Green {
  readonly answer: CoderAnswer
  readonly taken: Taken
}

/** A coder that changes the locked tests is told once. One that does so again works against the gate: nothing is kept. */
class TestsEdited extends StageFailure {
  constructor(paths: readonly string[]) {
    super('tests_edited', `Locked, and changed again after being told: ${paths.join(', ')}`, {
      resumable: true,
    })
  }
}

/** What the factory found and what people and checks said, each fenced: none of it is the factory's own words. */
function opening(deps: CodingDeps, { feedback, previous }: AtCoding, nonce: string): string {
  if (feedback === null) return ''
  const found = cleanOutput(feedbackText(feedback), 24_000)
  const asked = nameRemarks(feedback.remarks)
  // Cut part by part already, so that no remark is cut away whole; names and marks may make it a little longer.
  const said = previous ? cleanOutput(saidText(feedback, { asked, change: previous }), 40_000) : ''
  const { coder_returned, coder_reworked } = deps.prompts
  return [
    found === '' ? '' : fillPrompt(coder_returned, { found: fence('what was found', found, nonce) }),
    said === '' ? '' : fillPrompt(coder_reworked, { said: fence('what came back', said, nonce) }),
  ]
    .map((part) => part.trimEnd())
    .filter((part) => part !== '')
    .join('\n\n')
}

/** The same dialogue; what it replies to remarks is kept, whichever answer it came with. */
function collecting(dialogue: Dialogue<CoderAnswer>, replies: Reply[]): Dialogue<CoderAnswer> {
  const ask = async (message?: string): Promise<CoderAnswer> => {
    const answer = await dialogue.ask(message)
    replies.push(...(answer.answers ?? []))
    return answer
  }
  return { ask }
}

async function check({ deps, desk, at }: Work, commit: ObjectId): Promise<QuickCheck> {
  const failures = await unfitFiles(desk, { base: at.spec.base.commit, commit, feedback: at.feedback })
  if (failures.length > 0) return { ok: false, failures, output: '' }
  return deps.prover.quick(desk.proof, { tests: at.tests, commit })
}

/** Compared as trees: a commit of its own says nothing about its content. */
async function sameTree(work: Work, a: ObjectId, b: ObjectId): Promise<boolean> {
  const { workspace } = work.desk
  return a === b || (await workspace.tree(a)) === (await workspace.tree(b))
}

/** The runner's output carries the details already; without it (nothing was run) the failures carry their own. */
function complaintOf({ failures, output }: QuickCheck): string {
  if (output === '') return cleanOutput(failuresText(failures), 12_000)
  const heads = failures.map((failure) => ({ ...failure, detail: '' }))
  return cleanOutput([failuresText(heads), output].join('\n\n'), 12_000)
}

/** The published change as it was, where only people had something to say: an answer may be all that is right. */
async function stands(work: Work, commit: ObjectId): Promise<boolean> {
  const { pull, previous, settled, feedback } = work.at
  if (pull === null || previous === null || settled === null || feedback === null) return false
  const { failures, findings, checks, conflicts, remarks } = feedback
  if (failures.length + findings.length + checks.length + conflicts.length > 0) return false
  return remarks.length > 0 && sameTree(work, commit, previous.commit)
}

/** The base with its tests, or the very change whose checks failed: neither solves anything. */
async function isNoChange(work: Work, commit: ObjectId): Promise<boolean> {
  const { tests, previous, feedback } = work.at
  if (await sameTree(work, commit, tests.commit)) return true
  const failed = (feedback?.checks.length ?? 0) > 0
  return failed && previous !== null && sameTree(work, commit, previous.commit)
}

async function untilGreen(work: Work): Promise<Green> {
  const { deps, desk, at, bench, dialogue, signal } = work
  let message: string | undefined
  let told = false
  for (let correction = 0; ; correction += 1) {
    const answer = await dialogue.ask(message)
    if (answer.cannot !== null) {
      const why = cleanOutput(answer.cannot, 1500)
      throw new StageFailure('criteria_not_green', `The coder stopped: ${why}`, { resumable: true })
    }
    const taken = await takeChange(desk.workspace, bench, { tests: at.tests, signal })
    if (told && taken.putBack.length > 0) throw new TestsEdited(taken.putBack)
    told = taken.putBack.length > 0
    if (await stands(work, taken.commit)) return { answer, taken }
    if (await isNoChange(work, taken.commit)) {
      throw new StageFailure('nothing_changed', cleanOutput(answer.summary, 1500), { resumable: true })
    }
    const seen = await check(work, taken.commit)
    if (seen.ok) return { answer, taken }
    const complaint = complaintOf(seen)
    if (correction === CORRECTIONS) {
      const code = failureCode(seen.failures)
      throw new StageFailure(code, cleanOutput(complaint, 1900), { resumable: true })
    }
    desk.proof.progress.note('Not green yet; the coder is told why')
    const fenced = fence('what the runner saw', complaint, desk.nonce)
    message = fillPrompt(deps.prompts.not_green, { complaint: `${putBackText(taken.putBack)}${fenced}` })
  }
}

/** Where nothing asks for it, the pass costs a turn and finds nothing. Files that had to be put back ask for it. */
async function isSmall({ desk, at }: Work, { taken }: Green): Promise<boolean> {
  if (taken.putBack.length > 0) return false
  // Of a change that people have read, only what is new is looked over.
  const start = (at.pull && at.previous?.commit) ?? at.tests.commit
  const diff = await desk.workspace.diff(start, taken.commit)
  const hunks = diff.flatMap((file) => file.hunks)
  const lines = hunks.reduce((sum, hunk) => sum + hunk.lines, 0)
  return lines <= SMALL_LINES && hunks.length <= SMALL_HUNKS
}

/** One pass. Whatever goes wrong in it, the green version before it stands; only "later" and a stop go through. */
async function refactored(work: Work, green: Green): Promise<Green> {
  const { deps, desk, at, bench, dialogue, signal } = work
  try {
    const message = fillPrompt(deps.prompts.refactor, { locked: putBackText(green.taken.putBack) })
    const answer = await dialogue.ask(message)
    const taken = await takeChange(desk.workspace, bench, { tests: at.tests, signal })
    if (green.taken.putBack.length > 0 && taken.putBack.length > 0) throw new TestsEdited(taken.putBack)
    if (await sameTree(work, taken.commit, green.taken.commit)) return { answer, taken: green.taken }
    if ((await check(work, taken.commit)).ok) return { answer, taken }
    desk.proof.progress.note('The refactor pass was red; the version before it stands')
  } catch (error) {
    signal.throwIfAborted()
    if (!(error instanceof StageFailure) || error instanceof TestsEdited) throw error
    desk.proof.progress.note(`The refactor pass gave no answer (${error.code}); the version before it stands`)
  }
  return green
}

/** Asked for once. Silence costs nothing but a sentence that says so, and must not lose a change that holds. */
async function answered({ deps, desk, dialogue, asked, replies, signal }: Work): Promise<void> {
  const names = unanswered(asked, replies)
  if (names.length === 0) return
  const missing = names.map((name) => `- ${name}`).join('\n')
  try {
    await dialogue.ask(fillPrompt(deps.prompts.answers_missing, { missing }))
  } catch (error) {
    signal.throwIfAborted()
    if (!(error instanceof StageFailure)) throw error
    desk.proof.progress.note(`The coder did not answer ${names.join(', ')} (${error.code})`)
  }
}

/** The same change is the same hash whatever commit it was made in: `index` lines carry object names, not content. */
async function outcomeOf(work: Work, { answer, taken }: Green): Promise<StageOutcome> {
  const { deps, desk, at, asked, replies } = work
  const { commit } = taken
  if (at.previous && (await stands(work, commit))) {
    const answers = keptAnswers(at.previous, answersTo(asked, { replies, changed: false }))
    return { kind: 'remarks_answered', change: { ...at.previous, answers } }
  }
  const diff = await desk.workspace.diffText(at.spec.base.commit, commit)
  const change: Change = {
    commit,
    tree: await desk.workspace.tree(commit),
    diff_hash: deps.signer.hash(withoutObjectNames(diff)),
    summary: answer.summary,
    not_done: answer.not_done,
    answers: keptAnswers(at.previous, answersTo(asked, { replies, changed: true })),
  }
  return { kind: 'code_written', change }
}

async function finish(work: Work): Promise<StageOutcome> {
  const { progress } = work.desk.proof
  let green = await untilGreen(work)
  if (await stands(work, green.taken.commit)) {
    progress.note('Nothing to change: what people said is answered')
  } else if (await isSmall(work, green)) {
    progress.note('Green; a small change, which needs no pass to simplify')
  } else {
    progress.note('Green; one pass to simplify')
    green = await refactored(work, green)
  }
  await answered(work)
  return outcomeOf(work, green)
}

async function code(deps: CodingDeps, context: StageContext, at: AtCoding): Promise<StageOutcome> {
  const desk = await deps.desks.open(context)
  const { remarks, checks, conflicts } = at.feedback ?? NO_FEEDBACK
  const asked = nameRemarks(remarks)
  const isReworked = remarks.length + checks.length + conflicts.length > 0
  const spec = coderSpec(deps.prompts.coder, isReworked ? 'rework' : 'plan')
  const replies: Reply[] = []
  let begun = false
  const atBench = (dependencies: boolean): Promise<StageOutcome> => {
    const commit = at.previous?.commit ?? at.tests.commit
    const request = { commit, purpose: 'coding', allowed: spec.allowed, dependencies }
    return desk.withBench(request, (bench) => {
      begun = true
      const variables = { feedback: opening(deps, at, desk.nonce) }
      const dialogue = collecting(desk.begin(spec, { variables, tools: bench.tools }), replies)
      return finish({ deps, desk, at, bench, dialogue, asked, replies, signal: context.signal })
    })
  }
  try {
    return await atBench(true)
  } catch (error) {
    const uninstallable = error instanceof StageFailure && error.code === 'setup_failed' && !begun
    if (!uninstallable || conflicts.length === 0) throw error
    // A manifest with conflict markers cannot be installed from; the coder mends it first, and the runner installs anew.
    return atBench(false)
  }
}

export function createCoding(deps: CodingDeps): StageRunner {
  return async (context) => {
    const { at } = context.run
    if (at.stage !== 'coding') throw new StageFailure('internal', `code was asked for at ${at.stage}`)
    return code(deps, context, at)
  }
}
