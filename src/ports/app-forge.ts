/** What looking finds that no webhook told: issues that changed, who labelled them, and deliveries that failed. */
import type { ActorRef, IssueRef, RepoRef } from '../core/ids.ts'

/** One line of a list of what changed: an issue, or a pull request, which GitHub lists as one. */
export interface ChangedIssue {
  readonly ref: IssueRef
  readonly isPull: boolean
  readonly state: 'open' | 'closed'
  readonly labels: readonly string[]
  readonly title: string
  readonly body: string
  readonly author: ActorRef | null
  readonly updatedAt: string
}

/** The newest time a label that is there now was put on. */
export interface Labelling {
  readonly by: ActorRef | null
  readonly labeller: 'person' | 'bot' | 'issue_form'
  readonly at: string
  /** Title or body were changed after that; also where nobody can tell. */
  readonly editedSince: boolean
}

/** A delivery of which no attempt was answered with success. */
export interface FailedDelivery {
  /** Of its newest attempt: what a redelivery is asked for by. */
  readonly id: number
  /** `X-GitHub-Delivery`, the same for all attempts. */
  readonly guid: string
  readonly event: string
  /** Of its newest attempt. */
  readonly deliveredAt: string
  readonly firstAt: string
  readonly attempts: number
  /**
   * Other deliveries: none was taken since its first attempt, or only since its newest (whatever was in the way is away
   * again), or between the two (it is this one that is not taken).
   */
  readonly othersTaken: 'none' | 'since' | 'meanwhile'
}

/** What only the App itself may ask (with its JWT, not for one installation). */
export interface AppForge {
  /** Every repository of every installation that is not suspended. */
  repositories(): Promise<readonly RepoRef[]>
  /** Those whose first attempt was at `since` or later; newest attempt first. GitHub keeps three days. */
  failedDeliveries(since: string): Promise<readonly FailedDelivery[]>
  /** GitHub sends it again under the same guid. */
  redeliver(id: number): Promise<void>
}
