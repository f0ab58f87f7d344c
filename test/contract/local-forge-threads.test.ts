import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { forgeFixture, type ForgeFixture, lines, refusal, REPO } from '../support/forge-fixture.ts'

let fixture: ForgeFixture
let pull: number
let head: string

const changed = (more: Record<string, string> = {}) =>
  Object.entries(more).reduce(
    (text, [from, to]) => text.replace(`${from}\n`, `${to}\n`),
    lines(20).replace('line 10\n', 'line ten\n'),
  )

beforeAll(async () => {
  fixture = await forgeFixture()
  // Nobody listens there: what is sent is looked at in the forge's own list.
  fixture.forge.listen('mill', { url: 'http://127.0.0.1:9/', secret: 'x' })
  const files = { 'src/sum.js': changed() }
  head = await fixture.forge.as('wendy').push('acme/widget', { branch: 'fix', message: 'Fix', files })
  const { data } = await app().rest.pulls.create({
    ...REPO,
    title: 'Fix',
    body: 'Fixes it.',
    head: 'fix',
    base: 'main',
  })
  pull = data.number
})
afterAll(() => fixture.close())

const app = () => fixture.installation()
const at = () => ({ ...REPO, pull_number: pull })
const as = (login: string) => fixture.forge.as(login)
const onLine = (line: number, body: string) => ({ path: 'src/sum.js', line, body })

/** Events since the last call, each held against GitHub's description. */
let looked = 0
async function told(): Promise<string[]> {
  await fixture.forge.settled()
  const fresh = fixture.forge.deliveries.slice(looked)
  looked = fixture.forge.deliveries.length
  for (const delivery of fresh) fixture.schema.webhook(delivery.event, delivery.payload)
  return fresh.map((one) => (one.action === null ? one.event : `${one.event} ${one.action}`))
}
const lastPayload = () => fixture.forge.deliveries.at(-1)?.payload

const THREADS = `query ($owner: String!, $repo: String!, $number: Int!, $first: Int) {
  repository(owner: $owner, name: $repo) { pullRequest(number: $number) {
    state merged baseRefName author { login }
    reviewThreads(first: $first) { totalCount pageInfo { hasNextPage endCursor } nodes {
      id isResolved isOutdated path line originalLine resolvedBy { login }
      comments(first: 100) { nodes {
        databaseId fullDatabaseId body url replyTo { databaseId }
        author { __typename login ... on User { databaseId } ... on Bot { databaseId } } } } } }
    reviews(first: 100) { totalCount nodes { databaseId state body author { login } submittedAt url } } } } }`

interface Threads {
  readonly totalCount: number
  readonly nodes: { id: string; comments: { nodes: { databaseId: number }[] } }[]
}
async function threads(first: number | null = 100) {
  const answer = await app().graphql<{
    repository: { pullRequest: { reviewThreads: Threads; reviews: { totalCount: number } } }
  }>(THREADS, { ...REPO, number: pull, first })
  return answer.repository.pullRequest
}

