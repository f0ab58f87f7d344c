/** What is said when a command is not carried out: one sentence, with what to say instead. */
import { approveWords, awaitedApproval } from '../awaited-approval.ts'
import type { ParsedCommand } from '../command-grammar.ts'
import { isLater } from '../command-grammar.ts'
import type { CommandRight } from '../command-right.ts'
import { DEFAULT_CONFIG } from '../config.ts'
import { nearest } from '../config/nearest.ts'
import type { ActorRef } from '../ids.ts'
import type { Refusal } from '../refusal.ts'
import { rewound } from '../rewind.ts'
import type { WorkingStage } from '../stage.ts'
import { isTerminal, WORKING_STAGES } from '../stage.ts'
import type { RunState } from '../state.ts'
import { pullOf, workingPositionOf } from '../state.ts'
import { cell, code } from './evidence-table.ts'
import { moment } from './figures.ts'

type Place = 'issue' | 'pull'

/** A command as far as its sentences name it. */
interface Named {
  readonly verb: string
  readonly right: CommandRight
}

export function unknownSentence({ verb, meant }: Extract<ParsedCommand, { kind: 'unknown' }>): string {
  const said = code(`/mill ${verb}`, 50)
  if (isLater(verb)) return `${said} is not in this version of Millwright; \`/mill help\` lists what is.`
  return meant === undefined
    ? `I don't know ${said}; \`/mill help\` lists what I know.`
    : `I don't know ${said}; did you mean \`/mill ${meant}\`?`
}

export function notPermittedSentence(command: Named, login: string, permission: string): string {
  const has =
    permission === 'none' ? 'none right now' : `${permission === 'read' ? 'only read' : permission} access`
  return `\`/mill ${command.verb}\` is for people with ${command.right} access to this repository, and ${cell(login, 60)} has ${has}.`
}

/** Where there is nothing to say a command to. A pull request with a run is one of ours. */
export function noRunSentence(place: Place): string {
  return place === 'pull'
    ? 'This pull request is none of mine: commands work on the issues that I work on, and on the pull requests that I open for them.'
    : `I have no run on this issue: one starts when somebody with write access adds the label (\`${DEFAULT_CONFIG.label}\`, unless \`.github/millwright.yml\` names another); where it is on already, take it off and add it again.`
}

/** For a command that takes no words, or not these. */
export function usageSentence(usage: string, words: readonly string[]): string {
  const verb = usage.split(' ', 1)[0] ?? usage
  const rest = code(words.join(' '), 60)
  const form = usage === verb ? `\`/mill ${verb}\` stands alone` : `it is said as \`/mill ${usage}\``
  return `I did not take ${rest} behind \`/mill ${verb}\` to mean anything, so I did nothing: ${form}; notes for people go on the lines below it.`
}

export function needsTextSentence(): string {
  return '`/mill revise` needs to know what is to be different: say it behind the verb, as in `/mill revise keep the old option working`.'
}

export function tooLongSentence(length: number, limit: number): string {
  return `That is ${length} characters, and I take in at most ${limit} at a time; please say what is to be different in fewer words.`
}

export function noHashSentence(word: string): string {
  return `${code(word, 50)} is no hash of a plan or change, which is at least seven of the characters 0 to 9 and a to f.`
}

export function noStageSentence(word: string): string {
  const near = nearest(word, WORKING_STAGES)
  return near === undefined
    ? `There is no stage ${code(word, 50)}; the stages are ${list(WORKING_STAGES)}.`
    : `There is no stage ${code(word, 50)}; did you mean \`/mill retry ${near}\`?`
}

/** A comment that is older than what waits cannot mean it, unless it names it. */
export function earlierApprovalSentence(state: RunState): string {
  const waits = awaitedApproval(state)
  return waits
    ? `The ${waits.what} that waits here is newer than your comment; if you mean this one, say ${approveWords(waits)}.`
    : notHereSentence(state, 'approve')
}

/** For an event that the transition table refused. */
export function refusedSentence(refusal: Refusal, state: RunState, verb: string): string {
  const said = refusal.code === 'guard_failed' ? guardSentence(state, verb) : undefined
  return said ?? notHereSentence(state, verb)
}

/** The command means something at this stage, but not this time. */
function guardSentence(state: RunState, verb: string): string | undefined {
  const { hold } = state
  const waits = awaitedApproval(state)
  if (verb === 'hold' && hold)
    return `It is on hold already, since ${moment(hold.at)}, by ${cell(hold.by.login, 60)}; \`/mill unhold\` lifts that.`
  if (verb === 'unhold') return 'It is not on hold, so there is nothing to lift.'
  if (verb === 'approve' && waits)
    return `That hash names another ${waits.what}; to approve the one that waits here, say ${approveWords(waits)}.`
  if (waits && (verb === 'resume' || verb === 'retry'))
    return `The ${waits.what} waits for a person's approval, and nothing else lets it go on: ${approveWords(waits)} approves it, \`/mill stop\` ends the run.`
  if (waits && verb === 'revise') return reviseSentence(state)
  return verb === 'retry' ? notReachedSentence(state) : undefined
}

