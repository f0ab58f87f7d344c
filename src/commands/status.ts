/** `/mill status`: where the run is, since when, and what it cost. */
import { renderStatusReply } from '../core/say/command-replies.ts'
import { noRunSentence } from '../core/say/commands.ts'
import type { Command } from '../ports/command.ts'
import { refuseWords } from './plain-event.ts'

export const status: Command = {
  verb: 'status',
  usage: 'status',
  right: 'anyone',
  summary: 'where the run is, since when, and what it cost so far',
  examples: ['/mill status'],
  answer: ({ run, place, text, at }) =>
    refuseWords('status', text) ?? {
      kind: 'reply',
      text: run ? renderStatusReply(run, at) : noRunSentence(place),
    },
}
