/** Builds the first blocks of the dossier: rails, map, task, excerpts and commands, all as they are at the base. */
import { renderDossier, renderPlanned } from '../core/dossier.ts'
import type { ObjectId } from '../core/ids.ts'
import type { Plan } from '../core/plan.ts'
import type { TaskSpec } from '../core/task-spec.ts'
import type { Commands } from '../ports/proof.ts'
import type { TreeFile, Workspace } from '../ports/workspace.ts'
import { chooseExcerpts, WHOLE_FILE } from './choose-excerpts.ts'
import type { Choice } from './choose-excerpts.ts'
import { entriesOf, importsOf, readManifest } from './near-files.ts'
import { rankChoices } from './rank-choices.ts'
import type { ReadChoice } from './rank-choices.ts'
import { readRails } from './read-rails.ts'
import { readText } from './read-texts.ts'

export interface DossierSubject {
  readonly task: TaskSpec
  readonly commands: Commands
  /** Globs of the repository's own instructions. */
  readonly rails: readonly string[]
  readonly nonce: string
}

export type BuiltDossier = ReturnType<typeof renderDossier>

/** Characters of all blocks, at most: long instructions and a long issue. Excerpts have a smaller bound of their own. */
const BUDGET = 100_000
/** Lines around a line that the task names. */
const AROUND = 40
/** Bytes of a file of which only some lines are shown. */
const LARGEST_FILE = 2 * 1024 * 1024

/** Files that a near file may bring in, counted from the manifest, and how many there may be in all. */
const NEAR_STEPS = 2
const MOST_NEAR = 12

type Reader = (path: string, limit: number) => Promise<string | undefined>

interface Excerpt {
  readonly path: string
  /** Number of the first line shown, from 1. */
  readonly startLine: number
  readonly text: string
}

/** The whole text, or one window per named line; windows that meet are one. */
function excerptsOf(choice: Choice, text: string): Excerpt[] {
  if (choice.lines.length === 0) return [{ path: choice.path, startLine: 1, text }]
  // The line end of the last line begins no line of its own.
  const lines = text.replace(/\n$/, '').split('\n')
  const windows: { first: number; last: number }[] = []
  for (const line of choice.lines.filter((n) => n >= 1 && n <= lines.length).toSorted((a, b) => a - b)) {
    const last = windows.at(-1)
    const first = Math.max(1, line - AROUND)
    const end = Math.min(lines.length, line + AROUND)
    if (last !== undefined && first <= last.last + 1) last.last = end
    else windows.push({ first, last: end })
  }
  return windows.map(({ first, last }) => ({
    path: choice.path,
    startLine: first,
    text: lines.slice(first - 1, last).join('\n'),
  }))
}

async function readChoices(read: Reader, choices: readonly Choice[]): Promise<ReadChoice[]> {
  const texts: ReadChoice[] = []
  for (const choice of choices) {
    const text = await read(choice.path, choice.lines.length === 0 ? WHOLE_FILE : LARGEST_FILE)
    if (text !== undefined && text !== '') texts.push({ ...choice, text })
  }
  return texts
}

/** Small files that the manifest, or a file shown for the task's sake, cannot do without; one step at a time. */
async function readNear(
  read: Reader,
  files: ReadonlyMap<string, TreeFile>,
  from: { shown: readonly ReadChoice[]; entries: readonly string[] },
): Promise<ReadChoice[]> {
  const near: ReadChoice[] = []
  const taken = new Set(from.shown.filter((choice) => choice.as === 'given').map((choice) => choice.path))
  const telling = from.shown.filter((choice) => choice.as === 'given' && choice.lines.length === 0)
  const imported = telling.flatMap((choice) => importsOf(files, choice.path, choice.text))
  let next = [...entriesOf(files, from.entries), ...imported]
  for (let step = 0; step < NEAR_STEPS; step += 1) {
    const fresh = [...new Set(next)].filter((path) => !taken.has(path)).slice(0, MOST_NEAR - near.length)
    for (const path of fresh) taken.add(path)
    const found = await readChoices(
      read,
      fresh.map((path) => ({ path, lines: [], as: 'near' })),
    )
    near.push(...found)
    next = found.flatMap((choice) => importsOf(files, choice.path, choice.text))
  }
  return near
}

async function readExcerpts(
  workspace: Workspace,
  commit: ObjectId,
  subject: { files: readonly TreeFile[]; task: TaskSpec; shown: ReadonlySet<string> },
): Promise<Excerpt[]> {
  const byPath = new Map(subject.files.map((file) => [file.path, file]))
  const read: Reader = async (path, limit) => {
    const file = byPath.get(path)
    return file === undefined ? undefined : readText(workspace, commit, { file, limit })
  }
  const words = `${subject.task.title}\n${subject.task.body}`
  const { name, entries } = readManifest(await read('package.json', WHOLE_FILE))
  const unshown = chooseExcerpts(subject.files, words, name).filter(({ path }) => !subject.shown.has(path))
  const choices = await readChoices(read, unshown)
  const near = await readNear(read, byPath, { shown: choices, entries })
  const nearPaths = new Set(near.map((choice) => choice.path))
  const all = [...choices.filter((choice) => !nearPaths.has(choice.path)), ...near]
  return rankChoices(all, words, name).flatMap((choice) => excerptsOf(choice, choice.text))
}

/**
 * The files that a plan changes and the dossier does not show whole, as they are at the base. Equal in, equal out;
 * undefined where there are none.
 */
export async function buildPlannedFiles(
  workspace: Workspace,
  commit: ObjectId,
  subject: { plan: Plan; held: readonly string[]; nonce: string },
): Promise<ReturnType<typeof renderPlanned>> {
  const files = new Map((await workspace.files(commit)).map((file) => [file.path, file]))
  const planned: { path: string; text: string }[] = []
  for (const { path } of subject.plan.files) {
    const file = files.get(path)
    if (file === undefined || subject.held.includes(`${path}:1-end`)) continue
    const text = await readText(workspace, commit, { file, limit: WHOLE_FILE })
    if (text !== undefined && text !== '') planned.push({ path, text })
  }
  return renderPlanned(planned, subject.nonce)
}

/** The same commit, task and commands give the same bytes. */
export async function buildDossier(
  workspace: Workspace,
  commit: ObjectId,
  subject: DossierSubject,
): Promise<BuiltDossier> {
  const files = await workspace.files(commit)
  const { task, commands, nonce } = subject
  const rails = await readRails(workspace, commit, { files, globs: subject.rails })
  const shown = new Set(rails.map((rail) => rail.path))
  const excerpts = await readExcerpts(workspace, commit, { files, task, shown })
  return renderDossier({ task, rails, map: files, excerpts, commands, budgetCharacters: BUDGET, nonce })
}
