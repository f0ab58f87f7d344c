/** What must survive the process besides GitHub itself: intents of comment edits, and the figures of past runs. */
import type { Continuity, Spend } from '../core/spend.ts'
import type { IssueRef, ObjectId } from '../core/ids.ts'
import type { RunState } from '../core/state.ts'
import type { RunPack } from './workspace.ts'

/** What we are about to write, stored before the edit: an unconfirmed intent is written again, and a rev never goes back. */
export interface Intent {
  readonly comment: number
  readonly state: RunState
  readonly body: string
  readonly confirmed: boolean
  /** Hashes of long texts that were posted in comments of their own. */
  readonly spilled: readonly string[]
}

export interface PastRun {
  readonly repo: number
  readonly run: string
  readonly ended: string
  readonly outcome: string
  readonly spent: Spend
  readonly continuity: Continuity
  readonly minutes: number
}

export interface Store {
  saveIntent(key: string, intent: Intent): Promise<void>
  intent(key: string): Promise<Intent | undefined>
  /** The states last meant to be written of all runs of a repository that have not ended. */
  openRuns(repo: number): Promise<readonly RunState[]>
  /** The same of all repositories. */
  allOpenRuns(): Promise<readonly RunState[]>
  /** Issues whose intent is not confirmed, those of ended runs too: what is at the forge may not be what was meant. */
  unsettled(): Promise<readonly IssueRef[]>
  /** The newest commit of the default branch whose config was without a mistake when a run began there. */
  saveGoodConfig(repo: number, commit: ObjectId): Promise<void>
  goodConfig(repo: number): Promise<ObjectId | undefined>
  /** What machines hand to each other of a run whose commits are not pushed; the last one saved is what counts. */
  savePack(run: string, pack: RunPack): Promise<void>
  pack(run: string): Promise<RunPack | undefined>
  dropPack(run: string): Promise<void>
  saveRun(run: PastRun): Promise<void>
  /** Newest first, at most `limit`. */
  pastRuns(repo: number, limit: number): Promise<readonly PastRun[]>
  /** Until when a look at what webhooks may have missed is complete: ISO time by the forge's clock, per subject. */
  saveWatermark(subject: string, at: string): Promise<void>
  watermark(subject: string): Promise<string | undefined>
  /**
   * Forgets what is older than `days` and nobody asks for any more: payloads of ended jobs (their ids stay for 30 days,
   * which is how we know a delivery that comes twice), journals and packs of runs that ended without our hearing,
   * bodies of ended intents. Answers how many rows that was.
   */
  forgetOlderThan(days: number): Promise<number>
}
