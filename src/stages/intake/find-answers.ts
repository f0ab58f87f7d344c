/** Finds the comments that answer our questions: newly said, by people who may speak for the issue, and no commands. */
import { parseCommand } from '../../core/command-grammar.ts'
import type { ActorRef } from '../../core/ids.ts'
import type { RunState } from '../../core/state.ts'
import type { Comment, IssuesForge } from '../../ports/forge.ts'

/** A permission look-up each; more people than that in an answer is a discussion. */
const MOST_STRANGERS = 5

/** The issue's author and the requester always may; anyone else needs write access now. */
async function maySpeak(
  forge: Pick<IssuesForge, 'permission'>,
  run: RunState,
  people: { comments: readonly Comment[]; author: number },
): Promise<Set<number>> {
  const known = new Set([run.requester.id, people.author])
  const actors = new Map(
    people.comments.flatMap(({ author }) => (author ? [[author.id, author] as const] : [])),
  )
  const strangers = [...actors.values()].filter((actor) => !known.has(actor.id)).slice(0, MOST_STRANGERS)
  for (const actor of strangers) {
    const permission = await forge.permission(run.issue.repo, actor)
    if (permission === 'admin' || permission === 'write') known.add(actor.id)
  }
  return known
}

/** Empty when nothing was ever asked: an ordinary discussion is no part of the task that the labeller saw. */
export async function findAnswers(
  forge: Pick<IssuesForge, 'comments' | 'permission'>,
  run: RunState,
  author: ActorRef,
): Promise<Comment[]> {
  const asked = run.visits.find((visit) => visit.stage === 'needs_info')?.started_at
  if (asked === undefined) return []
  const said = (await forge.comments(run.issue)).filter(
    (comment) =>
      !comment.ours &&
      // An App that speaks for a person is not the person.
      !comment.viaApp &&
      // As times: two forges need not write the same instant with the same digits.
      Date.parse(comment.createdAt) >= Date.parse(asked) &&
      parseCommand(comment.body).kind === 'none',
  )
  const speakers = await maySpeak(forge, run, { comments: said, author: author.id })
  return said.filter((comment) => comment.author !== null && speakers.has(comment.author.id))
}

/** How often questions of this run were answered: visits of `needs_info` during which something was said that counts. */
export function timesAnswered(run: RunState, answers: readonly Comment[]): number {
  const asked = run.visits.flatMap(({ stage, started_at: at }) =>
    stage === 'needs_info' ? Date.parse(at) : [],
  )
  const said = answers.map((answer) => Date.parse(answer.createdAt))
  return asked.filter((from, index) => said.some((at) => at >= from && at < (asked[index + 1] ?? Infinity)))
    .length
}
