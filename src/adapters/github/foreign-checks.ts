/** What others' checks say of a commit: check runs and statuses, ours left out, and why those that failed did. */
import { OWN_CHECK } from '../../core/own-check.ts'
import type { ObjectId } from '../../core/ids.ts'
import type { ForeignCheck } from '../../ports/forge.ts'
import { allPages, PAGE } from './pages.ts'
import type { RepoContext } from './repo-context.ts'
import { at, nameOf } from './repository-path.ts'

/** What the port promises at most. */
const TEXT_LIMIT = 4000

/** Annotations are a read for each check that failed; the first few checks and lines of them say what is wrong. */
const CHECKS_WITH_ANNOTATIONS = 5
const ANNOTATIONS = 20

export async function foreignChecks(context: RepoContext, head: ObjectId): Promise<readonly ForeignCheck[]> {
  return [...(await checkRuns(context, head)), ...(await statuses(context, head))]
}

interface RawRun {
  readonly id: number | bigint
  readonly name: string
  readonly status: string
  readonly conclusion: string | null
  readonly started_at: string | null
  readonly details_url: string | null
  readonly html_url: string | null
  readonly app: { readonly id: number | bigint } | null
  readonly output: {
    readonly title: string | null
    readonly summary: string | null
    readonly text: string | null
    readonly annotations_count: number
  }
}

async function checkRuns(context: RepoContext, head: ObjectId): Promise<readonly ForeignCheck[]> {
  const { api, identity, repo } = context
  const intent = { doing: `to read the checks of ${nameOf(repo)}`, needs: 'Checks: read' }
  const all = await allPages<RawRun>(async (page) => {
    const { data } = await api.read(repo, intent, (request) =>
      request('GET /repos/{owner}/{repo}/commits/{ref}/check-runs', {
        ...at(repo),
        ref: head,
        filter: 'latest',
        per_page: PAGE,
        page,
      }),
    )
    return data.check_runs
  })
  const foreign = all.filter(({ app }) => identity.appId === undefined || app?.id !== identity.appId)
  const checks: ForeignCheck[] = []
  let explained = 0
  for (const run of newest(foreign)) {
    const state = stateOfRun(run)
    const explains =
      state === 'failed' && run.output.annotations_count > 0 && explained++ < CHECKS_WITH_ANNOTATIONS
    const { title, summary, text } = run.output
    const parts = [title, summary, text, ...(explains ? await annotations(context, Number(run.id)) : [])]
    checks.push({ name: run.name, state, url: run.details_url ?? run.html_url, text: textOf(parts) })
  }
  return checks
}

/** Each suite has a run of its own under the same name, also where "latest" is asked for. */
function newest(runs: readonly RawRun[]): Iterable<RawRun> {
  const byName = new Map<string, RawRun>()
  for (const run of runs) {
    const known = byName.get(run.name)
    if (!known || startOf(run) > startOf(known) || (startOf(run) === startOf(known) && run.id > known.id))
      byName.set(run.name, run)
  }
  return byName.values()
}

/** One that waits for its start is newer than all that began. */
function startOf({ started_at }: RawRun): number {
  return started_at === null ? Infinity : Date.parse(started_at)
}

/** Only success is success. Cancelled, timed out, stale, waiting for a person, and what GitHub adds later: not passed. */
function stateOfRun({ status, conclusion }: RawRun): ForeignCheck['state'] {
  if (status !== 'completed') return 'pending'
  if (conclusion === 'success') return 'passed'
  return conclusion === 'neutral' || conclusion === 'skipped' ? 'skipped' : 'failed'
}

async function annotations({ api, repo }: RepoContext, run: number): Promise<readonly string[]> {
  const intent = { doing: `to read why a check of ${nameOf(repo)} failed`, needs: 'Checks: read' }
  const found = await api.readIfThere(repo, intent, (request) =>
    request('GET /repos/{owner}/{repo}/check-runs/{check_run_id}/annotations', {
      ...at(repo),
      check_run_id: run,
      per_page: ANNOTATIONS,
    }),
  )
  return (found?.data ?? []).map(({ path, start_line, message }) =>
    `${path}:${start_line}: ${message ?? ''}`.trimEnd(),
  )
}

/** The combined status lists the newest of each context. */
async function statuses(
  { api, identity, repo }: RepoContext,
  head: ObjectId,
): Promise<readonly ForeignCheck[]> {
  const intent = { doing: `to read the statuses of ${nameOf(repo)}`, needs: 'Commit statuses: read' }
  const all = await allPages(async (page) => {
    const { data } = await api.read(repo, intent, (request) =>
      request('GET /repos/{owner}/{repo}/commits/{ref}/status', {
        ...at(repo),
        ref: head,
        per_page: PAGE,
        page,
      }),
    )
    return data.statuses
  })
  return all
    .filter(({ context }) => identity.appId !== undefined || context !== OWN_CHECK)
    .map(({ context, state, description, target_url }) => ({
      name: context,
      state: state === 'success' ? 'passed' : state === 'pending' ? 'pending' : 'failed',
      url: target_url,
      text: textOf([description]),
    }))
}

function textOf(parts: readonly (string | null)[]): string {
  return parts
    .filter((part) => part !== null && part.trim() !== '')
    .join('\n\n')
    .slice(0, TEXT_LIMIT)
}
