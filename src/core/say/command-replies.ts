/** What `/mill help`, `/mill status` and `/mill explain` answer. */
import type { CommandRight } from '../command-right.ts'
import { isTerminal } from '../stage.ts'
import type { RunState } from '../state.ts'
import { pullOf, specOf } from '../state.ts'
import { noRunSentence, overSentence, whereabouts } from './commands.ts'
import { costLine } from './cost.ts'
import { cell } from './evidence-table.ts'
import { between, duration, moment, money } from './figures.ts'
import type { Place } from './place.ts'
import { stageText } from './stage-text.ts'
import { delaySentence } from './waiting.ts'
import { whatNow } from './what-now.ts'
import { why } from './why.ts'

/** A command as help and the page about commands list it. */
export interface CommandRow {
  readonly verb: string
  readonly usage: string
  readonly right: CommandRight
  readonly summary: string
}

/** What help says about the place where it is asked for. */
interface Here {
  readonly run: RunState | undefined
  readonly place: 'issue' | 'pull'
  /** The verbs that would be carried out if they were said now. */
  readonly now: readonly string[]
}

export const WHO: Record<CommandRight, string> = {
  anyone: 'anyone',
  write: 'people with write access',
  admin: 'admins',
}

export function renderHelp(rows: readonly CommandRow[], { run, place, now }: Here): string {
  const lines = rows.map(
    (row) => `| \`/mill ${row.usage.replaceAll('|', '\\|')}\` | ${WHO[row.right]} | ${row.summary} |`,
  )
  return [
    'One of these on the first line of a new comment, on the issue or on its pull request:',
    ['| Command | Who may say it | What it does |', '| --- | --- | --- |', ...lines].join('\n'),
    hereLine({ run, place, now }),
  ].join('\n\n')
}

function hereLine({ run, place, now }: Here): string {
  if (!run) return noRunSentence(place)
  return isTerminal(run.at.stage) ? overSentence(run) : `Right now ${whereabouts(run)}. ${nowLine(now)}`
}

function nowLine(now: readonly string[]): string {
  return `What can be said: ${now.map((verb) => `\`/mill ${verb}\``).join(', ')}.`
}

export function renderStatusReply(state: RunState, at: string): string {
  const { at: position } = state
  const ended = isTerminal(position.stage)
  const ms = between(state.started_at, ended ? state.entered_at : at)
  const policy = specOf(state)?.policy
  const pull = pullOf(state)
  const since = `since ${moment(state.entered_at)} (${duration(between(state.entered_at, at))})`
  const lines = [
    `${stageWords(state)}, ${since}.`,
    `Cost so far: ${costLine(state, ms)}.${policy ? ` Limit: ${money(policy.caps.usd)}.` : ''}`,
    pull ? `Pull request: #${pull.number}.` : '',
    delaySentence(state),
    holdSentence(state),
    `Run \`${state.run}\`, asked for by ${cell(state.requester.login, 60)}; everything else is in my comment on #${state.issue.number}.`,
  ]
  return lines
    .filter((line) => line !== '')
    .map((line) => `- ${line}`)
    .join('\n')
}

function stageWords({ at }: RunState): string {
  if ('from' in at)
    return `**${at.stage.replaceAll('_', ' ')}**${isTerminal(at.stage) ? '' : ` at \`${at.from.stage}\``}`
  return `**${at.stage.replaceAll('_', ' ')}** (${stageText(at.stage, at)})`
}

function holdSentence({ at, hold }: RunState): string {
  // Among the reasons against merging it stands already.
  const said = at.stage === 'integrating' && at.decision.reasons.some(({ code }) => code === 'on_hold')
  return hold && !said
    ? `On hold since ${moment(hold.at)}: ${cell(hold.by.login, 60)} asked that nothing is merged, until somebody says \`/mill unhold\`.`
    : ''
}

/** Why the run is where it is, why its change is not merged, and what people can do about it. */
export function renderExplanation(state: RunState, place: Place): string {
  const hold = isTerminal(state.at.stage) ? '' : holdSentence(state)
  const parts = [whereSentence(state), why(state, place), notMergedSentence(state), hold, whatNow(state)]
  return parts.filter((part) => part !== '').join('\n\n')
}

/** Empty where `why` says it all. */
function whereSentence(state: RunState): string {
  const { at } = state
  if (at.stage === 'merged') return overSentence(state)
  if (at.stage === 'awaiting_approval')
    return "The plan waits for a person, because `gates.plan` is `human` in this repository's config."
  if (at.stage === 'integrating')
    return `The change is published as #${at.pull.number}. I answer what people and checks say about it, and merge nothing.`
  if ('from' in at) return ''
  const how = state.waits
    ? 'something is in the way, and I try again by myself'
    : 'nothing is in the way, and I go on by myself'
  return `I am at \`${at.stage}\` (${stageText(at.stage, at)}): ${how}.`
}

function notMergedSentence(state: RunState): string {
  const pull = pullOf(state)
  if (!pull || state.at.stage === 'integrating' || isTerminal(state.at.stage)) return ''
  return `#${pull.number} is not merged while its change is worked on again.`
}
