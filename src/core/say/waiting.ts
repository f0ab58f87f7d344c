/** What a run waits for while nobody has to do anything: a service that said "later", or another run's files. */
import type { AwaitedRuns } from '../awaited-runs.ts'
import type { FailureCode } from '../event.ts'
import type { RunState } from '../state.ts'
import { code } from './evidence-table.ts'
import { count, moment } from './figures.ts'

/** What said "later". */
const AWAY: Partial<Record<FailureCode, string>> = {
  model_unavailable: "The model is overloaded or can't be reached",
  forge_unavailable: "GitHub is overloaded or can't be reached",
  store_unavailable: "My database can't be reached",
  disk_full: 'The disk of the machine I run on is full',
}

/** Empty while the work is done and not waited for. Nobody is told when the next try begins, so it names no end. */
export function delaySentence({ waits }: RunState): string {
  if (!waits) return ''
  const what = Object.hasOwn(AWAY, waits.code)
    ? AWAY[waits.code as FailureCode]
    : "Something that I need can't be had right now"
  return `⏳ ${what}, since ${moment(waits.since)}. I try again from ${moment(waits.until)} on, for about a day before I ask for a person.`
}

/** Which runs, and over which files. */
export function awaitedRunsList({ issues, files, more }: AwaitedRuns): string {
  const named = files.map((file) => code(file, 200))
  const rest = more > 0 ? ` and ${count(more, 'more file', 'more files')}` : ''
  const list = named.length > 0 ? `\n\nThe files: ${named.join(', ')}${rest}.` : ''
  return `${issues.map((issue) => `- #${issue}`).join('\n')}${list}`
}
