/** Runs the files of the criterion tests, and says for each file which report speaks about it. */
import type { CriterionTest } from '../core/evidence.ts'
import type { ObjectId } from '../core/ids.ts'
import type { ProofContext } from '../ports/proof.ts'
import { commandForFiles } from './detect/file-command.ts'
import type { TestRun, TestRunner } from './test-runner.ts'

/** By file of the criterion tests. */
export type CriterionRuns = ReadonlyMap<string, TestRun>

/** Formats that name the file of every test. In the others a file is known only when it is run alone. */
const NAMES_FILES: ReadonlySet<ProofContext['commands']['report']> = new Set([
  'jest',
  'vitest',
  'mocha',
  'pytest',
])

function criterionFiles(tests: readonly CriterionTest[]): string[] {
  return [...new Set(tests.map((test) => test.file))]
}

/** A run of the whole suite as far as it speaks about the criterion tests; undefined where their files must be run. */
export function fromSuite(
  context: ProofContext,
  suite: TestRun,
  tests: readonly CriterionTest[],
): CriterionRuns | undefined {
  const files = criterionFiles(tests)
  const alone = commandForFiles(context.commands, files) === undefined
  if (!alone && (!NAMES_FILES.has(context.commands.report) || suite.report === undefined)) return undefined
  return new Map(files.map((file) => [file, suite]))
}

/** Runs the files anew, together where the report tells them apart, else one by one. */
export async function runCriterionFiles(
  runner: TestRunner,
  context: ProofContext,
  job: { readonly commit: ObjectId; readonly tests: readonly CriterionTest[] },
): Promise<CriterionRuns> {
  const files = criterionFiles(job.tests)
  const runs = new Map<string, TestRun>()
  const together =
    NAMES_FILES.has(context.commands.report) || commandForFiles(context.commands, files) === undefined
  if (together && files.length > 0) {
    const run = await runner.again(context, job.commit, files)
    for (const file of files) runs.set(file, run)
    return runs
  }
  for (const file of files) runs.set(file, await runner.again(context, job.commit, [file]))
  return runs
}
