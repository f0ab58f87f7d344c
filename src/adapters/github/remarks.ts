/** What was said about a change: reviews that have a text, and threads on lines, with what of it is still unanswered. */
import type { Remark } from '../../ports/forge.ts'
import { answeredReviews } from './answer-remark.ts'
import type { Identity } from './github-client.ts'
import { toActor } from './issue-comments.ts'
import type { RepoContext } from './repo-context.ts'
import { readThreads } from './review-threads.ts'
import type { ReviewThread, ThreadComment } from './review-threads.ts'
import { readReviews } from './reviews.ts'
import type { RawReview } from './reviews.ts'

export async function remarks(context: RepoContext, pull: number): Promise<readonly Remark[]> {
  // One that is not submitted yet is visible to its author alone.
  const reviews = (await readReviews(context, pull)).filter(({ state }) => state !== 'PENDING')
  const threads = await readThreads(context, pull)
  const found = reviews.map((review) => ofReview(context.identity, review))
  const answered = found.some(({ settled }) => !settled) ? await answeredReviews(context, pull) : NONE
  return [
    ...found.map((remark) => (answered.has(remark.id) ? { ...remark, settled: true } : remark)),
    ...threads.flatMap(ofThread),
  ].toSorted((one, other) => Date.parse(one.createdAt) - Date.parse(other.createdAt))
}

const NONE: ReadonlySet<number> = new Set()

const VERDICTS: Readonly<Record<string, Remark['verdict']>> = {
  APPROVED: 'approved',
  CHANGES_REQUESTED: 'changes_requested',
}

/** Settled as far as the review itself tells; whether it was answered is seen in the conversation. */
function ofReview(identity: Identity, review: RawReview): Remark {
  const ours = review.user?.id === identity.userId
  return {
    id: Number(review.id),
    kind: 'review',
    author: toActor(review.user),
    byBot: review.user?.type === 'Bot',
    ours,
    body: review.body,
    path: null,
    line: null,
    url: review.html_url,
    createdAt: review.submitted_at ?? '',
    verdict: VERDICTS[review.state] ?? 'commented',
    // What a dismissed review asked for, somebody took back.
    settled: ours || review.body.trim() === '' || review.state === 'DISMISSED',
  }
}

function ofThread({ resolved, path, line, first, latest }: ReviewThread): readonly Remark[] {
  const unanswered = latest.slice(latest.findLastIndex(({ ours }) => ours) + 1)
  const toRemark = ({ ours, author, byBot, url, createdAt }: ThreadComment, body: string): Remark => ({
    id: first.id,
    kind: 'thread',
    author,
    byBot,
    ours,
    body,
    path,
    line,
    url,
    createdAt,
    verdict: 'commented',
    settled: resolved || unanswered.length === 0,
  })
  if (unanswered.length === 0) return [toRemark(first, '')]
  // Anybody may speak in a thread that a maintainer began: nobody's words may pass for another's.
  const bySpeaker = Map.groupBy(unanswered, ({ author }) => author?.id)
  return [...bySpeaker.values()].flatMap((words) => {
    const [opening] = words
    return opening ? toRemark(opening, words.map(({ body }) => body).join('\n\n')) : []
  })
}
