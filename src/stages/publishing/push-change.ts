/** Puts the proved tree on the run's branch as one commit: a new branch, or the next commit of a published one. */
import { branchName } from '../../core/branch-name.ts'
import { StageFailure } from '../../core/errors.ts'
import type { ObjectId } from '../../core/ids.ts'
import type { Published } from '../../core/state.ts'
import type { CommitRequest } from '../../ports/forge.ts'
import { changedFiles } from './changed-files.ts'
import { commitMessage, reworkMessage } from './commit-message.ts'
import type { Publication } from './publication.ts'

export interface Pushed {
  readonly branch: string
  readonly head: ObjectId
}

function moved(branch: string, found: ObjectId): StageFailure {
  const detail = `The branch ${branch} points to ${found}, which is not what was put there.`
  return new StageFailure('branch_moved', detail, { resumable: true })
}

async function commit({ deps, context }: Publication, request: CommitRequest): Promise<Pushed> {
  const { branch } = request
  const outcome = await deps.pulls.commit(context.run.issue.repo, request)
  if (outcome.kind === 'moved') throw moved(branch, outcome.found)
  return { branch, head: outcome.commit }
}

async function pushFirst(publication: Publication): Promise<Pushed> {
  const { context, at, workspace } = publication
  const { run } = context
  const base = at.spec.base.commit
  return commit(publication, {
    branch: branchName({ issue: run.issue.number, title: at.plan.title, run: run.run }),
    parent: base,
    tree: at.change.tree,
    message: commitMessage(run, at),
    files: await changedFiles(workspace, base, at.change.commit),
  })
}

/**
 * The published commit was made at the forge, so the branch is fetched to know what is in it. A base that moved becomes
 * the second parent: people's clones follow, and what they have read stays where it is.
 */
async function pushAgain(publication: Publication, pull: Published): Promise<Pushed> {
  const { deps, context, at, workspace } = publication
  const { branch, head } = pull
  const base = at.spec.base.commit
  const { tree } = at.change
  const { commit: found } = await deps.workspaces.sync(context.run.issue.repo, branch)
  const isThere = (await workspace.tree(found)) === tree
  // An attempt that was cut short may have moved it; the forge tells by tree and trailer whether that was ours.
  if (found !== head && !isThere) throw moved(branch, found)
  const takesIn = pull.base !== base
  if (isThere && !takesIn && found === head) return { branch, head }
  const from = takesIn ? base : head
  const same = (await workspace.tree(takesIn ? base : found)) === tree
  return commit(publication, {
    branch,
    parent: head,
    ...(takesIn && { alsoParent: base }),
    tree,
    message: reworkMessage(context.run, at, pull),
    files: same ? [] : await changedFiles(workspace, from, at.change.commit),
  })
}

export async function pushChange(publication: Publication): Promise<Pushed> {
  const { pull } = publication.at
  return pull === null ? pushFirst(publication) : pushAgain(publication, pull)
}
