/** A run whose row is gone: read back from its comment on the forge, and believed only where we wrote it last. */
import type { RunEvent } from '../core/event.ts'
import type { IssueRef } from '../core/ids.ts'
import { notBelievedNote } from '../core/say/rebuilt.ts'
import { isTerminal } from '../core/stage.ts'
import { decodeStateComment } from '../core/state-comment.ts'
import type { RunState } from '../core/state.ts'
import type { Comment } from '../ports/forge.ts'
import type { LockProof } from '../ports/lock.ts'
import { applyEvent } from './apply-event.ts'
import type { EngineDeps } from './deps.ts'
import { follow } from './settle.ts'

export type Rebuilt =
  | { readonly kind: 'run'; readonly state: RunState }
  /** Posted by us before there was a state to sign. */
  | { readonly kind: 'bare' }
  /** There is a state comment, but somebody else had a hand in it; said on the issue. */
  | { readonly kind: 'not_believed' }
  | { readonly kind: 'none' }

/** Call only where the store knows nothing of the issue. */
export async function rebuildRun(deps: EngineDeps, issue: IssueRef, proof: LockProof): Promise<Rebuilt> {
  const all = await deps.forge.issues.comments(issue)
  const ours = all.filter((comment) => comment.ours)
  const spilled = ours.map(({ body }) => body)
  // The newest first: an issue can have had several runs, and each has a comment of its own.
  for (const comment of ours.toReversed()) {
    const binding = { repoId: issue.repo.id, issue: issue.number, commentId: comment.id }
    const decoded = decodeStateComment(comment.body, { signer: deps.signer, binding, spilled })
    if (decoded.kind === 'bare') return { kind: 'bare' }
    if (decoded.kind === 'refused') return notBelieved(deps, { issue, comment, editor: undefined })
    if (decoded.kind !== 'state') continue
    // Who edits our comment can put an older one of our own texts back, and without the store nobody knows better.
    const editor = await deps.forge.issues.lastEditor(issue.repo, comment.id)
    if (editor && !editor.ours) return notBelieved(deps, { issue, comment, editor: editor.login })
    return adopt(deps, { issue, comment, state: decoded.state }, proof)
  }
  return { kind: 'none' }
}

async function adopt(
  deps: EngineDeps,
  { issue, comment, state: read }: { issue: IssueRef; comment: Comment; state: RunState },
  proof: LockProof,
): Promise<Rebuilt> {
  const state = { ...read, issue }
  const intent = { comment: comment.id, state, body: comment.body, confirmed: true, spilled: [] }
  if (isTerminal(state.at.stage)) {
    await deps.store.saveIntent(proof.key, intent)
    return { kind: 'run', state }
  }
  const files = await deps.files.bring(state, true)
  deps.log.warn('run_rebuilt', { issue: proof.key, run: state.run, stage: state.at.stage, files })
  const event: RunEvent = { kind: 'state_rebuilt', at: deps.clock.now(), files }
  // What is stored first is what comes of it: a try that is cut off before finds nothing, and begins anew. A run that
  // was known without it would go on, and nobody be asked who has to be.
  const store = { ...deps.store, intent: async (key: string) => (await deps.store.intent(key)) ?? intent }
  const applied = await applyEvent({ ...deps, store }, { state, event }, proof)
  // Whatever was under way went with the database; where the run goes on as it was, it is asked for again.
  await follow(deps, applied.state, applied.state.pending)
  return { kind: 'run', state: applied.state }
}

/** Once: the issue is met again at every sweep. */
async function notBelieved(
  deps: EngineDeps,
  { issue, comment, editor }: { issue: IssueRef; comment: Comment; editor: string | undefined },
): Promise<Rebuilt> {
  const marker = `<!-- millwright:reply:${comment.id} -->`
  deps.log.warn('run_not_believed', { issue: issue.number, comment: comment.id, editor: editor ?? '' })
  const all = await deps.forge.issues.comments(issue)
  if (!all.some(({ ours, body }) => ours && body.includes(marker)))
    await deps.forge.issues.addComment(issue, `${notBelievedNote(comment.url, editor)}\n\n${marker}`)
  return { kind: 'not_believed' }
}
