/** The comments of an issue or pull request, read conditionally: unchanged ones cost nothing of the quota. */
import { issueName } from '../../core/ids.ts'
import type { ActorRef, IssueRef, RepoRef } from '../../core/ids.ts'
import type { Comment } from '../../ports/forge.ts'
import type { GithubApi } from './github-api.ts'
import { isOurs } from './github-client.ts'
import type { Identity } from './github-client.ts'
import { PAGE } from './pages.ts'
import { at, nameOf } from './repository-path.ts'

export async function comments(
  api: GithubApi,
  identity: Identity,
  ref: IssueRef,
): Promise<readonly Comment[]> {
  const all: Comment[] = []
  for (let page = 1; ; page++) {
    const intent = {
      doing: `to read the comments of ${issueName(ref)}`,
      needs: 'Issues: read',
      key: `comments/${ref.repo.id}/${ref.number}/${page}`,
    }
    const found = await api.readConditionally(ref.repo, intent, (request) =>
      request('GET /repos/{owner}/{repo}/issues/{issue_number}/comments', {
        ...at(ref.repo),
        issue_number: ref.number,
        per_page: PAGE,
        page,
      }),
    )
    all.push(...(found ?? []).map((each) => toComment(identity, each)))
    // Not the Link header: an unchanged full page keeps the ETag under which it was the last one.
    if ((found?.length ?? 0) < PAGE) return all
  }
}

export function rawComment(
  api: GithubApi,
  repo: RepoRef,
  id: number,
): Promise<(RawComment & { node_id: string }) | undefined> {
  const intent = {
    doing: `to read comment ${id} in ${nameOf(repo)}`,
    needs: 'Issues: read',
    key: `comment/${repo.id}/${id}`,
  }
  return api.readConditionally(repo, intent, (request) =>
    request('GET /repos/{owner}/{repo}/issues/comments/{comment_id}', { ...at(repo), comment_id: id }),
  )
}

/** What we read of GitHub's comment. */
interface RawComment {
  readonly id: number | bigint
  readonly body?: string
  readonly user: { readonly id: number | bigint; readonly login: string } | null
  readonly performed_via_github_app?: { readonly id: number | bigint } | null
  readonly created_at: string
  readonly updated_at: string
  readonly html_url: string
}

export function toComment(identity: Identity, raw: RawComment): Comment {
  return {
    id: Number(raw.id),
    body: raw.body ?? '',
    author: toActor(raw.user),
    // GitHub leaves the field out of some answers; where it is null, a person's hand wrote it.
    viaApp: Boolean(raw.performed_via_github_app),
    ours: isOurs(identity, raw),
    createdAt: raw.created_at,
    updatedAt: raw.updated_at,
    url: raw.html_url,
  }
}

/** Null for accounts that are gone. */
export function toActor(
  user: { readonly id: number | bigint; readonly login: string } | null | undefined,
): ActorRef | null {
  return user ? { id: Number(user.id), login: user.login } : null
}
