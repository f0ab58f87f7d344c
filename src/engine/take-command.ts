/** A slash command: seen, understood, permitted, carried out, answered. */
import { parseCommand } from '../core/command-grammar.ts'
import { suffices } from '../core/command-right.ts'
import { issueName, repoPage } from '../core/ids.ts'
import type { IssueRef } from '../core/ids.ts'
import { notPermittedSentence, refusedSentence, unknownSentence } from '../core/say/commands.ts'
import { pullOf } from '../core/state.ts'
import type { RunState } from '../core/state.ts'
import type { Command } from '../ports/command.ts'
import type { Comment, Reaction } from '../ports/forge.ts'
import type { Incoming } from '../ports/incoming.ts'
import type { LockProof } from '../ports/lock.ts'
import { applyEvent, currentRun } from './apply-event.ts'
import { confirmGone } from './confirm-gone.ts'
import type { EngineDeps } from './deps.ts'
import { isSaidBefore } from './old-news.ts'

type Given = Extract<Incoming, { kind: 'command_given' }>

interface Hearing {
  readonly given: Given
  readonly again: boolean
}

/** Sentences about permissions and verbs need no state, so that a stranger's comment costs as little as possible. */
export async function takeCommand(deps: EngineDeps, hearing: Hearing, proof: LockProof): Promise<void> {
  const { given } = hearing
  const parsed = parseCommand(given.body)
  if (parsed.kind === 'none') return
  const comment = await deps.forge.issues.comment(given.issue.repo, given.comment)
  // Newer than what some of GitHub's machines know: a command must not be lost for that.
  if (!comment) await confirmGone(deps, { what: `comment ${given.comment}`, again: hearing.again })
  if (!isAsDelivered(comment, given)) {
    deps.log.info('command_not_heard', { comment: given.comment, by: given.by.login })
    return
  }
  await react(deps, given, 'eyes')
  if (parsed.kind === 'unknown') return reply(deps, hearing, unknownSentence(parsed))
  const command = deps.commands.get(parsed.verb)
  if (!command) return reply(deps, hearing, unknownSentence({ kind: 'unknown', verb: parsed.verb }))
  const refusal = await forbidden(deps, given, command)
  if (refusal !== undefined) return reply(deps, hearing, refusal)
  await carryOut(deps, { hearing, command, text: parsed.text }, proof)
}

/** Read again: a comment that was edited since, or that an App wrote in somebody's name, is nobody's word. */
function isAsDelivered(comment: Comment | undefined, given: Given): boolean {
  return (
    comment !== undefined &&
    !comment.viaApp &&
    comment.author?.id === given.by.id &&
    comment.body === given.body
  )
}

async function forbidden(deps: EngineDeps, given: Given, command: Command): Promise<string | undefined> {
  if (command.right === 'anyone') return undefined
  const permission = await deps.forge.issues.permission(given.issue.repo, given.by)
  return suffices(permission, command.right)
    ? undefined
    : notPermittedSentence(command, given.by.login, permission)
}

async function carryOut(
  deps: EngineDeps,
  subject: { hearing: Hearing; command: Command; text: string },
  proof: LockProof,
): Promise<void> {
  const { hearing, command, text } = subject
  const { given, again } = hearing
  const { issue, by, place } = given
  const found = await currentRun(deps, { issue, again }, proof)
  const isMeant =
    found && isItsPlace(found, given) && !(await isSaidBefore(deps, { state: found, given }, proof))
  const run = isMeant ? found : undefined
  const repoUrl = repoPage(deps.webUrl, issue.repo)
  const answer = command.answer({ run, by, text, place, at: given.writtenAt, repoUrl })
  if (answer.kind === 'reply') return reply(deps, hearing, answer.text)
  // Only what is refused can have happened already: of two comments of one second, either may be the one that was.
  const done = run !== undefined && again && hasHappened(run, given)
  if (answer.kind === 'refusal')
    return done ? react(deps, given, '+1') : reply(deps, hearing, answer.sentence)
  if (!run) throw new Error(`the command ${command.verb} has an event for a run that is not there`)
  const applied = await applyEvent(deps, { state: run, event: answer.event }, proof)
  if (applied.kind === 'moved' || done) return react(deps, given, '+1')
  return reply(deps, hearing, refusedSentence(applied.refusal, applied.state, command.verb))
}

/** The marker in a pull request's text says where to look; the run there says whether it is true. */
function isItsPlace(run: RunState, { place, thread }: Given): boolean {
  return place === 'issue' || pullOf(run)?.number === thread
}

/**
 * A try whose answer was lost may have done it already; then the second finds it done, which is no refusal. What a
 * command does carries the time of its comment.
 */
function hasHappened(run: RunState, { writtenAt }: Given): boolean {
  return run.entered_at === writtenAt || run.hold?.at === writtenAt
}

/** A reaction is a courtesy: where GitHub refuses one (a locked conversation), the command is carried out all the same. */
async function react(deps: EngineDeps, { issue, comment }: Given, reaction: Reaction): Promise<void> {
  await deps.forge.issues.reactToComment(issue.repo, comment, reaction).catch((error: unknown) => {
    deps.log.warn('reaction_failed', { issue: issueName(issue), why: String(error).slice(0, 200) })
  })
}

async function reply(deps: EngineDeps, { given, again }: Hearing, text: string): Promise<void> {
  const thread: IssueRef = { repo: given.issue.repo, number: given.thread }
  const marker = `<!-- millwright:reply:${given.comment} -->`
  // Only after a lost answer: the list costs a request per hundred comments.
  const there = again ? await deps.forge.issues.comments(thread) : []
  if (there.some((comment) => comment.ours && comment.body.includes(marker))) return
  await deps.forge.issues.addComment(thread, `${text}\n\n${marker}`)
}
