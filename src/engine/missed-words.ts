/** What people said while no webhook told of it: commands for an open run, and answers that it waits for. */
import { parseCommand } from '../core/command-grammar.ts'
import type { Verb } from '../core/command-grammar.ts'
import type { ActorRef, IssueRef } from '../core/ids.ts'
import { issueKey } from '../core/ids.ts'
import type { RunState } from '../core/state.ts'
import { pullOf } from '../core/state.ts'
import type { Comment } from '../ports/forge.ts'
import { saidJob } from '../ports/incoming.ts'
import type { EngineDeps } from './deps.ts'

/** As long as GitHub would send a delivery again, and shorter than the queue remembers what it has heard. */
const HEARD_MS = 3 * 24 * 3_600_000

interface Said extends Comment {
  readonly author: ActorRef
}

interface Word {
  readonly comment: Said
  readonly place: 'issue' | 'pull'
  readonly thread: number
}

/**
 * Only asks: each is taken in its turn, and what was heard before is dropped by its name. A conditional request for each
 * thread of the run, and it is told of a thread only where something changed.
 */
export async function askForMissedWords(deps: EngineDeps, state: RunState, at: string): Promise<void> {
  const known = await deps.store.intent(issueKey(state.issue))
  const { repo, number } = state.issue
  const pull = pullOf(state)
  const onIssue = await said(deps, state.issue)
  // What was said before the run had a comment was said to no run.
  const since = onIssue.all.find(({ id }) => id === known?.comment)?.createdAt
  if (since === undefined) return
  const onPull = pull ? (await said(deps, { repo, number: pull.number })).byHand : []
  const isNew = ({ createdAt }: Said): boolean =>
    Date.parse(createdAt) >= Date.parse(since) && Date.parse(at) - Date.parse(createdAt) < HEARD_MS
  const heard = onIssue.byHand.filter(isNew)
  const words = [
    ...heard.map((comment): Word => ({ comment, place: 'issue', thread: number })),
    ...onPull
      .filter(isNew)
      .map((comment): Word => ({ comment, place: 'pull', thread: pull?.number ?? number })),
  ]
  for (const word of stillMeant(words)) await give(deps, state, word)
  await tellOfAnswer(deps, state, heard)
}

/** Of what was said one after the other about the same thing, only the last: the others were taken back by it. */
function stillMeant(words: readonly Word[]): readonly Word[] {
  const last = new Map<string, Word>()
  for (const word of words.toSorted((a, b) => a.comment.id - b.comment.id)) {
    const parsed = parseCommand(word.comment.body)
    if (parsed.kind !== 'none') last.set(parsed.kind === 'command' ? aboutOf(parsed.verb) : 'question', word)
  }
  return [...last.values()]
}

function aboutOf(verb: Verb): 'hold' | 'question' | 'work' {
  if (verb === 'hold' || verb === 'unhold') return 'hold'
  return verb === 'help' || verb === 'status' || verb === 'explain' ? 'question' : 'work'
}

/** Newly written by a person's own hand, as in a delivery: no bot's, no App's for somebody, and not edited since. */
async function said(
  { forge }: EngineDeps,
  thread: IssueRef,
): Promise<{ all: readonly Comment[]; byHand: readonly Said[] }> {
  const all = await forge.issues.comments(thread)
  const byHand = all.flatMap((comment) => {
    const { author, ours, viaApp, createdAt, updatedAt } = comment
    // GitHub gives that ending to bots alone.
    const isPerson = author !== null && !ours && !viaApp && !author.login.endsWith('[bot]')
    return isPerson && createdAt === updatedAt ? [{ ...comment, author }] : []
  })
  return { all, byHand }
}

async function give(
  { queue }: EngineDeps,
  { issue }: RunState,
  { comment, place, thread }: Word,
): Promise<void> {
  const { id, body, author: by, createdAt: writtenAt } = comment
  const about = { issue, place, thread, comment: id, by, writtenAt, at: writtenAt, body }
  await queue.addEvent({
    id: saidJob(id),
    key: issueKey(issue),
    payload: { kind: 'command_given', ...about },
  })
}

async function tellOfAnswer(
  { queue }: EngineDeps,
  { issue, at, run, rev, entered_at: asked }: RunState,
  heard: readonly Said[],
): Promise<void> {
  if (at.stage !== 'needs_info') return
  const answer = heard.find(
    ({ body, createdAt }) => parseCommand(body).kind === 'none' && Date.parse(createdAt) >= Date.parse(asked),
  )
  if (!answer) return
  const event = { kind: 'facts_given', at: answer.createdAt, by: answer.author } as const
  await queue.addEvent({
    id: `${run}.${rev}.answered.${answer.id}`,
    key: issueKey(issue),
    payload: { kind: 'run_event', issue, event },
  })
}
