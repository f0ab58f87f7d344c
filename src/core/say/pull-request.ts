/** The pull request's title and body: why, what, the evidence, what was not checked, the cost. */
import { pullMarker } from '../pull-marker.ts'
import type { RunState } from '../state.ts'
import { workingPositionOf } from '../state.ts'
import { cleanOutbound, oneLine } from '../untrusted.ts'
import { costLine, quoteLine, rereadLine, tokenLine } from './cost.ts'
import { cell, evidenceFacts, evidenceLead, evidenceTable } from './evidence-table.ts'
import { between, count, duration } from './figures.ts'
import type { Place } from './place.ts'

export interface PullText {
  readonly title: string
  readonly body: string
}

export interface PullPlace extends Place {
  /** A person's token is used instead of an App: what it cannot do is said. */
  readonly unsigned?: boolean
}

/** Undefined when the run is not at a stage that has anything to publish. */
export function renderPullRequest(state: RunState, place: PullPlace, now: string): PullText | undefined {
  const from = workingPositionOf(state)
  if (from.stage !== 'publishing' && from.stage !== 'integrating') return undefined
  const { plan, change, evidence, verdict, quote } = from
  const clean = (text: string): string => cleanOutbound(text, place)
  const ms = between(state.started_at, now)
  // The runner names the criteria that no test shows.
  const notChecked = [
    ...evidence.not_checked,
    ...verdict.not_checked,
    ...change.not_done.map((text) => `Not done: ${text}`),
  ]
  const body = [
    recordedNote(state),
    place.unsigned === true ? UNSIGNED_NOTE : '',
    `Fixes #${state.issue.number}`,
    `## Why\n\n${clean(plan.problem)}`,
    `## What\n\n${clean(change.summary)}`,
    `## Evidence\n\n${evidenceLead(evidence)}\n\n${evidenceTable(plan, evidence)}\n\n${evidenceFacts(evidence)
      .map((fact) => `- ${fact}`)
      .join('\n')}`,
    `## Not checked\n\n${notChecked.length === 0 ? 'Nothing that was asked for was left unchecked.' : notChecked.map((text) => `- ${cell(text, 400)}`).join('\n')}`,
    [
      '## Cost',
      `- ${capital(costLine(state, ms))}`,
      `- Quoted: ${quoteLine(quote)}; it took ${duration(ms)}.`,
      `- ${tokenLine(state.spent, state.continuity)}`,
      `- ${rereadLine(state.continuity)}`,
      ...(state.rounds > 0 ? [`- Sent back to coding ${count(state.rounds, 'time')} before this.`] : []),
    ].join('\n'),
    `<sub>Requested by ${cell(state.requester.login, 60)} · Millwright, run ${state.run} · tree \`${evidence.tree.slice(0, 12)}\` is what was proved</sub>`,
    pullMarker({ issue: state.issue.number, run: state.run }),
  ]
  const text = body.filter((part) => part !== '').join('\n\n')
  return { title: cell(oneLine(plan.title, 100), 100), body: text }
}

const UNSIGNED_NOTE =
  "> **Made with a person's token, without a GitHub App.** The commits are not signed by GitHub unless it says Verified beside them, and the result is a commit status named `millwright` instead of a check run."

function recordedNote(state: RunState): string {
  return state.source === 'recorded'
    ? '> **Recorded model.** The answers of the agents were played back from a recording; no live model was asked. Checkouts, tests, proof and everything on this page really happened.'
    : ''
}

function capital(text: string): string {
  return text.slice(0, 1).toUpperCase() + text.slice(1)
}
