/** Pull requests: opened as drafts, read anew, described anew. */
import { UserError } from '../../core/errors.ts'
import type { RepoRef } from '../../core/ids.ts'
import type { PullDetail, PullOutcome, PullRequest } from '../../ports/forge.ts'
import type { Identity } from './github-client.ts'
import { toActor } from './issue-comments.ts'
import type { RepoContext } from './repo-context.ts'
import { at, nameOf } from './repository-path.ts'
import { refused } from './translate-error.ts'
import type { Refused } from './translate-error.ts'

interface NewPull {
  readonly title: string
  readonly body: string
  readonly branch: string
  readonly base: string
}

export async function openDraft(context: RepoContext, pull: NewPull): Promise<PullOutcome> {
  const there = await openPull(context, pull.branch)
  if (there) return { kind: 'already_there', pull: there }
  const { api, identity, repo } = context
  const intent = {
    doing: `to open a pull request in ${nameOf(repo)}`,
    needs: 'Pull requests: write',
    listed: true,
  } as const
  try {
    const { data } = await api.write(repo, intent, (request) =>
      request('POST /repos/{owner}/{repo}/pulls', {
        ...at(repo),
        title: pull.title,
        body: pull.body,
        head: pull.branch,
        base: pull.base,
        draft: true,
      }),
    )
    return { kind: 'opened', pull: toPull(identity, data) }
  } catch (error) {
    const answer = error instanceof UserError ? refused(error.cause) : undefined
    if (answer?.status !== 422) throw error
    if (isDraftRefusal(answer)) return { kind: 'draft_refused' }
    // Somebody, or an earlier try of ours whose answer was lost, was quicker.
    const now = await openPull(context, pull.branch)
    if (now) return { kind: 'already_there', pull: now }
    throw error
  }
}

/**
 * The one place where GitHub's prose decides: plans without drafts answer 422 with nothing but the sentence "Draft pull
 * requests are not supported in this repository." Every other 422 of this route carries an `errors` list.
 */
function isDraftRefusal({ data }: Refused): boolean {
  return data.errors === undefined && typeof data.message === 'string' && /\bdraft\b/i.test(data.message)
}

async function openPull(
  { api, identity, repo }: RepoContext,
  branch: string,
): Promise<PullRequest | undefined> {
  const intent = { doing: `to look for pull requests in ${nameOf(repo)}`, needs: 'Pull requests: read' }
  const { data } = await api.read(repo, intent, (request) =>
    request('GET /repos/{owner}/{repo}/pulls', {
      ...at(repo),
      head: `${repo.owner}:${branch}`,
      state: 'open',
    }),
  )
  // A forge that ignores `head` must not make us take somebody else's pull request for ours.
  const found = data.find((each) => each.head.ref === branch)
  return found && toPull(identity, found)
}

/** What we read of GitHub's pull request. */
interface RawPull {
  readonly number: number
  readonly html_url: string
  readonly head: { readonly sha: string; readonly ref: string }
  readonly draft?: boolean
  readonly state: string
  readonly merged_at: string | null
  readonly user: { readonly id: number | bigint } | null
}

/** Pull requests do not name the App they came through; a bot user belongs to one App alone, so its number does. */
function toPull(identity: Identity, raw: RawPull): PullRequest {
  return {
    number: raw.number,
    url: raw.html_url,
    head: raw.head.sha,
    branch: raw.head.ref,
    draft: raw.draft ?? false,
    state: raw.state === 'open' ? 'open' : 'closed',
    merged: raw.merged_at !== null,
    ours: raw.user?.id === identity.userId,
  }
}

export async function pullDetail(context: RepoContext, pull: number): Promise<PullDetail | undefined> {
  const { api, identity, repo } = context
  const found = await api.readIfThere(repo, reading(repo, pull), (request) =>
    request('GET /repos/{owner}/{repo}/pulls/{pull_number}', { ...at(repo), pull_number: pull }),
  )
  if (!found) return undefined
  const { data } = found
  return {
    ...toPull(identity, data),
    base: { branch: data.base.ref, commit: data.base.sha },
    mergeable: data.mergeable,
    // Before the merge this is GitHub's trial merge, which is on no branch.
    mergeCommit: data.merged ? data.merge_commit_sha : null,
    closedBy: data.merged ? toActor(data.merged_by) : await closedBy(context, data),
  }
}

/** Only the issue behind a pull request says who closed it. */
async function closedBy(
  { api, repo }: RepoContext,
  { number, state }: RawPull,
): Promise<PullDetail['closedBy']> {
  if (state === 'open') return null
  const found = await api.readIfThere(repo, reading(repo, number), (request) =>
    request('GET /repos/{owner}/{repo}/issues/{issue_number}', { ...at(repo), issue_number: number }),
  )
  return toActor(found?.data.closed_by)
}

export async function describePull(
  { api, repo }: RepoContext,
  pull: number,
  { title, body }: { title: string; body: string },
): Promise<void> {
  const { data } = await api.read(repo, reading(repo, pull), (request) =>
    request('GET /repos/{owner}/{repo}/pulls/{pull_number}', { ...at(repo), pull_number: pull }),
  )
  // An edit in a browser turns every line's end into CRLF.
  if (data.title === title && (data.body ?? '').replaceAll('\r\n', '\n') === body) return
  const intent = { doing: `to describe ${nameOf(repo)}#${pull}`, needs: 'Pull requests: write' }
  await api.write(repo, intent, (request) =>
    request('PATCH /repos/{owner}/{repo}/pulls/{pull_number}', {
      ...at(repo),
      pull_number: pull,
      title,
      body,
    }),
  )
}

function reading(repo: RepoRef, pull: number): { doing: string; needs: string } {
  return { doing: `to read pull request ${nameOf(repo)}#${pull}`, needs: 'Pull requests: read' }
}
