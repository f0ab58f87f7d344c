/** The head with base's own runner configuration and old test files put back: what shows a change of the rules. */
import type { LockedTests, ProofFailure } from '../core/evidence.ts'
import type { ObjectId } from '../core/ids.ts'
import { isRunnerConfig, isTestFile } from '../core/paths.ts'
import type { Plan } from '../core/plan.ts'
import type { ProofContext } from '../ports/proof.ts'
import type { FileDiff } from '../ports/workspace.ts'
import { confirmSuspects } from './confirm-suspects.ts'
import { fromSuite, runCriterionFiles } from './criterion-runs.ts'
import { isCriterionTest, notGreen, unusable } from './quick.ts'
import { compareSuites } from './rules/compare-suites.ts'
import { failure, ofSuspect, testName } from './rules/proof-failures.ts'
import type { TestRun, TestRunner } from './test-runner.ts'

const MANIFEST_BYTES = 1024 * 1024
/** Keys of package.json that say how tests run; the rest of it (dependencies, exports) is part of the change. */
const RUNNER_KEYS = ['scripts', 'jest', 'vitest', 'mocha', 'ava', 'tap', 'nyc', 'c8', 'babel'] as const

export interface RestoreSubject {
  readonly plan: Plan
  readonly tests: LockedTests
  readonly head: ObjectId
  readonly diffs: readonly FileDiff[]
  readonly baseRun: TestRun
}

export interface Restored {
  readonly failures: readonly ProofFailure[]
  readonly notes: readonly string[]
}

function asRecord(text: string | undefined): Record<string, unknown> | undefined {
  try {
    const parsed: unknown = JSON.parse(text ?? '')
    return typeof parsed === 'object' && parsed !== null ? { ...parsed } : undefined
  } catch {
    return undefined
  }
}

/** Head's manifest with base's runner keys; undefined when they are the same. */
function withBaseRunnerKeys(base: string | undefined, head: string | undefined): string | undefined {
  const [before, after] = [asRecord(base), asRecord(head)]
  if (before === undefined || after === undefined) return undefined
  const differs = RUNNER_KEYS.some((key) => JSON.stringify(before[key]) !== JSON.stringify(after[key]))
  if (!differs) return undefined
  const merged: Record<string, unknown> = { ...after }
  for (const key of RUNNER_KEYS) merged[key] = before[key]
  return `${JSON.stringify(merged, null, 2)}\n`
}

interface Variant {
  readonly commit: ObjectId
  readonly paths: readonly string[]
}

async function manifestOf(context: ProofContext, commit: ObjectId): Promise<string | undefined> {
  const bytes = await context.workspace.read(commit, 'package.json', MANIFEST_BYTES)
  return bytes === undefined ? undefined : new TextDecoder().decode(bytes)
}

async function restore(
  context: ProofContext,
  head: ObjectId,
  paths: readonly string[],
): Promise<Variant | undefined> {
  const merged = withBaseRunnerKeys(await manifestOf(context, context.base), await manifestOf(context, head))
  if (paths.length === 0 && merged === undefined) return undefined
  let commit = paths.length === 0 ? head : await context.workspace.graft(head, context.base, paths)
  if (merged === undefined) return { commit, paths }
  const content = new TextEncoder().encode(merged)
  commit = await context.workspace.withFiles(commit, [{ path: 'package.json', content }])
  return { commit, paths: [...paths, 'package.json'] }
}

/** What is worse with base's files than on base itself. Tests and files that base does not have do not count. */
async function judge(
  runner: TestRunner,
  context: ProofContext,
  job: { subject: RestoreSubject; variant: Variant; criteria: boolean },
): Promise<ProofFailure[]> {
  const { subject, variant } = job
  const run = await runner.suite(context, variant.commit)
  const bad = unusable(run)
  if (bad !== undefined) return [bad]
  const { tests } = subject.tests
  const known = new Set(subject.baseRun.report?.tests.map((test) => test.id) ?? [])
  const isCriterion = isCriterionTest(run, subject.tests)
  const options = {
    ignore: (test: Parameters<typeof isCriterion>[0]) => isCriterion(test) || !known.has(test.id),
    ignoreFiles: new Set(subject.diffs.filter((diff) => diff.status === 'added').map((diff) => diff.path)),
  }
  const suspects = compareSuites(subject.baseRun, run, options)
  const sides = { base: context.base, head: variant.commit, baseRun: subject.baseRun, suspects, ...options }
  const { confirmed } = await confirmSuspects(runner, context, sides)
  const failures = confirmed.map(ofSuspect)
  if (!job.criteria) return failures
  const runs =
    fromSuite(context, run, tests) ??
    (await runCriterionFiles(runner, context, { commit: variant.commit, tests }))
  for (const test of tests) {
    const why = notGreen(runs.get(test.file), test)
    if (why !== undefined) failures.push(failure('criterion_not_green', testName(test), why))
  }
  return failures
}

const list = (paths: readonly string[]): string => paths.map((path) => `\`${path}\``).join(', ')

/**
 * Runner configuration, and old test files that the plan does not name, are put back: what fails then counts. Old test
 * files that the plan says to edit are put back as well, but what fails then is only reported: the plan was judged.
 */
export async function judgeRestored(
  runner: TestRunner,
  context: ProofContext,
  subject: RestoreSubject,
): Promise<Restored> {
  const locked = new Set(subject.tests.files.map((file) => file.path))
  const planned = new Set(
    subject.plan.files.filter((file) => file.change === 'edit').map((file) => file.path),
  )
  const free = subject.diffs.filter((diff) => !locked.has(diff.path))
  const config = free.filter((diff) => isRunnerConfig(diff.path)).map((diff) => diff.path)
  const edited = free
    .filter((diff) => isTestFile(diff.previousPath ?? diff.path) && !isRunnerConfig(diff.path))
    // A renamed file is put back under its old name, and the new one taken away.
    .flatMap((diff) => {
      if (diff.status === 'modified') return [diff.path]
      return diff.status === 'renamed' ? [diff.previousPath ?? diff.path, diff.path] : []
    })
  const unplanned = edited.filter((path) => !planned.has(path))
  const failures: ProofFailure[] = []
  const notes: string[] = []
  const variant = await restore(context, subject.head, [...config, ...unplanned])
  if (variant !== undefined) {
    context.progress.step("running the tests with the base's configuration")
    const found = await judge(runner, context, { subject, variant, criteria: true })
    const sentence = `With base's version of ${list(variant.paths)}: `
    failures.push(...found.map((each) => ({ ...each, detail: `${sentence}${each.detail}`.slice(0, 4000) })))
    if (found.length === 0)
      notes.push(`${list(variant.paths)} changed; the tests pass with base's version as well, which was run.`)
  }
  const announced = edited.filter((path) => planned.has(path))
  if (announced.length > 0) {
    const commit = await context.workspace.graft(subject.head, context.base, announced)
    const job = { subject, variant: { commit, paths: announced }, criteria: false }
    const found = await judge(runner, context, job)
    const names = found.map((each) => each.subject).slice(0, 5)
    notes.push(
      found.length === 0
        ? `${list(announced)} changed as planned; base's version passes as well.`
        : `${list(announced)} changed as planned; with base's version these fail: ${names.join('; ')}`,
    )
  }
  return { failures, notes }
}
