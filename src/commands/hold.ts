/** `/mill hold`: nothing is merged while it is there. */
import type { Command } from '../ports/command.ts'
import { plainEvent } from './plain-event.ts'

export const hold: Command = {
  verb: 'hold',
  usage: 'hold',
  right: 'anyone',
  summary: 'the work goes on, but nothing is merged until `/mill unhold`',
  examples: ['/mill hold'],
  answer: (context) => plainEvent('hold', 'hold_requested', context),
}
