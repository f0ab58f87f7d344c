/** What else is open in a repository: issues, pull requests, and what blocks an issue. */
import { issueName } from '../../core/ids.ts'
import type { IssueRef, RepoRef } from '../../core/ids.ts'
import type { Blocker, OpenWork } from '../../ports/forge.ts'
import type { GithubApi } from './github-api.ts'
import { PAGE } from './pages.ts'
import { at, nameOf } from './repository-path.ts'

/** GitHub lists pull requests among the issues, newest first. */
export async function openWork(api: GithubApi, repo: RepoRef): Promise<readonly OpenWork[]> {
  const intent = { doing: `to list what is open in ${nameOf(repo)}`, needs: 'Issues: read' }
  const { data } = await api.read(repo, intent, (request) =>
    request('GET /repos/{owner}/{repo}/issues', { ...at(repo), state: 'open', per_page: PAGE }),
  )
  return data.map(({ number, title, pull_request }) => ({
    number,
    title,
    isPull: pull_request !== undefined,
  }))
}

/** One page: GitHub takes fifty blockers at most. */
export async function blockers(api: GithubApi, issue: IssueRef): Promise<readonly Blocker[]> {
  const intent = { doing: `to see what blocks ${issueName(issue)}`, needs: 'Issues: read' }
  const found = await api.readIfThere(issue.repo, intent, (request) =>
    request('GET /repos/{owner}/{repo}/issues/{issue_number}/dependencies/blocked_by', {
      ...at(issue.repo),
      issue_number: issue.number,
      per_page: PAGE,
    }),
  )
  return (found?.data ?? [])
    .filter((each) => each.state === 'open')
    .map((each) => ({ name: blockerName(issue.repo, each), title: each.title }))
}

function blockerName(
  repo: RepoRef,
  { number, repository_url }: { readonly number: number; readonly repository_url: string },
): string {
  const place = repository_url.split('/').slice(-2).join('/')
  return place.toLowerCase() === nameOf(repo).toLowerCase() ? `#${number}` : `${place}#${number}`
}
