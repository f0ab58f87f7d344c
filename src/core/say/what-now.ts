/** What people can do about a run right now, as the words to say and what comes of them. */
import { approveWords, awaitedApproval } from '../awaited-approval.ts'
import { rewound } from '../rewind.ts'
import { isTerminal } from '../stage.ts'
import type { RunState } from '../state.ts'
import { pullOf, workingPositionOf } from '../state.ts'
import { code } from './evidence-table.ts'

/** `say` is Markdown: mostly a command in code. */
interface Possibility {
  readonly say: string
  readonly does: string
}

const RETRY = '`/mill retry`'

function approvals(state: RunState): Possibility[] {
  const waits = awaitedApproval(state)
  if (!waits) return []
  const say = approveWords(waits)
  return waits.what === 'plan'
    ? [
        { say, does: 'building begins, by exactly this plan' },
        { say: '`/mill revise <what should be different>`', does: 'the architect plans again' },
      ]
    : [
        { say, does: 'exactly this change is published' },
        { say: '`/mill revise <what should be different>`', does: 'the coder works on it first' },
      ]
}

function atIntegrating({ hold }: RunState, pull: number): Possibility[] {
  return [
    { say: `review and merge #${pull}, or close it`, does: 'I merge nothing myself' },
    {
      say: `say what should be different in a review of #${pull}, or with \`/mill revise <what>\``,
      does: 'the coder works on it, and proof and review are repeated',
    },
    hold
      ? { say: '`/mill unhold`', does: 'the hold is lifted' }
      : { say: '`/mill hold`', does: 'nothing merges this while it stands' },
  ]
}

function whileBlocked(state: RunState, code: string): Possibility[] {
  if (code === 'waits_for_issues')
    return [
      { say: 'nothing', does: 'I go on by myself when the last of these issues is closed' },
      { say: RETRY, does: 'I look again now' },
    ]
  if (code === 'issue_changed')
    return [{ say: '`/mill retry intake`', does: 'I read the issue again and begin with what it says now' }]
  if (code === 'waits_for_run')
    return [
      { say: 'nothing', does: 'I go on by myself when no run before me changes these files any more' },
      {
        say: '`/mill resume`',
        does: 'I go on at once, and one of us may have to take in what the other did',
      },
    ]
  if (code === 'files_gone') return withoutFiles(pullOf(state)?.number)
  const from = workingPositionOf(state).stage
  if (code === 'gave_up') return [{ say: `${RETRY} or \`/mill resume\``, does: `I go on from \`${from}\`` }]
  return [{ say: RETRY, does: `I try again from \`${from}\`, where it stopped` }]
}

function withoutFiles(pull: number | undefined): Possibility[] {
  const again = { say: RETRY, does: 'I look for them again, in case the machine that has them is back' }
  return pull === undefined
    ? [again]
    : [again, { say: `review and merge #${pull}, or close it`, does: 'this run ends with it' }]
}

function whilePaused(state: RunState, code: string): Possibility[] {
  if (code === 'rebuilt')
    return [{ say: '`/mill resume`', does: `I go on from \`${workingPositionOf(state).stage}\`` }]
  if (code === 'permission_lost')
    return [{ say: '`/mill resume`', does: 'I go on from where I was, for whoever says it' }]
  if (code === 'config_changed')
    return [{ say: '`/mill resume`', does: 'I read the config again, and go on if it lets me' }]
  if (code !== 'issue_changed') return [{ say: '`/mill resume`', does: 'I go on from where I was' }]
  const from = workingPositionOf(state)
  const anew = rewound(from, 'intake') !== undefined
  return [
    // Intake itself goes on with no text but the one that is there: nobody has read the other one yet.
    ...(from.stage === 'intake'
      ? []
      : [{ say: '`/mill resume`', does: 'I go on with the text as I read it' }]),
    ...(anew
      ? [{ say: '`/mill retry intake`', does: 'I read the issue again and begin with what it says now' }]
      : []),
  ]
}

function nextWords(state: RunState): Possibility[] {
  const { at } = state
  switch (at.stage) {
    case 'needs_info':
      return [
        { say: 'answer in a comment', does: 'I go on by myself' },
        { say: RETRY, does: 'I read everything again, answered or not' },
      ]
    case 'awaiting_approval':
      return approvals(state)
    case 'integrating':
      return atIntegrating(state, at.pull.number)
    case 'blocked':
      return whileBlocked(state, at.reason.code)
    case 'paused':
      return awaitedApproval(state) ? approvals(state) : whilePaused(state, at.reason.code)
    default:
      return [
        ...(state.waits ? [{ say: 'nothing', does: 'I try again by myself' }] : []),
        { say: '`/mill pause`', does: 'I stop working until somebody says `/mill resume`' },
      ]
  }
}

function ended({ at, label }: RunState): Possibility[] {
  if (at.stage === 'merged') return []
  return [
    {
      say: `remove the label ${code(label)}, if it is still there, and add it again`,
      does: 'a new run starts',
    },
  ]
}

/** Empty where nothing is left to do. */
function possibilities(state: RunState): readonly Possibility[] {
  if (isTerminal(state.at.stage)) return ended(state)
  const open = pullOf(state) ? ', and the pull request stays as it is' : ''
  return [
    ...nextWords(state),
    { say: `\`/mill stop\`, or remove the label ${code(state.label)}`, does: `this run ends at once${open}` },
  ]
}

export function whatNow(state: RunState): string {
  const list = possibilities(state).map(({ say, does }) => `- ${say}: ${does}`)
  return list.length === 0 ? '' : ['**What you can do**', list.join('\n')].join('\n\n')
}
