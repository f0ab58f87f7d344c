/** Moving refs of the mirror, of which several processes may work on one: never unseen over another's move. */
import { rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { runId } from '../../core/ids.ts'
import type { ObjectId } from '../../core/ids.ts'
import { git, GitError } from './git.ts'

/** Git holds a ref's lock for milliseconds; what is older belonged to a git that was killed, and nobody removes it. */
export const STALE_LOCK_MS = 10_000
/** Longer than a lock that somebody left behind a moment ago takes to become stale. */
const PATIENCE_MS = 2 * STALE_LOCK_MS
const PAUSE_MS = 50

const NOTHING = '0'.repeat(40)

/** Where everything of a run is kept, here and at the forge. Throws for what could be a path. */
export function refOfRun(run: string): string {
  return `refs/millwright/${runId.parse(run)}`
}

export async function tipOf(dir: string, ref: string): Promise<ObjectId | undefined> {
  const found = await git(dir, ['rev-parse', '--verify', '--quiet', ref], { accept: [1, 128] })
  return found.code === 0 ? found.text : undefined
}

/** From exactly `from` (undefined: it is not there) to `to` (undefined: gone). False when it was elsewhere. */
export async function moveRef(
  dir: string,
  ref: string,
  { from, to }: { from: ObjectId | undefined; to: ObjectId | undefined },
): Promise<boolean> {
  const where = to === undefined ? ['-d', ref, from ?? NOTHING] : [ref, to, from ?? NOTHING]
  const until = performance.now() + PATIENCE_MS
  for (;;) {
    const moved = await git(dir, ['update-ref', ...where], { accept: [1, 128] })
    if (moved.code === 0) return true
    if ((await tipOf(dir, ref)) !== from) return false
    if (!/File exists/.test(moved.stderr) || performance.now() > until)
      throw new GitError({ verb: 'update-ref', code: moved.code, stderr: moved.stderr })
    await clearStaleLock(dir, ref)
    await sleep(PAUSE_MS)
  }
}

export async function clearStaleLock(dir: string, ref: string): Promise<void> {
  const lock = join(dir, `${ref}.lock`)
  const changed = await stat(lock).then(
    (found) => found.mtimeMs,
    () => Infinity,
  )
  if (Date.now() - changed > STALE_LOCK_MS) await rm(lock, { force: true })
}
