/** `/mill help`: all commands, who may say them, and which of them mean something here and now. */
import { renderHelp } from '../core/say/command-replies.ts'
import type { Command } from '../ports/command.ts'
import { refuseWords } from './plain-event.ts'
import { verbsNow } from './verbs-now.ts'

/** `others`: every command but this one. */
export function createHelp(others: readonly Command[]): Command {
  const help: Command = {
    verb: 'help',
    usage: 'help',
    right: 'anyone',
    summary: 'this list, and what can be said right now',
    examples: ['/mill help', '/mill'],
    answer: (context) => {
      const { run, place, text } = context
      const now = verbsNow(others, context)
      return (
        refuseWords('help', text) ?? {
          kind: 'reply',
          text: renderHelp([help, ...others], { run, place, now }),
        }
      )
    },
  }
  return help
}
