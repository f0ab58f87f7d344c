/** Which commands would be carried out now: asked of the commands and the reducer themselves, so that help never lies. */
import { parseCommand } from '../core/command-grammar.ts'
import { reduce } from '../core/reduce.ts'
import type { Command, CommandContext } from '../ports/command.ts'

/** Each is tried as its first example says it. Answers alone change nothing, so they are not among them. */
export function verbsNow(commands: readonly Command[], context: CommandContext): string[] {
  const { run } = context
  if (!run) return []
  return commands.filter((command) => wouldAct(command, { ...context, run })).map(({ verb }) => verb)
}

function wouldAct(
  command: Command,
  context: CommandContext & { readonly run: NonNullable<CommandContext['run']> },
): boolean {
  const said = parseCommand(command.examples[0] ?? '')
  if (said.kind !== 'command') return false
  const answer = command.answer({ ...context, text: said.text })
  return answer.kind === 'event' && reduce(context.run, answer.event).ok
}
