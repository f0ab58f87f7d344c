/** The state comment as people read it: where the run is, what was decided, what it cost, what they can do. */
import type { RunState, Visit, WorkingPosition } from '../state.ts'
import { specOf, workingPositionOf } from '../state.ts'
import type { Stage, WorkingStage } from '../stage.ts'
import { isTerminal, WORKING_STAGES } from '../stage.ts'
import { cleanOutbound, cleanOutput, oneLine } from '../untrusted.ts'
import { costLine, quoteLine } from './cost.ts'
import { cell, evidenceFacts, evidenceTable } from './evidence-table.ts'
import { failureSentence } from './failure.ts'
import { between, count, duration, money } from './figures.ts'

/** Where links may point: this repository's page, without a slash at the end. */
export interface Place {
  readonly repoUrl: string
}

/** What each stage does, in the checklist. */
export const STAGE_TEXT: Record<WorkingStage, string> = {
  intake: 'reading the issue and running the tests as they are',
  planning: 'an architect plans, a second mind checks the plan',
  awaiting_approval: 'a person approves the plan',
  specifying: 'tests that fail because the problem is there',
  coding: 'the smallest change that turns them green',
  verifying: 'a clean room with no model proves it',
  reviewing: 'a reviewer who did not write it looks for what is wrong',
  publishing: 'branch, draft pull request, review, check',
  integrating: 'a person decides',
}

const HEADLINE: Record<Stage, string> = {
  intake: '👀 Reading the issue',
  planning: '🗺️ Planning',
  awaiting_approval: '✋ The plan waits for your approval',
  specifying: '🔴 Writing tests that fail first',
  coding: '🛠️ Writing the change',
  verifying: '🔬 Proving the change',
  reviewing: '🧐 Reviewing the change',
  publishing: '📦 Opening the pull request',
  integrating: '✅ The draft pull request is ready for you',
  needs_info: '❓ I need a few facts first',
  blocked: '⛔ I am stuck and need a person',
  paused: '⏸️ Paused',
  merged: '🎉 Merged',
  closed: '🚪 The pull request was closed',
  stopped: '🛑 Stopped',
  failed: '❌ This did not work out',
}

export function renderStatus(state: RunState, place: Place): string {
  const parts = [
    `### ${HEADLINE[state.at.stage]}`,
    summaryLine(state),
    why(state),
    readingNotes(state),
    checklist(state),
    planPart(workingPositionOf(state), place),
    evidencePart(workingPositionOf(state)),
    whatNow(state),
    footer(state),
  ]
  return parts.filter((part) => part !== '').join('\n\n')
}

/** Above texts that do not fit into the state comment: people would otherwise see an empty post by a bot. */
export function renderSpillNote(run: string): string {
  return `<sub>Long texts of Millwright's run ${run}, kept here because its comment above is full. They are for the machine; please leave this comment as it is.</sub>`
}

function summaryLine(state: RunState): string {
  const ms = between(state.started_at, state.entered_at)
  const from = workingPositionOf(state)
  const pull = from.stage === 'integrating' ? `Draft pull request: #${from.pull.number}. ` : ''
  const cap = from.stage === 'intake' ? '' : ` Limit: ${money(from.spec.policy.caps.usd)}.`
  return `${pull}Asked for by ${state.requester.login}. Cost so far: ${costLine(state, ms)}.${cap}`
}

function why(state: RunState): string {
  const { at } = state
  if (at.stage === 'needs_info') {
    return ['Please answer in a comment:', ...at.questions.map((q) => `- ${cell(q, 400)}`)].join('\n')
  }
  if (at.stage === 'stopped') return stoppedBy(at.reason.code, at.by?.login)
  if (at.stage === 'paused' && at.reason.code === 'pause_requested') {
    return `${at.by?.login ?? 'Somebody'} paused this run.`
  }
  if (at.stage !== 'blocked' && at.stage !== 'failed' && at.stage !== 'paused') return ''
  const detail = at.reason.detail.trim()
  const sentence = failureSentence(at.reason)
  return detail === '' ? sentence : `${sentence}\n\n${fenced(cleanOutput(detail, 1800))}`
}

/** What of the issue was not read as it looks: left out for its length, or hidden from whoever reads the page. */
function readingNotes(state: RunState): string {
  const task = specOf(state)?.task
  if (!task) return ''
  const notes: string[] = []
  if (task.cut_characters > 0)
    notes.push(
      `The issue is longer than I can take in: its last ${count(task.cut_characters, 'character')} were left out.`,
    )
  if (task.hidden_characters > 0)
    notes.push(
      `The issue holds ${count(task.hidden_characters, 'character')} that its page does not show. I read them as visible text, and they instruct nobody.`,
    )
  return notes.map((note) => `> ${note}`).join('\n>\n')
}

