/** Specifying: the tester writes one test per criterion at least, and the runner must see each of them fail on base. */
import { StageFailure } from '../../core/errors.ts'
import type { LockedTests } from '../../core/evidence.ts'
import type { Criterion } from '../../core/plan.ts'
import type { WorkingPosition } from '../../core/state.ts'
import { cleanOutput, fence } from '../../core/untrusted.ts'
import { fillPrompt } from '../../agent/fill-prompt.ts'
import type { Bench, Desk, Desks } from '../../ports/desk.ts'
import type { Prover, RedReport } from '../../ports/proof.ts'
import type { Signer } from '../../ports/signer.ts'
import type { StageRunner } from '../../ports/stage.ts'
import { lockTests } from './lock-tests.ts'
import { testerSpec } from './tester/tester.ts'

interface SpecifyingPrompts {
  readonly tester: string
  readonly not_red: string
}

export interface SpecifyingDeps {
  readonly desks: Desks
  readonly prover: Pick<Prover, 'red'>
  readonly signer: Pick<Signer, 'hash'>
  readonly isTestPath: (path: string) => boolean
  readonly prompts: SpecifyingPrompts
}

type Specified = Extract<WorkingPosition, { stage: 'specifying' }>
/** What the gate says: the locked tests, or why there are none yet. */
type Gate =
  | { readonly ok: true; readonly tests: LockedTests }
  | { readonly ok: false; readonly code: 'tests_not_red' | 'tests_not_locked'; readonly complaint: string }

/** After the third attempt the runner's output has stopped teaching anything. */
const CORRECTIONS = 2

/** The runner's verdict per test in words, then its output. */
function redComplaint(report: RedReport): string {
  const said: Record<string, string> = {
    passes: 'passes on the code as it is',
    error: 'fails, but not by an assertion',
    absent: 'was not found in the report under this name',
    weak: 'cannot load yet, which its criterion allows',
    assertion: 'fails by its assertion, as it has to',
  }
  const tests = report.tests.map(
    ({ test, red, message }) =>
      `- ${test.criterion}, ${test.file} › ${test.name}: ${said[red]}${message === '' ? '' : ` (${message})`}`,
  )
  const broken = report.broken.map((name) => `- an old test fails with your files in place: ${name}`)
  return [...tests, ...broken, '', report.output].join('\n')
}

async function gate(
  deps: SpecifyingDeps,
  desk: Desk,
  written: Parameters<typeof lockTests>[1] & { plan: Specified['plan'] },
): Promise<Gate> {
  const locking = await lockTests(
    { ...deps, workspace: desk.workspace, isProtected: desk.isProtected },
    written,
  )
  if (!locking.ok) {
    const code = locking.strays ? 'tests_not_locked' : 'tests_not_red'
    return { ok: false, code, complaint: locking.complaint }
  }
  const report = await deps.prover.red(desk.proof, { plan: written.plan, tests: locking.tests })
  if (report.ok) return { ok: true, tests: locking.tests }
  return { ok: false, code: 'tests_not_red', complaint: redComplaint(report) }
}

async function specify(
  deps: SpecifyingDeps,
  desk: Desk,
  work: { at: Specified; bench: Bench; criteria: readonly Criterion[] },
): Promise<LockedTests> {
  const { at, bench, criteria } = work
  // Their words are in the plan above; an id is checked by its schema and needs no fence.
  const ids = criteria.map((criterion) => criterion.id).join(', ')
  const dialogue = desk.begin(testerSpec(deps.prompts.tester), {
    variables: { criteria: ids },
    tools: bench.tools,
  })
  let message: string | undefined
  for (let correction = 0; ; correction += 1) {
    const answer = await dialogue.ask(message)
    if (answer.cannot !== null) {
      const why = cleanOutput(answer.cannot, 1500)
      throw new StageFailure('tests_not_red', `The tester stopped: ${why}`, { resumable: true })
    }
    const commit = await bench.take('Criterion tests')
    const base = at.spec.base.commit
    const seen = await gate(deps, desk, { base, commit, criteria, tests: answer.tests, plan: at.plan })
    if (seen.ok) return seen.tests
    const complaint = cleanOutput(seen.complaint, 12_000)
    if (correction === CORRECTIONS) {
      throw new StageFailure(seen.code, cleanOutput(complaint, 1900), { resumable: true })
    }
    desk.proof.progress.note('The tests are not red yet; the tester is told why')
    message = fillPrompt(deps.prompts.not_red, { complaint: fence('what is wrong', complaint, desk.nonce) })
  }
}

export function createSpecifying(deps: SpecifyingDeps): StageRunner {
  return async (context) => {
    const { at } = context.run
    if (at.stage !== 'specifying') throw new StageFailure('internal', `tests were asked for at ${at.stage}`)
    const base = at.spec.base.commit
    const criteria = at.plan.criteria.filter((criterion) => criterion.proof.kind === 'test')
    // Only a low-risk plan may have none (core/plan): then there is nothing to lock, and nobody to pay for it.
    if (criteria.length === 0) {
      return { kind: 'tests_written', tests: { tests: [], files: [], commit: base } }
    }
    const desk = await deps.desks.open(context)
    const { allowed } = testerSpec(deps.prompts.tester)
    const request = { commit: base, purpose: 'specifying', allowed, dependencies: true }
    const tests = await desk.withBench(request, (bench) => specify(deps, desk, { at, bench, criteria }))
    return { kind: 'tests_written', tests }
  }
}
