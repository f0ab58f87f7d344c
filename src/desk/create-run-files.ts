/** Brings a run's commits to this machine before a stage works on them, and lets other machines have them afterwards. */
import { commitsOf } from '../core/commits-of.ts'
import type { ObjectId } from '../core/ids.ts'
import { isTerminal } from '../core/stage.ts'
import type { RunState, Spec } from '../core/state.ts'
import { specOf } from '../core/state.ts'
import type { Log } from '../ports/log.ts'
import type { RunFiles } from '../ports/run-files.ts'
import type { Store } from '../ports/store.ts'
import type { Workspace, Workspaces } from '../ports/workspace.ts'

export interface RunFilesDeps {
  readonly workspaces: Workspaces
  readonly packs: Pick<Store, 'savePack' | 'pack' | 'dropPack'>
  readonly log: Log
}

/** Below it nothing is ever pushed; machines hand each other packs through the database. */
const SHARED_FROM = 2

function isShared(state: RunState): boolean {
  return (specOf(state)?.policy.trust ?? 0) >= SHARED_FROM
}

/** Before the level was lowered, something may have been. */
function wasShared(state: RunState): boolean {
  const began = specOf(state)?.policy.began_with
  return isShared(state) || (began?.trust ?? 0) >= SHARED_FROM
}

/** What every machine can have from the forge. */
function forgesOwn({ base, policy }: Spec): readonly ObjectId[] {
  return [policy.config_commit, base.commit]
}

async function bring(deps: RunFilesDeps, state: RunState, again: boolean): Promise<'there' | 'gone'> {
  const { workspaces, packs, log } = deps
  const commits = commitsOf(state)
  const spec = specOf(state)
  if (spec === undefined) return 'there'
  const { repo } = state.issue
  const workspace = await workspaces.open(repo)
  const isHere = await workspace.has(...commits)
  if (isHere && !again) return 'there'
  // Its chain has the base, too. A pack has not, and the base alone may be all that is needed.
  if (wasShared(state)) await workspace.fetchShared(state.run)
  if (!(await workspace.has(...forgesOwn(spec)))) await workspaces.sync(repo, spec.base.branch)
  const pack = isShared(state) ? undefined : await packs.pack(state.run)
  if (pack) await workspace.unpack(state.run, pack)
  if (isHere || (await workspace.has(...commits))) return 'there'
  log.warn('files_gone', { run: state.run, commits: commits.join(' ') })
  return 'gone'
}

/** What is not here cannot be kept; the next stage that needs it will say so. */
async function keep(workspace: Workspace, state: RunState, log: Log): Promise<void> {
  const wanted = commitsOf(state)
  const [first, ...others] = (await workspace.has(...wanted))
    ? wanted
    : await thoseHere(workspace, state, log)
  if (first !== undefined) await workspace.keep(state.run, [first, ...others])
}

async function thoseHere(workspace: Workspace, state: RunState, log: Log): Promise<readonly ObjectId[]> {
  const commits: ObjectId[] = []
  for (const commit of commitsOf(state)) {
    if (await workspace.has(commit)) commits.push(commit)
    else log.warn('commit_not_kept', { run: state.run, commit })
  }
  return commits
}

async function hand({ packs, log }: RunFilesDeps, workspace: Workspace, state: RunState): Promise<void> {
  const spec = specOf(state)
  const known = spec === undefined ? [] : forgesOwn(spec)
  const pack = (await workspace.has(...known)) ? await workspace.pack(state.run, known) : undefined
  if (pack) return packs.savePack(state.run, pack)
  log.warn('files_not_packed', { run: state.run })
}

export function createRunFiles(deps: RunFilesDeps): RunFiles {
  const { workspaces, packs, log } = deps
  return {
    bring: (state, again) => bring(deps, state, again),
    async share(state) {
      // A run that has ended leaves nothing to go on with.
      if (isTerminal(state.at.stage) || specOf(state) === undefined) return
      const workspace = await workspaces.open(state.issue.repo)
      await keep(workspace, state, log)
      await (isShared(state) ? workspace.share(state.run) : hand(deps, workspace, state))
    },
    async drop(state) {
      if (specOf(state) === undefined) return
      const workspace = await workspaces.open(state.issue.repo)
      await workspace.drop(state.run, wasShared(state))
      await packs.dropPack(state.run)
    },
  }
}