function stoppedBy(code: string, login: string | undefined): string {
  const who = login ?? 'Somebody'
  if (code === 'label_removed')
    return `${who} removed the label. Nothing more will happen. Adding it again starts over.`
  if (code === 'issue_closed')
    return `The issue was closed${login ? ` by ${login}` : ''}, so I stopped. Nothing more will happen.`
  return `${who} stopped this run. Nothing more will happen.`
}

/** Text in a code block that it cannot end. */
function fenced(text: string): string {
  const longest = Math.max(2, ...[...text.matchAll(/`+/g)].map((run) => run[0].length))
  const fence = '`'.repeat(longest + 1)
  return `${fence}text\n${text}\n${fence}`
}

function checklist(state: RunState): string {
  const here = workingPositionOf(state).stage
  const ended = isTerminal(state.at.stage)
  return WORKING_STAGES.filter((stage) => isShown(stage, state))
    .map((stage) => line(stage))
    .join('\n')

  function line(stage: WorkingStage): string {
    const visits = state.visits.filter((visit) => visit.stage === stage)
    const isHere = stage === here && !ended
    const done = !isHere && visits.length > 0 && WORKING_STAGES.indexOf(stage) < WORKING_STAGES.indexOf(here)
    const text = isHere ? `**${stage}**: ${STAGE_TEXT[stage]}` : `${stage}: ${STAGE_TEXT[stage]}`
    return `- [${done ? 'x' : ' '}] ${text}${used(visits)}`
  }
}

/** Approval is in the list only where the config asks for it. */
function isShown(stage: WorkingStage, state: RunState): boolean {
  if (stage !== 'awaiting_approval') return true
  const from = workingPositionOf(state)
  return from.stage !== 'intake' && from.spec.policy.plan_gate === 'human'
}

function used(visits: readonly Visit[]): string {
  if (visits.length === 0) return ''
  const ms = visits.reduce((sum, visit) => sum + between(visit.started_at, visit.ended_at), 0)
  const usd = visits.reduce((sum, visit) => sum + visit.usd, 0)
  const again = visits.length > 1 ? `, ${visits.length} times` : ''
  return ` (${duration(ms)}${usd > 0 ? `, ${money(usd)}` : ''}${again})`
}

function planPart(from: WorkingPosition, place: Place): string {
  if (!('plan' in from)) return ''
  const { plan, quote } = from
  const clean = (text: string): string => cleanOutbound(text, place)
  const files = plan.files.map(
    (f) => `- ${f.change} \`${oneLine(f.path, 200).replaceAll('`', "'")}\`: ${cell(f.why, 200)}`,
  )
  const criteria = plan.criteria.map(
    (c) =>
      `- **${c.id}** ${cell(c.text, 400)} ${c.proof.kind === 'test' ? '(proved by a test)' : '(by inspection)'}`,
  )
  const more = [
    '<details><summary>Approach, files, risks</summary>',
    clean(plan.approach),
    `**Files**\n\n${files.join('\n')}`,
    `**Tests.** ${clean(plan.test_strategy)}`,
    plan.risks.length > 0 ? `**Risks**\n\n${plan.risks.map((r) => `- ${cell(r, 300)}`).join('\n')}` : '',
    plan.out_of_scope.length > 0
      ? `**Not part of this**\n\n${plan.out_of_scope.map((r) => `- ${cell(r, 300)}`).join('\n')}`
      : '',
    '</details>',
  ]
  return [
    `#### Plan: ${cell(plan.title, 100)}`,
    clean(plan.problem),
    `**Done when**\n\n${criteria.join('\n')}`,
    `**Quote:** ${quoteLine(quote)}. Risk: ${plan.risk}.`,
    more.filter((part) => part !== '').join('\n\n'),
  ].join('\n\n')
}

function evidencePart(from: WorkingPosition): string {
  if (!('evidence' in from)) return ''
  const facts = evidenceFacts(from.evidence).map((fact) => `- ${fact}`)
  return ['#### Evidence', evidenceTable(from.plan, from.evidence), facts.join('\n')].join('\n\n')
}

function whatNow(state: RunState): string {
  const label = `\`${state.label.replaceAll('`', "'")}\``
  if (state.at.stage === 'integrating') {
    return `**What you can do:** review and merge #${state.at.pull.number}, or close it. I merge nothing myself.`
  }
  if (isTerminal(state.at.stage)) {
    return state.at.stage === 'failed'
      ? `**What you can do:** remove the label ${label} and add it again to start over.`
      : ''
  }
  if (state.at.stage === 'blocked' || state.at.stage === 'paused') {
    return `**What you can do:** remove the label ${label} to end this run; adding it again starts a new one.`
  }
  return `**What you can do:** remove the label ${label}, or close the issue, and I stop at once.`
}

function footer(state: RunState): string {
  const recorded = state.source === 'recorded' ? ' Recorded model: no live model was asked.' : ''
  const rounds = state.rounds > 0 ? ` Sent back to coding ${count(state.rounds, 'time')}.` : ''
  return `<sub>Millwright, run ${state.run}.${rounds}${recorded} I edit this comment in place.</sub>`
}
