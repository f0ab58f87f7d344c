/**
 * Whether a disturbed story ended as it should: first what must hold whatever happened, then what may differ from the
 * same story undisturbed, each difference with its reason. Anything else is a defect.
 */
import { LABEL } from '../../src/app/demo/factory-floor.ts'
import { isTerminal } from '../../src/core/stage.ts'
import type { IssueOutcome, RunOutcome } from './story-outcome.ts'
import type { Fate, IssueDeed, Story } from './story-script.ts'
import { LINE } from './story-world.ts'
import type { StoryWorld } from './story-world.ts'

export interface Ending {
  readonly outcomes: readonly IssueOutcome[]
  /** For each step of the story, whether it could be done. */
  readonly done: readonly boolean[]
  readonly world: Pick<StoryWorld, 'carriedOut' | 'log'>
}

/** The lines of the log that are errors by name and none of ours: GitHub's refusal to write where nothing is any more. */
const GONE = /\((404|410)\)/

/** What does not hold although it must, in sentences. */
export function brokenIn({ outcomes, world }: Ending): readonly string[] {
  const errors = world.log.lines.filter(({ level, cause }) => level === 'error' && !GONE.test(cause ?? ''))
  const twice = world.carriedOut.filter((id, index) => world.carriedOut.indexOf(id) !== index)
  return [
    ...errors.map(({ event, cause }) => `the log has an error: ${event} ${cause ?? ''}`),
    ...twice.map((id) => `the effect ${id} was carried out twice`),
    ...outcomes.flatMap((outcome) => brokenOf(outcome).map((what) => `${outcome.name}: ${what}`)),
  ]
}

function brokenOf(outcome: IssueOutcome): readonly string[] {
  const { runs, pulls, known, isThere } = outcome
  const wrong: string[] = []
  const check = (holds: boolean, what: string): void => void (holds || wrong.push(what))
  const names = runs.map(({ run }) => run)
  check(new Set(names).size === names.length, 'a run has two state comments')
  check(
    runs.slice(0, -1).every(({ stage }) => isTerminal(stage)),
    'a run is open behind a newer one',
  )
  const published = pulls.map(({ run }) => run)
  check(new Set(published).size === published.length, 'a run has two pull requests')
  check(
    published.every((run) => names.includes(run)),
    'a pull request belongs to no run',
  )
  if (!known) return wrong
  const { stage } = known.at
  check(known.pending.length === 0, `work is asked for and done by nobody at ${stage}`)
  check('from' in known.at || AT_REST.has(stage), `nobody goes on with it at ${stage}`)
  if (!isThere) {
    check(isTerminal(stage), `the issue is deleted, and its run is at ${stage}`)
    return wrong
  }
  const last = runs.at(-1)
  check(last?.run === known.run && last.stage === stage, `the forge shows ${last?.stage}, not ${stage}`)
  return [...wrong, ...disagreements(outcome)]
}

/** Where a run waits for a person; those that hold it have a `from`. */
const AT_REST: ReadonlySet<string> = new Set(['awaiting_approval', 'integrating'])

/** What the issue says, and what its run says of it. */
function disagreements(outcome: IssueOutcome): readonly string[] {
  const { runs, pulls, isOpen, isLocked, labelledAt } = outcome
  const last = runs.at(-1)
  const ended = !last || isTerminal(last.stage)
  const wrong: string[] = []
  const check = (holds: boolean, what: string): void => void (holds || wrong.push(what))
  const asks = isOpen && !isLocked && outcome.labels.includes(LABEL)
  check(asks || ended, `nobody asks for it any more, and its run is at ${last?.stage}`)
  const pull = pulls.find(({ run }) => run === last?.run)
  check(
    !pull || pull.state === 'open' || ended,
    `its pull request is ${pull?.state}, and its run is at ${last?.stage}`,
  )
  check(pull?.state !== 'merged' || last?.stage !== 'integrating', 'it is merged and nobody says so')
  if (last && !ended)
    for (const { said, at, reactions } of stillMeant(outcome.commands))
      check(at < last.postedAt || reactions.includes('eyes'), `nobody heard "${said}"`)
  if (!asks) return wrong
  check(last !== undefined, 'it is labelled, and there is no run')
  if (last && ended) {
    check(
      outcome.labelledShut || last.endedAt >= labelledAt,
      `it was labelled after its run ended (${last.stage})`,
    )
    check(last.reason !== 'label_removed', 'it has the label, and its run ended for the want of it')
  }
  return wrong
}

type Said = IssueOutcome['commands'][number]