function notReachedSentence(state: RunState): string {
  const from = workingPositionOf(state)
  const open = WORKING_STAGES.filter((stage) => rewound(from, stage) !== undefined)
  return `${capital(whereabouts(state))}, and from there it can begin again at ${list(open, 'or')}.`
}

/** The command means nothing at the stage that the run is at. */
export function notHereSentence(state: RunState, verb: string): string {
  const { at } = state
  if (isTerminal(at.stage)) return overSentence(state)
  switch (verb) {
    case 'approve':
      return approveSentence(state)
    case 'revise':
      return reviseSentence(state)
    case 'pause':
      return `There is nothing to pause: ${whereabouts(state)} already.`
    case 'resume':
      return `There is nothing to resume: ${goingOn(state)}.`
    case 'retry':
      return `There is nothing to try again: ${goingOn(state)}.`
    default:
      return `\`/mill ${verb}\` means nothing right now: ${whereabouts(state)}.`
  }
}

function approveSentence(state: RunState): string {
  const pull = pullOf(state)
  if (state.at.stage === 'integrating' && pull)
    return `Nothing waits for \`/mill approve\`: people review and merge #${pull.number} on its own page.`
  if (isHeldAt(state, 'awaiting_approval')) return resumeFirst(state, 'approve')
  return `Nothing waits for an approval: ${whereabouts(state)}.`
}

function reviseSentence(state: RunState): string {
  const waits = awaitedApproval(state)
  if (waits)
    return `The change was sent back as often as the config allows: ${approveWords(waits)} publishes it as it is, \`/mill stop\` ends the run.`
  if (isHeldAt(state, 'awaiting_approval') || isHeldAt(state, 'integrating'))
    return resumeFirst(state, 'revise')
  return `\`/mill revise\` is for a plan or change that waits for approval and for a published change, and ${whereabouts(state)}.`
}

function isHeldAt({ at }: RunState, stage: WorkingStage): boolean {
  return (at.stage === 'paused' || at.stage === 'blocked') && at.from.stage === stage
}

function resumeFirst(state: RunState, verb: string): string {
  return `${capital(whereabouts(state))}: say \`/mill resume\` first, and then \`/mill ${verb}\` again.`
}

/** How a run that is not held, or is held for an answer, goes on. */
function goingOn(state: RunState): string {
  const waits = awaitedApproval(state)
  const pull = pullOf(state)
  if (state.at.stage === 'needs_info') return 'I go on by myself when somebody answers my questions'
  if (waits) return `the ${waits.what} waits for approval, and ${approveWords(waits)} approves it`
  if (state.at.stage === 'integrating' && pull)
    return `the change is published as #${pull.number}, and \`/mill revise\` asks for a different one`
  return `I am at it (\`${state.at.stage}\`)`
}

/** How a run ended, and how another one begins. */
export function overSentence(state: RunState): string {
  const end = `This run is over: ${endWords(state)}`
  if (state.at.stage === 'merged') return `${end}.`
  return `${end}; to start again, take the label ${code(state.label)} off the issue, if it is still there, and add it.`
}

function endWords({ at }: RunState): string {
  switch (at.stage) {
    case 'merged':
      return 'its pull request was merged'
    case 'proposed':
      return 'its plan and patch are posted, and at trust level 1 that is all'
    case 'closed':
      return `its pull request was closed${by(at.by)}`
    case 'stopped':
      return `it was stopped${by(at.by)}`
    default:
      return 'it did not work out, and my comment on the issue says why'
  }
}

function by(who: ActorRef | null): string {
  return who === null ? '' : ` by ${cell(who.login, 60)}`
}

/** Half a sentence, for a run that is not over. */
export function whereabouts({ at }: RunState): string {
  if (at.stage === 'needs_info') return 'I am waiting for answers'
  if (at.stage === 'awaiting_approval') return 'I am waiting for an approval'
  if (at.stage === 'integrating') return `the change is published as #${at.pull.number}`
  return 'from' in at ? `the run is ${at.stage} at \`${at.from.stage}\`` : `I am at \`${at.stage}\``
}

function capital(text: string): string {
  return text.slice(0, 1).toUpperCase() + text.slice(1)
}

function list(stages: readonly string[], last = 'and'): string {
  const named = stages.map((stage) => `\`${stage}\``)
  const rest = named.slice(0, -1).join(', ')
  return rest === '' ? named.join('') : `${rest} ${last} ${named.at(-1) ?? ''}`
}
