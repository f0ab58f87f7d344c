/** `/mill stop`: ends the run. */
import { noRunSentence } from '../core/say/commands.ts'
import type { Command } from '../ports/command.ts'

export const stop: Command = {
  verb: 'stop',
  usage: 'stop',
  right: 'write',
  summary: 'ends the run at once: what runs is killed, and nothing more is published',
  examples: ['/mill stop', '/mill stop the numbers were wrong'],
  // Words behind it change nothing: whoever wants it to stop is not taught grammar first.
  answer: ({ run, by, at, place }) =>
    run
      ? { kind: 'event', event: { kind: 'stop_requested', at, by } }
      : { kind: 'refusal', sentence: noRunSentence(place) },
}
