/** Posts the answers that are due, and says which remarks are still open. */
import { renderAnswer } from '../../core/say/answers.ts'
import type { Answer, HeardRemark, RunState } from '../../core/state.ts'
import { cleanInbound, cutMiddle } from '../../core/untrusted.ts'
import type { PullsForge, Remark } from '../../ports/forge.ts'
import type { Signer } from '../../ports/signer.ts'
import { isByPerson } from './people.ts'
import type { MayWrite } from './people.ts'

export interface AnswerDeps {
  readonly pulls: Pick<PullsForge, 'answer'>
  readonly signer: Pick<Signer, 'hash'>
}

export interface Answering {
  readonly run: RunState
  readonly pull: { readonly number: number; readonly head: string }
  readonly answers: readonly Answer[]
  readonly repoUrl: string
}

/** As many as a round has room for; the others are still there at the next look. */
const MOST_REMARKS = 20
const REMARK_ROOM = 4000
const NAME_ROOM = 100

/** By what it says: the same answer is posted once, and another one to the same remark is another. */
function markerOf({ run }: RunState, answer: Answer, signer: Pick<Signer, 'hash'>): string {
  const said = signer.hash(`${answer.heard} ${answer.text}`).slice(0, 12)
  return `<!-- millwright:answer:${run}.${answer.kind}.${answer.id}.${said} -->`
}

/** What was written beside an approval is no wish: the approval says that the change is right as it is. */
export function openOf(remarks: readonly Remark[]): Remark[] {
  return remarks.filter(
    (remark) =>
      !remark.settled && isByPerson(remark) && (remark.kind === 'thread' || remark.verdict !== 'approved'),
  )
}

/**
 * An answer is due while the remark is no longer than what was heard of it. Where it was posted already and the remark
 * is open all the same, something was added since, and the remark is heard again.
 */
export async function openAfterAnswers(
  deps: AnswerDeps,
  answering: Answering,
  remarks: readonly Remark[],
): Promise<Remark[]> {
  const { run, pull, answers, repoUrl } = answering
  const open: Remark[] = []
  for (const remark of openOf(remarks)) {
    const due = answers.find(({ kind, id }) => kind === remark.kind && id === remark.id)
    if (due === undefined || remark.body.length > due.heard) {
      open.push(remark)
      continue
    }
    const marker = markerOf(run, due, deps.signer)
    const text = renderAnswer(due.text, due.done ? pull.head : undefined, { repoUrl })
    const answer = { remark: { id: remark.id, kind: remark.kind }, body: `${text}\n\n${marker}`, marker }
    const outcome = await deps.pulls.answer(run.issue.repo, pull.number, answer)
    if (outcome === 'already_there') open.push(remark)
  }
  return open
}

/** What people with write permission ask for; what others say stays where it is, and open. */
export async function heardFrom(open: readonly Remark[], mayWrite: MayWrite): Promise<HeardRemark[]> {
  const heard: HeardRemark[] = []
  for (const remark of open) {
    if (heard.length === MOST_REMARKS) break
    if (!isByPerson(remark) || !(await mayWrite(remark.author))) continue
    const { kind, id, path, line, body, author } = remark
    const text = cutMiddle(cleanInbound(body).text, REMARK_ROOM)
    heard.push({ kind, id, by: author.login.slice(0, NAME_ROOM), path, line, text, heard: body.length })
  }
  return heard
}
