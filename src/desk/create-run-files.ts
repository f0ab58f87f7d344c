/** Brings a run's commits to this machine before a stage works on them, and lets other machines have them afterwards. */
import { commitsOf } from '../core/commits-of.ts'
import type { ObjectId } from '../core/ids.ts'
import { isTerminal } from '../core/stage.ts'
import type { RunState } from '../core/state.ts'
import { specOf } from '../core/state.ts'
import type { Log } from '../ports/log.ts'
import type { RunFiles } from '../ports/run-files.ts'
import type { Workspace, Workspaces } from '../ports/workspace.ts'

export interface RunFilesDeps {
  readonly workspaces: Workspaces
  readonly log: Log
}

/** Below it nothing is ever pushed. */
const SHARED_FROM = 2

function isShared(state: RunState): boolean {
  return (specOf(state)?.policy.trust ?? 0) >= SHARED_FROM
}

async function bring(
  { workspaces, log }: RunFilesDeps,
  state: RunState,
  again: boolean,
): Promise<'there' | 'gone'> {
  const commits = commitsOf(state)
  const spec = specOf(state)
  if (spec === undefined) return 'there'
  const { repo } = state.issue
  const workspace = await workspaces.open(repo)
  const isHere = await workspace.has(...commits)
  if (isHere && !again) return 'there'
  // Its chain has the base, too. Below level 2 there is none, and the base alone may be all that is needed.
  if (isShared(state)) await workspace.fetchShared(state.run)
  if (isHere || (await workspace.has(...commits))) return 'there'
  await workspaces.sync(repo, spec.base.branch)
  if (await workspace.has(...commits)) return 'there'
  log.warn('files_gone', { run: state.run, commits: commits.join(' ') })
  return 'gone'
}

/** What is not here cannot be kept; the next stage that needs it will say so. */
async function keep(workspace: Workspace, state: RunState, log: Log): Promise<void> {
  const commits: ObjectId[] = []
  for (const commit of commitsOf(state)) {
    if (await workspace.has(commit)) commits.push(commit)
    else log.warn('commit_not_kept', { run: state.run, commit })
  }
  const [first, ...others] = commits
  if (first !== undefined) await workspace.keep(state.run, [first, ...others])
}

export function createRunFiles(deps: RunFilesDeps): RunFiles {
  const { workspaces, log } = deps
  return {
    bring: (state, again) => bring(deps, state, again),
    async share(state) {
      // A run that has ended leaves nothing to go on with.
      if (isTerminal(state.at.stage) || specOf(state) === undefined) return
      const workspace = await workspaces.open(state.issue.repo)
      await keep(workspace, state, log)
      if (isShared(state)) await workspace.share(state.run)
    },
    async drop(state) {
      if (specOf(state) === undefined) return
      const workspace = await workspaces.open(state.issue.repo)
      await workspace.drop(state.run, isShared(state))
    },
  }
}
