/** Why a run is where it is: what it waits for, what it failed on, what sent it back, who ended it. */
import type { Feedback, Reason, RunState } from '../state.ts'
import { cleanOutput } from '../untrusted.ts'
import { writeCode } from '../untrusted/blocks.ts'
import { neutraliseCode } from '../untrusted/neutral.ts'
import { awaitedRuns } from '../awaited-runs.ts'
import { cell, code } from './evidence-table.ts'
import { failureSentence } from './failure.ts'
import { mergeReport } from './merge.ts'
import type { Place } from './place.ts'
import { awaitedRunsList, delaySentence } from './waiting.ts'

export function why(state: RunState, place: Place): string {
  return [delaySentence(state), whyHere(state, place)].filter((part) => part !== '').join('\n\n')
}

function whyHere(state: RunState, place: Place): string {
  const { at } = state
  switch (at.stage) {
    case 'needs_info':
      return ['Please answer in a comment:', ...at.questions.map((q) => `- ${cell(q, 400)}`)].join('\n')
    case 'coding':
      return at.pull && at.feedback ? sentBack(at.feedback) : ''
    case 'integrating':
      return mergeReport(at.decision)
    case 'proposed':
      return `At trust level 1 I push nothing: the plan is below, and the patch is in ${patchLink(at.url, place)}.`
    case 'stopped':
      return stoppedBy(at.reason.code, at.by?.login)
    case 'closed':
      return `${at.by ? person(at.by.login) : 'Somebody'} closed the pull request without merging it, so this run is over.`
    case 'paused':
      return at.reason.code === 'pause_requested'
        ? `${at.by ? person(at.by.login) : 'Somebody'} paused this run.`
        : whyHeld(at.reason)
    case 'blocked':
    case 'failed':
      return whyHeld(at.reason)
    default:
      return ''
  }
}

/** Logins are outside text too: one line, and nothing in it live. */
function person(login: string): string {
  return cell(login, 60)
}

function whyHeld(reason: Reason): string {
  const detail = reason.detail.trim()
  const sentence = failureSentence(reason)
  if (detail === '') return sentence
  const runs = awaitedRuns(reason)
  if (runs) return `${sentence}\n\n${awaitedRunsList(runs)}`
  if (reason.code === 'waits_for_issues') return `${sentence}\n\n${blockers(detail)}`
  const language = reason.code === 'issue_changed' ? 'diff' : 'text'
  return `${sentence}\n\n${writeCode(language, neutraliseCode(cleanOutput(detail, 1800).split('\n')))}`
}

/** Only what is the name of an issue here becomes a link. */
function blockers(detail: string): string {
  return detail
    .split('\n')
    .map((name) => (/^#[1-9]\d{0,9}$/.test(name) ? `- ${name}` : `- ${code(name)}`))
    .join('\n')
}

/** A round after publishing, item by item. Their texts are on their own pages. */
function sentBack({ remarks, checks, conflicts, failures, findings }: Feedback): string {
  const said = remarks.map(({ by, path, line, kind, text }) =>
    kind === 'command'
      ? `${person(by)} said: ${cell(text, 300)}`
      : `a remark of ${person(by)}${path === null ? '' : ` on ${code(path)}${line === null ? '' : ` line ${line}`}`}`,
  )
  const items = [
    ...said,
    ...checks.map(({ name }) => `the check ${code(name)} failed`),
    ...conflicts.map((path) => `${code(path)} conflicts with the base branch`),
    ...failures.map(({ kind, subject }) => `${kind.replaceAll('_', ' ')}: ${code(subject)}`),
    ...findings.map(({ file, claim }) => `${code(file)}: ${cell(claim, 200)}`),
  ]
  return items.length === 0 ? '' : ['What sent it back:', ...items.map((item) => `- ${item}`)].join('\n')
}

function patchLink(url: string, place: Place): string {
  const words = 'a comment of its own'
  return /^[\w:/.#?=-]+$/.test(url) && url.startsWith(`${place.repoUrl}/`) ? `[${words}](${url})` : words
}

function stoppedBy(reason: string, login: string | undefined): string {
  const who = login === undefined ? 'Somebody' : person(login)
  const by = login === undefined ? '' : ` by ${who}`
  const rest = 'Nothing more will happen.'
  if (reason === 'label_removed') return `${who} removed the label. ${rest} Adding it again starts over.`
  if (reason === 'issue_closed') return `The issue was closed${by}, so I stopped. ${rest}`
  if (reason === 'issue_deleted') return `The issue was deleted${by}, so I stopped. ${rest}`
  if (reason === 'issue_moved')
    return `The issue was moved to another repository${by}, so I stopped. ${rest} Adding the label where it is now starts over.`
  if (reason === 'issue_locked') return `The issue's conversation was locked${by}, so I stopped. ${rest}`
  return `${who} stopped this run. ${rest}`
}
