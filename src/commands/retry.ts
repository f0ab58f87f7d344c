/** `/mill retry [stage]`: does the work of a held run's stage again, or of an earlier one. */
import { wordsOf } from '../core/command-grammar.ts'
import { noRunSentence, noStageSentence, usageSentence } from '../core/say/commands.ts'
import { WORKING_STAGES } from '../core/stage.ts'
import type { Command } from '../ports/command.ts'

const USAGE = 'retry [stage]'

export const retry: Command = {
  verb: 'retry',
  usage: USAGE,
  right: 'write',
  summary: 'does the work of the stage that the run is held at again, or begins again at an earlier stage',
  examples: ['/mill retry', '/mill retry planning'],
  answer: ({ run, by, at, place, text }) => {
    if (!run) return { kind: 'refusal', sentence: noRunSentence(place) }
    const [word, ...more] = wordsOf(text)
    if (word === undefined) return { kind: 'event', event: { kind: 'retry_requested', at, by, stage: null } }
    if (more.length > 0) return { kind: 'refusal', sentence: usageSentence(USAGE, [word, ...more]) }
    const stage = WORKING_STAGES.find((one) => one === word.toLowerCase())
    if (!stage) return { kind: 'refusal', sentence: noStageSentence(word) }
    return { kind: 'event', event: { kind: 'retry_requested', at, by, stage } }
  },
}
