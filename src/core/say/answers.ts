/** What is posted under a person's remark: the coder's answer, with the commit that does it where there is one. */
import type { ObjectId } from '../ids.ts'
import { cleanOutbound } from '../untrusted.ts'
import type { Place } from './place.ts'

/** Stands for an answer that the coder did not give although it was asked for it twice. */
export const NO_ANSWER =
  'I worked on this with the other remarks, and have nothing to say about it by itself. If it is not settled, say so here and I look again.'

/** `commit`: the published commit that came of the remarks; undefined where they asked for no change. */
export function renderAnswer(text: string, commit: ObjectId | undefined, place: Place): string {
  const answer = cleanOutbound(text, place)
  return commit === undefined ? answer : `Done in ${commit.slice(0, 7)}: ${answer}`
}
