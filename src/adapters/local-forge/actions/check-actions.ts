/** Check runs: made and changed by Apps, within GitHub's limits; and the suites that they make up. */
import type { GitPerson } from '../../../ports/git-host.ts'
import { ApiError, invalid, unprocessable } from '../api-error.ts'
import { characters, type Fields } from '../fields.ts'
import { nodeId, renderAccount } from '../render/account.ts'
import { renderCheckRun } from '../render/check.ts'
import { renderRepository } from '../render/repository.ts'
import { resolveCommit } from '../resolve-commit.ts'
import type { Annotation } from '../annotation.ts'
import type { CheckRun, Repo } from '../world.ts'
import type { Scene } from './issue-actions.ts'

/** GitHub's limits: characters of summary and text, annotations of one request. */
const MAX_TEXT = 65_535
const MAX_ANNOTATIONS = 50
const STATUSES = ['queued', 'in_progress', 'completed', 'waiting', 'requested', 'pending']
const CONCLUSIONS = ['action_required', 'cancelled', 'failure', 'neutral', 'success', 'skipped', 'timed_out']
const LEVELS = ['notice', 'warning', 'failure']

export async function newCheck(scene: Scene, body: Fields): Promise<CheckRun> {
  const { world, repo, actor } = scene
  if (!actor.app) throw new ApiError(403, 'You must authenticate via a GitHub App.')
  const app = actor.app
  const name = body.text('name')
  const head = body.text('head_sha')
  if ((await resolveCommit(repo, head)) !== head) throw unprocessable(`No commit found for SHA: ${head}`)
  const suite = repo.checks.find((known) => known.app === app && known.head === head)?.suite
  const check: CheckRun = {
    id: world.nextId(),
    suite: suite ?? world.nextId(),
    app,
    head,
    name,
    externalId: '',
    detailsUrl: null,
    status: 'queued',
    conclusion: null,
    startedAt: world.clock.now(),
    completedAt: null,
    title: null,
    summary: null,
    text: null,
    annotations: [],
  }
  change(scene, check, body)
  repo.checks.push(check)
  announce(scene, check, 'created')
  if (check.status === 'completed') await completed(scene, check)
  return check
}

export async function applyCheck(scene: Scene, check: CheckRun, body: Fields): Promise<void> {
  const before = check.status
  change(scene, check, body)
  if (before !== 'completed' && check.status === 'completed') await completed(scene, check)
}

/** The suite is done when its last run is. */
async function completed(scene: Scene, check: CheckRun): Promise<void> {
  announce(scene, check, 'completed')
  if (suiteState(scene.repo, check).status === 'completed') await announceSuite(scene, check)
}

function change(scene: Scene, check: CheckRun, body: Fields): void {
  const conclusion = body.optionalText('conclusion')
  // A conclusion alone completes the run, as GitHub has it.
  const status = conclusion === undefined ? body.optionalText('status') : 'completed'
  if (status !== undefined && !STATUSES.includes(status)) throw invalid('CheckRun', 'status')
  if (conclusion !== undefined && !CONCLUSIONS.includes(conclusion)) throw invalid('CheckRun', 'conclusion')
  if (status === 'completed' && conclusion === undefined && check.conclusion === null)
    throw invalid('CheckRun', 'conclusion', { code: 'missing_field' })
  const output = body.optionalObject('output')
  const shown = output && readOutput(output, check)
  check.name = body.optionalText('name') ?? check.name
  check.externalId = body.optionalText('external_id') ?? check.externalId
  check.detailsUrl = body.optionalText('details_url') ?? check.detailsUrl
  check.startedAt = body.optionalText('started_at') ?? check.startedAt
  check.status = status ?? check.status
  check.conclusion = check.status === 'completed' ? (conclusion ?? check.conclusion) : null
  const done = check.status === 'completed'
  check.completedAt = done
    ? (body.optionalText('completed_at') ?? check.completedAt ?? scene.world.clock.now())
    : null
  if (!shown) return
  Object.assign(check, { title: shown.title, summary: shown.summary, text: shown.text })
  check.annotations.push(...shown.annotations)
}

