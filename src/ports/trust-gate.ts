/** The trust gate as stages ask it: what the factory knows of a change is looked up, what the forge says is given. */
import type { MergeDecision } from '../core/merge-decision.ts'
import type { RunState } from '../core/state.ts'
import type { MergeFacts } from '../core/trust/decide-merge.ts'

/** What only the forge knows, and only now. */
export type Observed = Pick<
  MergeFacts,
  | 'head'
  | 'headIsOurs'
  | 'labels'
  | 'pull'
  | 'base'
  | 'checks'
  | 'remarksOpen'
  | 'changesRequestedBy'
  | 'approvedBy'
>

export interface TrustGate {
  /** For a run with a reviewed change. Asks no forge; throws UserError where the config cannot be read. */
  decide(run: RunState, observed: Observed): Promise<MergeDecision>
}