describe('threads on the lines of a pull request', () => {
  it('are opened by a comment, which is told as a review and as itself', async () => {
    await told()
    const id = await as('bob').reviewLine('acme/widget', pull, onLine(10, 'Why ten?'))
    expect(await told()).toEqual(['pull_request_review submitted', 'pull_request_review_comment created'])
    expect(lastPayload()).toMatchObject({
      comment: { id, path: 'src/sum.js', line: 10, body: 'Why ten?', user: { login: 'bob' } },
      pull_request: { number: pull, user: { login: 'mill[bot]' } },
      sender: { login: 'bob' },
    })
    expect(lastPayload()?.['comment']).not.toHaveProperty('in_reply_to_id')
    expect((await app().rest.pulls.getReviewComment({ ...REPO, comment_id: id })).data.body).toBe('Why ten?')
  })

  it('are answered by their first comment only, from the same pull request', async () => {
    const [first] = (await app().rest.pulls.listReviewComments(at())).data
    const comment_id = first?.id ?? 0
    await told()
    const answer = await app().rest.pulls.createReplyForReviewComment({ ...at(), comment_id, body: 'Ten.' })
    expect(answer.data).toMatchObject({ in_reply_to_id: comment_id, line: 10, user: { login: 'mill[bot]' } })
    expect(await told()).toEqual(['pull_request_review submitted', 'pull_request_review_comment created'])
    const reply = (to: number, body = 'x') =>
      refusal(app().rest.pulls.createReplyForReviewComment({ ...at(), comment_id: to, body }))
    expect(await reply(answer.data.id)).toContain('422 Validation Failed')
    expect(await reply(4711)).toBe('404 Not Found')
    expect(await reply(comment_id, ' ')).toBe('422 Validation Failed body cannot be blank')
    expect(await reply(comment_id, 'x'.repeat(65_537))).toContain('body is too long')
    const [other] = [(await app().rest.issues.create({ ...REPO, title: 'No pull request' })).data.number]
    const elsewhere = { ...REPO, pull_number: other, comment_id, body: 'x' }
    expect(await refusal(app().rest.pulls.createReplyForReviewComment(elsewhere))).toBe('404 Not Found')
    const more = await as('bob').reply('acme/widget', answer.data.id, 'Ah.')
    expect((await app().rest.pulls.getReviewComment({ ...REPO, comment_id: more })).data.in_reply_to_id).toBe(
      comment_id,
    )
    const all = (await app().rest.pulls.listReviewComments(at())).data
    expect(all.map((one) => one.body)).toEqual(['Why ten?', 'Ten.', 'Ah.'])
  })

  it('are opened and answered by one route, too', async () => {
    const made = await app().rest.pulls.createReviewComment({
      ...at(),
      ...onLine(11, 'And this?'),
      commit_id: head,
      side: 'RIGHT',
    })
    expect(made.data).toMatchObject({ line: 11, side: 'RIGHT', commit_id: head })
    const answered = await app().request('POST /repos/{owner}/{repo}/pulls/{pull_number}/comments', {
      ...at(),
      body: 'That.',
      // Passed over where there is something to answer, but GitHub's description wants them.
      path: 'README.md',
      commit_id: head,
      in_reply_to: made.data.id,
    } as never)
    expect(answered.data).toMatchObject({ in_reply_to_id: made.data.id })
  })

  it('are shown by GraphQL with everything that was said, in order', async () => {
    const bot = fixture.forge.state.apps[0]?.bot.id
    const { reviewThreads, reviews } = await threads()
    expect(reviewThreads).toMatchObject({
      totalCount: 2,
      nodes: [
        {
          isResolved: false,
          isOutdated: false,
          path: 'src/sum.js',
          line: 10,
          resolvedBy: null,
          comments: {
            nodes: [
              { body: 'Why ten?', replyTo: null, author: { __typename: 'User', login: 'bob' } },
              { body: 'Ten.', author: { __typename: 'Bot', login: 'mill', databaseId: bot } },
              { body: 'Ah.', author: { login: 'bob' } },
            ],
          },
        },
        { line: 11, comments: { nodes: [{ body: 'And this?' }, { body: 'That.' }] } },
      ],
    })
    expect(reviews.totalCount).toBe(5)
    expect(await threads(1)).toMatchObject({
      reviewThreads: { totalCount: 2, nodes: [{ line: 10 }], pageInfo: { hasNextPage: true } },
    })
    await expect(threads(null)).rejects.toThrow(
      'You must provide a `first` or `last` value to properly paginate the `reviewThreads` connection.',
    )
    await expect(threads(101)).rejects.toThrow('exceeds the `first` limit of 100 records')
  })

  it('are resolved by people and by Apps that may write contents, and opened again', async () => {
    const [first] = (await threads()).reviewThreads.nodes
    const comment = first?.comments.nodes[0]?.databaseId ?? 0
    await told()
    await as('wendy').resolve('acme/widget', comment)
    expect(await told()).toEqual(['pull_request_review_thread resolved'])
    expect(lastPayload()).toMatchObject({
      thread: { node_id: first?.id, comments: [{ id: comment }, { body: 'Ten.' }, { body: 'Ah.' }] },
      sender: { login: 'wendy' },
    })
    expect((await threads()).reviewThreads.nodes[0]).toMatchObject({
      isResolved: true,
      resolvedBy: { login: 'wendy' },
    })
    await expect(as('bob').unresolve('acme/widget', comment)).rejects.toThrow(
      'bob does not have permission to resolve this conversation.',
    )
    const run = (name: string, octokit = app()) =>
      octokit.graphql(
        `mutation ($id: ID!) { ${name}(input: { threadId: $id }) { thread { isResolved resolvedBy { login } } } }`,
        { id: first?.id },
      )
    expect(await run('unresolveReviewThread')).toMatchObject({
      unresolveReviewThread: { thread: { isResolved: false } },
    })
    expect(await told()).toEqual(['pull_request_review_thread unresolved'])
    const token = await fixture.asApp().rest.apps.createInstallationAccessToken({
      installation_id: fixture.forge.state.installations[0]?.id ?? 0,
      permissions: { pull_requests: 'write', contents: 'read' },
    })
    const query = `mutation { resolveReviewThread(input: { threadId: "${first?.id}" }) { thread { id } } }`
    const refused = await fetch(`${fixture.forge.url}/graphql`, {
      method: 'POST',
      headers: { authorization: `token ${token.data.token}`, 'user-agent': 'test' },
      body: JSON.stringify({ query }),
    })
    expect(await refused.json()).toMatchObject({
      errors: [{ type: 'FORBIDDEN', message: 'Resource not accessible by integration' }],
    })
    const reply = await app().graphql(
      `mutation ($id: ID!) { addPullRequestReviewThreadReply(input: { pullRequestReviewThreadId: $id, body: "Done." })
        { comment { body replyTo { databaseId } } } }`,
      { id: first?.id },
    )
    expect(reply).toEqual({
      addPullRequestReviewThreadReply: { comment: { body: 'Done.', replyTo: { databaseId: comment } } },
    })
  })

  it('follow their line, and are outdated once it changed', async () => {
    const files = { 'src/sum.js': `new first line\n${changed({ 'line 11': 'line eleven' })}` }
    await as('wendy').push('acme/widget', { branch: 'fix', message: 'More', files })
    expect((await threads()).reviewThreads.nodes).toMatchObject([
      { isOutdated: false, line: 11, originalLine: 10 },
      { isOutdated: true, line: null, originalLine: 11 },
    ])
    const [kept, , outdated] = (await app().rest.pulls.listReviewComments(at())).data
    expect(kept).toMatchObject({ line: 11, original_line: 10, original_commit_id: head })
    expect(kept?.commit_id).not.toBe(head)
    expect(outdated).toMatchObject({ body: 'Ah.' })
    const gone = (await app().rest.pulls.listReviewComments(at())).data.find(
      (one) => one.original_line === 11,
    )
    expect(gone).toMatchObject({ line: null, position: null, commit_id: head })
    const back = { 'src/sum.js': changed() }
    await as('wendy').push('acme/widget', { branch: 'fix', message: 'Back', files: back })
    expect((await threads()).reviewThreads.nodes).toMatchObject([
      { line: 10 },
      { line: 11, isOutdated: false },
    ])
    await told()
  })

  it('come with a review of several lines, each told after it', async () => {
    const comments = [onLine(9, 'One'), onLine(10, 'Two')]
    const review = { state: 'CHANGES_REQUESTED', body: 'Not yet.', comments } as const
    const id = await as('bob').review('acme/widget', pull, review)
    expect(await told()).toEqual([
      'pull_request_review submitted',
      'pull_request_review_comment created',
      'pull_request_review_comment created',
    ])
    const listed = (await app().rest.pulls.listReviews(at())).data.find((one) => one.id === id)
    expect(listed).toMatchObject({ state: 'CHANGES_REQUESTED', body: 'Not yet.', user: { login: 'bob' } })
    await expect(as('bob').reviewLine('acme/widget', pull, onLine(20, 'Outside'))).rejects.toThrow(
      'Pull request review thread line must be part of the diff',
    )
  })

  it('show drafts of reviews to nobody but their author', async () => {
    const wendy = fixture.user('wendy')
    await wendy.rest.pulls.createReview({ ...at(), body: 'Not sent', comments: [onLine(10, 'Nor this')] })
    const bodies = async (octokit: typeof wendy) =>
      (await octokit.rest.pulls.listReviews(at())).data.map((one) => one.body)
    expect(await bodies(wendy)).toContain('Not sent')
    expect(await bodies(fixture.user('bob'))).not.toContain('Not sent')
    expect((await app().rest.pulls.listReviewComments(at())).data.map((one) => one.body)).not.toContain(
      'Nor this',
    )
    expect(await told()).toEqual([])
  })
})

