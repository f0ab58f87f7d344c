/** What people asked for, under names that a coder can answer by, and its replies as the answers that are posted. */
import { NO_ANSWER } from '../../core/say/answers.ts'
import type { Answer, Change, HeardRemark } from '../../core/state.ts'
import type { Reply } from './coder/coder.ts'

/** `R1` and so on, in the order in which they were heard. */
export type Asked = ReadonlyMap<string, HeardRemark>

/** As many as the state has room for. */
const MOST_ANSWERS = 30

export function nameRemarks(remarks: readonly HeardRemark[]): Asked {
  return new Map(remarks.map((remark, index) => [`R${index + 1}`, remark]))
}

/** By the name alone: a model writes it in its own way. */
function nameIn(text: string): string {
  return text.replaceAll(/[^0-9a-z]/gi, '').toUpperCase()
}

/** The last reply to each remark; names that were never given are left. */
function repliesTo(asked: Asked, replies: readonly Reply[]): ReadonlyMap<string, Reply> {
  const named = replies.map((reply) => [nameIn(reply.remark), reply] as const)
  return new Map(named.filter(([name]) => asked.has(name)))
}

/** What was said with a command is answered by the state comment, so nothing has to be posted for it. */
export function unanswered(asked: Asked, replies: readonly Reply[]): string[] {
  const given = repliesTo(asked, replies)
  return [...asked].flatMap(([name, { kind }]) => (kind === 'command' || given.has(name) ? [] : [name]))
}

/** `changed` false: nothing can have been done, whatever the reply says. */
export function answersTo(
  asked: Asked,
  { replies, changed }: { replies: readonly Reply[]; changed: boolean },
): Answer[] {
  const given = repliesTo(asked, replies)
  return [...asked].flatMap(([name, { kind, id, heard }]) => {
    if (kind === 'command') return []
    const reply = given.get(name)
    return [{ kind, id, heard, text: reply?.text ?? NO_ANSWER, done: changed && (reply?.done ?? false) }]
  })
}

/**
 * Answers of earlier rounds stay until the change they speak of is published: a failed proof after the coder's reply
 * must not lose it. A new answer to the same remark takes the place of the old one.
 */
export function keptAnswers(previous: Change | null, now: readonly Answer[]): Answer[] {
  const isNew = new Set(now.map(({ kind, id }) => `${kind} ${id}`))
  const kept = (previous?.answers ?? []).filter(({ kind, id }) => !isNew.has(`${kind} ${id}`))
  return [...kept, ...now].slice(-MOST_ANSWERS)
}
