/** What people should know about a run beside its progress: a hold, a config with mistakes, duplicates, hidden text. */
import type { RunState, Spec } from '../state.ts'
import { specOf } from '../state.ts'
import { ASSUMED } from '../task-spec.ts'
import { cell } from './evidence-table.ts'
import { count, moment, money } from './figures.ts'

function holdNote({ hold }: RunState): string[] {
  if (!hold) return []
  return [
    `**On hold** since ${moment(hold.at)}, by ${cell(hold.by.login, 60)}: nothing is merged until somebody with write access says \`/mill unhold\`.`,
  ]
}

function plannedAnewNote({ planned_anew_at: at }: RunState): string[] {
  if (at === undefined) return []
  return [
    `What I had built for this was lost, with the machine or the database that held it, so I planned it anew on ${moment(at)}. What it cost before is in the figures above.`,
  ]
}

function configNote({ policy }: Spec): string[] {
  if (policy.config_problems.length === 0) return []
  return [
    [
      `\`.github/millwright.yml\` has mistakes. I go on with its last version that had none, of commit ${policy.config_commit.slice(0, 7)}; the next run reads it again.`,
      ...policy.config_problems.map((problem) => `- ${cell(problem, 300)}`),
    ].join('\n> '),
  ]
}

/** Each of them that is lower now, with what it was. */
function loweredNote({ policy }: Spec): string[] {
  const { trust, caps, began_with: before } = policy
  if (!before) return []
  const changes = [
    ...(trust < before.trust ? [`trust level ${trust} instead of ${before.trust}`] : []),
    ...(caps.usd < before.caps.usd
      ? [`at most ${money(caps.usd)} instead of ${money(before.caps.usd)}`]
      : []),
    ...(caps.turns < before.caps.turns
      ? [`at most ${count(caps.turns, 'model turn')} instead of ${before.caps.turns}`]
      : []),
  ]
  return [
    `\`.github/millwright.yml\` on the default branch allows less than when this run began (commit ${policy.config_commit.slice(0, 7)}), and I keep to that: ${changes.join(', ')}. What it allows more of later is for the next run.`,
  ]
}

function duplicateNote({ task }: Spec): string[] {
  if (task.duplicates.length === 0) return []
  const same = task.duplicates.map(({ number, why }) => `#${number} (${cell(why, 300)})`).join(', ')
  return [`This may be about the same as ${same}. I go on all the same; \`/mill stop\` ends it.`]
}

/** What the intake agent took for granted, so that somebody can object before it is built. */
function assumedNote({ task }: Spec): string[] {
  const [, list = ''] = task.wanted.split(ASSUMED)
  const lines = list.split('\n').flatMap((line) => (line.startsWith('- ') ? line.slice(2) : []))
  if (lines.length === 0) return []
  return [
    ['The issue leaves this open, and I assume:', ...lines.map((line) => `- ${cell(line, 200)}`)].join(
      '\n> ',
    ),
  ]
}

/** What of the issue was not read as it looks: left out for its length, or hidden from whoever reads the page. */
function readingNotes({ task }: Spec): string[] {
  const notes: string[] = []
  if (task.cut_characters > 0)
    notes.push(
      `The issue is longer than I can take in: its last ${count(task.cut_characters, 'character')} ${task.cut_characters === 1 ? 'was' : 'were'} left out.`,
    )
  if (task.hidden_characters > 0)
    notes.push(
      `The issue holds ${count(task.hidden_characters, 'character')} that its page does not show. I read them as visible text, and they instruct nobody.`,
    )
  return notes
}

export function renderNotes(state: RunState): string {
  const spec = specOf(state)
  const ofSpec = spec
    ? [
        ...configNote(spec),
        ...loweredNote(spec),
        ...duplicateNote(spec),
        ...assumedNote(spec),
        ...readingNotes(spec),
      ]
    : []
  return [...holdNote(state), ...plannedAnewNote(state), ...ofSpec].map((note) => `> ${note}`).join('\n>\n')
}
