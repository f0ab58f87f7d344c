/** Issues, comments, permissions and files, against GitHub's documented answers. */
import { describe, expect, it } from '@jest/globals'
import type nock from 'nock'
import {
  createForge,
  github,
  GONE,
  guardNetwork,
  ISSUE,
  NO_ACCESS,
  NOT_FOUND,
  PATH,
  rawComment,
  REPO,
} from './github-bench.ts'

guardNetwork()

const OURS = {
  user: { login: 'mill[bot]', id: 4242 },
  performed_via_github_app: { id: 777, slug: 'mill' },
}

describe('comments', () => {
  it.each([
    ['by our bot user through our App', OURS, true],
    ['by our bot user through another App', { ...OURS, performed_via_github_app: { id: 778 } }, false],
    ['by our bot user through no App', { ...OURS, performed_via_github_app: null }, false],
    ['through our App by a person (a user token)', { ...OURS, user: { login: 'octocat', id: 1 } }, false],
    ['by an account with our login', { ...OURS, user: { login: 'mill[bot]', id: 9 } }, false],
    ['by a deleted account', { user: null }, false],
  ])('%s: ours is judged by numbers', async (_who, over, ours) => {
    github().get(`${PATH}/issues/comments/1`).reply(200, rawComment(over))
    expect((await createForge().issues.comment(REPO, 1))?.ours).toBe(ours)
  })

  it.each([
    ['our App', OURS, true],
    ["another App, with a person's token", { performed_via_github_app: { id: 778 } }, true],
    ["a person's hand", { performed_via_github_app: null }, false],
    ["a person's hand, where GitHub leaves the field out", { performed_via_github_app: undefined }, false],
  ])('written by %s: via an App is what GitHub says', async (_who, over, viaApp) => {
    github().get(`${PATH}/issues/comments/1`).reply(200, rawComment(over))
    expect((await createForge().issues.comment(REPO, 1))?.viaApp).toBe(viaApp)
  })

  it('take a reaction', async () => {
    github()
      .post(`${PATH}/issues/comments/7/reactions`, { content: 'confused' })
      .reply(201, { id: 1, content: 'confused' })
    await createForge().issues.reactToComment(REPO, 7, 'confused')
  })

  it('cost no quota when unchanged: the ETag is sent and the body comes from memory', async () => {
    const forge = createForge()
    const path = `${PATH}/issues/comments/1`
    github().get(path).reply(200, rawComment(), { etag: '"abc"' })
    github().get(path).matchHeader('if-none-match', '"abc"').reply(304)
    github()
      .get(path)
      .matchHeader('if-none-match', '"abc"')
      .reply(200, rawComment({ body: 'new' }), { etag: '"d"' })
    github().get(path).matchHeader('if-none-match', '"d"').reply(404, NOT_FOUND)
    github()
      .get(path)
      .reply(200, rawComment({ body: 'back' }))
    const bodies: (string | undefined)[] = []
    for (let time = 0; time < 5; time++) bodies.push((await forge.issues.comment(REPO, 1))?.body)
    expect(bodies).toEqual(['Me too', 'Me too', 'new', undefined, 'back'])
    expect(forge.counts()).toEqual({ reads: 5, unchangedReads: 1, writes: 0 })
  })

  it('are not shared between two forges of one process', async () => {
    github().get(`${PATH}/issues/comments/1`).twice().reply(200, rawComment(), { etag: '"abc"' })
    await createForge().issues.comment(REPO, 1)
    const second = createForge()
    await second.issues.comment(REPO, 1)
    expect(second.counts()).toEqual({ reads: 1, unchangedReads: 0, writes: 0 })
  })

  it('of an issue come from all pages, also when the first page was the last one before', async () => {
    const forge = createForge()
    const path = `${PATH}/issues/1347/comments`
    const full = Array.from({ length: 100 }, (_, index) => rawComment({ id: index + 1 }))
    github().get(path).query({ per_page: 100, page: 1 }).reply(200, full, { etag: '"p1"' })
    github().get(path).query({ per_page: 100, page: 2 }).reply(200, [], { etag: '"p2"' })
    expect(await forge.issues.comments(ISSUE)).toHaveLength(100)
    github().get(path).query({ per_page: 100, page: 1 }).matchHeader('if-none-match', '"p1"').reply(304)
    github()
      .get(path)
      .query({ per_page: 100, page: 2 })
      .matchHeader('if-none-match', '"p2"')
      .reply(200, [rawComment({ id: 101 })])
    const all = await forge.issues.comments(ISSUE)
    expect(all).toHaveLength(101)
    expect(all.at(-1)).toEqual({
      id: 101,
      body: 'Me too',
      author: { id: 1, login: 'octocat' },
      viaApp: false,
      ours: false,
      createdAt: '2011-04-14T16:00:49Z',
      updatedAt: '2011-04-14T16:00:49Z',
      url: 'https://github.com/octocat/Hello-World/issues/1347#issuecomment-1',
    })
  })

  it('are written and edited once each, and counted', async () => {
    const forge = createForge()
    github()
      .post(`${PATH}/issues/1347/comments`, { body: 'hello' })
      .reply(201, rawComment({ ...OURS, id: 7 }))
    github()
      .patch(`${PATH}/issues/comments/7`, { body: 'bye' })
      .reply(200, rawComment({ ...OURS, body: 'bye' }))
    expect(await forge.issues.addComment(ISSUE, 'hello')).toMatchObject({ id: 7, ours: true })
    expect(await forge.issues.editComment(REPO, 7, 'bye')).toMatchObject({ body: 'bye', ours: true })
    expect(forge.counts()).toEqual({ reads: 0, unchangedReads: 0, writes: 2 })
  })

  it('that may not be written say which permission is missing', async () => {
    github()
      .post(`${PATH}/issues/1347/comments`)
      .reply(403, NO_ACCESS, { 'x-accepted-github-permissions': 'issues=write; pull_requests=write' })
    await expect(createForge().issues.addComment(ISSUE, 'x')).rejects.toMatchObject({
      name: 'UserError',
      code: 'forge_refused',
      message:
        'GitHub refused to comment on octocat/Hello-World#1347 (403). It takes the permission "issues: write; pull_requests: write" on this repository, and the repository must not be archived. GitHub says: Resource not accessible by integration',
    })
  })
})

