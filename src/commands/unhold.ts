/** `/mill unhold`: lifts a hold. */
import type { Command } from '../ports/command.ts'
import { plainEvent } from './plain-event.ts'

export const unhold: Command = {
  verb: 'unhold',
  usage: 'unhold',
  right: 'write',
  summary: 'lifts a `/mill hold`',
  examples: ['/mill unhold'],
  answer: (context) => plainEvent('unhold', 'unhold_requested', context),
}
