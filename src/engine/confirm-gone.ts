/** What GitHub says is not there is asked for once more before it is believed: now and then it says so of what is. */
import { RetryableError } from '../core/errors.ts'
import type { EngineDeps } from './deps.ts'

const SECOND_LOOK_MS = 30_000
/** What an older look did not find is another story. */
const STALE_MS = 3_600_000

/**
 * Throws RetryableError at the first look. An earlier try is not enough: it may have failed for another reason, and days
 * on which GitHub answers 502 are those on which it answers 404.
 */
export async function confirmGone(
  { store, clock }: Pick<EngineDeps, 'store' | 'clock'>,
  { what, again }: { what: string; again: boolean },
): Promise<void> {
  const subject = `gone.${what}`
  const missed = await store.watermark(subject)
  const at = clock.now()
  if (again && missed !== undefined && Date.parse(at) - Date.parse(missed) < STALE_MS) return
  await store.saveWatermark(subject, at)
  throw new RetryableError('forge_unavailable', `GitHub says that ${what} is not there.`, {
    retryAfterMs: SECOND_LOOK_MS,
  })
}
