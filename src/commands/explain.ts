/** `/mill explain`: why the run is where it is, and why its change is not merged. */
import { renderExplanation } from '../core/say/command-replies.ts'
import { noRunSentence } from '../core/say/commands.ts'
import type { Command } from '../ports/command.ts'
import { refuseWords } from './plain-event.ts'

export const explain: Command = {
  verb: 'explain',
  usage: 'explain',
  right: 'anyone',
  summary: 'why the run is where it is, and everything that stands against merging its change',
  examples: ['/mill explain'],
  answer: ({ run, place, text, repoUrl }) =>
    refuseWords('explain', text) ?? {
      kind: 'reply',
      text: run ? renderExplanation(run, { repoUrl }) : noRunSentence(place),
    },
}
