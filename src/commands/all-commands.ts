/** Every command, in the order of help. */
import type { Command } from '../ports/command.ts'
import { approve } from './approve.ts'
import { explain } from './explain.ts'
import { createHelp } from './help.ts'
import { hold } from './hold.ts'
import { pause } from './pause.ts'
import { resume } from './resume.ts'
import { retry } from './retry.ts'
import { revise } from './revise.ts'
import { status } from './status.ts'
import { stop } from './stop.ts'
import { unhold } from './unhold.ts'

const others: readonly Command[] = [
  status,
  explain,
  approve,
  revise,
  retry,
  stop,
  pause,
  resume,
  hold,
  unhold,
]

export const ALL_COMMANDS: readonly Command[] = [createHelp(others), ...others]
