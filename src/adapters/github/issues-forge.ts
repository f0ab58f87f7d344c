/** Repositories, issues, comments, permissions and reactions at GitHub. */
import { UserError } from '../../core/errors.ts'
import { issueName } from '../../core/ids.ts'
import type { ActorRef, IssueRef, RepoRef } from '../../core/ids.ts'
import type { Comment, Issue, IssuesForge, Permission, Repository } from '../../ports/forge.ts'
import type { GithubApi } from './github-api.ts'
import { isOurs } from './github-client.ts'
import type { Identity } from './github-client.ts'
import { lastEditor } from './last-editor.ts'
import { at, nameOf } from './repository-path.ts'
import { textFile } from './text-file.ts'

/** GitHub's largest page. */
const PAGE = 100

export function createIssuesForge(api: GithubApi, identity: Identity): IssuesForge {
  return {
    repository: (repo) => repository(api, repo),
    issue: (ref) => issue(api, ref),
    permission: (repo, actor) => permission(api, repo, actor),
    textFile: (repo, where) => textFile(api, repo, where),
    comments: (ref) => comments(api, identity, ref),
    comment: async (repo, id) => {
      const found = await rawComment(api, repo, id)
      return found && toComment(identity, found)
    },
    addComment: async (ref, body) => {
      const intent = { doing: `to comment on ${issueName(ref)}`, needs: 'Issues: write' }
      const { data } = await api.write(ref.repo, intent, (request) =>
        request('POST /repos/{owner}/{repo}/issues/{issue_number}/comments', {
          ...at(ref.repo),
          issue_number: ref.number,
          body,
        }),
      )
      return toComment(identity, data)
    },
    editComment: async (repo, id, body) => {
      const intent = { doing: `to edit comment ${id} in ${nameOf(repo)}`, needs: 'Issues: write' }
      const { data } = await api.write(repo, intent, (request) =>
        request('PATCH /repos/{owner}/{repo}/issues/comments/{comment_id}', {
          ...at(repo),
          comment_id: id,
          body,
        }),
      )
      return toComment(identity, data)
    },
    lastEditor: async (repo, id) => {
      const comment = await rawComment(api, repo, id)
      return comment ? lastEditor(api, { identity, repo, nodeId: comment.node_id }) : null
    },
    react: async (ref, reaction) => {
      const intent = { doing: `to react to ${issueName(ref)}`, needs: 'Issues: write' }
      await api.write(ref.repo, intent, (request) =>
        request('POST /repos/{owner}/{repo}/issues/{issue_number}/reactions', {
          ...at(ref.repo),
          issue_number: ref.number,
          content: reaction,
        }),
      )
    },
  }
}

async function repository(api: GithubApi, repo: RepoRef): Promise<Repository> {
  const intent = { doing: `to read ${nameOf(repo)}`, needs: 'Metadata: read' }
  const { data } = await api.read(repo, intent, (request) => request('GET /repos/{owner}/{repo}', at(repo)))
  if (data.id !== repo.id)
    throw new UserError(
      'forge_refused',
      `${nameOf(repo)} is another repository now than when this run began; its name was given away. Start a new run.`,
    )
  return {
    ref: { id: data.id, owner: data.owner.login, name: data.name },
    defaultBranch: data.default_branch,
    archived: data.archived,
    empty: data.size === 0 && (await hasNoBranch(api, repo)),
    private: data.private,
    size: data.size,
  }
}

/** A size of 0 is also what a small or a very new repository reports. */
async function hasNoBranch(api: GithubApi, repo: RepoRef): Promise<boolean> {
  const intent = { doing: `to list the branches of ${nameOf(repo)}`, needs: 'Contents: read' }
  const { data } = await api.read(repo, intent, (request) =>
    request('GET /repos/{owner}/{repo}/branches', { ...at(repo), per_page: 1 }),
  )
  return data.length === 0
}

async function issue(api: GithubApi, ref: IssueRef): Promise<Issue> {
  const intent = { doing: `to read ${issueName(ref)}`, needs: 'Issues: read' }
  const { data } = await api.read(ref.repo, intent, (request) =>
    request('GET /repos/{owner}/{repo}/issues/{issue_number}', { ...at(ref.repo), issue_number: ref.number }),
  )
  // A transferred issue answers by redirect, as an issue of another repository.
  if (data.number !== ref.number)
    throw new UserError('forge_refused', `${issueName(ref)} was moved to ${data.html_url}. Label it there.`)
  return {
    ref,
    title: data.title,
    body: data.body ?? '',
    state: data.state === 'open' ? 'open' : 'closed',
    locked: data.locked,
    author: toActor(data.user),
    labels: data.labels.flatMap((label) => (typeof label === 'string' ? label : (label.name ?? []))),
    url: data.html_url,
  }
}

async function permission(api: GithubApi, repo: RepoRef, actor: ActorRef): Promise<Permission> {
  const intent = {
    doing: `to look up what ${actor.login} may do in ${nameOf(repo)}`,
    needs: 'Metadata: read',
  }
  const found = await api.readIfThere(repo, intent, (request) =>
    request('GET /repos/{owner}/{repo}/collaborators/{username}/permission', {
      ...at(repo),
      username: actor.login,
    }),
  )
  // Logins can be given up and taken by somebody else; the number cannot.
  if (found?.data.user?.id !== actor.id) return 'none'
  const granted = found.data.permission
  return granted === 'admin' || granted === 'write' || granted === 'read' ? granted : 'none'
}

async function comments(api: GithubApi, identity: Identity, ref: IssueRef): Promise<readonly Comment[]> {
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

function rawComment(
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

function toComment(identity: Identity, raw: RawComment): Comment {
  return {
    id: Number(raw.id),
    body: raw.body ?? '',
    author: toActor(raw.user),
    ours: isOurs(identity, raw),
    createdAt: raw.created_at,
    updatedAt: raw.updated_at,
    url: raw.html_url,
  }
}

/** Null for accounts that are gone. */
function toActor(
  user: { readonly id: number | bigint; readonly login: string } | null | undefined,
): ActorRef | null {
  return user ? { id: Number(user.id), login: user.login } : null
}
