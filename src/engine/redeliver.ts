/** Deliveries that nobody took: GitHub sends none twice by itself, so it is asked to, each after longer pauses. */
import { UserError } from '../core/errors.ts'
import type { AppForge, FailedDelivery } from '../ports/app-forge.ts'
import type { EngineDeps } from './deps.ts'

/** GitHub keeps deliveries for three days. */
const KEPT_MS = 3 * 24 * 3_600_000
/** A request each; whatever is left has waited longest at the next sweep. */
const MOST_AT_ONCE = 100
/** Between two sweeps, with a minute to spare: an attempt is a little younger than the sweep that asked for it. */
const FIRST_PAUSE_MS = 4 * 60_000
const LONGEST_PAUSE_MS = 4 * 3_600_000
/** Over four hours. What is not taken by then, while others are, never will be. */
const MOST_ATTEMPTS = 8
/** A redelivery may not be listed yet. */
const UNLISTED_MS = 2 * 60_000
/** What was on its way when the list was read has the time at which it set out; and our clock may be ahead of GitHub's. */
const ON_ITS_WAY_MS = 10 * 60_000

/** All that it goes by is GitHub's own list of attempts, so it does not matter who asked for them. */
export async function redeliver({ forge, store, log }: EngineDeps, at: string): Promise<void> {
  const { app } = forge
  const now = Date.parse(at)
  if (!app || !(await isItsTurn(store, at))) return
  const since = Math.max(Date.parse((await store.watermark('deliveries')) ?? '') || 0, now - KEPT_MS)
  const failed = await app.failedDeliveries(new Date(since).toISOString())
  const waiting = failed.filter((each) => !isGivenUp(each))
  const due = waiting.filter((each) => dueAt(each) <= now).toSorted((a, b) => dueAt(a) - dueAt(b))
  const asked = due.slice(0, MOST_AT_ONCE)
  if (asked.length > 0) await store.saveWatermark('redelivered', at)
  for (const each of asked) await ask(app, log, each)
  // No further than the first attempt of what still waits, so that its attempts can be counted.
  const looked = Math.min(now - ON_ITS_WAY_MS, ...waiting.map(({ firstAt }) => Date.parse(firstAt)))
  await store.saveWatermark('deliveries', new Date(looked).toISOString())
  if (failed.some(({ attempts }) => attempts > 1))
    log.warn('deliveries_keep_failing', {
      failed: failed.length,
      asked: asked.length,
      waiting: waiting.length - asked.length,
      givenUp: failed.length - waiting.length,
      since: failed.reduce((first, { firstAt }) => (firstAt < first ? firstAt : first), at),
    })
}

/** Sweeps follow each other closely where processes start, and where one died in the midst of this. */
async function isItsTurn(store: EngineDeps['store'], at: string): Promise<boolean> {
  const last = await store.watermark('redelivered')
  return last === undefined || Math.abs(Date.parse(at) - Date.parse(last)) >= UNLISTED_MS
}

async function ask(app: AppForge, log: EngineDeps['log'], delivery: FailedDelivery): Promise<void> {
  const { id, guid, event, attempts } = delivery
  try {
    await app.redeliver(id)
    log.info('redelivered', { guid, event, attempts })
  } catch (error) {
    // One that GitHub has no more must not keep it from the others.
    if (!(error instanceof UserError)) throw error
    log.warn('not_redelivered', { guid, event, why: error.message.slice(0, 300) })
  }
}

/** At once where it failed once, and where whatever was in its way is away: others are taken again. */
function dueAt({ deliveredAt, attempts, othersTaken }: FailedDelivery): number {
  const last = Date.parse(deliveredAt)
  if (attempts === 1 || othersTaken === 'since') return last
  return last + Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** (attempts - 2))
}

function isGivenUp({ attempts, othersTaken }: FailedDelivery): boolean {
  return attempts >= MOST_ATTEMPTS && othersTaken === 'meanwhile'
}
