/** What every step of a publication works with. */
import type { RepoRef } from '../../core/ids.ts'
import type { WorkingPosition } from '../../core/state.ts'
import type { Clock } from '../../ports/clock.ts'
import type { IssuesForge, PullsForge } from '../../ports/forge.ts'
import type { StageContext } from '../../ports/stage.ts'
import type { TrustGate } from '../../ports/trust-gate.ts'
import type { Workspace, Workspaces } from '../../ports/workspace.ts'

export interface PublishingDeps {
  readonly issues: Pick<IssuesForge, 'comments' | 'addComment'>
  readonly pulls: Pick<PullsForge, 'commit' | 'openDraft' | 'describe' | 'comment' | 'checkRun'>
  readonly workspaces: Workspaces
  readonly gate: TrustGate
  readonly clock: Pick<Clock, 'now'>
  /** The repository's address for people, without a slash at the end; what our texts may link to. */
  readonly repoUrl: (repo: RepoRef) => string
  /** True where a person's token stands for the App; the pull request says what that cannot do. */
  readonly byToken?: boolean
}

type AtPublishing = Extract<WorkingPosition, { stage: 'publishing' }>

export interface Publication {
  readonly deps: PublishingDeps
  readonly context: StageContext
  readonly at: AtPublishing
  readonly workspace: Workspace
}
