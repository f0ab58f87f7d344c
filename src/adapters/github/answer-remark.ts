/** Answers to remarks: in the thread, or below a link to the review, which GitHub has no thread for. */
import type { Remark } from '../../ports/forge.ts'
import { comments } from './issue-comments.ts'
import { allPages, PAGE } from './pages.ts'
import type { RepoContext } from './repo-context.ts'
import { at, nameOf } from './repository-path.ts'

interface Answer {
  readonly remark: Pick<Remark, 'id' | 'kind'>
  readonly body: string
  readonly marker: string
}

/** The first line of an answer to a review: nothing but where the review is. */
const LINK = /^https?:\/\/\S+#pullrequestreview-(\d+)\s*$/m

type Outcome = 'posted' | 'already_there'

export async function answerRemark(context: RepoContext, pull: number, answer: Answer): Promise<Outcome> {
  if (!answer.body.includes(answer.marker))
    throw new Error('the marker of an answer must be part of its body, or it would be posted again')
  return answer.remark.kind === 'thread'
    ? replyInThread(context, pull, answer)
    : answerReview(context, pull, answer)
}

/** The reviews that a comment of ours links to as an answer does. */
export async function answeredReviews(
  { api, identity, repo }: RepoContext,
  pull: number,
): Promise<ReadonlySet<number>> {
  const said = await comments(api, identity, { repo, number: pull })
  return new Set(said.flatMap(({ ours, body }) => (ours ? Number(LINK.exec(body)?.[1] ?? []) : [])))
}

async function replyInThread(
  { api, identity, repo }: RepoContext,
  pull: number,
  { remark, body, marker }: Answer,
): Promise<Outcome> {
  const where = `${nameOf(repo)}#${pull}`
  const reading = { doing: `to read the threads of ${where}`, needs: 'Pull requests: read' }
  const said = await allPages(async (page) => {
    const { data } = await api.read(repo, reading, (request) =>
      request('GET /repos/{owner}/{repo}/pulls/{pull_number}/comments', {
        ...at(repo),
        pull_number: pull,
        per_page: PAGE,
        page,
      }),
    )
    return data
  })
  // People can copy a marker into a reply of their own; only one of ours counts.
  const isThere = said.some(
    (each) =>
      each.in_reply_to_id === remark.id && each.user?.id === identity.userId && each.body.includes(marker),
  )
  if (isThere) return 'already_there'
  const intent = {
    doing: `to reply in a thread of ${where}`,
    needs: 'Pull requests: write',
    listed: true,
  } as const
  await api.write(repo, intent, (request) =>
    request('POST /repos/{owner}/{repo}/pulls/{pull_number}/comments/{comment_id}/replies', {
      ...at(repo),
      pull_number: pull,
      comment_id: remark.id,
      body,
    }),
  )
  return 'posted'
}

async function answerReview(
  { api, identity, repo }: RepoContext,
  pull: number,
  { remark, body, marker }: Answer,
): Promise<Outcome> {
  const said = await comments(api, identity, { repo, number: pull })
  if (said.some((each) => each.ours && each.body.includes(marker))) return 'already_there'
  const where = `${nameOf(repo)}#${pull}`
  const reading = { doing: `to read a review of ${where}`, needs: 'Pull requests: read' }
  const { data: review } = await api.read(repo, reading, (request) =>
    request('GET /repos/{owner}/{repo}/pulls/{pull_number}/reviews/{review_id}', {
      ...at(repo),
      pull_number: pull,
      review_id: remark.id,
    }),
  )
  const intent = {
    doing: `to answer a review of ${where}`,
    needs: 'Pull requests: write',
    listed: true,
  } as const
  await api.write(repo, intent, (request) =>
    request('POST /repos/{owner}/{repo}/issues/{issue_number}/comments', {
      ...at(repo),
      issue_number: pull,
      body: `${review.html_url}\n\n${body}`,
    }),
  )
  return 'posted'
}
