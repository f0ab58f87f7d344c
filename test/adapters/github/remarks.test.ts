/** What people said about a change and what we answered, against GitHub's documented answers. */
import { describe, expect, it } from '@jest/globals'
import type { Remark } from '../../../src/ports/forge.ts'
import {
  createClient,
  createForge,
  github,
  guardNetwork,
  PATH,
  PERSON,
  rawComment,
  REPO,
} from './github-bench.ts'

guardNetwork()

const PAGE_URL = 'https://github.com/octocat/Hello-World/pull/9'
const OURS = { user: { login: 'mill[bot]', id: 4242, type: 'Bot' }, performed_via_github_app: { id: 777 } }

const review = (id: number, over = {}): Record<string, unknown> => ({
  id,
  user: { login: 'octocat', id: 1, type: 'User' },
  body: 'Please rename it',
  state: 'CHANGES_REQUESTED',
  html_url: `${PAGE_URL}#pullrequestreview-${id}`,
  submitted_at: `2019-11-17T17:4${id % 10}:00Z`,
  ...over,
})
const reviews = (...found: readonly object[]): void => {
  github().get(`${PATH}/pulls/9/reviews`).query({ per_page: 100, page: 1 }).reply(200, found)
}
const conversation = (...found: readonly object[]): void => {
  github().get(`${PATH}/issues/9/comments`).query({ per_page: 100, page: 1 }).reply(200, found)
}

const OCTOCAT = { __typename: 'User', login: 'octocat', databaseId: 1 }
const HUBOT = { __typename: 'User', login: 'hubot', databaseId: 2 }
const US = { __typename: 'Bot', login: 'mill', databaseId: 4242 }
/** Beyond 32 bits, as they are at GitHub by now. */
const FIRST_ID = 3_000_000_001
const said = (author: object | null, body: string, minute = 0): Record<string, unknown> => ({
  fullDatabaseId: String(FIRST_ID),
  body,
  url: `${PAGE_URL}#discussion_r${FIRST_ID}`,
  createdAt: `2019-11-17T18:0${minute}:00Z`,
  author,
})
const thread = (comments: readonly object[], over = {}): Record<string, unknown> => ({
  isResolved: false,
  path: 'src/a.js',
  line: 3,
  first: { nodes: comments.slice(0, 1) },
  latest: { nodes: comments },
  ...over,
})
interface Sent {
  readonly query: string
  readonly variables: Readonly<Record<string, unknown>>
}
const threads = (
  nodes: readonly object[],
  { after = null, next }: { after?: string | null; next?: string } = {},
): void => {
  const pageInfo = { hasNextPage: next !== undefined, endCursor: next ?? null }
  github()
    .post('/graphql', ({ variables }: Sent) => {
      expect(variables).toEqual({ owner: 'octocat', name: 'Hello-World', number: 9, after })
      return true
    })
    .reply(200, { data: { repository: { pullRequest: { reviewThreads: { pageInfo, nodes } } } } })
}
const asked = (): Promise<readonly Remark[]> => createForge().pulls.remarks(REPO, 9)

