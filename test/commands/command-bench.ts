/** Commands said to runs at every stage, and what comes of them: what the engine does, without a forge. */
import { ALL_COMMANDS } from '../../src/commands/all-commands.ts'
import { parseCommand } from '../../src/core/command-grammar.ts'
import type { RunEvent } from '../../src/core/event.ts'
import { reduce } from '../../src/core/reduce.ts'
import { refusedSentence, unknownSentence } from '../../src/core/say/commands.ts'
import type { Stage } from '../../src/core/stage.ts'
import type { RunState } from '../../src/core/state.ts'
import {
  ALICE,
  atPublishGate,
  BOB,
  intakeState,
  later,
  mustReduce,
  proposed,
  result,
  SHA,
  stateAt,
  stateUnder,
} from '../support/states.ts'

/** Long after everything in these runs. */
const NOW = later(600)

type Bare = Parameters<typeof result>[1]

const forward = (state: RunState, outcome: Bare): RunState => mustReduce(state, result(state, outcome))
const failed = (code: 'criteria_not_green' | 'model_refused', resumable: boolean): RunState =>
  forward(stateAt('coding'), { kind: 'stage_failed', code, detail: 'not ok 3', resumable })

export function pausedAt(state: RunState): RunState {
  return mustReduce(state, { kind: 'pause_requested', at: later(90), by: ALICE })
}

/** A run at each stage, as the reducer makes it. `publish_gate` is the pause at which a person lets a change out. */
export const RUN_AT: Readonly<Record<Stage | 'publish_gate', () => RunState>> = {
  intake: () => intakeState(),
  planning: () => stateAt('planning'),
  awaiting_approval: () => stateUnder({ plan_gate: 'human' }, 'specifying'),
  specifying: () => stateAt('specifying'),
  coding: () => stateAt('coding'),
  verifying: () => stateAt('verifying'),
  reviewing: () => stateAt('reviewing'),
  publishing: () => stateAt('publishing'),
  integrating: () => stateAt('integrating'),
  needs_info: () => forward(intakeState(), { kind: 'facts_missing', questions: ['Which command?'] }),
  blocked: () => failed('criteria_not_green', true),
  paused: () => pausedAt(stateAt('coding')),
  publish_gate: atPublishGate,
  merged: () =>
    mustReduce(stateAt('integrating'), { kind: 'pull_merged', at: later(99), number: 13, commit: SHA('6') }),
  proposed,
  closed: () =>
    mustReduce(stateAt('integrating'), { kind: 'pull_closed', at: later(99), number: 13, by: ALICE }),
  stopped: () => mustReduce(stateAt('coding'), { kind: 'stop_requested', at: later(99), by: ALICE }),
  failed: () => failed('model_refused', false),
}

interface Saying {
  readonly run?: RunState | undefined
  readonly place?: 'issue' | 'pull'
  readonly at?: string
}

export type Outcome =
  | { readonly event: RunEvent; readonly state: RunState }
  | { readonly reply: string }
  | { readonly sentence: string }
  | 'nothing'

/** What the engine does with a comment by bob, who may say everything. */
export function say(comment: string, saying: Saying = {}): Outcome {
  const { run, place = 'issue', at = NOW } = saying
  const parsed = parseCommand(comment)
  if (parsed.kind === 'none') return 'nothing'
  if (parsed.kind === 'unknown') return { sentence: unknownSentence(parsed) }
  const command = ALL_COMMANDS.find(({ verb }) => verb === parsed.verb)
  if (!command) throw new Error(`no command for ${parsed.verb}`)
  const answer = command.answer({
    run,
    by: BOB,
    text: parsed.text,
    place,
    at,
    repoUrl: 'https://github.com/acme/tool',
  })
  if (answer.kind === 'reply') return { reply: answer.text }
  if (answer.kind === 'refusal') return { sentence: answer.sentence }
  if (!run) throw new Error('an event for a run that is not there')
  const reduced = reduce(run, answer.event)
  return reduced.ok
    ? { event: answer.event, state: reduced.state }
    : { sentence: refusedSentence(reduced.refusal, run, command.verb) }
}

/** What came of it in one line: the kind of event and where the run is now, the sentence, or that it was answered. */
export function outcomeOf(outcome: Outcome): string {
  if (outcome === 'nothing') return 'nothing'
  if ('event' in outcome) return `${outcome.event.kind} → ${outcome.state.at.stage}`
  return 'reply' in outcome ? 'answered' : outcome.sentence
}

/** The event of a command that was carried out; otherwise its outcome in one line, for a readable failure. */
export function eventOf(outcome: Outcome): RunEvent | string {
  return outcome !== 'nothing' && 'event' in outcome ? outcome.event : outcomeOf(outcome)
}

/** The text that was answered; otherwise the outcome in one line. */
export function replyOf(outcome: Outcome): string {
  return outcome !== 'nothing' && 'reply' in outcome ? outcome.reply : outcomeOf(outcome)
}

const AGAIN = 'to start again, take the label `millwright` off the issue, if it is still there, and add it.'
export const OVER = {
  merged: 'This run is over: its pull request was merged.',
  proposed: `This run is over: its plan and patch are posted, and at trust level 1 that is all; ${AGAIN}`,
  closed: `This run is over: its pull request was closed by alice; ${AGAIN}`,
  stopped: `This run is over: it was stopped by alice; ${AGAIN}`,
  failed: `This run is over: it did not work out, and my comment on the issue says why; ${AGAIN}`,
} as const

export const NO_RUN =
  'I have no run on this issue: one starts when somebody with write access adds the label (`millwright`, unless `.github/millwright.yml` names another); where it is on already, take it off and add it again.'
export const FOREIGN_PULL =
  'This pull request is none of mine: commands work on the issues that I work on, and on the pull requests that I open for them.'

type Spot = keyof typeof RUN_AT

/** What comes of a command at every stage, one line each. */
export function everywhere(comment: string): Record<Spot, string> {
  const spots = Object.keys(RUN_AT) as Spot[]
  return Object.fromEntries(
    spots.map((spot) => [spot, outcomeOf(say(comment, { run: RUN_AT[spot]() }))]),
  ) as Record<Spot, string>
}
