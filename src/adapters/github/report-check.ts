/** The check on a commit: a check run by an App, a commit status by a token, since check runs need an App. */
import type { CheckRun } from '../../ports/forge.ts'
import type { RepoContext } from './repo-context.ts'
import { at, nameOf } from './repository-path.ts'

/** What GitHub cuts a status' description at; more is a 422. */
const STATUS_DESCRIPTION = 140

/** A status knows no "neutral" and no "action required": a person has to act, so it is not through yet. */
const STATUS = {
  success: 'success',
  neutral: 'success',
  failure: 'failure',
  action_required: 'pending',
} as const

export async function reportCheck(context: RepoContext, check: CheckRun): Promise<void> {
  await (context.identity.appId === undefined ? setStatus(context, check) : setCheckRun(context, check))
}

async function setCheckRun({ api, identity, repo }: RepoContext, check: CheckRun): Promise<void> {
  const intent = { doing: `to report a check on ${nameOf(repo)}`, needs: 'Checks: write' }
  const { data } = await api.read(repo, intent, (request) =>
    request('GET /repos/{owner}/{repo}/commits/{ref}/check-runs', {
      ...at(repo),
      ref: check.head,
      check_name: check.name,
      filter: 'all',
      per_page: 100,
    }),
  )
  const known = data.check_runs.find(
    (each) => each.external_id === check.externalId && each.app?.id === identity.appId,
  )
  const { title, summary } = known?.output ?? {}
  if (known?.conclusion === check.conclusion && title === check.title && summary === check.summary) return
  const content = {
    status: 'completed' as const,
    conclusion: check.conclusion,
    external_id: check.externalId,
    output: { title: check.title, summary: check.summary },
    details_url: check.detailsUrl,
  }
  await api.write<unknown>(repo, { ...intent, listed: true }, (request) =>
    known
      ? request('PATCH /repos/{owner}/{repo}/check-runs/{check_run_id}', {
          ...at(repo),
          check_run_id: known.id,
          ...content,
        })
      : request('POST /repos/{owner}/{repo}/check-runs', {
          ...at(repo),
          name: check.name,
          head_sha: check.head,
          ...content,
        }),
  )
}

/** Setting the same status again shows the same; GitHub keeps the newest of each context. */
async function setStatus({ api, repo }: RepoContext, check: CheckRun): Promise<void> {
  const intent = { doing: `to set a status in ${nameOf(repo)}`, needs: 'Commit statuses: write' }
  await api.write(repo, intent, (request) =>
    request('POST /repos/{owner}/{repo}/statuses/{sha}', {
      ...at(repo),
      sha: check.head,
      state: STATUS[check.conclusion],
      context: check.name,
      description: check.title.slice(0, STATUS_DESCRIPTION),
      target_url: check.detailsUrl,
    }),
  )
}
