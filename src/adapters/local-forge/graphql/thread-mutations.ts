/** The GraphQL mutations on threads: resolving them, which REST cannot, and answering in them. */
import { actorOf, canSee } from '../access.ts'
import { addReply, resolveThread, type Thread, threadId, threadsOf } from '../actions/thread-actions.ts'
import { asPull } from '../actions/pull-actions.ts'
import type { Repo } from '../world.ts'
import { allow, refusing } from './allow.ts'
import { TypedError } from './graphql-error.ts'
import { viewReviewComment, viewThread } from './pulls.ts'
import type { View, Viewed } from './view.ts'

export interface ThreadInput {
  readonly threadId: string
  readonly clientMutationId?: string
}

export async function changeResolved(view: View, input: ThreadInput, resolved: boolean): Promise<Viewed> {
  const { repo, thread } = threadOf(view, input.threadId)
  // The author of a pull request may do it with read access; the action looks closer. An App needs write access to
  // contents for this, of all things: https://github.com/orgs/community/discussions/44650
  for (const permission of ['pull_requests', 'contents'])
    allow(view, repo, { permission, level: 'write', role: 'read' })
  const scene = { world: view.world, repo, actor: actorOf(view.principal) }
  await refusing('UNPROCESSABLE', () => resolveThread(scene, thread, resolved))
  return { clientMutationId: input.clientMutationId ?? null, thread: viewThread(view, repo, thread) }
}

export interface ReplyInput {
  readonly pullRequestReviewThreadId: string
  readonly body: string
  readonly clientMutationId?: string
}

export async function replyToThread(view: View, input: ReplyInput): Promise<Viewed> {
  const { repo, thread } = threadOf(view, input.pullRequestReviewThreadId)
  allow(view, repo, { permission: 'pull_requests', level: 'write', role: 'read' })
  const scene = { world: view.world, repo, actor: actorOf(view.principal) }
  const { issue, first } = thread
  const reply = { issue, to: first.comment.id, body: input.body }
  const placed = await refusing('UNPROCESSABLE', () => addReply(scene, reply))
  return {
    clientMutationId: input.clientMutationId ?? null,
    comment: viewReviewComment(view, { repo, issue }, placed),
  }
}

function threadOf(view: View, id: string): { repo: Repo; thread: Thread } {
  for (const repo of view.world.repos.filter((known) => canSee(view.principal, known)))
    for (const issue of repo.issues.values()) {
      const pull = asPull(issue)
      const thread = pull && threadsOf(pull).find((known) => threadId(known) === id)
      if (thread) return { repo, thread }
    }
  throw new TypedError('NOT_FOUND', `Could not resolve to a node with the global id of '${id}'`)
}
