/** `/mill pause`: stops the work and keeps the place. */
import type { Command } from '../ports/command.ts'
import { plainEvent } from './plain-event.ts'

export const pause: Command = {
  verb: 'pause',
  usage: 'pause',
  right: 'write',
  summary: 'stops the work and keeps the place, until `/mill resume`',
  examples: ['/mill pause'],
  answer: (context) => plainEvent('pause', 'pause_requested', context),
}
