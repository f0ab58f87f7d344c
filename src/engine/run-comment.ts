/**
 * The state comment: find, load, save. GitHub has no conditional edit, so: under the lock, store what we intend, edit,
 * read back, confirm. What is loaded is checked against what was last confirmed; anything else is put right or refused.
 */
import type { IssueRef } from '../core/ids.ts'
import { issueKey, repoPage } from '../core/ids.ts'
import { RetryableError, StageFailure } from '../core/errors.ts'
import { renderSpillNote, renderStatus } from '../core/say/status.ts'
import { bareMarker, decodeStateComment, encodeStateComment } from '../core/state-comment.ts'
import type { RunState } from '../core/state.ts'
import type { Comment } from '../ports/forge.ts'
import type { LockProof } from '../ports/lock.ts'
import type { Intent } from '../ports/store.ts'
import { confirmGone } from './confirm-gone.ts'
import type { EngineDeps } from './deps.ts'

export type Loaded =
  /** `isNews`: the forge knew a later state than the store, so nothing that follows from it was asked for here. */
  | { readonly kind: 'run'; readonly state: RunState; readonly comment: number; readonly isNews?: true }
  | { readonly kind: 'none' }
  /**
   * Somebody changed the comment, or there is none of ours any more that could be written into (`gone`). `state` is the
   * last one we meant to write ourselves.
   */
  | {
      readonly kind: 'tampered'
      readonly state: RunState
      readonly comment: number
      readonly detail: string
      readonly gone: boolean
    }

type Deps = Pick<EngineDeps, 'forge' | 'store' | 'signer' | 'webUrl' | 'log' | 'clock'>

function placeOf(deps: Deps, issue: IssueRef): { repoUrl: string } {
  return { repoUrl: repoPage(deps.webUrl, issue.repo) }
}

function bindingOf(issue: IssueRef, comment: number): { repoId: number; issue: number; commentId: number } {
  return { repoId: issue.repo.id, issue: issue.number, commentId: comment }
}

/** GitHub normalises line ends; everything else must come back as it was sent. */
function sameText(a: string, b: string): boolean {
  return a.replaceAll('\r\n', '\n').trimEnd() === b.replaceAll('\r\n', '\n').trimEnd()
}

/**
 * The first post of a run, or a new one after the comment was lost: the visible part and a bare marker, since the
 * comment's id is part of what gets signed. `again`: an earlier try may have posted it and lost GitHub's answer, so that
 * comment is looked for and written over; only then, since the list costs a request per hundred comments.
 */
export async function openRun(
  deps: Deps,
  { state, again }: { state: RunState; again: boolean },
  proof: LockProof,
): Promise<void> {
  const body = `${renderStatus(state, placeOf(deps, state.issue))}\n\n${bareMarker(state.run)}`
  const left = again ? await leftBehind(deps, state.issue, proof) : undefined
  const comment = left
    ? await deps.forge.issues.editComment(state.issue.repo, left.id, body)
    : await deps.forge.issues.addComment(state.issue, body)
  await deps.store.saveIntent(proof.key, { comment: comment.id, state, body, confirmed: true, spilled: [] })
}

/** The newest comment of ours that never came to carry a state, other than the one we know. */
async function leftBehind(deps: Deps, issue: IssueRef, proof: LockProof): Promise<Comment | undefined> {
  const known = await deps.store.intent(proof.key)
  const all = await deps.forge.issues.comments(issue)
  return all.findLast(({ id, ours, body }) => {
    if (!ours || id === known?.comment) return false
    return decodeStateComment(body, { signer: deps.signer, binding: bindingOf(issue, id) }).kind === 'bare'
  })
}

/** Saves a state. Throws RetryableError when GitHub did not keep what it was given. */
export async function saveRun(deps: Deps, state: RunState, proof: LockProof): Promise<void> {
  const before = await deps.store.intent(proof.key)
  if (!before) throw new Error(`no comment is known for ${proof.key}`)
  const encoded = encodeStateComment({
    visible: renderStatus(state, placeOf(deps, state.issue)),
    state,
    signer: deps.signer,
    binding: bindingOf(state.issue, before.comment),
  })
  if (!encoded.ok) throw new StageFailure('text_too_long', encoded.problem)
  const spilled = await postSpill(deps, state, { spill: encoded.spill, posted: before.spilled })
  const intent: Intent = { comment: before.comment, state, body: encoded.body, confirmed: false, spilled }
  await deps.store.saveIntent(proof.key, intent)
  await writeIntent(deps, state.issue, intent)
  await deps.store.saveIntent(proof.key, { ...intent, confirmed: true })
}

