/** Reviews of a pull request: all of them, and ours, posted once. */
import type { ObjectId } from '../../core/ids.ts'
import type { ReviewNote } from '../../ports/forge.ts'
import { allPages, PAGE } from './pages.ts'
import type { RepoContext } from './repo-context.ts'
import { at, nameOf } from './repository-path.ts'

/** What we read of GitHub's review. */
export interface RawReview {
  readonly id: number | bigint
  readonly user: { readonly id: number | bigint; readonly login: string; readonly type?: string } | null
  readonly body: string
  readonly state: string
  readonly html_url: string
  readonly submitted_at?: string
}

/** Oldest first. Conditional, since a look at a pull request is repeated at every event. */
export function readReviews({ api, repo }: RepoContext, pull: number): Promise<readonly RawReview[]> {
  return allPages(async (page) => {
    const intent = {
      doing: `to read the reviews of ${nameOf(repo)}#${pull}`,
      needs: 'Pull requests: read',
      key: `reviews/${repo.id}/${pull}/${page}`,
    }
    const found = await api.readConditionally<RawReview[]>(repo, intent, (request) =>
      request('GET /repos/{owner}/{repo}/pulls/{pull_number}/reviews', {
        ...at(repo),
        pull_number: pull,
        per_page: PAGE,
        page,
      }),
    )
    return found ?? []
  })
}

interface Review {
  readonly body: string
  readonly commit: ObjectId
  readonly notes: readonly ReviewNote[]
  readonly marker: string
}

export async function commentOnPull(context: RepoContext, pull: number, review: Review): Promise<void> {
  if (!review.body.includes(review.marker))
    throw new Error('the marker of a review must be part of its body, or it would be posted again')
  const { api, identity, repo } = context
  const there = await readReviews(context, pull)
  // People can copy a marker into a review of their own; only one of ours counts.
  if (there.some((each) => each.user?.id === identity.userId && each.body.includes(review.marker))) return
  const intent = {
    doing: `to review ${nameOf(repo)}#${pull}`,
    needs: 'Pull requests: write',
    listed: true,
  } as const
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