/** Of words about the same thing, the last. */
function stillMeant(commands: readonly Said[]): readonly Said[] {
  const about = ({ said }: Said): string =>
    /hold/.test(said) ? 'hold' : said === '/mill status' ? 'question' : 'work'
  return [...new Map(commands.map((command) => [about(command), command])).values()]
}

/** In the last run's words, what came of the issue. */
type Fortune = 'none' | 'works' | 'waits' | 'over'

function fortuneOf(last: RunOutcome | undefined): Fortune {
  if (!last) return 'none'
  if (isTerminal(last.stage)) return 'over'
  return last.stage === 'integrating' ? 'works' : 'waits'
}

interface Compared {
  readonly quiet: IssueOutcome
  readonly loud: IssueOutcome
  /** What was done to it and was told late, or not at all. */
  readonly hidden: ReadonlySet<IssueDeed>
  /** All that was done to it. */
  readonly deeds: ReadonlySet<IssueDeed>
  readonly labels: number
  /** Its draft can be there before a sweep comes. */
  readonly isQuick: boolean
}

/** Differences that nothing excuses, in sentences. */
export function differencesOf(
  { story, fates }: { story: Story; fates: readonly Fate[] },
  quiet: Ending,
  loud: Ending,
): readonly string[] {
  return story.issues.flatMap((_issue, index) => {
    const mine = story.steps
      .map((step, at) => ({ step, at }))
      .filter(({ step }) => 'issue' in step && step.issue === index)
    // A pull request, or a plan, that is there in one world only: people could not do the same.
    if (mine.some(({ at }) => quiet.done[at] !== loud.done[at])) return []
    const told = mine.flatMap(({ step, at }) =>
      'pause' in step && step.what !== 'rename' && quiet.done[at]
        ? [{ what: step.what, fate: fates[at] ?? 'as_is' }]
        : [],
    )
    const [one, other] = [quiet.outcomes[index], loud.outcomes[index]]
    if (!one || !other) return ['there is an issue in one world only']
    const compared: Compared = {
      quiet: one,
      loud: other,
      hidden: new Set(told.filter(({ fate }) => isHidden(fate)).map(({ what }) => what)),
      deeds: new Set(told.map(({ what }) => what)),
      labels: told.filter(({ what }) => what === 'label').length,
      isQuick: story.worksFirst || mine.some(({ step }) => step.what === 'go' && step.works >= LINE.length),
    }
    return differences(compared).map((what) => `${one.name}: ${what}`)
  })
}

function isHidden(fate: Fate): boolean {
  return fate !== 'as_is' && fate !== 'twice'
}

function differences(compared: Compared): readonly string[] {
  const { quiet, loud, hidden, deeds, labels } = compared
  if (hidden.size === 0)
    return shownOf(quiet) === shownOf(loud)
      ? []
      : [`it was told of in full, and ${apart(shownOf(quiet), shownOf(loud))}`]
  if (!quiet.isThere) return []
  const wrong: string[] = []
  const check = (holds: boolean, what: string): void => void (holds || wrong.push(what))
  const [was, is] = [quiet.runs.at(-1), loud.runs.at(-1)]
  check(isExcused(compared), `it should end as ${lineOf(was)}, and not as ${lineOf(is)}`)
  // On a branch that somebody pushed to nothing more is worked on; what was asked for before is listed as open.
  const isOurs = !(deeds.has('push') && deeds.has('review'))
  const isHeldOnce = !deeds.has('/mill hold') || !(deeds.has('/mill unhold') || hidden.has('label'))
  if (lineOf(was) === lineOf(is) && fortuneOf(is) === 'works' && isOurs && isHeldOnce)
    check(workOf(quiet) === workOf(loud), `its draft ${apart(workOf(quiet), workOf(loud))}`)
  check(isHeldAlike(compared), 'it is held in one world only')
  check(loud.runs.length <= labels, `it was labelled ${labels} times, and has ${loud.runs.length} runs`)
  const because = is && (REASONS[is.reason] ?? REASONS[is.stage])
  check(!because || because.some((deed) => deeds.has(deed)), `nobody did what it ended for: ${lineOf(is)}`)
  return wrong
}

/** A word for each that arrives in its turn; of two that arrive in another order, the last counts. */
function isHeldAlike({ quiet, loud, hidden, deeds }: Compared): boolean {
  if (hidden.has('label') || (deeds.has('/mill hold') && deeds.has('/mill unhold'))) return true
  const [was, is] = [quiet.runs.at(-1), loud.runs.at(-1)]
  if (lineOf(was) !== lineOf(is) || fortuneOf(is) === 'over') return true
  return ((quiet.known?.hold ?? null) === null) === ((loud.known?.hold ?? null) === null)
}

