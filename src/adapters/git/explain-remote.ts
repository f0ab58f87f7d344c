/**
 * The one place that reads git's words, but for those of a full disk: over HTTP git tells why it failed in stderr only, with exit code 128 for
 * everything. The locale is fixed, and what is not recognised is "later", which is safe.
 */
import { RetryableError, UserError } from '../../core/errors.ts'
import type { RepoRef } from '../../core/ids.ts'
import { oneLine } from '../../core/untrusted.ts'
import { GitError } from './git.ts'

const MOVED = /error: 30[1278]|redirect/i
const FORBIDDEN = /error: 40[134]|authentication failed|could not read username|not found/i
/** GitHub's 403 for who asks too often, which waiting mends. */
const TOO_OFTEN = /rate limit/i
const ARCHIVED = /was archived/i

/** Characters of what the forge says; its reasons are a sentence or two, with links and lists behind. */
const SAID_ROOM = 600

export function repoName({ owner, name }: RepoRef): string {
  return `${owner}/${name}`
}

/** True where the fetch failed for want of the ref, and for nothing else. */
export function isMissingRef(error: unknown): boolean {
  return error instanceof GitError && error.code === 128 && /couldn't find remote ref/i.test(error.stderr)
}

export function explainFetch(error: unknown, repo: RepoRef): unknown {
  if (!(error instanceof GitError) || error.code !== 128 || error.isFull) return error
  const name = repoName(repo)
  if (MOVED.test(error.stderr)) return movedAway(name, error)
  if (FORBIDDEN.test(error.stderr) && !TOO_OFTEN.test(error.stderr))
    return new UserError(
      'forge_refused',
      `${name} could not be fetched. The App needs the permission "Contents: read" and must be installed on this repository.`,
      { cause: error },
    )
  const message = `${name} could not be fetched now; it will be tried again.`
  return new RetryableError('forge_unavailable', message, { cause: error })
}

/** A push that never came to the point: the forge was not there, or did not let us in. */
export function explainPush(error: unknown, repo: RepoRef): unknown {
  if (!(error instanceof GitError) || error.code !== 128 || error.isFull) return error
  const name = repoName(repo)
  if (MOVED.test(error.stderr)) return movedAway(name, error)
  if (ARCHIVED.test(error.stderr))
    return new UserError('repository_archived', `${name} was archived, so nothing can be pushed to it.`, {
      cause: error,
    })
  if (FORBIDDEN.test(error.stderr) && !TOO_OFTEN.test(error.stderr))
    return new UserError(
      'forge_refused',
      `${name} could not be pushed to. The App needs the permission "Contents: write" and must be installed on this repository.`,
      { cause: error },
    )
  return later(name, error)
}

function movedAway(name: string, cause: GitError): UserError {
  return new UserError(
    'forge_refused',
    `${name} answers from another address: it was probably renamed or moved. Start the run again under its new name.`,
    { cause },
  )
}

function later(name: string, cause?: unknown): RetryableError {
  const message = `${name} could not be pushed to now; it will be tried again.`
  return new RetryableError('forge_unavailable', message, { cause })
}

export interface PushAnswer {
  /** Of `git push --porcelain`. */
  readonly text: string
  readonly stderr: string
}

/**
 * What became of the one ref that was pushed. `moved`: it is elsewhere at the forge by now. `refused`: by a rule of the
 * repository, with the reason. `broken`: nobody said.
 */
type PushRefusal = { readonly kind: 'moved' | 'broken' } | { readonly kind: 'refused'; readonly said: string }

/** The forge's own troubles, not its rules: two pushes at once, or a store that is away. */
const NOT_NOW =
  /lock ref|update ref|old value|already exists|internal|time.?d? ?out|unpack|missing necessary objects/i

export function readRefusal({ text, stderr }: PushAnswer): PushRefusal {
  const line = text.split('\n').find((each) => each.startsWith('!\t'))
  const summary = line?.split('\t')[2] ?? ''
  if (summary.startsWith('[rejected]')) return { kind: 'moved' }
  const reason = /^\[remote rejected\] \((.*)\)$/s.exec(summary)?.[1]
  if (reason === undefined) return { kind: 'broken' }
  if (NOT_NOW.test(reason)) return { kind: 'moved' }
  const said = stderr
    .split('\n')
    .flatMap((each) => (each.startsWith('remote:') ? [each.slice('remote:'.length).trim()] : []))
    .filter((each) => each !== '')
  return { kind: 'refused', said: oneLine([reason, ...said].join('\n'), SAID_ROOM) }
}

/** The same as an error; `ref` is what was pushed. Not to be tried again where a rule refused it. */
export function refusedPush(refusal: PushRefusal, repo: RepoRef, ref: string): UserError | RetryableError {
  const name = repoName(repo)
  if (refusal.kind !== 'refused') return later(name)
  return new UserError('forge_refused', `${name} does not take \`${ref}\`. It says: ${refusal.said}`)
}