describe('a review', () => {
  it('is a remark that is open until a comment of ours links to it', async () => {
    reviews(review(80), review(81, { state: 'COMMENTED' }), review(82))
    threads([])
    conversation(
      rawComment({ ...OURS, body: `${PAGE_URL}#pullrequestreview-81\r\n\r\nDone.` }),
      rawComment({ body: `${PAGE_URL}#pullrequestreview-80\n\nby somebody else` }),
      rawComment({ ...OURS, body: `As said in ${PAGE_URL}#pullrequestreview-82, in passing.` }),
    )
    const found = await asked()
    expect(found[0]).toEqual({
      id: 80,
      kind: 'review',
      author: { id: 1, login: 'octocat' },
      byBot: false,
      ours: false,
      body: 'Please rename it',
      path: null,
      line: null,
      url: `${PAGE_URL}#pullrequestreview-80`,
      createdAt: '2019-11-17T17:40:00Z',
      verdict: 'changes_requested',
      settled: false,
    })
    expect(found.map(({ id, verdict, settled }) => [id, verdict, settled])).toEqual([
      [80, 'changes_requested', false],
      [81, 'commented', true],
      [82, 'changes_requested', false],
    ])
  })

  it.each([
    ['without a text', { body: ' \n', state: 'APPROVED' }, { verdict: 'approved', settled: true }],
    ['of ours', OURS, { ours: true, byBot: true, settled: true }],
    ['that was dismissed', { state: 'DISMISSED' }, { verdict: 'commented', settled: true }],
  ])('%s is settled, and the conversation is not read', async (_what, over, expected) => {
    reviews(review(80, over))
    threads([])
    expect(await asked()).toMatchObject([expected])
  })

  it('by a deleted account has no author, and one by another bot says so', async () => {
    reviews(review(80, { user: null }), review(81, { user: { login: 'lint[bot]', id: 9, type: 'Bot' } }))
    threads([])
    conversation()
    expect(await asked()).toMatchObject([
      { author: null, byBot: false, ours: false, settled: false },
      { author: { id: 9, login: 'lint[bot]' }, byBot: true, ours: false, settled: false },
    ])
  })

  it('that is not submitted is not there', async () => {
    reviews(review(80, { state: 'PENDING', submitted_at: undefined }))
    threads([])
    expect(await asked()).toEqual([])
  })

  it('unchanged since the last look costs no quota', async () => {
    const forge = createForge()
    const path = `${PATH}/pulls/9/reviews`
    const query = { per_page: 100, page: 1 }
    github().get(path).query(query).reply(200, [], { etag: '"r"' })
    github().get(path).query(query).matchHeader('if-none-match', '"r"').reply(304)
    threads([])
    threads([])
    await forge.pulls.remarks(REPO, 9)
    await forge.pulls.remarks(REPO, 9)
    expect(forge.counts()).toEqual({ reads: 4, unchangedReads: 1, writes: 0 })
  })
})

describe('a thread', () => {
  it('is what was said since our last answer', async () => {
    reviews()
    threads([
      thread([
        said(OCTOCAT, 'old'),
        said(US, 'Done.', 1),
        said(OCTOCAT, 'Not quite', 2),
        said(OCTOCAT, 'See?', 3),
      ]),
    ])
    expect(await asked()).toEqual([
      {
        id: FIRST_ID,
        kind: 'thread',
        author: { id: 1, login: 'octocat' },
        byBot: false,
        ours: false,
        body: 'Not quite\n\nSee?',
        path: 'src/a.js',
        line: 3,
        url: `${PAGE_URL}#discussion_r${FIRST_ID}`,
        createdAt: '2019-11-17T18:02:00Z',
        verdict: 'commented',
        settled: false,
      },
    ])
  })

  it('in which several people spoke is a remark of each, so that nobody speaks with the rights of another', async () => {
    reviews()
    threads([
      thread([
        said(OCTOCAT, 'rename it'),
        said(HUBOT, 'and delete the tests', 1),
        said(OCTOCAT, 'please', 2),
      ]),
    ])
    const found = await asked()
    expect(found.map(({ id, author, body }) => [id, author?.login, body])).toEqual([
      [FIRST_ID, 'octocat', 'rename it\n\nplease'],
      [FIRST_ID, 'hubot', 'and delete the tests'],
    ])
  })

  it.each([
    ['ours is the last word', thread([said(OCTOCAT, 'why?'), said(US, 'Because.', 1)]), ['octocat', '']],
    ['we began it and nobody answered', thread([said(US, 'note')], { line: null }), ['mill[bot]', '']],
    ['it is resolved', thread([said(OCTOCAT, 'why?')], { isResolved: true }), ['octocat', 'why?']],
  ])('is settled when %s', async (_when, node, [login, body]) => {
    reviews()
    threads([node])
    expect(await asked()).toMatchObject([{ author: { login }, body, settled: true }])
  })

  it('has no author where the account is gone or has no number', async () => {
    reviews()
    threads([thread([said(null, 'x')]), thread([said({ __typename: 'Mannequin', login: 'm' }, 'y', 1)])])
    expect((await asked()).map(({ author }) => author)).toEqual([null, null])
  })

  it('that holds a bot or an account with our number is not ours unless it is both', async () => {
    reviews()
    threads([
      thread([said({ __typename: 'Bot', login: 'lint', databaseId: 7 }, 'x')]),
      thread([said({ __typename: 'User', login: 'mill', databaseId: 4242 }, 'y', 1)]),
    ])
    expect((await asked()).map(({ ours, byBot, settled }) => [ours, byBot, settled])).toEqual([
      [false, true, false],
      [false, false, false],
    ])
  })

  it("by the token's person is ours in token mode", async () => {
    reviews()
    threads([thread([said(HUBOT, 'why?'), said(OCTOCAT, 'Because.', 1)])])
    expect(await createForge(createClient(), PERSON).pulls.remarks(REPO, 9)).toMatchObject([
      { settled: true },
    ])
  })

  it('comes from all pages, among the reviews by time; one without comments is left out', async () => {
    reviews(review(80))
    threads([thread([said(OCTOCAT, 'late', 5)]), thread([])], { next: 'c1' })
    threads([thread([said(OCTOCAT, 'later', 6)])], { after: 'c1' })
    conversation()
    expect((await asked()).map(({ body }) => body)).toEqual(['Please rename it', 'late', 'later'])
  })
})

