/** What the demo prints when the factory has nothing more to do: links, evidence, diff, cost, requests. */
import { costLine, quoteLine, rereadLine, tokenLine } from '../../core/say/cost.ts'
import { evidenceFacts } from '../../core/say/evidence-table.ts'
import { failureSentence } from '../../core/say/failure.ts'
import { between } from '../../core/say/figures.ts'
import type { Evidence } from '../../core/evidence.ts'
import type { Plan } from '../../core/plan.ts'
import type { RunState } from '../../core/state.ts'
import { workingPositionOf } from '../../core/state.ts'
import { oneLine } from '../../core/untrusted.ts'
import type { Drift } from '../../adapters/recorded-model/replay.ts'
import type { FactoryFloor } from './factory-floor.ts'

export interface ReportParts {
  readonly floor: FactoryFloor
  readonly state: RunState
  /** `owner/name` */
  readonly name: string
  readonly page: string
  readonly drift: readonly Drift[]
}

export async function finalReport({ floor, state, name, page, drift }: ReportParts): Promise<string> {
  const from = workingPositionOf(state)
  const issue = `${page}/issues/${state.issue.number}`
  const lines: string[] = ['']
  if (from.stage === 'integrating') {
    lines.push(`Draft pull request: ${from.pull.url}`, `Issue:              ${issue}`, '')
    lines.push('Evidence', ...evidenceLines(from.plan, from.evidence), '')
    lines.push('Diff', await diffOf(floor, { name, from: from.spec.base.commit, to: from.pull.head }), '')
    lines.push('Cost', `  Quoted ${quoteLine(from.quote)}.`)
  } else {
    const why = 'reason' in state.at ? `: ${failureSentence(state.at.reason)}` : ''
    const detail =
      'reason' in state.at && state.at.reason.detail !== '' ? `\n${indent(state.at.reason.detail)}` : ''
    lines.push(`No pull request. The run is ${state.at.stage}${why}${detail}`, `Issue: ${issue}`, '', 'Cost')
  }
  const cost = costLine(state, between(state.started_at, state.entered_at))
  lines.push(`  ${cost.slice(0, 1).toUpperCase()}${cost.slice(1)}.`)
  lines.push(`  ${tokenLine(state.spent, state.continuity)}`, `  ${rereadLine(state.continuity)}`)
  const { reads, unchangedReads, writes } = floor.mill.forge.counts()
  lines.push(
    `  GitHub requests: ${writes} writes, ${reads} reads (${unchangedReads} answered "unchanged", which costs nothing).`,
  )
  if (drift.length > 0) lines.push('', ...driftLines(drift))
  return lines.join('\n')
}

function evidenceLines(plan: Plan, evidence: Evidence): string[] {
  const rows = plan.criteria.flatMap((criterion) => {
    const found = evidence.criteria.filter((one) => one.criterion === criterion.id)
    const head = `  ${criterion.id}  ${oneLine(criterion.text, 100)}`
    if (criterion.proof.kind === 'inspection')
      return [head, `      by inspection: ${oneLine(criterion.proof.how, 90)}`]
    return [
      head,
      ...found.flatMap((one) => [
        `      ${one.test ? `${one.test.file} › ${oneLine(one.test.name, 90)}` : 'no test'}`,
        `      base: ${one.red ?? 'not run'}${one.red_message ? ` (${oneLine(one.red_message, 80)})` : ''}   head: ${one.passed} of ${one.runs} runs passed`,
      ]),
    ]
  })
  return [...rows, ...evidenceFacts(evidence).map((fact) => `  · ${fact.replaceAll('**', '')}`)]
}

async function diffOf(
  floor: FactoryFloor,
  range: { name: string; from: string; to: string },
): Promise<string> {
  return indent(await floor.forge.repo(range.name).git.diffText(range.from, range.to))
}

function indent(text: string): string {
  return text.trimEnd().replaceAll(/^/gm, '  ')
}

/** A recording answers prompts that have changed since; it says so instead of growing old in silence. */
function driftLines(drift: readonly Drift[]): string[] {
  const places = drift.map((one) => `${one.conversation} (${one.part})`)
  return [
    `The prompts have changed since this was recorded: ${[...new Set(places)].join(', ')}.`,
    'The answers still fitted. docs/recorded-model.md says how to record anew.',
  ]
}
