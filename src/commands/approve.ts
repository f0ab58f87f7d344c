/** `/mill approve [hash]`: lets the plan, or the proved change, that waits for a person go on; that one and no other. */
import { awaitedApproval } from '../core/awaited-approval.ts'
import { wordsOf } from '../core/command-grammar.ts'
import {
  earlierApprovalSentence,
  noHashSentence,
  noRunSentence,
  notHereSentence,
  refusedSentence,
  usageSentence,
} from '../core/say/commands.ts'
import type { RunState } from '../core/state.ts'
import type { Command, CommandAnswer, CommandContext } from '../ports/command.ts'

const USAGE = 'approve [hash]'
/** Fewer characters than seven could be typed by accident. */
const HASH = /^[0-9a-f]{7,64}$/

export const approve: Command = {
  verb: 'approve',
  usage: USAGE,
  right: 'write',
  summary: 'lets a plan or a change that waits for a person go on; without a hash, the one that is shown',
  examples: ['/mill approve', '/mill approve 3f2a9c1d04be'],
  answer: (context) => {
    const { run, place, text } = context
    if (!run) return refused(noRunSentence(place))
    const [word, ...more] = wordsOf(text)
    if (word !== undefined && more.length > 0) return refused(usageSentence(USAGE, [word, ...more]))
    if (!awaitedApproval(run)) return refused(notHereSentence(run, 'approve'))
    return word === undefined ? approveShown(run, context) : approveNamed(run, word, context)
  },
}

type Said = Pick<CommandContext, 'by' | 'at'>

/** Whoever names no hash means what they saw, which is nothing that came after their comment. */
function approveShown(run: RunState, said: Said): CommandAnswer {
  const waits = awaitedApproval(run)
  const seen = Date.parse(run.entered_at) <= Date.parse(said.at)
  return waits && seen ? approval(run, waits.hash, said) : refused(earlierApprovalSentence(run))
}

function approveNamed(run: RunState, word: string, said: Said): CommandAnswer {
  // Copied from where it stands, backticks and all.
  const hash = word.replaceAll('`', '').toLowerCase()
  return HASH.test(hash) ? approval(run, hash, said) : refused(noHashSentence(word))
}

function approval(run: RunState, hash: string, { by, at }: Said): CommandAnswer {
  if (run.at.stage === 'awaiting_approval')
    return { kind: 'event', event: { kind: 'plan_approved', at, by, plan_hash: hash } }
  // A tree's name has forty characters: a longer one is that of something else.
  if (hash.length > 40)
    return refused(
      refusedSentence({ code: 'guard_failed', stage: 'paused', event: 'publish_approved' }, run, 'approve'),
    )
  return { kind: 'event', event: { kind: 'publish_approved', at, by, tree: hash } }
}

function refused(sentence: string): CommandAnswer {
  return { kind: 'refusal', sentence }
}
