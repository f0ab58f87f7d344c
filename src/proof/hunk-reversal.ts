/** Hunk reversal: every source hunk is taken back alone; what nothing misses is unproved. */
import type { Evidence, LockedTests } from '../core/evidence.ts'
import type { ObjectId } from '../core/ids.ts'
import { isDocumentation, isLockFile, isTestFile } from '../core/paths.ts'
import type { ProofContext } from '../ports/proof.ts'
import type { FileDiff, Hunk } from '../ports/workspace.ts'
import { runCriterionFiles } from './criterion-runs.ts'
import { compareSuites } from './rules/compare-suites.ts'
import { passes } from './rules/match-test.ts'
import type { TestRun, TestRunner } from './test-runner.ts'

export interface HunkLimits {
  /** Hunks tried at most; the rest is listed as not tried. */
  readonly most: number
  /** Seconds after which no further hunk is begun. */
  readonly seconds: number
  /** Hunks tried at the same time. */
  readonly parallel: number
}

export interface HunkSubject {
  readonly tests: LockedTests
  readonly head: ObjectId
  readonly headRun: TestRun
  readonly diffs: readonly FileDiff[]
  /** Tests that waver: their going red shows nothing. */
  readonly flaky: ReadonlySet<string>
}

export interface HunkVerdict {
  readonly hunks: Evidence['hunks']
  readonly notes: readonly string[]
}

/** A part of the change: one hunk, or a whole file where it has no hunks that stand alone. */
interface Part {
  readonly file: string
  readonly hunk: Hunk | undefined
  readonly lines: number
}

const UNPROVED = 50

function partsOf(diff: FileDiff): Part[] {
  const lines = diff.hunks.reduce((sum, hunk) => sum + hunk.lines, 0)
  const whole = diff.binary || diff.status === 'added' || diff.status === 'deleted' || diff.hunks.length === 0
  if (whole) return [{ file: diff.path, hunk: undefined, lines }]
  return diff.hunks.map((hunk) => ({ file: diff.path, hunk, lines: hunk.lines }))
}

interface Candidates {
  readonly parts: readonly Part[]
  readonly notes: string[]
}

function candidates(subject: HunkSubject): Candidates {
  const locked = new Set(subject.tests.files.map((file) => file.path))
  const notes: string[] = []
  const parts: Part[] = []
  const leftOut: string[] = []
  for (const diff of subject.diffs) {
    if (locked.has(diff.path) || isTestFile(diff.path)) continue
    if (isDocumentation(diff.path) || isLockFile(diff.path)) leftOut.push(diff.path)
    else if (diff.status === 'renamed' && diff.hunks.length === 0)
      notes.push(`${diff.path}: the renaming was not taken back.`)
    else parts.push(...partsOf(diff))
  }
  if (leftOut.length > 0)
    notes.push(`Documentation and lock files are not proved by tests: ${leftOut.slice(0, 10).join(', ')}`)
  return { parts, notes }
}

async function takeBack(context: ProofContext, head: ObjectId, part: Part): Promise<ObjectId | undefined> {
  return part.hunk === undefined
    ? context.workspace.withoutFile(head, context.base, part.file)
    : context.workspace.withoutHunk(head, part.hunk)
}

type Outcome = 'proved' | 'unproved' | 'does_not_apply' | 'no_setup' | 'not_tried'

async function tryPart(
  runner: TestRunner,
  context: ProofContext,
  job: { subject: HunkSubject; part: Part },
): Promise<Outcome> {
  const { subject, part } = job
  const commit = await takeBack(context, subject.head, part)
  if (commit === undefined) return 'does_not_apply'
  const { tests } = subject.tests
  if (tests.length > 0) {
    const runs = await runCriterionFiles(runner, context, { commit, tests })
    if ([...runs.values()].some((run) => run.kind === 'setup_failed')) return 'no_setup'
    const missed = tests.some(
      (test) => !subject.flaky.has(test.name) && !passes(runs.get(test.file)?.report, test),
    )
    if (missed) return 'proved'
  }
  const run = await runner.again(context, commit)
  if (run.kind === 'setup_failed') return 'no_setup'
  if (run.kind === 'timed_out') return 'proved'
  const worse = compareSuites(subject.headRun, run, { ignore: (test) => subject.flaky.has(test.id) })
  return worse.some((suspect) => !subject.flaky.has(suspect.subject)) ? 'proved' : 'unproved'
}

function placeOf(part: Part): string {
  return part.hunk === undefined ? part.file : `${part.file}:${part.hunk.line}`
}

function summary(parts: readonly Part[], outcomes: readonly Outcome[], notes: string[]): HunkVerdict {
  const having = (wanted: Outcome): Part[] => parts.filter((_, index) => outcomes[index] === wanted)
  const say = (wanted: Outcome, sentence: string): void => {
    const places = having(wanted).map(placeOf)
    if (places.length > 0) notes.push(`${sentence}: ${places.slice(0, 12).join(', ')}`)
  }
  say('does_not_apply', 'These parts cannot be taken back alone, so nothing shows that they are needed')
  say('no_setup', 'Without these parts the dependencies cannot be installed')
  const untried = having('not_tried').length
  if (untried > 0)
    notes.push(`${untried} of ${parts.length} parts of the change were not taken back (limit reached).`)
  const unproved = having('unproved')
  return {
    hunks: {
      total: parts.length,
      tried: having('proved').length + unproved.length,
      unproved: unproved.slice(0, UNPROVED).map((part) => ({
        file: part.file,
        line: part.hunk?.line ?? 0,
        lines: part.lines,
        header: part.hunk?.header ?? 'the whole file',
      })),
    },
    notes,
  }
}

/** Takes back every part of the source change alone and runs the criterion tests, then the suite. */
export async function reverseHunks(
  runner: TestRunner,
  context: ProofContext,
  job: { readonly subject: HunkSubject; readonly limits: HunkLimits },
): Promise<HunkVerdict> {
  const { subject, limits } = job
  const { parts, notes } = candidates(subject)
  const outcomes: Outcome[] = parts.map(() => 'not_tried')
  const end = globalThis.performance.now() + limits.seconds * 1000
  let next = 0
  const worker = async (): Promise<void> => {
    while (next < Math.min(parts.length, limits.most) && globalThis.performance.now() < end) {
      const at = next
      next += 1
      const part = parts[at]
      if (part === undefined) return
      context.progress.step(`taking back part ${at + 1} of ${parts.length}`)
      outcomes[at] = await tryPart(runner, context, { subject, part })
    }
  }
  // All workers end before an error is passed on: none may go on in checkouts that nobody waits for.
  const ended = await Promise.allSettled(Array.from({ length: limits.parallel }, worker))
  for (const each of ended) if (each.status === 'rejected') throw each.reason
  return summary(parts, outcomes, notes)
}