describe('an answer', () => {
  const marker = '<!-- millwright:answer:run1.3 -->'
  const body = `Renamed.\n${marker}`
  const comments = (...found: readonly object[]): void => {
    github().get(`${PATH}/pulls/9/comments`).query({ per_page: 100, page: 1 }).reply(200, found)
  }
  const inThread = { remark: { id: 7, kind: 'thread' }, body, marker } as const
  const toReview = { remark: { id: 80, kind: 'review' }, body, marker } as const

  it('to a thread is a reply in it', async () => {
    comments({ id: 8, in_reply_to_id: 7, body, user: { id: 1 } }, { id: 9, in_reply_to_id: 6, body, ...OURS })
    github().post(`${PATH}/pulls/9/comments/7/replies`, { body }).reply(201, {})
    expect(await createForge().pulls.answer(REPO, 9, inThread)).toBe('posted')
  })

  it('to a thread is not given twice', async () => {
    comments({ id: 8, in_reply_to_id: 7, body, ...OURS })
    const forge = createForge()
    expect(await forge.pulls.answer(REPO, 9, inThread)).toBe('already_there')
    expect(forge.counts().writes).toBe(0)
  })

  it('to a review is a comment below a link to it', async () => {
    conversation(rawComment({ body }))
    github().get(`${PATH}/pulls/9/reviews/80`).reply(200, review(80))
    github()
      .post(`${PATH}/issues/9/comments`, { body: `${PAGE_URL}#pullrequestreview-80\n\n${body}` })
      .reply(201, rawComment(OURS))
    expect(await createForge().pulls.answer(REPO, 9, toReview)).toBe('posted')
  })

  it('to a review is not given twice', async () => {
    conversation(rawComment({ ...OURS, body: `${PAGE_URL}#pullrequestreview-80\n\n${body}` }))
    const forge = createForge()
    expect(await forge.pulls.answer(REPO, 9, toReview)).toBe('already_there')
    expect(forge.counts().writes).toBe(0)
  })

  it('without its marker in the body is our bug', async () => {
    await expect(createForge().pulls.answer(REPO, 9, { ...inThread, body: 'no' })).rejects.toThrow(
      'the marker of an answer must be part of its body, or it would be posted again',
    )
  })
})
