/** `/mill resume`: goes on from where the run is held. */
import type { Command } from '../ports/command.ts'
import { plainEvent } from './plain-event.ts'

export const resume: Command = {
  verb: 'resume',
  usage: 'resume',
  right: 'write',
  summary: 'goes on from where the run was paused or got stuck',
  examples: ['/mill resume'],
  answer: (context) => plainEvent('resume', 'resume_requested', context),
}
