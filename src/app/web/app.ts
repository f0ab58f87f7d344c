/** A process at work, as one thing to be closed: in the order in which nothing is lost. */
import type { Durable } from '../../ports/durable.ts'
import type { Door } from '../door.ts'
import type { Readiness } from '../readiness.ts'
import type { Watch } from '../watch.ts'

export interface AppParts {
  readonly readiness: Readiness
  readonly durable: Durable
  /** Undefined for a worker that nobody asks how it is. */
  readonly door: Door | undefined
  /** Whether deliveries come in at the door. */
  readonly takesDeliveries: boolean
  /** What claims jobs, where anything does. */
  readonly works?: { close(): Promise<void> }
  readonly watches: readonly Watch[]
  /** Milliseconds that work gets to end in. */
  readonly graceMs: number
}

export interface App {
  /** Undefined where no deliveries are taken. */
  readonly webhookUrl: string | undefined
  readonly durable: Durable
  readonly graceMs: number
  close(): Promise<void>
}

export function createApp(parts: AppParts): App {
  const { durable, door, graceMs, takesDeliveries } = parts
  let closing: Promise<void> | undefined
  return {
    webhookUrl: takesDeliveries ? door?.webhookUrl : undefined,
    durable,
    graceMs,
    close: () => (closing ??= closeAll(parts)),
  }
}

async function closeAll({
  readiness,
  durable,
  door,
  takesDeliveries,
  works,
  watches,
}: AppParts): Promise<void> {
  readiness.stopping()
  for (const watch of watches) watch.close()
  // A proxy in front finds another process at once. A worker's door stays: it is alive until its work has ended.
  if (takesDeliveries) await door?.close()
  await works?.close()
  await door?.close()
  await durable.close()
}
