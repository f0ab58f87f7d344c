/** What the engine needs from outside, in one place: every part of it takes the piece it uses. */
import type { Command } from '../ports/command.ts'
import type { FindCurb } from '../ports/curb.ts'
import type { Disk } from '../ports/disk.ts'
import type { Look } from '../ports/look.ts'
import type { Clock, Random } from '../ports/clock.ts'
import type { Incoming, Work } from '../ports/incoming.ts'
import type { Forge } from '../ports/forge.ts'
import type { Journal } from '../ports/journal.ts'
import type { Locks } from '../ports/lock.ts'
import type { Log } from '../ports/log.ts'
import type { Queue } from '../ports/queue.ts'
import type { RunFiles } from '../ports/run-files.ts'
import type { Signer } from '../ports/signer.ts'
import type { StageRunner } from '../ports/stage.ts'
import type { Store } from '../ports/store.ts'
import type { Meter } from '../ports/agents.ts'
import type { Caps } from '../core/spend.ts'
import type { WorkKind } from '../core/effect.ts'
import type { IssueRef, RepoRef } from '../core/ids.ts'
import type { RunState } from '../core/state.ts'
import type { Progress } from '../ports/progress.ts'

/** Someone who wants to see runs move: the terminal, a test, later the run page. Never decides anything. */
export interface Observer {
  moved(state: RunState): void
  progress(issue: IssueRef): Progress
}

export interface EngineDeps {
  readonly forge: Forge
  readonly store: Store
  readonly journal: Pick<Journal, 'read'>
  readonly files: RunFiles
  readonly signer: Signer
  readonly locks: Locks
  readonly queue: Queue<Incoming, Work>
  readonly clock: Clock
  readonly random: Random
  readonly log: Log
  readonly stages: Readonly<Record<WorkKind, StageRunner>>
  readonly findCurb: FindCurb
  readonly disk: Disk
  readonly look: Look
  /** By verb. */
  readonly commands: ReadonlyMap<string, Command>
  /** A meter that goes on from what the run has spent and read. */
  readonly createMeter: (state: RunState, limit: Caps) => Meter
  readonly source: 'live' | 'recorded'
  /** Caps for intake, before the repository's config is read. */
  readonly defaultCaps: Caps
  /** `https://github.com`, or the forge's own address: where links in comments may point. */
  readonly webUrl: string
  /** The label that starts a run in this repository, as its config on the default branch says now. */
  readonly startLabel: (repo: RepoRef) => Promise<string>
  readonly observer: Observer
}
