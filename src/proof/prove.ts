/** The proof of the exact tree to be published: every rule in turn, cheapest first, and the evidence at the end. */
import type { Evidence, LockedTests, ProofFailure } from '../core/evidence.ts'
import type { ObjectId } from '../core/ids.ts'
import type { Plan } from '../core/plan.ts'
import type { ProofContext, Prover } from '../ports/proof.ts'
import type { FileDiff } from '../ports/workspace.ts'
import { confirmSuspects } from './confirm-suspects.ts'
import { judgeCriteria } from './criteria-verdict.ts'
import type { CriteriaVerdict } from './criteria-verdict.ts'
import { isManifest } from './dependencies.ts'
import { reverseHunks } from './hunk-reversal.ts'
import type { HunkLimits, HunkVerdict } from './hunk-reversal.ts'
import { runLint } from './lint.ts'
import { isCriterionTest, unusable } from './quick.ts'
import { judgeRestored } from './restored-variant.ts'
import { compareSuites, countTests, failing } from './rules/compare-suites.ts'
import { asOutput, failure, limited, ofSuspect } from './rules/proof-failures.ts'
import { sha256 } from './sha256.ts'
import { checkDiff, checkLocks, withoutLockedRenames } from './static-checks.ts'
import type { TestRun, TestRunner } from './test-runner.ts'

export interface ProveSubject {
  readonly plan: Plan
  readonly tests: LockedTests
  readonly commit: ObjectId
}

type Proof = Awaited<ReturnType<Prover['prove']>>

const OUTPUT = 8000
const NOTES = 30
const NAMES = 50

function refused(failures: readonly ProofFailure[], output: string): Proof {
  return { ok: false, failures: limited(failures), output: asOutput(failures, output, OUTPUT) }
}

function cut(notes: readonly string[]): string[] {
  if (notes.length <= NOTES) return [...notes]
  return [...notes.slice(0, NOTES - 1), `${notes.length - NOTES + 1} more remarks are not listed.`]
}

function notesOf(job: Judged): string[] {
  const { context, subject, diffs, baseRun, headRun, criteria } = job
  const notes: string[] = []
  for (const { id, proof } of subject.plan.criteria)
    if (proof.kind === 'inspection') notes.push(`${id} is shown by no test: ${proof.how}`)
  for (const row of criteria.rows)
    if (row.red === 'weak')
      notes.push(`${row.criterion} is red on base only weakly: its test cannot load there.`)
  if (granularity(baseRun, headRun) === 'exit_code')
    notes.push('The test report cannot be read: only the exit codes of base and head were compared.')
  if (baseRun.kind === 'timed_out')
    notes.push('The tests of the base did not end in time: nothing was compared.')
  if (context.commands.test === undefined)
    notes.push('This repository holds documentation only: there was no test to run.')
  const manifests = diffs.map((diff) => diff.path).filter(isManifest)
  if (manifests.length > 0 && context.commands.setup !== undefined)
    notes.push(
      `${manifests.join(', ')} changed: the dependencies were installed anew; what is in them was not read.`,
    )
  return notes
}

function granularity(baseRun: TestRun, headRun: TestRun): Evidence['suite']['granularity'] {
  if (headRun.report !== undefined && (baseRun.report !== undefined || baseRun.code === null)) {
    const any = headRun.report.tests.length + (baseRun.report?.tests.length ?? 0)
    return any === 0 ? 'none' : 'test'
  }
  // A base without tests has no report, and nothing that could be compared with head's.
  return headRun.report === undefined ? 'exit_code' : 'none'
}

interface Judged {
  readonly context: ProofContext
  readonly subject: ProveSubject
  readonly diffs: readonly FileDiff[]
  readonly baseRun: TestRun
  readonly headRun: TestRun
  readonly criteria: CriteriaVerdict
  readonly flaky: readonly string[]
  readonly lint: Evidence['lint']
}

async function evidenceOf(job: Judged, hunks: HunkVerdict, notes: readonly string[]): Promise<Evidence> {
  const { context, subject, diffs, baseRun, headRun } = job
  const { workspace, base } = context
  return {
    base,
    head: subject.commit,
    tree: await workspace.tree(subject.commit),
    criteria: [...job.criteria.rows],
    suite: {
      granularity: granularity(baseRun, headRun),
      base: countTests(baseRun.report),
      head: countTests(headRun.report),
      flaky: job.flaky.slice(0, NAMES),
      failing_on_base: [...failing(baseRun.report)].slice(0, NAMES),
    },
    hunks: hunks.hunks,
    lint: job.lint,
    changed_files: diffs.map((diff) => diff.path).slice(0, 300),
    diff_hash: await sha256(await workspace.diffText(base, subject.commit)),
    not_checked: cut([...notesOf(job), ...notes, ...hunks.notes]),
  }
}

export async function proveChange(
  runner: TestRunner,
  context: ProofContext,
  { subject, limits }: { readonly subject: ProveSubject; readonly limits: HunkLimits },
): Promise<Proof> {
  const { base, workspace, progress } = context
  const { plan, tests, commit: head } = subject
  const locked = new Set(tests.files.map((file) => file.path))
  const diffs = withoutLockedRenames(await workspace.diff(base, head), locked)
  const early = [...(await checkLocks(context, head, tests)), ...checkDiff(diffs, locked)]
  if (early.length > 0) return refused(early, '')

  progress.step('running the tests of the base')
  const baseRun = await runner.suite(context, base)
  if (baseRun.kind === 'setup_failed')
    return refused([failure('setup_failed', 'the base', baseRun.output)], '')
  progress.step('running the tests of the change')
  const headRun = await runner.suite(context, head)
  const bad = unusable(headRun)
  if (bad !== undefined) return refused([bad], '')

  const ignore = isCriterionTest(headRun, tests)
  const suspects = compareSuites(baseRun, headRun, { ignore })
  const old = await confirmSuspects(runner, context, { base, head, baseRun, suspects, ignore })
  const criteria = await judgeCriteria(runner, context, { plan, tests, head, headRun })
  const failures = [...criteria.failures, ...old.confirmed.map(ofSuspect)]
  if (failures.length > 0) return refused(failures, headRun.output)

  const restored = await judgeRestored(runner, context, { plan, tests, head, diffs, baseRun })
  const linted = await runLint(runner, context, head)
  const late = [...restored.failures, ...linted.failures]
  if (late.length > 0) return refused(late, '')

  const flaky = new Set([...old.flaky, ...failing(headRun.report)])
  const reversal = { tests, head, headRun, diffs, flaky }
  const hunks = await reverseHunks(runner, context, { subject: reversal, limits })
  const judged = { context, subject, diffs, baseRun, headRun, criteria, flaky: old.flaky, lint: linted.lint }
  return { ok: true, evidence: await evidenceOf(judged, hunks, [...linted.notes, ...restored.notes]) }
}
