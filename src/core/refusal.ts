/** Refusals: why an event does nothing. Values, not errors: they are normal life. */
import type { EventKind } from './event.ts'
import type { Stage } from './stage.ts'

export type Refusal =
  /** The event has no meaning at this stage. */
  | { readonly code: 'not_here'; readonly stage: Stage; readonly event: EventKind }
  /** It has one, but no edge's guard holds (an approval for another plan, an edit that changed nothing). */
  | { readonly code: 'guard_failed'; readonly stage: Stage; readonly event: EventKind }
  /** A result of an attempt that is not (or no longer) waited for. */
  | { readonly code: 'stale_attempt'; readonly attempt: string }
