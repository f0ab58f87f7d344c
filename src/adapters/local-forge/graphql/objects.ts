/** The GraphQL view of repositories, refs, issues and comments. */
import { nodeId } from '../render/account.ts'
import { issueUrls } from '../render/issue.ts'
import { asPull } from '../actions/pull-actions.ts'
import { type Comment, fullName, type Issue, type Repo, type World } from '../world.ts'
import { viewPull } from './pulls.ts'
import { accountOf, type View, viewAccount, viewCommit, type Viewed } from './view.ts'

export function viewRepository(view: View, repo: Repo): Viewed {
  const { world } = view
  return {
    __typename: 'Repository',
    id: nodeId('R', repo.id),
    databaseId: repo.id,
    name: repo.name,
    nameWithOwner: fullName(repo),
    defaultBranchRef: () => viewRef(view, repo, `refs/heads/${repo.defaultBranch}`),
    ref: ({ qualifiedName }: { qualifiedName: string }) =>
      viewRef(view, repo, qualifiedName.startsWith('refs/') ? qualifiedName : `refs/heads/${qualifiedName}`),
    issue: ({ number }: { number: number }) => {
      const issue = repo.issues.get(number)
      return issue && !issue.pull && !issue.deleted ? viewIssue(world, repo, issue) : null
    },
    pullRequest: ({ number }: { number: number }) => {
      const issue = repo.issues.get(number)
      const pull = issue && asPull(issue)
      return pull ? viewPull(view, repo, pull) : null
    },
  }
}

export function viewIssue(world: World, repo: Repo, issue: Issue): Viewed {
  return {
    __typename: 'Issue',
    id: nodeId('I', issue.id),
    databaseId: issue.id,
    number: issue.number,
    title: issue.title,
    body: issue.body ?? '',
    createdAt: issue.createdAt,
    lastEditedAt: issue.editedAt,
    url: issueUrls(world, repo, issue).page,
  }
}

export function viewComment(view: View, at: { repo: Repo; issue: Issue; comment: Comment }): Viewed {
  const { repo, issue, comment } = at
  const last = comment.edits.at(-1)
  return {
    __typename: 'IssueComment',
    id: nodeId('IC', comment.id),
    databaseId: comment.id,
    body: comment.body,
    author: viewAccount(view, comment.author.account),
    createdAt: comment.createdAt,
    updatedAt: comment.updatedAt,
    editor: last ? viewAccount(view, last.editor) : null,
    lastEditedAt: last?.at ?? null,
    includesCreatedEdit: comment.edits.length > 0,
    viewerDidAuthor: accountOf(view.principal)?.id === comment.author.account.id,
    url: `${issueUrls(view.world, repo, issue).page}#issuecomment-${comment.id}`,
    userContentEdits: (page: { first?: number; last?: number }) => viewEdits(view, comment, page),
  }
}

/** Newest first, as GitHub lists them; the creation is the last entry, and only there once something was edited. */
function viewEdits(view: View, comment: Comment, page: { first?: number; last?: number }): Viewed {
  const all = comment.edits.map((edit, index) => ({
    id: nodeId('UCE', `${comment.id}:${index}`),
    createdAt: edit.at,
    updatedAt: edit.at,
    editedAt: edit.at,
    editor: viewAccount(view, edit.editor),
    diff: edit.body,
  }))
  all.reverse()
  const nodes = page.last === undefined ? all.slice(0, page.first ?? all.length) : all.slice(-page.last)
  const from = page.last === undefined ? 0 : all.length - nodes.length
  return {
    nodes,
    totalCount: all.length,
    pageInfo: {
      startCursor: nodes[0]?.id ?? null,
      endCursor: nodes.at(-1)?.id ?? null,
      hasNextPage: from + nodes.length < all.length,
      hasPreviousPage: from > 0,
    },
  }
}

export async function viewRef({ world }: View, repo: Repo, ref: string): Promise<Viewed | null> {
  const id = await repo.git.ref(ref)
  if (!id) return null
  const [, prefix = '', name = ''] = /^(refs\/[^/]+\/)(.*)$/.exec(ref) ?? []
  return {
    id: nodeId('REF', `${repo.id}:${ref}`),
    name,
    prefix,
    target: await viewCommit(world, repo, id),
  }
}
