/** The one error for a sandbox that could not be had for a call. */
import { UserError } from '../../core/errors.ts'

export function notStarted(why: string): UserError {
  return new UserError('sandbox_unavailable', `The sandbox did not start: ${why.trim().slice(0, 1000)}`)
}
