/** Runs the tests as they are, before anything is paid for, and says what they compare with from here on. */
import type { Config } from '../../core/config.ts'
import type { ObjectId } from '../../core/ids.ts'
import { cleanOutput } from '../../core/untrusted.ts'
import type { Desks } from '../../ports/desk.ts'
import type { Baseline, Prover } from '../../ports/proof.ts'
import type { StageContext } from '../../ports/stage.ts'
import type { Workspace } from '../../ports/workspace.ts'
import { refuse } from './refuse.ts'
import { unusualFiles } from './unusual-files.ts'

export interface BaselineDeps {
  readonly desks: Pick<Desks, 'commands'>
  readonly prover: Pick<Prover, 'baseline'>
}

/**
 * A red base goes on where each test can be told apart; else nothing could be compared.
 * @param unusual what a checkout does not bring along, which may be why
 */
function judge(baseline: Baseline, context: StageContext, unusual: readonly string[]): void {
  const detail = cleanOutput([...unusual, baseline.detail].join('\n'), 1900)
  switch (baseline.kind) {
    case 'setup_failed':
      return refuse('setup_failed', detail, true)
    case 'timed_out':
      return refuse('sandbox_timeout', detail, true)
    case 'red':
      if (!baseline.readable) refuse('red_baseline', detail, true)
      return context.progress.note(
        `${baseline.failed.length} test(s) fail on the base already; they are left out`,
      )
    case 'no_tests':
      return context.progress.note('The test command runs, but there are no tests yet')
    case 'green':
      return context.progress.note(
        baseline.readable
          ? `Baseline: ${baseline.passed} test(s) pass`
          : 'Baseline: the tests pass; their report cannot be read, so only the exit code counts',
      )
  }
}

export async function checkBaseline(
  deps: BaselineDeps,
  context: StageContext,
  base: { workspace: Workspace; commit: ObjectId; config: Config },
): Promise<void> {
  const { signal, progress } = context
  const { workspace, commit, config } = base
  const unusual = await unusualFiles(workspace, commit)
  for (const note of unusual) progress.note(note)
  const commands = await deps.desks.commands(workspace, commit, config)
  if (commands.test === undefined) return progress.note('Documentation only: there is no test to run')
  progress.step(`running the tests as they are (${commands.origin})`)
  const baseline = await deps.prover.baseline({ workspace, base: commit, commands, signal, progress })
  judge(baseline, context, unusual)
}
