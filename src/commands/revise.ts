/** `/mill revise <text>`: asks for another plan, or for another change. */
import { awaitedApproval } from '../core/awaited-approval.ts'
import { needsTextSentence, noRunSentence, notHereSentence, tooLongSentence } from '../core/say/commands.ts'
import { cleanInbound } from '../core/untrusted.ts'
import type { Command, CommandAnswer } from '../ports/command.ts'

/** What an event holds (core/event). A longer text is refused and not cut: its end may be what matters. */
const MAX_CHARACTERS = 4000

export const revise: Command = {
  verb: 'revise',
  usage: 'revise <text>',
  right: 'write',
  summary:
    'sends a plan or change that waits for approval, or a published change, back with what is to be different',
  examples: [
    '/mill revise keep the old option working',
    '/mill revise\n- name it `parseAll`\n- no new dependency',
  ],
  answer: ({ run, by, at, place, text }) => {
    if (!run) return refused(noRunSentence(place))
    const remarks = cleanInbound(text).text.trim()
    if (!/[\p{L}\p{N}]/u.test(text)) return refused(needsTextSentence())
    const isPlan = run.at.stage === 'awaiting_approval'
    const isChange = run.at.stage === 'integrating' || awaitedApproval(run)?.what === 'change'
    if (!isPlan && !isChange) return refused(notHereSentence(run, 'revise'))
    if (remarks.length > MAX_CHARACTERS) return refused(tooLongSentence(remarks.length, MAX_CHARACTERS))
    const kind = isChange ? 'change_revised' : 'plan_revised'
    return { kind: 'event', event: { kind, at, by, remarks } }
  },
}

function refused(sentence: string): CommandAnswer {
  return { kind: 'refusal', sentence }
}
