/** Trust level 1: the change as a patch in one comment, and nothing pushed. */
import { StageFailure } from '../../core/errors.ts'
import { renderProposal } from '../../core/say/proposal.ts'
import { changedFiles } from './changed-files.ts'
import type { Publication } from './publication.ts'

/** The comment's address. One of ours that holds the same patch is looked for first, and then nothing is posted. */
export async function proposePatch({ deps, context, at, workspace }: Publication): Promise<string> {
  const { run, signal } = context
  const base = at.spec.base.commit
  const { commit, tree } = at.change
  // The same rules as for a push: people apply the patch on their own machines.
  await changedFiles(workspace, base, commit)
  const marker = `<!-- millwright:patch:${run.run}.${tree} -->`
  const said = await deps.issues.comments(run.issue)
  const there = said.find(({ ours, body }) => ours && body.includes(marker))
  if (there) return there.url
  const patch = await workspace.patch(base, commit)
  const text = renderProposal({ title: at.plan.title, issue: run.issue.number, base, patch, marker })
  if (text === undefined) {
    throw new StageFailure('patch_too_long', `The patch has ${patch.length} characters.`)
  }
  signal.throwIfAborted()
  return (await deps.issues.addComment(run.issue, text)).url
}
