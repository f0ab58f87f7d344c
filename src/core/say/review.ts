/** The review as one pull request review (always a comment), and the check run beside it. */
import type { FileLines } from '../diff-lines.ts'
import type { MergeDecision } from '../merge-decision.ts'
import type { JudgedFinding, Verdict } from '../review.ts'
import type { RunState } from '../state.ts'
import { workingPositionOf } from '../state.ts'
import { cleanOutbound } from '../untrusted.ts'
import { cell, code, evidenceFacts, evidenceTable } from './evidence-table.ts'
import { count } from './figures.ts'
import { mergeReport, mergeTitle } from './merge.ts'
import type { Place } from './place.ts'

export interface ReviewText {
  readonly body: string
  readonly notes: readonly { path: string; line: number; body: string }[]
}

const STANDING: Record<JudgedFinding['standing'], string> = {
  demonstrated: 'the runner reproduced it',
  not_demonstrated: 'a claim that could not be reproduced',
  note: 'a remark',
}

function findingText(found: JudgedFinding, place: Place): string {
  const kind = found.severity === 'blocking' && found.standing === 'demonstrated' ? '🔴' : '🟡'
  const why =
    found.why.trim() === ''
      ? ''
      : `\n\n<details><summary>Why</summary>\n\n${cleanOutbound(found.why, place)}\n\n</details>`
  return `${kind} **${found.category.replaceAll('_', ' ')}**, ${STANDING[found.standing]}. ${cleanOutbound(found.claim, place)}${why}`
}

/** Findings on lines of the diff go inline; GitHub answers 422 for any other line, so the rest goes into the body. */
export function renderReview(verdict: Verdict, diff: FileLines, place: Place): ReviewText {
  const inline = verdict.findings.filter((f) => f.line !== null && diff.get(f.file)?.has(f.line))
  const rest = verdict.findings.filter((f) => !inline.includes(f))
  const body = [
    cleanOutbound(verdict.summary, place),
    verdict.findings.length === 0
      ? 'The reviewer found nothing to object to.'
      : `${count(verdict.findings.length, 'finding')}. Only what the runner could reproduce counts against the change; the rest is for you to weigh.`,
    rest
      .map((f) => `- ${code(f.file)}${f.line === null ? '' : ` line ${f.line}`}: ${findingText(f, place)}`)
      .join('\n'),
    verdict.not_checked.length === 0
      ? ''
      : `**The reviewer did not look at**\n\n${verdict.not_checked.map((t) => `- ${cell(t, 300)}`).join('\n')}`,
    '<sub>The reviewer did not write this change. An App cannot approve its own pull request, so this is a comment: the decision is yours.</sub>',
  ]
  return {
    body: body.filter((part) => part !== '').join('\n\n'),
    notes: inline.map((f) => ({ path: f.file, line: f.line ?? 1, body: findingText(f, place) })),
  }
}

function provedTitle(proved: number, weak: number): string[] {
  const seen = 'red on base and green on head'
  if (proved > 0) return [`${count(proved, 'test')} ${seen}`, ...(weak > 0 ? [`${weak} weak`] : [])]
  return [weak > 0 ? `${count(weak, 'test')} weakly ${seen}` : 'Nothing proved by a test']
}

function hunksTitle(unproved: number): string {
  return unproved === 0 ? 'every hunk needed' : `${count(unproved, 'hunk')} unproved`
}

export interface CheckText {
  readonly conclusion: 'success' | 'neutral'
  readonly title: string
  readonly summary: string
}

/**
 * Neutral when something was left unproved: a person should look before trusting the green. The trust gate's answer is
 * said and does not colour it, or a required check would wait for the very merge that it is required for. `decision`
 * is the newest one, which the run may not hold yet.
 */
export function renderCheck(state: RunState, decision?: MergeDecision): CheckText | undefined {
  const from = workingPositionOf(state)
  if (from.stage !== 'publishing' && from.stage !== 'integrating') return undefined
  const merge = decision ?? (from.stage === 'integrating' ? from.decision : undefined)
  const { evidence, plan } = from
  const proved = evidence.criteria.filter((c) => c.green && c.red === 'assertion').length
  const weak = evidence.criteria.filter((c) => c.green && c.red === 'weak').length
  const unproved = evidence.hunks.unproved.length
  const untested = proved + weak === 0
  const title = [
    ...provedTitle(proved, weak),
    ...(evidence.hunks.total > 0 || !untested ? [hunksTitle(unproved)] : []),
    ...(merge ? [mergeTitle(merge)] : []),
  ].join(', ')
  const summary = [
    evidenceTable(plan, evidence),
    evidenceFacts(evidence)
      .map((fact) => `- ${fact}`)
      .join('\n'),
    merge ? mergeReport(merge) : '',
    state.source === 'recorded' ? 'Recorded model: no live model was asked.' : '',
  ]
  return {
    conclusion: unproved > 0 || weak > 0 || untested ? 'neutral' : 'success',
    title,
    summary: summary.filter((part) => part !== '').join('\n\n'),
  }
}
