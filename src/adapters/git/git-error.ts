/** What a git call that failed says: the command, how it ended, and git's own words without noise or secrets. */

/** Git says so in words alone: the system's, or its own where it writes packs. The locale is fixed. */
const FULL = /No space left on device|Disk quota exceeded|Out of diskspace/

/** `code` is git's exit code; undefined when it never ran, was killed, or was aborted. */
export class GitError extends Error {
  override readonly name = 'GitError'
  readonly verb: string
  readonly code: number | undefined
  readonly stderr: string
  /** The disk that git wrote to is full. */
  readonly isFull: boolean
  constructor(failed: { verb: string; code: number | undefined; stderr: string }, options?: ErrorOptions) {
    const how = failed.code === undefined ? 'did not finish' : `ended with exit code ${failed.code}`
    super(`git ${failed.verb} ${how}${failed.stderr === '' ? '' : `: ${failed.stderr}`}`, options)
    this.isFull = FULL.test(failed.stderr)
    // As other errors of the system carry it, for whoever does not know git.
    if (this.isFull) this.cause ??= { code: 'ENOSPC' }
    this.verb = failed.verb
    this.code = failed.code
    this.stderr = failed.stderr
  }
}

/** Long enough for git's reasons, short enough for a log line and a sentence on an issue. */
const STDERR_SHOWN = 2000

// oxlint-disable-next-line no-control-regex -- taking control characters out is the point
const CONTROL = /\u001b\[[0-9;]*[A-Za-z]|[\u0000-\u0008\u000b-\u001f\u007f]/g

/** Git's stderr for people: no progress lines, no control characters, no credentials in URLs, cut from the front. */
export function cleanStderr(raw: string): string {
  const lines = raw
    .split('\n')
    .map((line) => (line.split('\r').at(-1) ?? '').replace(CONTROL, '').trimEnd())
    .filter((line) => line !== '' && !line.startsWith('hint:'))
  const text = lines
    .join('\n')
    .replace(/(\w+:\/\/)[^\s/@]+@/g, '$1***@')
    .replace(/(authorization:\s*)\S+(\s+\S+)?/gi, '$1***')
  return text.length <= STDERR_SHOWN ? text : `…${text.slice(-STDERR_SHOWN)}`
}