function readOutput(output: Fields, check: CheckRun) {
  const title = output.optionalText('title') ?? check.title
  const summary = output.text('summary')
  const text = output.optionalText('text') ?? check.text
  if (title === null) throw unprocessable('Invalid request.\n\n"title" wasn\'t supplied.')
  const fields = { summary, text }
  for (const [field, value] of Object.entries(fields))
    if (characters(value ?? '') > MAX_TEXT)
      throw invalid('CheckRun', field, { message: `${field} exceeds a maximum of ${MAX_TEXT} characters` })
  const annotations = output.optionalObjects('annotations') ?? []
  if (annotations.length > MAX_ANNOTATIONS)
    throw unprocessable(
      `Invalid request.\n\nNo more than ${MAX_ANNOTATIONS} items are allowed; ${annotations.length} were supplied.`,
    )
  return { title, ...fields, annotations: annotations.map(readAnnotation) }
}

function readAnnotation(fields: Fields): Annotation {
  const start = fields.optionalNumber('start_line')
  const end = fields.optionalNumber('end_line')
  const level = fields.text('annotation_level')
  if (start === undefined || end === undefined || end < start) throw invalid('CheckRun', 'annotations')
  if (!LEVELS.includes(level)) throw invalid('CheckRun', 'annotations')
  return {
    path: fields.text('path'),
    start_line: start,
    end_line: end,
    start_column: fields.optionalNumber('start_column') ?? null,
    end_column: fields.optionalNumber('end_column') ?? null,
    annotation_level: level,
    title: fields.optionalText('title') ?? null,
    message: fields.text('message'),
    raw_details: fields.optionalText('raw_details') ?? null,
  }
}

function announce(scene: Scene, check: CheckRun, action: string): void {
  const { world, repo, actor } = scene
  world.emit(repo, 'check_run', {
    action,
    check_run: { ...renderCheckRun(scene, check), check_suite: renderSuite(scene, check) },
    repository: renderRepository(world, repo),
    sender: renderAccount(world, actor.account),
  })
}

async function announceSuite(scene: Scene, check: CheckRun): Promise<void> {
  const { world, repo, actor } = scene
  const suite = renderSuite(scene, check)
  const { id, tree, message, author, committer } = await repo.git.readCommit(check.head)
  const person = ({ name, email }: GitPerson) => ({ name, email })
  world.emit(repo, 'check_suite', {
    action: 'completed',
    check_suite: {
      ...suite,
      latest_check_runs_count: runsOf(repo, check).length,
      check_runs_url: `${String(suite['url'])}/check-runs`,
      head_commit: {
        id,
        tree_id: tree,
        message,
        timestamp: committer.date,
        author: person(author),
        committer: person(committer),
      },
    },
    repository: renderRepository(world, repo),
    sender: renderAccount(world, actor.account),
  })
}

const runsOf = (repo: Repo, { suite }: CheckRun) => repo.checks.filter((known) => known.suite === suite)

/** What decides about a suite, the worst first; one that has all of the rest is a success. */
const WORST = ['action_required', 'failure', 'timed_out', 'cancelled', 'success', 'neutral', 'skipped']

function suiteState(repo: Repo, check: CheckRun): { status: string; conclusion: string | null } {
  const runs = runsOf(repo, check)
  if (runs.some(({ status }) => status !== 'completed')) return { status: 'in_progress', conclusion: null }
  const worst = WORST.find((conclusion) => runs.some((run) => run.conclusion === conclusion))
  return { status: 'completed', conclusion: worst ?? 'success' }
}

function renderSuite(scene: Scene, check: CheckRun): Record<string, unknown> {
  const { check_suite: _, output: __, ...run } = renderCheckRun(scene, check)
  const branch = [...scene.repo.issues.values()].find((issue) => issue.pull?.head === check.head)
  return {
    id: check.suite,
    node_id: nodeId('CS', check.suite),
    head_sha: check.head,
    head_branch: branch?.pull?.headBranch ?? scene.repo.defaultBranch,
    ...suiteState(scene.repo, check),
    before: null,
    after: check.head,
    url: String(run['url']).replace(/check-runs\/\d+$/, `check-suites/${check.suite}`),
    app: run['app'],
    pull_requests: run['pull_requests'],
    created_at: check.startedAt,
    updated_at: check.completedAt ?? check.startedAt,
  }
}