describe('the last editor', () => {
  it.each([
    ['nobody', null, null],
    ['our bot', { __typename: 'Bot', login: 'mill', databaseId: 4242 }, { login: 'mill', ours: true }],
    ['another bot', { __typename: 'Bot', login: 'mill', databaseId: 1 }, { login: 'mill', ours: false }],
    [
      'a person with that number',
      { __typename: 'User', login: 'x', databaseId: 4242 },
      { login: 'x', ours: false },
    ],
    ['an account without number', { __typename: 'Mannequin', login: 'm' }, { login: 'm', ours: false }],
  ])('is %s, as GraphQL says', async (_who, editor, expected) => {
    github().get(`${PATH}/issues/comments/1`).reply(200, rawComment())
    github()
      .post('/graphql', (body: { variables?: unknown }) => JSON.stringify(body.variables) === '{"id":"IC_1"}')
      .reply(200, { data: { node: { editor } } })
    expect(await createForge().issues.lastEditor(REPO, 1)).toEqual(expected)
  })

  it('is asked again later when GraphQL is limited, and refused when it is forbidden', async () => {
    github().get(`${PATH}/issues/comments/1`).twice().reply(200, rawComment())
    github()
      .post('/graphql')
      .reply(200, { data: null, errors: [{ type: 'RATE_LIMITED', message: 'm' }] })
    github()
      .post('/graphql')
      .reply(200, { data: null, errors: [{ type: 'FORBIDDEN', message: 'm' }] })
    await expect(createForge().issues.lastEditor(REPO, 1)).rejects.toMatchObject({
      name: 'RetryableError',
      retryAfterMs: 60_000,
    })
    await expect(createForge().issues.lastEditor(REPO, 1)).rejects.toMatchObject({ name: 'UserError' })
  })
})

