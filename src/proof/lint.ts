/** Lint on the change, and on the base where it fails: no worse than before is enough, but it must have run at all. */
import type { Evidence, ProofFailure } from '../core/evidence.ts'
import type { ObjectId } from '../core/ids.ts'
import type { ProofContext } from '../ports/proof.ts'
import { missingTool } from './rules/missing-tool.ts'
import { failure } from './rules/proof-failures.ts'
import type { TestRunner } from './test-runner.ts'

export interface LintVerdict {
  readonly lint: Evidence['lint']
  readonly failures: readonly ProofFailure[]
  /** For the evidence's list of what was not checked. */
  readonly notes: readonly string[]
}

/** A tool that is missing on the base says nothing about the change, and "failed before, too" would hide that. */
export async function runLint(
  runner: Pick<TestRunner, 'shell'>,
  context: ProofContext,
  head: ObjectId,
): Promise<LintVerdict> {
  const command = context.commands.lint
  if (command === undefined) return { lint: 'absent', failures: [], notes: [] }
  context.progress.step('running lint')
  const after = await runner.shell(context, head, command)
  if (after.code === 0) return { lint: 'passed', failures: [], notes: [] }
  const before = await runner.shell(context, context.base, command)
  if (before.code === 0)
    return { lint: 'failed', failures: [failure('lint_failed', command, after.output)], notes: [] }
  const missing = missingTool(before)
  if (missing === undefined) return { lint: 'failed_on_base_too', failures: [], notes: [] }
  return { lint: 'absent', failures: [], notes: [`Lint could not be run: ${missing} is not installed.`] }
}
