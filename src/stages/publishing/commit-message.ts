/** The commit message: the plan's title, the reason, and trailers that lead back to the run and to who asked for it. */
import type { ActorRef } from '../../core/ids.ts'
import type { Published, RunState, WorkingPosition } from '../../core/state.ts'
import { oneLine } from '../../core/untrusted.ts'

type AtPublishing = Extract<WorkingPosition, { stage: 'publishing' }>

/** What git tools show of a subject without cutting it. */
const SUBJECT = 72

function wrapped(text: string): string {
  const lines: string[] = []
  for (const word of text.split(' ')) {
    const line = lines.at(-1)
    if (line !== undefined && line.length + 1 + word.length <= SUBJECT)
      lines[lines.length - 1] = `${line} ${word}`
    else lines.push(word)
  }
  return lines.join('\n')
}

/** A login that GitHub could not have given is no trailer: it could hold a line of its own. */
function coAuthor({ id, login }: ActorRef): string[] {
  if (!/^[A-Za-z0-9_-]{1,60}(?:\[bot\])?$/.test(login)) return []
  return [`Co-authored-by: ${login} <${id}+${login}@users.noreply.github.com>`]
}

/** On one line, so that none of it can pass for a trailer; `#3` and `@name` are taken apart, so that they do nothing. */
function plain(text: string, max: number): string {
  return oneLine(text, max).replaceAll(/(?<=[#@])(?=\w)/g, ' ')
}

function message(run: RunState, text: { subject: string; body: string }, effect: string): string {
  const trailers = [
    `Refs: #${run.issue.number}`,
    ...coAuthor(run.requester),
    `Millwright-Run: ${run.run}`,
    `Millwright-Effect: ${run.run}.${effect}`,
  ]
  return [plain(text.subject, SUBJECT), wrapped(plain(text.body, 600)), trailers.join('\n')].join('\n\n')
}

/**
 * One paragraph and the trailers. "fixes #3" in a model's text would close an issue that nobody meant. The effect is
 * named by the run and not by its id, which a resumed run has a new one of: the forge knows our commit again by it.
 */
export function commitMessage(run: RunState, at: AtPublishing): string {
  return message(run, { subject: at.plan.title, body: at.plan.problem }, 'publish')
}

/** Named by what it follows: each head of ours is followed by one commit of ours at most. */
export function reworkMessage(run: RunState, at: AtPublishing, pull: Published): string {
  const { branch, commit } = at.spec.base
  const subject = pull.base === commit ? `Rework: ${at.plan.title}` : `Take in ${branch}: ${at.plan.title}`
  return message(run, { subject, body: at.change.summary }, `publish.${pull.head.slice(0, 12)}`)
}