describe('F-14: the whereabouts of an issue', () => {
  const MOVED = 'https://api.github.com/repositories/7/issues/3'
  it.each<[string, string, () => void]>([
    ['there', 'where it was', () => answers(200, { number: 1347 })],
    ['moved', 'where GitHub sends us on to', () => answers(301, {}, { location: MOVED })],
    ['deleted', 'nowhere, and its repository is there', () => (answers(410, GONE), repositoryIs(REPO.id))],
    ['deleted', 'nowhere to be found', () => (answers(404, NOT_FOUND), repositoryIs(REPO.id))],
    ['unseen', 'where another repository is now', () => (answers(404, NOT_FOUND), repositoryIs(7))],
    ['unseen', 'where nothing is', () => (answers(404, NOT_FOUND), github().get(PATH).reply(404, NOT_FOUND))],
  ])('are "%s" %s', async (where, _what, prepare) => {
    prepare()
    if (where === 'moved') github().get('/repositories/7/issues/3').reply(200, { number: 3 })
    expect(await createForge().issues.whereabouts(ISSUE)).toBe(where)
  })

  function answers(status: number, body: object, headers: Readonly<Record<string, string>> = {}): void {
    github()
      .get(`${PATH}/issues/1347`)
      .reply(status, body as nock.Body, { ...headers })
  }
  function repositoryIs(id: number): void {
    github().get(PATH).reply(200, { id })
  }
})

describe('permission', () => {
  const actor = { id: 1, login: 'octocat' }
  const path = `${PATH}/collaborators/octocat/permission`

  it.each([
    ['admin', 1, 'admin'],
    ['write', 1, 'write'],
    ['read', 1, 'read'],
    ['none', 1, 'none'],
    ['something new', 1, 'none'],
    ['admin', 2, 'none'],
  ])('%s for account %i counts as %s', async (permission, id, expected) => {
    github()
      .get(path)
      .reply(200, { permission, role_name: permission, user: { login: 'octocat', id } })
    expect(await createForge().issues.permission(REPO, actor)).toBe(expected)
  })

  it('F-49: is looked up again and again, and costs nothing where it is the same', async () => {
    const forge = createForge()
    const granted = { permission: 'write', role_name: 'write', user: { login: 'octocat', id: 1 } }
    github().get(path).reply(200, granted, { etag: '"w"' })
    expect(await forge.issues.permission(REPO, actor)).toBe('write')
    github().get(path).matchHeader('if-none-match', '"w"').reply(304)
    expect(await forge.issues.permission(REPO, actor)).toBe('write')
    github()
      .get(path)
      .matchHeader('if-none-match', '"w"')
      .reply(200, { ...granted, permission: 'read' }, { etag: '"r"' })
    expect(await forge.issues.permission(REPO, actor)).toBe('read')
  })

  it('is none for an account that GitHub does not know, and an error when GitHub will not say', async () => {
    github().get(path).reply(404, NOT_FOUND)
    expect(await createForge().issues.permission(REPO, actor)).toBe('none')
    github().get(path).reply(403, NO_ACCESS)
    await expect(createForge().issues.permission(REPO, actor)).rejects.toMatchObject({ name: 'UserError' })
  })
})

