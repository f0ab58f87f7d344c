/** A full disk makes work fail that did nothing wrong: that is "later", and no word about the change. */
import { RetryableError } from '../core/errors.ts'
import type { StageOutcome } from '../core/event.ts'
import type { EngineDeps } from './deps.ts'

/** No room, and no room within the quota. */
const FULL: ReadonlySet<unknown> = new Set(['ENOSPC', 'EDQUOT'])

/** What fails where a test or a tool could not write; a stage that went well had room. */
const BLAMING: ReadonlySet<StageOutcome['kind']> = new Set(['stage_failed', 'proof_failed'])

/** An error as it is to be taken: "later" where the disk is what is behind it, or may be. */
export async function blameDisk({ disk }: Pick<EngineDeps, 'disk'>, error: unknown): Promise<unknown> {
  if (error instanceof RetryableError) return error
  const why = saysFull(error) ? 'nothing more could be written' : await disk.shortage()
  return why === undefined ? error : full(why, error)
}

/** Throws RetryableError for an outcome that the disk may have made. */
export async function checkDisk({ disk }: Pick<EngineDeps, 'disk'>, outcome: StageOutcome): Promise<void> {
  const why = BLAMING.has(outcome.kind) ? await disk.shortage() : undefined
  if (why !== undefined) throw full(why)
}

function full(why: string, cause?: unknown): RetryableError {
  return new RetryableError('disk_full', `the disk is full (${why})`, { cause })
}

/** The system's code, on the error or on what lies behind it. */
function saysFull(error: unknown): boolean {
  for (let at = error; typeof at === 'object' && at !== null; at = 'cause' in at ? at.cause : undefined)
    if ('code' in at && FULL.has(at.code)) return true
  return false
}
