/** A run's kept commits at the forge, under the same ref as here, so that another machine can go on with them. */
import type { ObjectId } from '../../core/ids.ts'
import { connect } from './connection.ts'
import type { Connection, Network } from './connection.ts'
import { explainFetch, explainPush, isMissingRef, readRefusal, refusedPush } from './explain-remote.ts'
import type { PushAnswer } from './explain-remote.ts'
import { git } from './git.ts'
import { hasCommits } from './kept-files.ts'
import type { Mirror } from './mirror.ts'
import { moveRef, refOfRun, tipOf } from './refs.ts'
import { commitKept } from './tree-edits.ts'

/** Two machines that share one run at once are an accident; a third time in a row is a fault. */
const MOST_TRIES = 3

/** Never by force: the chain only grows, so what is there and not here is taken in first. */
export async function shareRun(mirror: Mirror, network: Network, run: string): Promise<void> {
  const ref = refOfRun(run)
  for (let tried = 1; ; tried += 1) {
    const tip = await tipOf(mirror.dir, ref)
    if (tip === undefined) return
    const answer = await push(mirror, await connect(network, mirror.repo, 'write'), `${tip}:${ref}`)
    if (answer === undefined) return
    const refusal = readRefusal(answer)
    if (refusal.kind !== 'moved' || tried === MOST_TRIES) throw refusedPush(refusal, mirror.repo, ref)
    await fetchShared(mirror, network, run)
  }
}

/** Takes the forge's chain into ours. False where it has none, or something else under its name. */
export async function fetchShared(mirror: Mirror, network: Network, run: string): Promise<boolean> {
  const ref = refOfRun(run)
  const connection = await connect(network, mirror.repo, 'read')
  try {
    const theirs = await remoteTip(connection, ref)
    if (theirs === undefined) return false
    if (!(await hasCommits(mirror, [theirs]))) await fetchRef(mirror, connection, ref)
    // Whoever may push can put anything there, and below our ref nothing but commits can be kept.
    if (!(await hasCommits(mirror, [theirs]))) return false
    await takeIn(mirror, ref, theirs)
    return true
  } catch (error) {
    // Removed since it was listed: the run has ended.
    if (isMissingRef(error)) return false
    throw explainFetch(error, mirror.repo)
  }
}

async function remoteTip({ url, options }: Connection, ref: string): Promise<ObjectId | undefined> {
  const { text } = await git(undefined, ['ls-remote', '--refs', url, ref], options)
  // A pattern, also where it looks like a whole name: it would match below another folder, too.
  return text
    .split('\n')
    .find((line) => line.endsWith(`\t${ref}`))
    ?.split('\t')[0]
}

async function fetchRef(mirror: Mirror, { url, options }: Connection, ref: string): Promise<void> {
  const flags = ['--quiet', '--no-tags', '--no-write-fetch-head', '--no-recurse-submodules']
  // As one pack, whole or not at all: no ref says afterwards which objects of a fetch that was killed are missing.
  await git(mirror.dir, ['-c', 'fetch.unpackLimit=1', 'fetch', ...flags, url, ref], options)
}

/** The chain only grows: what is there and not here is merged, so that a ref reaches all that either of them did. */
export async function takeIn(mirror: Mirror, ref: string, theirs: ObjectId): Promise<void> {
  for (;;) {
    const ours = await tipOf(mirror.dir, ref)
    if (ours !== undefined && (await reaches(mirror, ours, theirs))) return
    const grown = ours === undefined || (await reaches(mirror, theirs, ours))
    const to = grown ? theirs : await commitKept(mirror, { tree: ours, parents: [ours, theirs] })
    if (await moveRef(mirror.dir, ref, { from: ours, to })) return
  }
}

async function reaches(mirror: Mirror, from: ObjectId, commit: ObjectId): Promise<boolean> {
  const args = ['merge-base', '--is-ancestor', commit, from]
  return (await git(mirror.dir, args, { accept: [1] })).code === 0
}

/** At the forge first: what is gone here already could not be told from what was never there. */
export async function dropRun(
  mirror: Mirror,
  network: Network,
  { run, shared }: { run: string; shared: boolean },
): Promise<void> {
  const ref = refOfRun(run)
  if (shared) await dropShared(mirror, network, ref)
  for (;;) {
    const tip = await tipOf(mirror.dir, ref)
    if (tip === undefined || (await moveRef(mirror.dir, ref, { from: tip, to: undefined }))) return
  }
}

async function dropShared(mirror: Mirror, network: Network, ref: string): Promise<void> {
  const answer = await push(mirror, await connect(network, mirror.repo, 'write'), `:${ref}`)
  if (answer === undefined || /remote ref does not exist/.test(answer.stderr)) return
  throw refusedPush(readRefusal(answer), mirror.repo, ref)
}

/** Undefined when it was done, or was so already; else what git said of the refusal. */
async function push(
  mirror: Mirror,
  { url, options }: Connection,
  refspec: string,
): Promise<PushAnswer | undefined> {
  const flags = ['--porcelain', '--no-verify', '--no-follow-tags', '--recurse-submodules=no']
  try {
    const pushed = await git(mirror.dir, ['push', ...flags, url, refspec], { ...options, accept: [1] })
    return pushed.code === 0 ? undefined : { text: pushed.text, stderr: pushed.stderr }
  } catch (error) {
    throw explainPush(error, mirror.repo)
  }
}
