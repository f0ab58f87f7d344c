/** Files of a bench between attempts: reachable under a ref of the run, and written back into a checkout from inside. */
import { StageFailure } from '../../core/errors.ts'
import type { ObjectId } from '../../core/ids.ts'
import type { Limits, Sandbox } from '../../ports/sandbox.ts'
import type { Checkout, TreeFile } from '../../ports/workspace.ts'
import { git } from './git.ts'
import type { Mirror } from './mirror.ts'
import { moveRef, refOfRun, tipOf } from './refs.ts'
import { takeSnapshot } from './snapshots.ts'
import { commitKept, treeOf } from './tree-edits.ts'
import { listTree } from './tree-listing.ts'

/** As much as a snapshot takes out. */
const LIMITS: Limits = { seconds: 120, memoryMb: 1024, processes: 64, outputBytes: 4096 }

/**
 * One line per file from stdin: mode (`gone` for none), path and content in base64. Kept in a file first, because a
 * shell reads a pipe byte by byte. Each path is removed before it is written, so no symlink of the agent's is followed.
 */
const SCRIPT = `set -eu -o pipefail
export LC_ALL=C
list=$(mktemp)
trap 'rm -f "$list"' EXIT
cat >"$list"
plain() { base64 -d <<<"$1"; printf x; }
while IFS=' ' read -r mode path content; do
  path=$(plain "$path"); path="./\${path%x}"
  rm -rf -- "$path"
  [ "$mode" != gone ] || continue
  mkdir -p -- "\${path%/*}"
  if [ "$mode" = 120000 ]; then
    to=$(plain "$content"); ln -s -- "\${to%x}" "$path"
  else
    base64 -d <<<"$content" >"$path"
    if [ "$mode" = 100755 ]; then chmod 755 -- "$path"; else chmod 644 -- "$path"; fi
  fi
done <"$list"
`

const SUBMODULE = '160000'

async function lineOf(mirror: Mirror, { path, mode, id }: TreeFile): Promise<string> {
  const content = (await git(mirror.dir, ['cat-file', 'blob', id])).stdout.toString('base64')
  return `${mode} ${Buffer.from(path).toString('base64')} ${content}\n`
}

/** What turns the files of one commit into those of another. Removals first: a file may become a folder. */
async function linesBetween(mirror: Mirror, from: ObjectId, to: ObjectId): Promise<string> {
  const [now, wanted] = [await listTree(mirror, from), await listTree(mirror, to)]
  const names = (files: readonly TreeFile[]): Map<string, string> =>
    new Map(files.map((file) => [file.path, `${file.mode} ${file.id}`]))
  const [before, after] = [names(now), names(wanted)]
  const gone = now.filter(({ path }) => !after.has(path))
  const changed = wanted.filter(
    ({ path, mode, id }) => mode !== SUBMODULE && before.get(path) !== `${mode} ${id}`,
  )
  const lines = gone.map(({ path }) => `gone ${Buffer.from(path).toString('base64')} \n`)
  for (const file of changed) lines.push(await lineOf(mirror, file))
  return lines.join('')
}

/** Ignored files stay as they are in the checkout: no commit has them. */
export async function putBack(
  { mirror, sandbox }: { mirror: Mirror; sandbox: Sandbox },
  checkout: Checkout,
  commit: ObjectId,
): Promise<void> {
  const now = await takeSnapshot({ mirror, sandbox }, checkout, 'Before files are put back')
  const stdin = await linesBetween(mirror, now, commit)
  if (stdin === '') return
  const spec = { checkout: checkout.path, writable: true, allowHosts: [], limits: LIMITS }
  const done = await sandbox.run(SCRIPT, spec, { stdin })
  if (done.killed === undefined && done.code === 0) return
  const end = done.killed ?? `exit code ${done.code}`
  throw new StageFailure(
    'internal',
    `Putting files back ended with ${end}: ${done.stderr.trim().slice(-500)}`,
  )
}

/** With all that they reach: a fetch that was killed may have stored a commit and not yet its files. */
export async function hasCommits(mirror: Mirror, commits: readonly ObjectId[]): Promise<boolean> {
  if (commits.length === 0) return true
  // Git's own test after a fetch. What a ref reaches is whole, so it ends at once where everything is kept.
  const args = ['rev-list', '--objects', '--quiet', '--stdin', '--not', '--all']
  const input = commits.map((commit) => `${commit}^{commit}\n`).join('')
  return (await git(mirror.dir, args, { input, accept: [1, 128] })).code === 0
}

/**
 * A merge of everything kept so far: one ref, and so one push, holds all that another machine needs to go on. Where all
 * of it is reached already, and the last one's tree is there, nothing is added.
 */
export async function keepUnder(
  mirror: Mirror,
  run: string,
  commits: readonly [ObjectId, ...ObjectId[]],
): Promise<void> {
  const ref = refOfRun(run)
  const last = commits.at(-1) ?? commits[0]
  for (;;) {
    const tip = await tipOf(mirror.dir, ref)
    if (tip !== undefined && (await isKept(mirror, tip, commits))) return
    const parents = [...new Set([...(tip === undefined ? [] : [tip]), ...commits])]
    const commit = await commitKept(mirror, { tree: last, parents })
    if (await moveRef(mirror.dir, ref, { from: tip, to: commit })) return
  }
}

async function isKept(mirror: Mirror, tip: ObjectId, commits: readonly ObjectId[]): Promise<boolean> {
  const missing = await git(mirror.dir, ['rev-list', '--max-count=1', ...commits, `^${tip}`, '--'])
  if (missing.text !== '') return false
  return (await treeOf(mirror, tip)) === (await treeOf(mirror, commits.at(-1) ?? tip))
}
