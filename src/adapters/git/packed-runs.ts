/** A run's kept commits as bytes, for machines that share a database and, below trust level 2, nothing at the forge. */
import type { ObjectId } from '../../core/ids.ts'
import type { RunPack } from '../../ports/workspace.ts'
import { git } from './git.ts'
import { hasCommits } from './kept-files.ts'
import type { Mirror } from './mirror.ts'
import { refOfRun, tipOf } from './refs.ts'
import { takeIn } from './shared-refs.ts'

/** Where nothing is pushed the change ends as a patch in a comment of 64 kB; what is far larger never will. Bytes. */
const MOST = 4 * 1024 * 1024

export async function packRun(
  mirror: Mirror,
  run: string,
  known: readonly ObjectId[],
): Promise<RunPack | undefined> {
  const tip = await tipOf(mirror.dir, refOfRun(run))
  if (tip === undefined) return undefined
  const wanted = [tip, ...known.map((commit) => `^${commit}`), ''].join('\n')
  const args = ['pack-objects', '--quiet', '--revs', '--thin', '--threads=1', '--stdout']
  const { stdout } = await git(mirror.dir, args, { input: wanted })
  return stdout.length > MOST ? undefined : { tip, objects: stdout }
}

export async function unpackRun(mirror: Mirror, run: string, { tip, objects }: RunPack): Promise<boolean> {
  if (!(await hasCommits(mirror, [tip]))) {
    // As one pack, whole or not at all. 128: what it leans on is not here.
    const args = ['index-pack', '--stdin', '--fix-thin']
    const taken = await git(mirror.dir, args, { input: objects, accept: [128] })
    if (taken.code !== 0 || !(await hasCommits(mirror, [tip]))) return false
  }
  await takeIn(mirror, refOfRun(run), tip)
  return true
}
