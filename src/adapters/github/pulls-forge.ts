/** Branches, pull requests, reviews and checks at GitHub. */
import { UserError } from '../../core/errors.ts'
import type { ObjectId, RepoRef } from '../../core/ids.ts'
import type { PullOutcome, PullRequest, PullsForge, ReviewNote } from '../../ports/forge.ts'
import { branchHead, writeCommit } from './commit-writer.ts'
import type { GithubApi } from './github-api.ts'
import type { Identity } from './github-client.ts'
import { reportCheck } from './report-check.ts'
import { at, nameOf } from './repository-path.ts'
import { refused } from './translate-error.ts'
import type { Refused } from './translate-error.ts'

export function createPullsForge(api: GithubApi, identity: Identity): PullsForge {
  return {
    branchHead: (repo, branch) => branchHead(api, repo, branch),
    commit: (repo, request) => writeCommit(api, repo, request),
    openDraft: (repo, pull) => openDraft({ api, identity, repo }, pull),
    comment: (repo, pull, review) => commentOnPull({ api, identity, repo }, pull, review),
    checkRun: (repo, check) => reportCheck({ api, identity, repo }, check),
  }
}

interface Context {
  readonly api: GithubApi
  readonly identity: Identity
  readonly repo: RepoRef
}

interface NewPull {
  readonly title: string
  readonly body: string
  readonly branch: string
  readonly base: string
}

async function openDraft(context: Context, pull: NewPull): Promise<PullOutcome> {
  const there = await openPull(context, pull.branch)
  if (there) return { kind: 'already_there', pull: there }
  const { api, identity, repo } = context
  const intent = { doing: `to open a pull request in ${nameOf(repo)}`, needs: 'Pull requests: write' }
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

async function openPull({ api, identity, repo }: Context, branch: string): Promise<PullRequest | undefined> {
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

interface Review {
  readonly body: string
  readonly commit: ObjectId
  readonly notes: readonly ReviewNote[]
  readonly marker: string
}

/** GitHub's largest page. */
const PAGE = 100

async function commentOnPull(context: Context, pull: number, review: Review): Promise<void> {
  if (!review.body.includes(review.marker))
    throw new Error('the marker of a review must be part of its body, or it would be posted again')
  if (await isReviewed(context, pull, review.marker)) return
  const { api, repo } = context
  const intent = { doing: `to review ${nameOf(repo)}#${pull}`, needs: 'Pull requests: write' }
  await api.write(repo, intent, (request) =>
    request('POST /repos/{owner}/{repo}/pulls/{pull_number}/reviews', {
      ...at(repo),
      pull_number: pull,
      commit_id: review.commit,
      body: review.body,
      event: 'COMMENT',
      comments: review.notes.map((note) => ({ ...note, side: 'RIGHT' })),
    }),
  )
}

/** People can copy a marker into a review of their own; only one of ours counts. */
async function isReviewed({ api, identity, repo }: Context, pull: number, marker: string): Promise<boolean> {
  const intent = { doing: `to read the reviews of ${nameOf(repo)}#${pull}`, needs: 'Pull requests: read' }
  for (let page = 1; ; page++) {
    const { data } = await api.read(repo, intent, (request) =>
      request('GET /repos/{owner}/{repo}/pulls/{pull_number}/reviews', {
        ...at(repo),
        pull_number: pull,
        per_page: PAGE,
        page,
      }),
    )
    if (data.some((each) => each.user?.id === identity.userId && each.body.includes(marker))) return true
    if (data.length < PAGE) return false
  }
}
