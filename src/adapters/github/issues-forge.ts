/** Repositories, issues, comments, permissions and reactions at GitHub. */
import { UserError } from '../../core/errors.ts'
import { issueName } from '../../core/ids.ts'
import type { ActorRef, IssueRef, RepoRef } from '../../core/ids.ts'
import type { Issue, IssuesForge, Permission, Repository } from '../../ports/forge.ts'
import { changedSince, labelled, labelNames } from './changed-issues.ts'
import type { GithubApi } from './github-api.ts'
import type { Identity } from './github-client.ts'
import { comments, rawComment, toActor, toComment } from './issue-comments.ts'
import { labelling } from './labelling.ts'
import { lastEditor } from './last-editor.ts'
import { blockers, openWork } from './open-work.ts'
import { at, nameOf } from './repository-path.ts'
import { textFile } from './text-file.ts'
import type { Intent } from './translate-error.ts'

export function createIssuesForge(api: GithubApi, identity: Identity): IssuesForge {
  return {
    ...writers(api, identity),
    repository: (repo) => repository(api, repo),
    issue: (ref) => issue(api, ref),
    whereabouts: (ref) => whereabouts(api, ref),
    permission: (repo, actor) => permission(api, repo, actor),
    textFile: (repo, where) => textFile(api, repo, where),
    comments: (ref) => comments(api, identity, ref),
    comment: async (repo, id) => {
      const found = await rawComment(api, repo, id)
      return found && toComment(identity, found)
    },
    lastEditor: async (repo, id) => {
      const comment = await rawComment(api, repo, id)
      return comment ? lastEditor(api, { identity, repo, nodeId: comment.node_id }) : null
    },
    openWork: (repo) => openWork(api, repo),
    blockers: (ref) => blockers(api, ref),
    changedSince: (repo, since) => changedSince(api, repo, since),
    labelled: (repo, label) => labelled(api, repo, label),
    labelling: (ref, label) => labelling(api, ref, label),
  }
}

function writers(
  api: GithubApi,
  identity: Identity,
): Pick<IssuesForge, 'addComment' | 'editComment' | 'react' | 'reactToComment' | 'addLabel'> {
  return {
    addComment: async (ref, body) => {
      const { data } = await api.write(ref.repo, commenting(ref), (request) =>
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
    reactToComment: async (repo, id, reaction) => {
      const intent = { doing: `to react to comment ${id} in ${nameOf(repo)}`, needs: 'Issues: write' }
      await api.write(repo, intent, (request) =>
        request('POST /repos/{owner}/{repo}/issues/comments/{comment_id}/reactions', {
          ...at(repo),
          comment_id: id,
          content: reaction,
        }),
      )
    },
    addLabel: async (ref, label) => {
      const intent = { doing: `to label ${issueName(ref)}`, needs: 'Issues: write' }
      await api.write(ref.repo, intent, (request) =>
        request('POST /repos/{owner}/{repo}/issues/{issue_number}/labels', {
          ...at(ref.repo),
          issue_number: ref.number,
          labels: [label],
        }),
      )
    },
  }
}

function commenting(ref: IssueRef): Intent {
  return { doing: `to comment on ${issueName(ref)}`, needs: 'Issues: write', listed: true }
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
    labels: labelNames(data.labels),
    url: data.html_url,
  }
}

/** 404 is also the answer for an issue in a repository that we may not see. */
async function whereabouts(
  api: GithubApi,
  ref: IssueRef,
): Promise<Awaited<ReturnType<IssuesForge['whereabouts']>>> {
  const intent = { doing: `to read ${issueName(ref)}`, needs: 'Issues: read' }
  const found = await api.readIfThere(ref.repo, intent, (request) =>
    request('GET /repos/{owner}/{repo}/issues/{issue_number}', { ...at(ref.repo), issue_number: ref.number }),
  )
  if (found) return found.data.number === ref.number ? 'there' : 'moved'
  const seen = await api.readIfThere(ref.repo, intent, (request) =>
    request('GET /repos/{owner}/{repo}', at(ref.repo)),
  )
  return seen?.data.id === ref.repo.id ? 'deleted' : 'unseen'
}

async function permission(api: GithubApi, repo: RepoRef, actor: ActorRef): Promise<Permission> {
  const intent = {
    doing: `to look up what ${actor.login} may do in ${nameOf(repo)}`,
    needs: 'Metadata: read',
    // It is looked up again before each stage, and rarely another one.
    key: `permission/${repo.id}/${actor.login}`,
  }
  const found = await api.readConditionally(repo, intent, (request) =>
    request('GET /repos/{owner}/{repo}/collaborators/{username}/permission', {
      ...at(repo),
      username: actor.login,
    }),
  )
  // Logins can be given up and taken by somebody else; the number cannot.
  if (found?.user?.id !== actor.id) return 'none'
  const granted = found.permission
  return granted === 'admin' || granted === 'write' || granted === 'read' ? granted : 'none'
}
