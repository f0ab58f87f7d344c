/** The code that the system puts on an error (`ENOENT`, `EADDRINUSE`): what is told to people instead of a message for us. */
import { RetryableError } from '../core/errors.ts'

export function errorCode(error: unknown): string | undefined {
  const holder: unknown = error
  if (typeof holder !== 'object' || holder === null || !('code' in holder)) return undefined
  return typeof holder.code === 'string' ? holder.code : undefined
}

/** The same of what lies behind an error: it says whether a name, a port or a certificate is wrong. */
export function causeCode(error: unknown): string | undefined {
  for (let at = error; typeof at === 'object' && at !== null; at = 'cause' in at ? at.cause : undefined) {
    const code = errorCode(at)
    // Errors of ours carry codes for people who read issues.
    if (code !== undefined && !(at instanceof RetryableError)) return code
  }
  return undefined
}