describe('repositories and issues', () => {
  const repository = {
    id: 1296269,
    name: 'Hello-World',
    owner: { login: 'octocat', id: 1 },
    default_branch: 'trunk',
    archived: true,
    private: false,
    size: 0,
  }

  it('are empty only when there is no branch, whatever the size says', async () => {
    github().get(PATH).twice().reply(200, repository)
    github()
      .get(`${PATH}/branches`)
      .query({ per_page: 1 })
      .reply(200, [{ name: 'trunk' }])
    github().get(`${PATH}/branches`).query({ per_page: 1 }).reply(200, [])
    const forge = createForge()
    expect(await forge.issues.repository(REPO)).toEqual({
      ref: REPO,
      defaultBranch: 'trunk',
      archived: true,
      empty: false,
      private: false,
      size: 0,
    })
    expect((await forge.issues.repository(REPO)).empty).toBe(true)
  })

  it('F-16: are refused when the name belongs to another repository now', async () => {
    github()
      .get(PATH)
      .reply(200, { ...repository, id: 5 })
    await expect(createForge().issues.repository(REPO)).rejects.toThrow('its name was given away')
  })

  it('give an issue with an absent body, label objects and a deleted author', async () => {
    const raw = {
      number: 1347,
      title: 'T',
      body: null,
      state: 'open',
      locked: true,
      user: null,
      html_url: 'u',
    }
    github()
      .get(`${PATH}/issues/1347`)
      .reply(200, { ...raw, labels: [{ name: 'bug' }, 'plain', { id: 3 }] })
    expect(await createForge().issues.issue(ISSUE)).toEqual({
      ref: ISSUE,
      title: 'T',
      body: '',
      state: 'open',
      locked: true,
      author: null,
      labels: ['bug', 'plain'],
      url: 'u',
    })
  })

  it('name the new place of an issue that was moved', async () => {
    github()
      .get(`${PATH}/issues/1347`)
      .reply(200, { number: 3, labels: [], html_url: 'https://github.com/o/other/issues/3' })
    await expect(createForge().issues.issue(ISSUE)).rejects.toThrow(
      'octocat/Hello-World#1347 was moved to https://github.com/o/other/issues/3. Label it there.',
    )
  })

  it('take a label, which is not taken twice', async () => {
    github()
      .post(`${PATH}/issues/1347/labels`, { labels: ['millwright'] })
      .reply(200, [{ name: 'millwright' }])
    await createForge().issues.addLabel(ISSUE, 'millwright')
  })

  it('take a reaction', async () => {
    github().post(`${PATH}/issues/1347/reactions`, { content: 'eyes' }).reply(200, { id: 1, content: 'eyes' })
    await createForge().issues.react(ISSUE, 'eyes')
  })
})

describe('a text file', () => {
  const where = { path: '.github/millwright.yml', ref: 'trunk', limit: 100 }
  const path = `${PATH}/contents/.github%2Fmillwright.yml?ref=trunk`
  const file = (bytes: Uint8Array, over = {}): Record<string, unknown> => ({
    type: 'file',
    size: bytes.length,
    encoding: 'base64',
    content: `${Buffer.from(bytes).toString('base64')}\n`,
    ...over,
  })

  it('is read as UTF-8, and is absent where there is none or something else', async () => {
    const forge = createForge()
    github()
      .get(path)
      .reply(200, file(Buffer.from('größe: 1\n')))
    expect(await forge.issues.textFile(REPO, where)).toBe('größe: 1\n')
    for (const [status, body] of [
      [404, NOT_FOUND],
      [200, []],
      [200, { type: 'submodule', size: 0 }],
    ] as const) {
      github().get(path).reply(status, body)
      expect(await forge.issues.textFile(REPO, where)).toBeUndefined()
    }
  })

  it('is refused when too large or not text, with the place and the fix', async () => {
    const forge = createForge()
    github()
      .get(path)
      .reply(200, file(Buffer.from('x'), { size: 101 }))
    await expect(forge.issues.textFile(REPO, where)).rejects.toThrow(
      '`.github/millwright.yml` has 101 bytes, and at most 100 are read. Make it smaller.',
    )
    github()
      .get(path)
      .reply(200, file(Buffer.from([0xff])))
    await expect(forge.issues.textFile(REPO, where)).rejects.toThrow('is not UTF-8 text')
    github()
      .get(path)
      .reply(200, file(Buffer.from('x'), { encoding: 'none', content: '' }))
    await expect(forge.issues.textFile(REPO, where)).rejects.toThrow("too large for GitHub's contents API")
  })
})
