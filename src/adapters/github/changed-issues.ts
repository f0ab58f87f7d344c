/** Issues by when they changed and by label: what a look finds that no webhook told of. */
import type { RepoRef } from '../../core/ids.ts'
import type { ChangedIssue } from '../../ports/app-forge.ts'
import type { GithubApi } from './github-api.ts'
import { toActor } from './issue-comments.ts'
import { allPages, PAGE } from './pages.ts'
import { at, nameOf } from './repository-path.ts'

/** The port's bound. */
const MOST = 1000

/**
 * Goes on from the time of the last one and not by pages: what changes while this reads moves to the end of the list,
 * and what comes after it would move over the edge of a page that was read.
 */
export async function changedSince(
  api: GithubApi,
  repo: RepoRef,
  since: string,
): Promise<readonly ChangedIssue[]> {
  const found = new Map<number, ChangedIssue>()
  for (let from = since, page = 1; found.size < MOST;) {
    const read = await readChanged(api, repo, { from, page })
    for (const issue of read) {
      // Seen again it has changed again, and belongs further back.
      found.delete(issue.ref.number)
      found.set(issue.ref.number, issue)
    }
    const last = read.at(-1)
    if (!last || read.length < PAGE) break
    // A whole page of one second leaves no time to go on from.
    page = last.updatedAt === from ? page + 1 : 1
    from = last.updatedAt
  }
  return [...found.values()].slice(0, MOST)
}

/** Where nothing changed since the last look, it asks the same again, and the answer costs nothing. */
async function readChanged(
  api: GithubApi,
  repo: RepoRef,
  { from, page }: { from: string; page: number },
): Promise<readonly ChangedIssue[]> {
  const intent = { ...listing(repo), key: `changed/${repo.id}/${from}/${page}` }
  const found = await api.readConditionally(repo, intent, async (request) => {
    const { status, headers, data } = await request('GET /repos/{owner}/{repo}/issues', {
      ...at(repo),
      state: 'all',
      sort: 'updated',
      direction: 'asc',
      since: from,
      per_page: PAGE,
      page,
    })
    return { status, headers, data: data.map((each) => toChanged(repo, each)) }
  })
  return found ?? []
}

/** Without pull requests, whose labels steer nothing. */
export async function labelled(
  api: GithubApi,
  repo: RepoRef,
  label: string,
): Promise<readonly ChangedIssue[]> {
  const found = await allPages(async (page) => {
    const { data } = await api.read(repo, listing(repo), (request) =>
      request('GET /repos/{owner}/{repo}/issues', {
        ...at(repo),
        state: 'open',
        labels: label,
        sort: 'created',
        direction: 'asc',
        per_page: PAGE,
        page,
      }),
    )
    return data
  })
  const issues = found.map((each) => toChanged(repo, each)).filter(({ isPull }) => !isPull)
  // GitHub reads a name with a comma in it as two names.
  return issues.filter((each) => each.labels.some((name) => isSameLabel(name, label)))
}

export function isSameLabel(one: string, other: string): boolean {
  return one.toLowerCase() === other.toLowerCase()
}

function listing(repo: RepoRef): { doing: string; needs: string } {
  return { doing: `to list the issues of ${nameOf(repo)}`, needs: 'Issues: read' }
}

/** What we read of GitHub's line of a list. */
interface RawListed {
  readonly number: number
  readonly title: string
  readonly body?: string | null
  readonly state: string
  readonly labels: readonly (string | { readonly name?: string | null })[]
  readonly user: { readonly id: number | bigint; readonly login: string } | null
  readonly updated_at: string
  readonly pull_request?: unknown
}

function toChanged(repo: RepoRef, raw: RawListed): ChangedIssue {
  return {
    ref: { repo, number: raw.number },
    isPull: raw.pull_request !== undefined,
    state: raw.state === 'open' ? 'open' : 'closed',
    labels: labelNames(raw.labels),
    title: raw.title,
    body: raw.body ?? '',
    author: toActor(raw.user),
    updatedAt: raw.updated_at,
  }
}

export function labelNames(labels: RawListed['labels']): readonly string[] {
  return labels.flatMap((label) => (typeof label === 'string' ? label : (label.name ?? [])))
}
