/** Comments on issues and reactions: written, edited, deleted, reacted to, with the edit history that GraphQL shows. */
import { ApiError, invalid } from '../api-error.ts'
import { announceIssue, checkBody, type Scene } from './issue-actions.ts'
import { isReaction, renderComment } from '../render/issue.ts'
import { atLeast, type Comment, type Issue, type Reaction, roleOf } from '../world.ts'

export function addComment(scene: Scene, issue: Issue, body: string): Comment {
  if (issue.locked && !atLeast(roleOf(scene.repo, scene.actor.account), 'write') && !scene.actor.app)
    throw new ApiError(403, 'Unable to create comment because issue is locked.')
  if (body.trim() === '') throw invalid('IssueComment', 'body', { message: 'body cannot be blank' })
  checkBody('IssueComment', body)
  const now = scene.world.clock.now()
  const comment: Comment = {
    id: scene.world.nextId(),
    author: scene.actor,
    createdAt: now,
    updatedAt: now,
    reactions: [],
    edits: [],
    body,
  }
  issue.comments.push(comment)
  issue.updatedAt = now
  announceComment(scene, issue, { action: 'created', comment })
  return comment
}

export function editComment(scene: Scene, issue: Issue, edit: { comment: Comment; body: string }): void {
  const { comment, body } = edit
  if (body.trim() === '') throw invalid('IssueComment', 'body', { message: 'body cannot be blank' })
  checkBody('IssueComment', body)
  const from = comment.body
  if (from === body) return
  const at = scene.world.clock.now()
  if (comment.edits.length === 0)
    comment.edits.push({ editor: comment.author.account, at: comment.createdAt, body: from })
  comment.edits.push({ editor: scene.actor.account, at, body })
  comment.body = body
  comment.updatedAt = at
  announceComment(scene, issue, { action: 'edited', comment, changes: { body: { from } } })
}

export function deleteComment(scene: Scene, issue: Issue, comment: Comment): void {
  const index = issue.comments.indexOf(comment)
  if (index >= 0) issue.comments.splice(index, 1)
  announceComment(scene, issue, { action: 'deleted', comment })
}

function announceComment(
  scene: Scene,
  issue: Issue,
  { comment, ...more }: { action: string; comment: Comment; changes?: unknown },
): void {
  const rendered = renderComment(scene.world, { repo: scene.repo, issue }, comment)
  announceIssue(scene, issue, { event: 'issue_comment', ...more, comment: rendered })
}

/** Adds a reaction, or finds the one that is there: `added` says which (GitHub's 201 and 200). */
export function react(
  scene: Scene,
  reactions: Reaction[],
  content: string,
): { reaction: Reaction; added: boolean } {
  if (!isReaction(content)) throw invalid('Reaction', 'content')
  const there = reactions.find((r) => r.content === content && r.user.id === scene.actor.account.id)
  if (there) return { reaction: there, added: false }
  const { world, actor } = scene
  const reaction = { id: world.nextId(), user: actor.account, content, createdAt: world.clock.now() }
  reactions.push(reaction)
  return { reaction, added: true }
}
