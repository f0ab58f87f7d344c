/** Intake: who asked, whether this repository lets us, what is asked, and whether its tests run. No model takes part. */
import type { Config } from '../../core/config.ts'
import { StageFailure } from '../../core/errors.ts'
import type { StageOutcome } from '../../core/event.ts'
import type { ObjectId } from '../../core/ids.ts'
import type { RunState } from '../../core/state.ts'
import { cleanOutput } from '../../core/untrusted.ts'
import type { Clock } from '../../ports/clock.ts'
import type { Desks } from '../../ports/desk.ts'
import type { Issue, IssuesForge, Repository } from '../../ports/forge.ts'
import type { Baseline, Prover } from '../../ports/proof.ts'
import type { Signer } from '../../ports/signer.ts'
import type { StageContext, StageRunner } from '../../ports/stage.ts'
import type { Store } from '../../ports/store.ts'
import type { Workspace, Workspaces } from '../../ports/workspace.ts'
import { findAnswers } from './find-answers.ts'
import { policyOf } from './policy-of.ts'
import { openQuestions, readTask } from './read-task.ts'
import { unsupportedSettings } from './unsupported-settings.ts'
import { unusualFiles } from './unusual-files.ts'

export interface IntakeDeps {
  readonly issues: Pick<IssuesForge, 'issue' | 'permission' | 'repository' | 'comments'>
  readonly workspaces: Pick<Workspaces, 'sync'>
  readonly desks: Pick<Desks, 'config' | 'commands'>
  readonly prover: Pick<Prover, 'baseline'>
  readonly signer: Pick<Signer, 'hash'>
  readonly store: Pick<Store, 'pastRuns'>
  readonly clock: Pick<Clock, 'now'>
}

function refuse(code: StageFailure['code'], detail: string, resumable = false): never {
  throw new StageFailure(code, detail, { resumable })
}

/** All looked up now: a label is days old when a queue was long, and people lose rights. */
async function checkRequest(
  deps: IntakeDeps,
  run: RunState,
): Promise<{ issue: Issue; repository: Repository }> {
  const issue = await deps.issues.issue(run.issue)
  if (issue.state !== 'open') refuse('issue_gone', 'The issue is closed.')
  if (!issue.labels.includes(run.label)) refuse('issue_gone', `The label "${run.label}" is not on the issue.`)
  const permission = await deps.issues.permission(run.issue.repo, run.requester)
  if (permission !== 'write' && permission !== 'admin') {
    refuse('not_permitted', `${run.requester.login} has the permission "${permission}"; "write" is needed.`)
  }
  const repository = await deps.issues.repository(run.issue.repo)
  if (repository.archived) refuse('repository_archived', '')
  if (repository.empty) refuse('repository_empty', '')
  return { issue, repository }
}

function checkConfig(config: Config, run: RunState): void {
  if (!config.enabled) refuse('not_by_config', '`enabled` is false in `.github/millwright.yml`.')
  if (config.label !== run.label) {
    refuse('not_by_config', `The label that starts work here is "${config.label}", not "${run.label}".`)
  }
  const unsupported = unsupportedSettings(config)
  if (unsupported.length > 0) refuse('config_invalid', unsupported.join('\n'))
}

/** Ended runs of the last 24 hours. A run that is under way is held to its own cap, so the day overshoots by those at most. */
async function checkDay(deps: IntakeDeps, config: Config, run: RunState): Promise<void> {
  const since = Date.parse(deps.clock.now()) - 24 * 3_600_000
  const runs = await deps.store.pastRuns(run.issue.repo.id, 1000)
  const usd = runs
    .filter((past) => Date.parse(past.ended) >= since)
    .reduce((sum, past) => sum + past.spent.usd, 0)
  if (usd < config.budget.per_day_usd) return
  refuse(
    'budget_day',
    `${usd.toFixed(2)} USD in the last 24 hours; the limit is ${config.budget.per_day_usd}.`,
    true,
  )
}

/** Before anything is paid for. A red base goes on where each test can be told apart; else nothing could be compared. */
function checkBaseline(baseline: Baseline, context: StageContext): void {
  const detail = cleanOutput(baseline.detail, 1900)
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

async function checkTests(
  deps: IntakeDeps,
  context: StageContext,
  base: { workspace: Workspace; commit: ObjectId; config: Config },
): Promise<void> {
  const { signal, progress } = context
  const { workspace, commit, config } = base
  for (const note of await unusualFiles(workspace, commit)) progress.note(note)
  const commands = await deps.desks.commands(workspace, commit, config)
  progress.step(`running the tests as they are (${commands.origin})`)
  checkBaseline(await deps.prover.baseline({ workspace, base: commit, commands, signal, progress }), context)
}

async function take(deps: IntakeDeps, context: StageContext): Promise<StageOutcome> {
  const { run } = context
  const { issue, repository } = await checkRequest(deps, run)
  context.progress.step('fetching the repository')
  const branch = repository.defaultBranch
  const { workspace, commit } = await deps.workspaces.sync(run.issue.repo, branch)
  const config = await deps.desks.config(workspace, commit)
  checkConfig(config, run)
  await checkDay(deps, config, run)

  const answers = await findAnswers(deps.issues, run, issue)
  const questions = openQuestions(issue, answers)
  if (questions.length > 0) return { kind: 'facts_missing', questions }

  const task = readTask(issue, answers, deps.signer)
  if (task.cut_characters > 0)
    context.progress.note(`The issue is long: ${task.cut_characters} characters are left out`)
  if (task.hidden_characters > 0) {
    context.progress.note(`The issue holds ${task.hidden_characters} hidden character(s), made visible`)
  }
  await checkTests(deps, context, { workspace, commit, config })
  return { kind: 'intake_accepted', task, base: { branch, commit }, policy: policyOf(config, deps.signer) }
}

export function createIntake(deps: IntakeDeps): StageRunner {
  return async (context) => {
    if (context.run.at.stage !== 'intake')
      refuse('internal', `intake was asked for at ${context.run.at.stage}`)
    return take(deps, context)
  }
}
