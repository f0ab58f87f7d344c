/** Intake: who asked, whether this repository lets us, whether its tests run, and what is asked for. */
import { isSameLabel } from '../../core/same-label.ts'
import type { Config } from '../../core/config.ts'
import type { StageOutcome } from '../../core/event.ts'
import type { AskedText, RunState } from '../../core/state.ts'
import type { TaskSpec } from '../../core/task-spec.ts'
import type { Clock } from '../../ports/clock.ts'
import type { Desks } from '../../ports/desk.ts'
import type { IssuesForge } from '../../ports/forge.ts'
import type { StageContext, StageRunner } from '../../ports/stage.ts'
import type { Store } from '../../ports/store.ts'
import type { Workspaces } from '../../ports/workspace.ts'
import { AskedQuestions } from './asked-questions.ts'
import { checkBaseline } from './check-baseline.ts'
import type { BaselineDeps } from './check-baseline.ts'
import { checkAuthor, checkRequest } from './check-request.ts'
import type { Request, RequestDeps } from './check-request.ts'
import { chooseConfig } from './choose-config.ts'
import type { ChosenConfig, ConfigDeps } from './choose-config.ts'
import { findAnswers, timesAnswered } from './find-answers.ts'
import { normalise } from './normalise.ts'
import type { Understood } from './normalise.ts'
import { policyOf } from './policy-of.ts'
import { openQuestions, readTask } from './read-task.ts'
import { refuse } from './refuse.ts'

export interface IntakeDeps extends RequestDeps, ConfigDeps, BaselineDeps {
  readonly issues: RequestDeps['issues'] & Pick<IssuesForge, 'comments' | 'openWork'>
  readonly workspaces: Pick<Workspaces, 'sync'>
  readonly desks: Pick<Desks, 'config' | 'commands' | 'front'>
  readonly store: ConfigDeps['store'] & Pick<Store, 'pastRuns'>
  readonly clock: Pick<Clock, 'now'>
  readonly prompts: { readonly intake: string }
}

function checkConfig(config: Config, run: RunState): void {
  if (!config.enabled) refuse('not_by_config', '`enabled` is false in `.github/millwright.yml`.')
  if (!isSameLabel(config.label, run.label)) {
    refuse('not_by_config', `The label that starts work here is "${config.label}", not "${run.label}".`)
  }
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

function noteReading(
  { cut_characters: cut, hidden_characters: hidden }: TaskSpec,
  context: StageContext,
): void {
  const { progress } = context
  if (cut > 0) progress.note(`The issue is long: ${cut} characters are left out`)
  if (hidden > 0) progress.note(`The issue holds ${hidden} hidden character(s), made visible`)
}

async function checkRules(
  deps: IntakeDeps,
  { run, progress }: StageContext,
  { author, chosen }: { author: Request['author']; chosen: ChosenConfig },
): Promise<void> {
  const { config, commit, problems } = chosen
  if (problems.length > 0) {
    progress.note(
      `The config file has ${problems.length} mistake(s); the one of ${commit.slice(0, 7)} is used`,
    )
  }
  checkConfig(config, run)
  await checkAuthor(deps.issues, run, { author, config })
  await checkDay(deps, config, run)
}

/** The last thing that intake does, since it is the first that is paid for. */
async function understand(
  deps: IntakeDeps,
  context: StageContext,
  reading: { task: TaskSpec; answered: number; config: Config },
): Promise<Understood> {
  const { run, progress } = context
  const { task, answered, config } = reading
  const open = await deps.issues.openWork(run.issue.repo)
  const others = open.filter(({ number }) => number !== run.issue.number)
  progress.step('reading the issue')
  const understood = await normalise(deps.desks.front(context, config), deps.prompts.intake, {
    task,
    others,
    answered,
  })
  if (understood.kind === 'task') {
    for (const { number } of understood.task.duplicates) progress.note(`#${number} looks like the same thing`)
  }
  return understood
}

interface Intake {
  readonly deps: IntakeDeps
  readonly asked: AskedQuestions
}

async function take(
  { deps, asked }: Intake,
  context: StageContext,
  at: AskedText | null,
): Promise<StageOutcome> {
  const { run } = context
  const { issue, text, author, repository } = await checkRequest(deps, run, at)
  context.progress.step('fetching the repository')
  const branch = repository.defaultBranch
  const { workspace, commit } = await deps.workspaces.sync(run.issue.repo, branch)
  const chosen = await chooseConfig(deps, { workspace, commit })
  const { config } = chosen
  await checkRules(deps, context, { author, chosen })

  const answers = await findAnswers(deps.issues, run, author)
  const empty = openQuestions(text, answers)
  if (empty.length > 0) return { kind: 'facts_missing', questions: empty }
  const task = readTask(text, { labels: issue.labels, answers })
  const known = asked.about(run.run, task.body)
  if (known) return { kind: 'facts_missing', questions: [...known] }
  noteReading(task, context)
  await checkBaseline(deps, context, { workspace, commit, config })

  const answered = timesAnswered(run, answers)
  const understood = await understand(deps, context, { task, answered, config })
  if (understood.kind === 'questions') {
    asked.keep(run.run, { about: task.body, questions: understood.questions })
    return { kind: 'facts_missing', questions: [...understood.questions] }
  }
  const policy = policyOf(chosen, deps.signer)
  return { kind: 'intake_accepted', task: understood.task, base: { branch, commit }, policy }
}

export function createIntake(deps: IntakeDeps): StageRunner {
  const asked = new AskedQuestions()
  return async (context) => {
    const { at } = context.run
    if (at.stage !== 'intake') return refuse('internal', `intake was asked for at ${at.stage}`)
    return take({ deps, asked }, context, at.asked)
  }
}
