/** Tries what a reviewer claims: a test that must fail by assertion, or a command whose control must run cleanly. */
import type { ObjectId } from '../core/ids.ts'
import { isProtected } from '../core/paths.ts'
import { repoPath } from '../core/plan.ts'
import type { Demonstration, ProofContext, Shown } from '../ports/proof.ts'
import { cutMiddle } from './clean-output.ts'
import type { TestRunner } from './test-runner.ts'

const OUTPUT = 2500
const TEST_FILE_BYTES = 2 * 1024 * 1024

function answer(shown: boolean, why: string, output = ''): Shown {
  return { shown, why, output: cutMiddle(output, OUTPUT) }
}

async function refusal(context: ProofContext, commit: ObjectId, path: string): Promise<string | undefined> {
  if (!repoPath.safeParse(path).success || isProtected(path)) return `The path \`${path}\` cannot be used.`
  const there = await context.workspace.read(commit, path, TEST_FILE_BYTES).catch(() => new Uint8Array())
  return there === undefined ? undefined : `\`${path}\` is there already; a demonstration only adds files.`
}

async function demonstrateTest(
  runner: TestRunner,
  context: ProofContext,
  job: { commit: ObjectId; file: { path: string; content: string } },
): Promise<Shown> {
  const refused = await refusal(context, job.commit, job.file.path)
  if (refused !== undefined) return answer(false, refused)
  const content = new TextEncoder().encode(job.file.content)
  const commit = await context.workspace.withFiles(job.commit, [{ path: job.file.path, content }])
  const before = await runner.suite(context, job.commit)
  const run = await runner.again(context, commit, [job.file.path])
  if (run.kind !== 'ran') return answer(false, 'The test did not run to its end.', run.output)
  if (run.report === undefined) return answer(false, 'The test report could not be read.', run.output)
  const known = new Set(before.report?.tests.map((test) => test.id) ?? [])
  const own = run.report.tests.filter((test) =>
    test.file === undefined ? !known.has(test.id) : test.file === job.file.path,
  )
  const failed = own.find((test) => test.status === 'failed' && test.failedBy === 'assertion')
  if (failed !== undefined) return answer(true, '', `${failed.id}\n${failed.message}`)
  const load = run.report.loadErrors[0]
  if (load !== undefined) return answer(false, `The test does not load: ${load.message}`, run.output)
  if (own.length === 0) return answer(false, 'No test of the file ran.', run.output)
  const other = own.find((test) => test.status === 'failed')
  if (other === undefined) return answer(false, 'The test passes.', run.output)
  return answer(false, `The test fails, but not by an assertion: ${other.message}`, run.output)
}

async function demonstrateCommand(
  runner: TestRunner,
  context: ProofContext,
  job: { commit: ObjectId; demonstration: Demonstration },
): Promise<Shown> {
  const { command, control, expect } = job.demonstration
  if (command.trim() === '' || expect.trim() === '')
    return answer(false, 'There is no command, or nothing that its output must contain.')
  if (control === undefined || control.trim() === '')
    return answer(false, 'There is no control command, so its output shows nothing.')
  if (control.trim() === command.trim()) return answer(false, 'The control is the command itself.')
  const run = await runner.shell(context, job.commit, command)
  if (run.kind !== 'ran') return answer(false, 'The command did not run to its end.', run.output)
  if (!run.output.includes(expect))
    return answer(false, 'Its output does not contain what was expected.', run.output)
  const clean = await runner.shell(context, job.commit, control)
  if (clean.code !== 0)
    return answer(
      false,
      'The control did not end with exit code 0, so that the command may fail for any reason.',
      clean.output,
    )
  if (clean.output.includes(expect)) return answer(false, 'The control prints the same.', clean.output)
  return answer(true, '', `$ ${command}\n${run.output}`)
}

export async function demonstrate(
  runner: TestRunner,
  context: ProofContext,
  job: { readonly commit: ObjectId; readonly demonstration: Demonstration },
): Promise<Shown> {
  const { file, kind } = job.demonstration
  if (kind === 'command') return demonstrateCommand(runner, context, job)
  if (file === undefined) return answer(false, 'There is no test file.')
  return demonstrateTest(runner, context, { commit: job.commit, file })
}