describe('a pull request', () => {
  it('says what it would merge to, and what it was closed and edited by', async () => {
    const { data } = await app().rest.pulls.get(at())
    expect(data).toMatchObject({ mergeable: true, merged: false, merged_by: null })
    const main = await fixture.forge.repo('acme/widget').git.ref('refs/heads/main')
    expect(data.base.sha).toBe(main)
    const trial = await app().rest.git.getCommit({ ...REPO, commit_sha: data.merge_commit_sha ?? '' })
    expect(trial.data.parents.map((parent) => parent.sha)).toEqual([main, data.head.sha])
    await app().rest.pulls.update({ ...at(), title: 'Fix the sum', body: 'Better.' })
    expect(await told()).toEqual(['pull_request edited'])
    expect(lastPayload()).toMatchObject({ changes: { title: { from: 'Fix' }, body: { from: 'Fixes it.' } } })
    await app().rest.pulls.update({ ...at(), title: 'Fix the sum', body: 'Better.' })
    expect(await told()).toEqual([])
    await as('wendy').closeIssue('acme/widget', pull)
    expect(await told()).toEqual(['pull_request closed'])
    const issue = await app().rest.issues.get({ ...REPO, issue_number: pull })
    expect(issue.data).toMatchObject({ state: 'closed', closed_by: { login: 'wendy' } })
    await as('wendy').reopenIssue('acme/widget', pull)
    expect(await told()).toEqual(['pull_request reopened'])
    await expect(as('bob').closeIssue('acme/widget', pull)).rejects.toThrow('Must have admin rights')
  })

  it('is told of as a pull request when it is labelled, locked and made a draft', async () => {
    as('wendy').label('acme/widget', pull, 'bug')
    as('wendy').unlabel('acme/widget', pull, 'bug')
    as('wendy').lockIssue('acme/widget', pull)
    as('wendy').unlockIssue('acme/widget', pull)
    await as('wendy').convertToDraft('acme/widget', pull)
    await as('wendy').markReady('acme/widget', pull)
    expect(await told()).toEqual([
      'pull_request labeled',
      'pull_request unlabeled',
      'pull_request locked',
      'pull_request unlocked',
      'pull_request converted_to_draft',
      'pull_request ready_for_review',
    ])
  })

  it('has a conversation of ordinary comments, told with its own body', async () => {
    const id = as('bob').comment('acme/widget', pull, '/mill status')
    expect(await told()).toEqual(['issue_comment created'])
    expect(lastPayload()).toMatchObject({
      issue: { number: pull, body: 'Better.', pull_request: { merged_at: null } },
      comment: { id, body: '/mill status' },
    })
    const eyes = { ...REPO, comment_id: id, content: 'eyes' as const }
    expect((await app().rest.reactions.createForIssueComment(eyes)).status).toBe(201)
    const unknown = app().rest.reactions.createForIssueComment({ ...eyes, content: 'shrug' as never })
    expect(await refusal(unknown)).toBe('422 Validation Failed invalid')
  })

  it('is listed among the issues, newest first, and marked', async () => {
    as('bob').openIssue('acme/widget', { title: 'Later' })
    const { data } = await app().rest.issues.listForRepo({ ...REPO, state: 'open', per_page: 2 })
    expect(data.map((one) => [one.title, one.pull_request !== undefined])).toEqual([
      ['Later', false],
      ['No pull request', false],
    ])
    const all = (await app().rest.issues.listForRepo({ ...REPO, per_page: 100 })).data
    expect(all.find((one) => one.number === pull)).toMatchObject({ pull_request: { merged_at: null } })
  })

  it('takes a moved base in by a commit of two parents', async () => {
    const { git } = fixture.forge.repo('acme/widget')
    const base = await as('wendy').push('acme/widget', { branch: 'main', message: 'On', files: { on: '1' } })
    const { data } = await app().rest.pulls.get(at())
    expect(data.base.sha).toBe(base)
    const tree = (await git.mergeTree(data.head.sha, base)) ?? ''
    const parents = [data.head.sha, base]
    const merge = await app().rest.git.createCommit({ ...REPO, message: 'Merge main', tree, parents })
    expect(merge.data.parents.map((parent) => parent.sha)).toEqual(parents)
    await told()
    await app().rest.git.updateRef({ ...REPO, ref: 'heads/fix', sha: merge.data.sha })
    expect(await told()).toEqual(['push', 'pull_request synchronize'])
    const basehead = `${base}...fix`
    const compared = await app().rest.repos.compareCommitsWithBasehead({ ...REPO, basehead })
    expect(compared.data).toMatchObject({ status: 'ahead', behind_by: 0 })
  })
})
