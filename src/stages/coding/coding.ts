/** Coding: red to green in at most four attempts, then one pass to simplify, in one conversation. */
import { StageFailure } from '../../core/errors.ts'
import type { ObjectId } from '../../core/ids.ts'
import type { Change, WorkingPosition } from '../../core/state.ts'
import { cleanOutput, fence } from '../../core/untrusted.ts'
import { fillPrompt } from '../../agent/fill-prompt.ts'
import type { Bench, Desk, Desks, Dialogue } from '../../ports/desk.ts'
import type { Prover, QuickCheck } from '../../ports/proof.ts'
import type { Signer } from '../../ports/signer.ts'
import type { StageContext, StageRunner } from '../../ports/stage.ts'
import { coderSpec } from './coder/coder.ts'
import type { CoderAnswer } from './coder/coder.ts'
import { failureCode, failuresText, feedbackText, putBackText } from './feedback-text.ts'
import { takeChange } from './take-change.ts'
import type { Taken } from './take-change.ts'

interface CodingPrompts {
  readonly coder: string
  readonly coder_returned: string
  readonly not_green: string
  readonly refactor: string
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

function opening(deps: CodingDeps, at: AtCoding, nonce: string): string {
  if (at.feedback === null) return ''
  const found = fence('what was found', cleanOutput(feedbackText(at.feedback), 24_000), nonce)
  return fillPrompt(deps.prompts.coder_returned, { found }).trimEnd()
}

/** Protected files first: what touches one needs no test run to be refused. */
async function check({ deps, desk, at }: Work, commit: ObjectId): Promise<QuickCheck> {
  const diff = await desk.workspace.diff(at.spec.base.commit, commit)
  const paths = diff.flatMap((file) => [file.previousPath ?? file.path, file.path])
  const failures = [...new Set(paths)]
    .filter((path) => desk.isProtected(path))
    .map((subject) => ({ kind: 'protected_path' as const, subject, detail: 'Put it back as it was.' }))
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
    if (await sameTree(work, taken.commit, at.tests.commit)) {
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
  const diff = await desk.workspace.diff(at.tests.commit, taken.commit)
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

/** The same change is the same hash whatever commit it was made in: `index` lines carry object names, not content. */
async function describe({ deps, desk, at }: Work, { answer, taken }: Green): Promise<Change> {
  const { commit } = taken
  const diff = await desk.workspace.diffText(at.spec.base.commit, commit)
  return {
    commit,
    tree: await desk.workspace.tree(commit),
    diff_hash: deps.signer.hash(diff.replaceAll(/^index [0-9a-f]+\.\.[0-9a-f]+.*\n/gm, '')),
    summary: answer.summary,
    not_done: answer.not_done,
  }
}

async function code(deps: CodingDeps, context: StageContext, at: AtCoding): Promise<Change> {
  const desk = await deps.desks.open(context)
  const spec = coderSpec(deps.prompts.coder)
  const commit = at.previous?.commit ?? at.tests.commit
  const request = { commit, purpose: 'coding', allowed: spec.allowed, dependencies: true }
  return desk.withBench(request, async (bench) => {
    const variables = { feedback: opening(deps, at, desk.nonce) }
    const dialogue = desk.begin(spec, { variables, tools: bench.tools })
    const work = { deps, desk, at, bench, dialogue, signal: context.signal }
    const green = await untilGreen(work)
    if (await isSmall(work, green)) {
      desk.proof.progress.note('Green; a small change, which needs no pass to simplify')
      return describe(work, green)
    }
    desk.proof.progress.note('Green; one pass to simplify')
    return describe(work, await refactored(work, green))
  })
}

export function createCoding(deps: CodingDeps): StageRunner {
  return async (context) => {
    const { at } = context.run
    if (at.stage !== 'coding') throw new StageFailure('internal', `code was asked for at ${at.stage}`)
    return { kind: 'code_written', change: await code(deps, context, at) }
  }
}
