/** What travels on the two queues: events in, work out. */
import type { WorkKind } from '../core/effect.ts'
import type { RunEvent } from '../core/event.ts'
import type { ActorRef, IssueRef } from '../core/ids.ts'

/** What comes in by the events queue. */
export type Incoming =
  | {
      readonly kind: 'run_requested'
      readonly at: string
      readonly issue: IssueRef
      readonly requester: ActorRef
      readonly label: string
    }
  | { readonly kind: 'run_event'; readonly issue: IssueRef; readonly event: RunEvent }

/** What goes out by the work queue: one effect of one saved revision. */
export interface Work {
  readonly issue: IssueRef
  readonly run: string
  readonly rev: number
  readonly effect: { readonly id: string; readonly kind: WorkKind }
}
