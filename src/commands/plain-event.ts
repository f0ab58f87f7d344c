/** What the commands without words have in common: a run to say it to, and one event that says it. */
import { wordsOf } from '../core/command-grammar.ts'
import { noRunSentence, usageSentence } from '../core/say/commands.ts'
import type { CommandAnswer, CommandContext } from '../ports/command.ts'

type PlainEvent = 'pause_requested' | 'resume_requested' | 'hold_requested' | 'unhold_requested'

/** With words it is not carried out, since nobody knows what they were to change. */
export function refuseWords(verb: string, text: string): CommandAnswer | undefined {
  const words = wordsOf(text)
  return words.length === 0 ? undefined : { kind: 'refusal', sentence: usageSentence(verb, words) }
}

export function plainEvent(
  verb: string,
  kind: PlainEvent,
  { run, by, at, place, text }: CommandContext,
): CommandAnswer {
  if (!run) return { kind: 'refusal', sentence: noRunSentence(place) }
  return refuseWords(verb, text) ?? { kind: 'event', event: { kind, at, by } }
}
