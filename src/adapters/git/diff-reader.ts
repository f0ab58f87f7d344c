/** Reading a diff: names, modes and states from git's raw records, hunks from its patch text; neither is guessed from the other. */
import { isUtf8 } from 'node:buffer'
import { UserError } from '../../core/errors.ts'
import type { ObjectId } from '../../core/ids.ts'
import type { FileDiff, Hunk } from '../../ports/workspace.ts'
import { git } from './git.ts'
import { hunkPatch } from './hunk-patch.ts'

/** Enough for the largest change that a person would still review; more is an error, not a cut diff. */
const MAX_DIFF_BYTES = 64 * 1024 * 1024

/** Nothing configured outside takes part: no external driver, no text conversion, one algorithm, fixed context. */
const DIFF_OPTIONS = [
  '-r',
  '--no-ext-diff',
  '--no-textconv',
  '--no-color',
  '--find-renames=50%',
  '--diff-algorithm=histogram',
  '--unified=3',
  '--inter-hunk-context=0',
  '--full-index',
  '--src-prefix=a/',
  '--dst-prefix=b/',
]

export async function diffText(dir: string, from: ObjectId, to: ObjectId): Promise<string> {
  const args = ['-c', 'core.quotePath=false', 'diff-tree', '-p', ...DIFF_OPTIONS, from, to]
  return (await git(dir, args, { maxBytes: MAX_DIFF_BYTES })).stdout.toString('utf8')
}

/** Names are quoted, since the text goes through a comment that people copy; bytes stand as they are, or not at all. */
export async function applicablePatch(dir: string, from: ObjectId, to: ObjectId): Promise<string> {
  const args = ['-c', 'core.quotePath=true', 'diff-tree', '-p', '--binary', ...DIFF_OPTIONS, from, to]
  const { stdout } = await git(dir, args, { maxBytes: MAX_DIFF_BYTES })
  if (isUtf8(stdout)) return stdout.toString('utf8')
  const why = 'The change touches text that is not UTF-8, and a patch of that cannot be posted as a comment.'
  throw new UserError('unsupported_file', why)
}

export async function diffFiles(dir: string, from: ObjectId, to: ObjectId): Promise<readonly FileDiff[]> {
  const args = ['diff-tree', '--raw', '-p', '-z', ...DIFF_OPTIONS, from, to]
  const { stdout } = await git(dir, args, { maxBytes: MAX_DIFF_BYTES })
  return readDiff(stdout)
}

/** One raw record: what happened to one path. */
interface RawChange {
  readonly oldMode: string
  readonly newMode: string
  readonly letter: string
  readonly path: string
  readonly previousPath: string | undefined
}

/** Parses the output of `git diff-tree --raw -p -z`. Latin-1 keeps every byte while lines are looked at. */
function readDiff(output: Buffer): readonly FileDiff[] {
  const { changes, rest } = readRaw(output)
  const blocks = splitBlocks(output.subarray(rest).toString('latin1'))
  let next = 0
  const files = changes.map((change) => {
    // A file that became a symlink (or the reverse) is one record and two patches: deletion, then creation.
    const count = change.letter === 'T' ? 2 : 1
    const own = blocks.slice(next, next + count)
    next += count
    if (own.length !== count) throw new Error('git diff-tree gave fewer patches than records')
    return fileDiff(change, own)
  })
  if (next !== blocks.length) throw new Error('git diff-tree gave more patches than records')
  return files
}

function readRaw(output: Buffer): { changes: RawChange[]; rest: number } {
  const changes: RawChange[] = []
  let at = 0
  const field = (): string => {
    const end = output.indexOf(0, at)
    if (end < 0) throw new Error('git diff-tree ended in the middle of a record')
    const text = output.toString('utf8', at, end)
    at = end + 1
    return text
  }
  while (output[at] === 0x3a) {
    const [oldMode = '', newMode = '', , , status = ''] = field().slice(1).split(' ')
    const letter = status.slice(0, 1)
    const first = field()
    const moved = letter === 'R' || letter === 'C'
    const path = moved ? field() : first
    changes.push({ oldMode, newMode, letter, path, previousPath: moved ? first : undefined })
  }
  // One empty record stands between the records and the patches.
  return { changes, rest: output[at] === 0 ? at + 1 : at }
}

interface Block {
  readonly head: readonly string[]
  readonly hunks: readonly (readonly string[])[]
}

/** Inside a hunk every line begins with a space, `+`, `-` or a backslash, so a file's text cannot pass for a header. */
function splitBlocks(text: string): readonly Block[] {
  const blocks: { head: string[]; hunks: string[][] }[] = []
  const lines = text.split('\n')
  if (lines.at(-1) === '') lines.pop()
  for (const line of lines) {
    const block = blocks.at(-1)
    const hunk = block?.hunks.at(-1)
    if (line.startsWith('diff --git ')) blocks.push({ head: [], hunks: [] })
    else if (block === undefined) throw new Error('git diff-tree gave patch text before its first header')
    else if (line.startsWith('@@ ')) block.hunks.push([line])
    else if (hunk !== undefined) hunk.push(line)
    else block.head.push(line)
  }
  return blocks
}

function fileDiff(change: RawChange, blocks: readonly Block[]): FileDiff {
  const [block] = blocks
  const cuttable = blocks.length === 1 && change.newMode !== '160000' && change.oldMode !== '160000'
  const hunks = block && cuttable ? readHunks(change, block) : []
  const binary =
    hunks === undefined || (block?.head.some((line) => line.startsWith('Binary files ')) ?? false)
  return {
    path: change.path,
    previousPath: change.previousPath,
    status: statusOf(change, hunks?.length ?? 0, binary),
    mode: change.letter === 'D' ? change.oldMode : change.newMode,
    binary,
    hunks: hunks ?? [],
  }
}

function statusOf(change: RawChange, hunks: number, binary: boolean): FileDiff['status'] {
  if (change.letter === 'A' || change.letter === 'C') return 'added'
  if (change.letter === 'D') return 'deleted'
  if (change.letter === 'R') return 'renamed'
  const modeOnly = change.oldMode !== change.newMode && hunks === 0 && !binary && change.letter === 'M'
  return modeOnly ? 'mode_changed' : 'modified'
}

/** The hunks, or undefined when their bytes are no UTF-8: a patch is a string here, and would not apply any more. */
function readHunks(change: RawChange, block: Block): readonly Hunk[] | undefined {
  const bodies = block.hunks.map((lines) => Buffer.from(lines.join('\n'), 'latin1'))
  return bodies.every((body) => isUtf8(body)) ? bodies.map((body) => readHunk(change, body)) : undefined
}

function readHunk(change: RawChange, text: Buffer): Hunk {
  const [header = '', ...body] = text.toString('utf8').split('\n')
  const start = /^@@ -\d+(?:,\d+)? \+(\d+)/.exec(header)?.[1]
  if (start === undefined) throw new Error('git diff-tree gave a hunk without line numbers')
  const firstChange = body.findIndex((line) => line.startsWith('+') || line.startsWith('-'))
  return {
    line: change.letter === 'D' ? 0 : Math.max(1, Number(start) + Math.max(firstChange, 0)),
    lines: body.filter((line) => line.startsWith('+') || line.startsWith('-')).length,
    header,
    patch: hunkPatch(change, [header, ...body]),
  }
}
