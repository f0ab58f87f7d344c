/** The state comment as people read it: where the run is, what was decided, what it cost, what they can do. */
import type { RunState, Visit, WorkingPosition } from '../state.ts'
import { pullOf, specOf, workingPositionOf } from '../state.ts'
import type { Stage, WorkingStage } from '../stage.ts'
import { isTerminal, WORKING_STAGES } from '../stage.ts'
import { costLine } from './cost.ts'
import { cell, evidenceFacts, evidenceTable } from './evidence-table.ts'
import { between, count, duration, money } from './figures.ts'
import { renderNotes } from './notes.ts'
import type { Place } from './place.ts'
import { planPart } from './plan-part.ts'
import { isUntested, stageText } from './stage-text.ts'
import { whatNow } from './what-now.ts'
import { why } from './why.ts'

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
  proposed: '📝 The patch is proposed',
  closed: '🚪 The pull request was closed',
  stopped: '🛑 Stopped',
  failed: '❌ This did not work out',
}

export function renderStatus(state: RunState, place: Place): string {
  const parts = [
    `### ${headline(state)}`,
    summaryLine(state),
    why(state, place),
    renderNotes(state),
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

/** What holds a run is said by its name where that is more than being stuck. */
function headline(state: RunState): string {
  const { at } = state
  if (at.stage === 'paused' && at.reason.code === 'publish_gate')
    return '✋ The change waits for your approval'
  if (at.stage === 'paused' && at.reason.code === 'issue_changed') return '⏸️ Paused: the issue was edited'
  if (at.stage === 'blocked' && at.reason.code === 'waits_for_issues') return '⏳ Waiting for other issues'
  if (at.stage === 'blocked' && at.reason.code === 'waits_for_run') return '⏳ Waiting for another run'
  if (at.stage === 'paused' && at.reason.code === 'rebuilt') return '⏸️ Paused: my database was lost'
  if (at.stage === 'paused' && at.reason.code === 'permission_lost')
    return '⏸️ Paused: who asked for this may not any more'
  if (at.stage === 'paused' && at.reason.code === 'config_changed') return '⏸️ Paused: the config was changed'
  if (at.stage === 'specifying' && isUntested(at)) return '📋 No test to write'
  if (at.stage === 'coding' && at.pull) return '🛠️ Reworking the change'
  if (at.stage === 'publishing' && at.pull) return '📦 Updating the pull request'
  if (at.stage === 'publishing' && isReadOnly(state)) return '📝 Posting the patch'
  return HEADLINE[at.stage]
}

/** Trust level 1: nothing is pushed. */
function isReadOnly(state: RunState): boolean {
  return specOf(state)?.policy.trust === 1
}

function summaryLine(state: RunState): string {
  const ms = between(state.started_at, state.entered_at)
  const open = pullOf(state)
  const spec = specOf(state)
  const pull = open ? `Draft pull request: #${open.number}. ` : ''
  const cap = spec ? ` Limit: ${money(spec.policy.caps.usd)}.` : ''
  return `${pull}Asked for by ${cell(state.requester.login, 60)}. Cost so far: ${costLine(state, ms)}.${cap}`
}

function checklist(state: RunState): string {
  const from = workingPositionOf(state)
  const here = from.stage
  const ended = isTerminal(state.at.stage)
  return WORKING_STAGES.filter((stage) => isShown(stage, state))
    .map((stage) => line(stage))
    .join('\n')

  function line(stage: WorkingStage): string {
    const visits = state.visits.filter((visit) => visit.stage === stage)
    const isHere = stage === here && !ended
    const passed = WORKING_STAGES.indexOf(stage) < WORKING_STAGES.indexOf(here)
    const done = (!isHere && visits.length > 0 && passed) || (state.at.stage === 'proposed' && stage === here)
    const what =
      stage === 'publishing' && isReadOnly(state) ? 'the patch in a comment' : stageText(stage, from)
    const text = isHere ? `**${stage}**: ${what}` : `${stage}: ${what}`
    return `- [${done ? 'x' : ' '}] ${text}${used(visits)}`
  }
}

/** Approval is in the list only where the config asks for it, and integrating only where something is pushed. */
function isShown(stage: WorkingStage, state: RunState): boolean {
  if (stage === 'integrating') return !isReadOnly(state)
  return stage !== 'awaiting_approval' || specOf(state)?.policy.plan_gate === 'human'
}

function used(visits: readonly Visit[]): string {
  if (visits.length === 0) return ''
  const ms = visits.reduce((sum, visit) => sum + between(visit.started_at, visit.ended_at), 0)
  const usd = visits.reduce((sum, visit) => sum + visit.usd, 0)
  const again = visits.length > 1 ? `, ${visits.length} times` : ''
  return ` (${duration(ms)}${usd > 0 ? `, ${money(usd)}` : ''}${again})`
}

function evidencePart(from: WorkingPosition): string {
  if (!('evidence' in from)) return ''
  const facts = evidenceFacts(from.evidence).map((fact) => `- ${fact}`)
  return ['#### Evidence', evidenceTable(from.plan, from.evidence), facts.join('\n')].join('\n\n')
}

function footer(state: RunState): string {
  const recorded = state.source === 'recorded' ? ' Recorded model: no live model was asked.' : ''
  const limit = specOf(state)?.policy.max_rounds
  const of = limit === undefined ? '' : ` of at most ${limit}`
  const rounds = state.rounds > 0 ? ` Sent back to coding ${count(state.rounds, 'time')}${of}.` : ''
  return `<sub>Millwright, run ${state.run}.${rounds}${recorded} I edit this comment in place; \`/mill help\` lists what you can say.</sub>`
}
