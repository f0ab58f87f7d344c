/** Comments on issues and pull requests, and reactions on both. */
import { addComment, deleteComment, editComment, react } from '../actions/comment-actions.ts'
import { ApiError, notFound } from '../api-error.ts'
import { actorOf, repoRoute } from '../access.ts'
import {
  type Answer,
  created,
  json,
  type Need,
  NO_CONTENT,
  paged,
  type RepoCall,
  type Route,
} from '../call.ts'
import { renderComment, renderReaction } from '../render/issue.ts'
import { atLeast, type Comment, type Issue, listed, type Reaction, roleOf } from '../world.ts'
import { issueOf, sceneOf, SPEAK } from './issue-routes.ts'

const READ: Need = { permission: ['issues', 'pull_requests'], level: 'read' }
const ISSUE = '/repos/{owner}/{repo}/issues/{issue_number}'
const COMMENT = '/repos/{owner}/{repo}/issues/comments/{comment_id}'

export const commentRoutes: Route[] = [
  repoRoute({
    method: 'GET',
    path: `${ISSUE}/comments`,
    need: READ,
    handle(call) {
      const issue = issueOf(call, 'read')
      const since = call.query.get('since')
      const comments = listed(call.world, issue.comments).filter(
        (comment) => !since || Date.parse(comment.updatedAt) >= Date.parse(since),
      )
      return paged(call, comments, (page) => page.map((comment) => render(call, issue, comment)))
    },
  }),
  repoRoute({
    method: 'POST',
    path: `${ISSUE}/comments`,
    need: SPEAK,
    handle(call) {
      const issue = issueOf(call, 'write')
      const comment = addComment(sceneOf(call), issue, call.body.text('body'))
      return created(render(call, issue, comment))
    },
  }),
  repoRoute({
    method: 'GET',
    path: COMMENT,
    need: READ,
    handle(call) {
      const { issue, comment } = commentOf(call)
      return json(render(call, issue, comment))
    },
  }),
  repoRoute({ method: 'PATCH', path: COMMENT, need: SPEAK, handle: patch }),
  repoRoute({
    method: 'DELETE',
    path: COMMENT,
    need: SPEAK,
    handle(call) {
      const { issue, comment } = commentOf(call)
      checkOwn(call, comment)
      deleteComment(sceneOf(call), issue, comment)
      return NO_CONTENT
    },
  }),
  ...reactionRoutes(`${ISSUE}/reactions`, (call, level) => issueOf(call, level).reactions),
  ...reactionRoutes(`${COMMENT}/reactions`, (call) => commentOf(call).comment.reactions),
]

function reactionRoutes(
  path: string,
  find: (call: RepoCall, level: 'read' | 'write') => Reaction[],
): Route[] {
  return [
    repoRoute({
      method: 'GET',
      path,
      need: READ,
      handle: (call) =>
        paged(call, find(call, 'read'), (page) => page.map((one) => renderReaction(call.world, one))),
    }),
    repoRoute({
      method: 'POST',
      path,
      need: SPEAK,
      handle(call) {
        const { reaction, added } = react(sceneOf(call), find(call, 'write'), call.body.text('content'))
        return json(renderReaction(call.world, reaction), added ? 201 : 200)
      },
    }),
    repoRoute({
      method: 'DELETE',
      path: `${path}/{reaction_id}`,
      need: SPEAK,
      handle(call) {
        const reactions = find(call, 'write')
        const index = reactions.findIndex((one) => String(one.id) === call.params['reaction_id'])
        if (index < 0) throw notFound()
        reactions.splice(index, 1)
        return NO_CONTENT
      },
    }),
  ]
}

function render(call: RepoCall, issue: Issue, comment: Comment): Record<string, unknown> {
  return renderComment(call.world, { repo: call.repo, issue }, comment)
}

function commentOf(call: RepoCall): { issue: Issue; comment: Comment } {
  for (const issue of call.repo.issues.values()) {
    const comment = issue.comments.find((known) => String(known.id) === call.params['comment_id'])
    if (comment && !issue.deleted) return { issue, comment }
  }
  throw notFound()
}

function patch(call: RepoCall): Answer {
  const { issue, comment } = commentOf(call)
  checkOwn(call, comment)
  editComment(sceneOf(call), issue, { comment, body: call.body.text('body') })
  return json(render(call, issue, comment))
}

/** People change their own comments; those with write change everybody's, and so do Apps with the permission. */
function checkOwn(call: RepoCall, comment: Comment): void {
  const { account } = actorOf(call.principal)
  const own = comment.author.account.id === account.id
  if (own || call.principal.kind === 'installation' || atLeast(roleOf(call.repo, account), 'write')) return
  throw new ApiError(403, 'Must have admin rights to Repository.')
}
