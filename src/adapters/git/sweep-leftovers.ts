/** Clears the state folder of what dead processes left: checkouts, index files, drafts, and locks that nobody holds. */
import { lstat, readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { lifeOf, markOf } from './process-mark.ts'
import { STALE_LOCK_MS } from './refs.ts'

/** No stage and no git runs as long as this; for what says of nobody whether they live. */
const LEFT_BEHIND_MS = 24 * 3600 * 1000

export interface Sweep {
  readonly root: string
  /** Removes a checkout, also where an agent closed its folders. */
  readonly discard: (path: string) => Promise<void>
}

/** Answers how many checkouts were removed. What cannot be removed now is left for the next time. */
export async function sweepLeftovers({ root, discard }: Sweep): Promise<number> {
  const temporary = join(root, 'temporary')
  const judge = createJudge(temporary)
  let removed = 0
  for (const path of await entriesOf(join(root, 'checkouts'))) {
    if (!(await judge.isLeft(path))) continue
    if (await judge.remove(path, () => discard(path))) removed += 1
  }
  const files = await entriesOf(temporary)
  // Sockets last: as long as one is there it is known that nobody listens, and the rest can be told to be nobody's.
  for (const path of files.toSorted((a, b) => Number(isSocket(a)) - Number(isSocket(b)))) {
    if (!(await judge.isLeft(path)) || (isSocket(path) && judge.hasMore(path))) continue
    await judge.remove(path, () => rm(path, { recursive: true, force: true }))
  }
  for (const mirror of await entriesOf(join(root, 'mirrors'))) await sweepMirror(mirror)
  return removed
}

const nameOf = (path: string): string => path.slice(path.lastIndexOf('/') + 1)
const isSocket = (path: string): boolean => nameOf(path).startsWith('alive-')

interface Judge {
  isLeft(path: string): Promise<boolean>
  /** False where it could not be. */
  remove(path: string, work: () => Promise<void>): Promise<boolean>
  /** Something of the same process could not be removed. */
  hasMore(path: string): boolean
}

function createJudge(temporary: string): Judge {
  const lives = new Map<string, ReturnType<typeof lifeOf>>()
  const stuck = new Set<string>()
  return {
    async isLeft(path) {
      const mark = markOf(nameOf(path))
      if (mark === undefined) return isOlder(path, LEFT_BEHIND_MS)
      const life = lives.get(mark) ?? lifeOf(temporary, mark)
      lives.set(mark, life)
      const known = await life
      return known === 'unknown' ? isOlder(path, LEFT_BEHIND_MS) : known === 'dead'
    },
    async remove(path, work) {
      try {
        await work()
        return true
      } catch {
        stuck.add(markOf(nameOf(path)) ?? '')
        return false
      }
    },
    hasMore: (path) => stuck.has(markOf(nameOf(path)) ?? ''),
  }
}

/** A git that was killed leaves the lock that it held, on which all others wait, and what it had not written to its end. */
async function sweepMirror(dir: string): Promise<void> {
  for (const path of await entriesOf(dir)) if (path.endsWith('.lock')) await removeOld(path, STALE_LOCK_MS)
  for (const path of await below(join(dir, 'refs')))
    if (path.endsWith('.lock')) await removeOld(path, STALE_LOCK_MS)
  for (const folder of await entriesOf(join(dir, 'objects')))
    for (const path of await entriesOf(folder))
      if (nameOf(path).startsWith('tmp_')) await removeOld(path, LEFT_BEHIND_MS)
}

async function removeOld(path: string, ms: number): Promise<void> {
  if (await isOlder(path, ms)) await rm(path, { force: true })
}

async function isOlder(path: string, ms: number): Promise<boolean> {
  const changed = await lstat(path).then(
    (found) => found.mtimeMs,
    () => Infinity,
  )
  return Date.now() - changed > ms
}

/** Nothing where there is no such folder. */
async function entriesOf(folder: string): Promise<string[]> {
  const names = await readdir(folder).catch(() => [])
  return names.map((name) => join(folder, name))
}

async function below(folder: string): Promise<string[]> {
  const names = await readdir(folder, { recursive: true }).catch(() => [])
  return names.map((name) => join(folder, name))
}