/** What must have been done for a run to end so. */
const REASONS: Readonly<Record<string, readonly IssueDeed[]>> = {
  label_removed: ['unlabel'],
  issue_closed: ['close', 'merge'],
  issue_gone: ['unlabel', 'close', 'merge'],
  issue_locked: ['lock'],
  issue_changed: ['edit', 'edit_back'],
  stop_requested: ['/mill stop'],
  pause_requested: ['/mill pause'],
  merged: ['merge'],
  closed: ['close_pull'],
}

function lineOf(run: RunOutcome | undefined): string {
  return run ? `${run.stage} ${run.reason}`.trim() : 'no run'
}

function isExcused(compared: Compared): boolean {
  const { quiet, loud } = compared
  const [was, is] = [quiet.runs.at(-1), loud.runs.at(-1)]
  const [before, now] = [fortuneOf(was), fortuneOf(is)]
  if (lineOf(was) === lineOf(is)) return true
  // A visible pause: the comment says what it waits for, and by which words it goes on.
  if (now === 'waits') return before !== 'none'
  // Two ends: which of the things that ended it was seen first. `disagreements` holds both against what is there.
  if (before === 'over' && now === 'over') return true
  // Put on and taken off again before anybody heard of it. That nobody asks for it now, `disagreements` says.
  if (before === 'over' && now === 'none') return true
  // Labelled while it was closed or locked: whether a run comes of that hangs on when it is looked at.
  if (quiet.labelledShut && (before === 'over' || now === 'over')) return true
  if (now === 'works') return goesOnUnseen(compared, was)
  return false
}

/** There and back: what was undone before it was seen has left nothing to be seen. */
function goesOnUnseen({ hidden, deeds, loud, isQuick }: Compared, was: RunOutcome | undefined): boolean {
  const unseen = (...done: readonly IssueDeed[]): boolean =>
    done.every((deed) => deeds.has(deed)) && (hidden.has('label') || done.some((deed) => hidden.has(deed)))
  switch (was?.reason) {
    case 'issue_closed':
      return unseen('close', 'reopen')
    case 'issue_locked':
      return unseen('lock', 'unlock')
    // The draft was there before the edit was seen, and nothing is worked on after it.
    case 'issue_changed':
      return (isQuick && (hidden.has('edit') || hidden.has('edit_back'))) || unseen('edit', 'edit_back')
    case 'stop_requested':
      return isSaidToNobody(loud, '/mill stop')
    // Of two words the one that is heard last counts.
    case 'pause_requested':
      return (
        isSaidToNobody(loud, '/mill pause') ||
        (unseen('/mill pause') &&
          (deeds.has('/mill resume') || deeds.has('/mill retry') || deeds.has('/mill retry intake')))
      )
    default:
      return was?.stage === 'closed' && unseen('close_pull', 'reopen_pull')
  }
}

/** Before the run was there: refused with a sentence, or, where that was not heard either, without the 👀 of one that was. */
function isSaidToNobody({ commands, runs }: IssueOutcome, word: string): boolean {
  const begun = runs.at(-1)?.postedAt ?? ''
  return commands.some(({ said, at }) => said === word && at < begun)
}

/** What the last run shows of its work: not how often it came by a stage, or who held it when. */
function workOf({ runs, pulls }: IssueOutcome): string {
  const last = runs.at(-1)
  const text = (last?.text ?? '').replaceAll(/, \d+ times/g, '').replaceAll(/\n\n> [^\n]*hold[^\n]*/g, '')
  return JSON.stringify(
    [text, pulls.filter(({ run }) => run === last?.run)].map((part) =>
      typeof part === 'string'
        ? part
        : part.map(({ state, text: body, reviews }) => ({ state, body, reviews })),
    ),
  )
}

function apart(one: string, other: string): string {
  const at = one.split('').findIndex((character, index) => character !== other[index])
  const near = (text: string): string => text.slice(Math.max(0, at - 200), at + 200)
  return `shows\n${near(other)}\nwhere it should show\n${near(one)}`
}

/** Everything that people see of it. */
function shownOf({ runs, replies, commands, pulls, branches }: IssueOutcome): string {
  const comments = runs.map(({ text }) => text)
  const changes = pulls.map(({ state, text, reviews }) => ({ state, text, reviews }))
  const heard = commands.map(({ said, reactions }) => ({ said, reactions }))
  return JSON.stringify({ comments, replies, heard, changes, branches }, undefined, 1)
}