/**
 * Texts too long for the envelope go into a comment of their own, once: most saves carry the same ones again. Looked for
 * first, since a try that died may have posted it; few states are that long.
 */
async function postSpill(
  deps: Deps,
  state: RunState,
  texts: { spill: { hash: string; text: string } | undefined; posted: readonly string[] },
): Promise<readonly string[]> {
  const { spill, posted } = texts
  if (!spill || posted.includes(spill.hash)) return posted
  const all = await deps.forge.issues.comments(state.issue)
  if (all.some(({ ours, body }) => ours && body.includes(spill.text))) return [...posted, spill.hash]
  await deps.forge.issues.addComment(state.issue, `${renderSpillNote(state.run)}\n\n${spill.text}`)
  return [...posted, spill.hash]
}

async function writeIntent(deps: Deps, issue: IssueRef, intent: Intent): Promise<void> {
  await deps.forge.issues.editComment(issue.repo, intent.comment, intent.body)
  const kept = await deps.forge.issues.comment(issue.repo, intent.comment)
  if (!kept || !sameText(kept.body, intent.body)) {
    throw new RetryableError(
      'forge_unavailable',
      'GitHub answered an edit of the state comment but kept another text',
    )
  }
}

/** The run of an issue as it stands, read fresh and checked. `again`: this is not the first look at it. */
export async function loadRun(
  deps: Deps,
  { issue, again }: { issue: IssueRef; again: boolean },
  proof: LockProof,
): Promise<Loaded> {
  const intent = await deps.store.intent(proof.key)
  if (!intent) return { kind: 'none' }
  const known = { state: intent.state, comment: intent.comment }
  // An end of long ago, of which no more is kept than that: there is nothing to compare with, or to write again.
  if (intent.body === '') return { kind: 'run', ...known }
  const found = await deps.forge.issues.comment(issue.repo, intent.comment)
  if (!found) {
    await confirmGone(deps, { what: `comment ${intent.comment}`, again })
    return { kind: 'tampered', ...known, detail: 'the state comment was deleted', gone: true }
  }
  // Not even where the text is the same: writing into it would put our words under somebody else's name.
  if (!found.ours)
    return { kind: 'tampered', ...known, detail: 'the state comment is not ours any more', gone: true }
  if (sameText(found.body, intent.body)) {
    if (!intent.confirmed) await deps.store.saveIntent(proof.key, { ...intent, confirmed: true })
    return { kind: 'run', ...known }
  }
  return repair(deps, { issue, found }, intent)
}

/**
 * The text differs from ours: a lost edit of our own is written again; a person's edit is refused, visibly. A newer state
 * that we signed and nobody touched since is what the database lost, and taken (fault matrix F-58).
 */
async function repair(
  deps: Deps,
  { issue, found }: { issue: IssueRef; found: Comment },
  intent: Intent,
): Promise<Loaded> {
  const editor = await deps.forge.issues.lastEditor(issue.repo, intent.comment)
  const known = { state: intent.state, comment: intent.comment }
  const decoding = { signer: deps.signer, binding: bindingOf(issue, intent.comment) }
  const first = decodeStateComment(found.body, decoding)
  const isLong = first.kind === 'refused' && first.why === 'texts_missing'
  const spilled = isLong ? (await deps.forge.issues.comments(issue)).filter(({ ours }) => ours) : []
  const decoded = isLong
    ? decodeStateComment(found.body, { ...decoding, spilled: spilled.map(({ body }) => body) })
    : first
  const { run, rev } = intent.state
  if (editor === null || editor.ours) {
    if (decoded.kind === 'state' && decoded.state.run === run && decoded.state.rev > rev) {
      const state = { ...decoded.state, issue }
      deps.log.warn('newer_state_taken', { run, known: rev, found: state.rev })
      await deps.store.saveIntent(issueKey(issue), { ...intent, state, body: found.body, confirmed: true })
      return { kind: 'run', state, comment: intent.comment, isNews: true }
    }
    await writeIntent(deps, issue, intent)
    await deps.store.saveIntent(issueKey(issue), { ...intent, confirmed: true })
    return { kind: 'run', ...known }
  }
  const how =
    decoded.kind === 'state'
      ? `an older revision (${decoded.state.rev}) was put back`
      : 'its text was changed'
  return { kind: 'tampered', ...known, detail: `${how} by ${editor.login}`, gone: false }
}
