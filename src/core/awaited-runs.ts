/** Which runs and files a run waits for, as the text that its reason keeps. */
import type { RunEvent } from './event.ts'
import type { Reason } from './state.ts'

const MOST_RUNS = 20
const MOST_FILES = 5
/** Characters of a path; a longer one is known by its end. */
const MOST_OF_PATH = 200

export interface AwaitedRuns {
  readonly issues: readonly number[]
  /** The first of them. */
  readonly files: readonly string[]
  /** How many there are besides. */
  readonly more: number
}

/** Issues, number of files, then file by file: a line each. */
export function waitDetail({ runs, files }: Extract<RunEvent, { kind: 'files_taken' }>): string {
  const issues = runs.slice(0, MOST_RUNS).map(({ issue }) => issue)
  const shown = files.slice(0, MOST_FILES).map(shortened)
  return [issues.join(' '), String(files.length), ...shown].join('\n')
}

/** Undefined for a reason of another kind. */
export function awaitedRuns(reason: Reason): AwaitedRuns | undefined {
  if (reason.code !== 'waits_for_run') return undefined
  const [issues = '', count = '', ...files] = reason.detail.split('\n')
  const numbers = issues.split(' ').filter((issue) => /^[1-9]\d{0,15}$/.test(issue))
  const more = Math.max(0, (Number.parseInt(count, 10) || 0) - files.length)
  return { issues: numbers.map(Number), files, more }
}

/** A path is another program's text: what would look like a further line is none. */
function shortened(path: string): string {
  const line = path.replaceAll(/\p{Cc}/gu, ' ')
  return line.length > MOST_OF_PATH ? `…${line.slice(1 - MOST_OF_PATH)}` : line
}
