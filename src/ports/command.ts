/** A slash command: who may say it, and what follows from it. One file in `commands/` for each. */
import type { CommandRight } from '../core/command-right.ts'
import type { RunEvent } from '../core/event.ts'
import type { ActorRef } from '../core/ids.ts'
import type { RunState } from '../core/state.ts'

export interface CommandContext {
  /** The current or last run; undefined where there was none, or where it is not known any more. */
  readonly run: RunState | undefined
  readonly by: ActorRef
  /** What follows the verb: the rest of the first line, then the other lines. Raw. */
  readonly text: string
  readonly place: 'issue' | 'pull'
  /** When the comment was written, by the forge's clock; the event's time. */
  readonly at: string
  /** Where links in answers may point. */
  readonly repoUrl: string
}

export type CommandAnswer =
  /** Said to the run; the reducer decides whether it means anything there. */
  | { readonly kind: 'event'; readonly event: RunEvent }
  /** A comment of its own. */
  | { readonly kind: 'reply'; readonly text: string }
  /** One sentence that says why not, and what to say instead. */
  | { readonly kind: 'refusal'; readonly sentence: string }

export interface Command {
  readonly verb: string
  /** `approve [hash]` */
  readonly usage: string
  readonly right: CommandRight
  /** One line for `/mill help` and docs/commands.md. */
  readonly summary: string
  readonly examples: readonly string[]
  answer(context: CommandContext): CommandAnswer
}
