/** Commits, diffs and git objects as GitHub's answers show them. */
import type { ObjectId } from '../../../core/ids.ts'
import type { GitCommit, GitFileChange } from '../../../ports/git-host.ts'
import { nodeId, renderAccount } from './account.ts'
import { apiUrl, pageUrl } from './repository.ts'
import type { Account, Repo, World } from '../world.ts'

/** Where things are rendered: the world gives addresses, the repository what is known of its commits. */
export interface Place {
  readonly world: World
  readonly repo: Repo
}

export function noreply(account: Account): string {
  return `${account.id}+${account.login}@users.noreply.github.com`
}

/** GitHub signs what an App commits through the API; whether it did is a record here, not a signature. */
function verification({ repo }: Place, id: ObjectId): Record<string, unknown> {
  const signed = repo.signed.has(id)
  return {
    verified: signed,
    reason: signed ? 'valid' : 'unsigned',
    signature: null,
    payload: null,
    verified_at: signed ? repo.pushedAt : null,
  }
}

function parents({ world, repo }: Place, commit: GitCommit): Record<string, string>[] {
  return commit.parents.map((sha) => ({
    sha,
    url: `${apiUrl(world, repo)}/commits/${sha}`,
    html_url: `${pageUrl(world, repo)}/commit/${sha}`,
  }))
}

/** /git/commits: the object itself. */
export function renderGitCommit(place: Place, commit: GitCommit): Record<string, unknown> {
  const api = apiUrl(place.world, place.repo)
  return {
    sha: commit.id,
    node_id: nodeId('C', commit.id),
    url: `${api}/git/commits/${commit.id}`,
    html_url: `${pageUrl(place.world, place.repo)}/commit/${commit.id}`,
    author: commit.author,
    committer: commit.committer,
    tree: { sha: commit.tree, url: `${api}/git/trees/${commit.tree}` },
    message: commit.message,
    parents: parents(place, commit).map(({ sha, html_url }) => ({
      sha,
      url: `${api}/git/commits/${sha}`,
      html_url,
    })),
    verification: verification(place, commit.id),
  }
}

/** /commits: with the accounts behind the addresses, where there are any. */
export function renderCommit(place: Place, commit: GitCommit): Record<string, unknown> {
  const { world, repo } = place
  const api = apiUrl(world, repo)
  const account = (email: string) => {
    const known = accountOf(world, email)
    return known ? renderAccount(world, known) : null
  }
  return {
    sha: commit.id,
    node_id: nodeId('C', commit.id),
    commit: {
      author: commit.author,
      committer: commit.committer,
      message: commit.message,
      tree: { sha: commit.tree, url: `${api}/git/trees/${commit.tree}` },
      url: `${api}/git/commits/${commit.id}`,
      comment_count: 0,
      verification: verification(place, commit.id),
    },
    url: `${api}/commits/${commit.id}`,
    html_url: `${pageUrl(world, repo)}/commit/${commit.id}`,
    comments_url: `${api}/commits/${commit.id}/comments`,
    author: account(commit.author.email),
    committer: account(commit.committer.email),
    parents: parents(place, commit),
  }
}

export function accountOf(world: World, email: string): Account | undefined {
  return [...world.accounts.values()].find((known) => known.email === email || noreply(known) === email)
}

/** One changed file. `ref` is the side that links name. */
export function renderFileChange(
  place: Place,
  change: GitFileChange,
  ref: ObjectId,
): Record<string, unknown> {
  const api = apiUrl(place.world, place.repo)
  const page = pageUrl(place.world, place.repo)
  const path = change.path.split('/').map(encodeURIComponent).join('/')
  return {
    sha: change.blob,
    filename: change.path,
    status: change.status,
    additions: change.additions,
    deletions: change.deletions,
    changes: change.additions + change.deletions,
    blob_url: `${page}/blob/${ref}/${path}`,
    raw_url: `${page}/raw/${ref}/${path}`,
    contents_url: `${api}/contents/${path}?ref=${ref}`,
    ...(change.patch !== undefined && { patch: change.patch }),
    ...(change.previousPath !== undefined && { previous_filename: change.previousPath }),
  }
}
