/** The page about the commands, written from the commands themselves and the table that the reducer follows. */
import { LATER_VERBS } from './command-grammar.ts'
import { suffices } from './command-right.ts'
import type { EventKind } from './event.ts'
import type { CommandRow } from './say/command-replies.ts'
import { WHO } from './say/command-replies.ts'
import { noRunSentence } from './say/commands.ts'
import type { Stage } from './stage.ts'
import { STAGES, TERMINAL_STAGES, WORKING_STAGES } from './stage.ts'
import { edgesFor } from './transitions.ts'

interface PageRow extends CommandRow {
  readonly examples: readonly string[]
}

/** GitHub's roles, and the class that each counts as. */
const ROLES = [
  ['none', 'none'],
  ['read', 'read'],
  ['triage', 'read'],
  ['write', 'write'],
  ['maintain', 'write'],
  ['admin', 'admin'],
] as const

/** What a command that changes something says to the run. */
const EVENTS: Readonly<Record<string, readonly EventKind[]>> = {
  approve: ['plan_approved', 'publish_approved'],
  revise: ['plan_revised', 'change_revised'],
  retry: ['retry_requested'],
  stop: ['stop_requested'],
  pause: ['pause_requested'],
  resume: ['resume_requested'],
  hold: ['hold_requested'],
  unhold: ['unhold_requested'],
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n')
}

function whoMaySay(rows: readonly PageRow[]): string {
  const body = rows.map(({ verb, right }) => {
    const roles = ROLES.map(([, permission]) => (suffices(permission, right) ? 'yes' : 'refused'))
    const acts = Object.hasOwn(EVENTS, verb)
    return [`\`${verb}\``, ...roles, acts ? 'acts' : 'answers', acts ? 'refused' : 'answers']
  })
  const roles = ROLES.map(([role]) => role)
  return table(['Command', ...roles, 'issue with a run, its pull request', 'anywhere else'], body)
}

function whereItMeansSomething(): string {
  const rows = Object.entries(EVENTS).map(([verb, events]) => {
    const stages = STAGES.filter((stage) => events.some((event) => edgesFor(stage, event).length > 0))
    const said = events.map((event) => `\`${event}\``).join(' or ')
    return [`\`${verb}\``, said, stagesText(stages)]
  })
  return table(['Command', 'Says to the run', 'Can mean something at'], rows)
}

function stagesText(stages: readonly Stage[]): string {
  if (stages.length === STAGES.length - TERMINAL_STAGES.length) return 'every stage that is no end'
  if (stages.length === WORKING_STAGES.length && WORKING_STAGES.every((stage) => stages.includes(stage)))
    return 'every stage that is neither held nor an end'
  return stages.map((stage) => `\`${stage}\``).join(', ')
}

function section(row: PageRow): string {
  const examples = row.examples.map((example) => `\`\`\`text\n${example}\n\`\`\``)
  const summary = `${row.summary.slice(0, 1).toUpperCase()}${row.summary.slice(1)}. For ${WHO[row.right]}.`
  return [`## \`/mill ${row.usage}\``, summary, ...examples].join('\n\n')
}

export function commandsPage(rows: readonly PageRow[]): string {
  return [
    '# Commands',
    'Written from `src/commands` and `src/core/transitions.ts` by `npm run docs`; `npm run check` fails when it is out of date.',
    'A command is the first line of a new comment, on the issue or on its pull request: `/mill`, a blank, a verb. `/mill` alone is `/mill help`. Capitals make no difference, and punctuation behind the verb is ignored. Empty lines and up to three spaces may stand in front; anything else (a quote, a list, code, a sentence) makes it no command, and so do invisible characters and letters that only look like ours. What stands on other lines is for people; only `revise` reads it.',
    'Only a new comment by a person counts, as it was first written: comments by bots and by Apps, deleted comments and later edits do not. 👀 says that it was seen, 👍 that it was done; otherwise there is an answer, in one sentence where it was refused. Permission is looked up at that moment. A command that takes no words refuses them, but for `stop`, which always stops.',
    `Of a later version: ${LATER_VERBS.map((verb) => `\`${verb}\``).join(', ')}.`,
    ...rows.map(section),
    '## Who may say what, where',
    'The columns in the middle are roles in the repository; `maintain` counts as write, `triage` as read.',
    whoMaySay(rows),
    `Without a run, on an issue: "${noRunSentence('issue')}" On a pull request of somebody else: "${noRunSentence('pull')}"`,
    '## When a command means something',
    'At any other stage it is answered with a sentence that says where the run is. [stages.md](stages.md) has the conditions and where each leads.',
    whereItMeansSomething(),
  ].join('\n\n')
}
