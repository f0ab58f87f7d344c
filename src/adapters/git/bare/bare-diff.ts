/** Differences between two commits of a bare repository, as GitHub tells them. */
import type { ObjectId } from '../../../core/ids.ts'
import type { BareRepository, GitFileChange } from '../../../ports/git-host.ts'
import { git } from '../git.ts'

/** No external drivers and no text conversion: both are commands that a repository's attributes could name. */
const SAFE = ['--no-ext-diff', '--no-textconv', '--no-color', '-r', '-M', '--full-index']
const DEVICE_LINK = '120000'

interface RawChange {
  readonly letter: string
  readonly oldMode: string
  readonly newMode: string
  readonly blob: ObjectId
  readonly path: string
  readonly previousPath: string | undefined
}

export function bareDiff(dir: string): Pick<BareRepository, 'diff' | 'diffText'> {
  return {
    diffText: async (from, to) => (await git(dir, ['diff-tree', '-p', ...SAFE, from, to])).stdout.toString(),
    async diff(from, to) {
      const [raw, counts, patches] = await Promise.all([
        git(dir, ['diff-tree', '--raw', '-z', ...SAFE, from, to]),
        git(dir, ['diff-tree', '--numstat', '-z', ...SAFE, from, to]),
        git(dir, ['diff-tree', '-p', ...SAFE, from, to]),
      ])
      return combine(parseRaw(raw.text), parseCounts(counts.text), patches.text)
    },
  }
}

function combine(
  changes: readonly RawChange[],
  counts: readonly (readonly [number, number])[],
  patchText: string,
): GitFileChange[] {
  // Lines of a hunk begin with a space, +, - or \, so a file header can be nothing else.
  const sections = patchText.split(/^(?=diff --git )/m).filter((section) => section !== '')
  let next = 0
  return changes.map((change, index) => {
    // Git writes a change of type (file to link) as a removal and an addition.
    const parts = sections.slice(next, (next += isTypeChange(change) ? 2 : 1))
    const [additions, deletions] = counts[index] ?? [0, 0]
    return {
      path: change.path,
      previousPath: change.previousPath,
      status: statusOf(change, additions + deletions),
      additions,
      deletions,
      patch: hunksOf(parts),
      blob: change.blob,
    }
  })
}

function isTypeChange({ oldMode, newMode, letter }: RawChange): boolean {
  return letter === 'T' || (letter === 'M' && (oldMode === DEVICE_LINK) !== (newMode === DEVICE_LINK))
}

function hunksOf(parts: readonly string[]): string | undefined {
  const hunks = parts.map((part) => /^@@ [\s\S]*/m.exec(part)?.[0] ?? '').filter((hunk) => hunk !== '')
  return hunks.length === 0 ? undefined : hunks.join('').replace(/\n$/, '')
}

function statusOf(change: RawChange, lines: number): GitFileChange['status'] {
  if (change.letter === 'A') return 'added'
  if (change.letter === 'D') return 'removed'
  if (change.letter === 'R') return 'renamed'
  return change.oldMode !== change.newMode && lines === 0 ? 'changed' : 'modified'
}

function parseRaw(text: string): RawChange[] {
  const fields = text.split('\0')
  const changes: RawChange[] = []
  for (let index = 0; index < fields.length;) {
    const head = fields[index++] ?? ''
    if (!head.startsWith(':')) continue
    const [oldMode = '', newMode = '', oldBlob = '', newBlob = '', status = ''] = head.slice(1).split(' ')
    const letter = status.charAt(0)
    const first = fields[index++] ?? ''
    const renamed = letter === 'R' || letter === 'C'
    const path = renamed ? (fields[index++] ?? '') : first
    changes.push({
      letter,
      oldMode,
      newMode,
      // GitHub names the removed file's old blob, since there is no new one.
      blob: letter === 'D' ? oldBlob : newBlob,
      path,
      previousPath: renamed ? first : undefined,
    })
  }
  return changes
}

/** Added and removed lines per file, in the order of the raw list. Binary files count as none. */
function parseCounts(text: string): [number, number][] {
  const fields = text.split('\0')
  const counts: [number, number][] = []
  for (let index = 0; index < fields.length;) {
    const [added = '', removed = '', path] = (fields[index++] ?? '').split('\t')
    if (path === undefined) continue
    if (path === '') index += 2 // a rename: both names follow as fields of their own
    counts.push([Number(added) || 0, Number(removed) || 0])
  }
  return counts
}
