/** The commit message: the plan's title, the reason, and trailers that lead back to the run and to who asked for it. */
import type { ActorRef } from '../../core/ids.ts'
import type { RunState, WorkingPosition } from '../../core/state.ts'
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

/**
 * One paragraph and the trailers. Model text is put on one line first, so that none of it can pass for a trailer, and
 * `#3` and `@name` in it are taken apart: "fixes #3" in a commit would close an issue that nobody meant. The effect is
 * named by the run and not by its id, which a resumed run has a new one of: the forge knows our commit again by it.
 */
export function commitMessage(run: RunState, at: AtPublishing): string {
  const plain = (text: string, max: number): string => oneLine(text, max).replaceAll(/(?<=[#@])(?=\w)/g, ' ')
  const trailers = [
    `Refs: #${run.issue.number}`,
    ...coAuthor(run.requester),
    `Millwright-Run: ${run.run}`,
    `Millwright-Effect: ${run.run}.publish`,
  ]
  return [plain(at.plan.title, SUBJECT), wrapped(plain(at.plan.problem, 600)), trailers.join('\n')].join(
    '\n\n',
  )
}
