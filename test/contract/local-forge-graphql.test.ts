import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { forgeFixture, type ForgeFixture, REPO } from '../support/forge-fixture.ts'

let fixture: ForgeFixture
beforeAll(async () => {
  fixture = await forgeFixture()
})
afterAll(() => fixture.close())

async function ask(token: string, query: string, variables: object = {}) {
  const headers = { authorization: `Bearer ${token}`, 'user-agent': 'test' }
  const body = JSON.stringify({ query, variables })
  const response = await fetch(`${fixture.forge.url}/graphql`, { method: 'POST', headers, body })
  const answer = (await response.json()) as {
    data?: Record<string, unknown> | null
    errors?: { type?: string; message: string; path?: string[] }[]
  }
  return { ...answer, status: response.status }
}

const EDITOR = `query ($id: ID!) { node(id: $id) { ... on IssueComment {
  databaseId lastEditedAt viewerDidAuthor includesCreatedEdit
  editor { __typename login ... on Bot { databaseId } ... on User { databaseId } }
  userContentEdits(first: 1) { totalCount nodes { editedAt editor { login } } pageInfo { hasNextPage } }
} } }`

describe('who edited a comment', () => {
  it('is nobody at first, then the App without its suffix, then the person', async () => {
    const octokit = fixture.installation()
    const number = fixture.forge.as('bob').openIssue('acme/widget', { title: 'One' })
    const at = { ...REPO, issue_number: number }
    const { data } = await octokit.rest.issues.createComment({ ...at, body: 'state' })
    const editor = async () => {
      const answer = await octokit.graphql<{ node: Record<string, unknown> }>(EDITOR, { id: data.node_id })
      return answer.node
    }
    expect(await editor()).toMatchObject({
      databaseId: data.id,
      editor: null,
      lastEditedAt: null,
      viewerDidAuthor: true,
    })
    await octokit.rest.issues.updateComment({ ...REPO, comment_id: data.id, body: 'state 2' })
    const bot = fixture.forge.state.apps[0]?.bot.id
    expect(await editor()).toMatchObject({
      editor: { __typename: 'Bot', login: 'mill', databaseId: bot },
      userContentEdits: { totalCount: 2 },
    })
    fixture.forge.as('wendy').editComment('acme/widget', data.id, 'tampered')
    expect(await editor()).toMatchObject({
      editor: { __typename: 'User', login: 'wendy' },
      userContentEdits: {
        totalCount: 3,
        nodes: [{ editor: { login: 'wendy' } }],
        pageInfo: { hasNextPage: true },
      },
    })
  })

  it('answers unknown ids with 200 and a typed error', async () => {
    const { status, data, errors } = await ask('ghp_alice', EDITOR, { id: 'IC_nothing' })
    expect(status).toBe(200)
    expect(data).toEqual({ node: null })
    expect(errors).toMatchObject([
      {
        type: 'NOT_FOUND',
        path: ['node'],
        message: "Could not resolve to a node with the global id of 'IC_nothing'",
      },
    ])
  })

  it('refuses who does not sign in, and what is no query', async () => {
    expect((await ask('wrong', EDITOR)).status).toBe(401)
    const wrong = await ask('ghp_alice', 'query { nonsense }')
    expect(wrong.status).toBe(200)
    expect(wrong.errors?.[0]?.message).toContain('Cannot query field "nonsense"')
  })
})

describe('createCommitOnBranch', () => {
  const COMMIT = `mutation ($input: CreateCommitOnBranchInput!) { createCommitOnBranch(input: $input) {
    commit { oid signature { isValid } } ref { name prefix target { oid } } } }`
  const input = (expectedHeadOid: string, fileChanges: object) => ({
    branch: { repositoryNameWithOwner: 'acme/widget', branchName: 'main' },
    message: { headline: 'Add', body: 'With a body' },
    expectedHeadOid,
    fileChanges,
  })
  const contents = Buffer.from('hello\n').toString('base64')

  it('commits signed, also with the token of a person, and only onto the expected head', async () => {
    const { git } = fixture.forge.repo('acme/widget')
    const head = (await git.ref('refs/heads/main')) ?? ''
    const changes = { additions: [{ path: 'hello', contents }], deletions: [{ path: 'README.md' }] }
    const made = await ask('ghp_wendy', COMMIT, { input: input(head, changes) })
    const now = (await git.ref('refs/heads/main')) ?? ''
    expect(made.data).toEqual({
      createCommitOnBranch: {
        commit: { oid: now, signature: { isValid: true } },
        ref: { name: 'main', prefix: 'refs/heads/', target: { oid: now } },
      },
    })
    const { tree, message } = await git.readCommit(now)
    expect(message).toBe('Add\n\nWith a body')
    expect((await git.readTree(tree, false)).map((entry) => entry.path)).toEqual(['hello', 'src'])
    const stale = await ask('ghp_wendy', COMMIT, { input: input(head, changes) })
    expect(stale.errors).toMatchObject([{ type: 'STALE_DATA', path: ['createCommitOnBranch'] }])
  })

  it('refuses people who may not write', async () => {
    const head = (await fixture.forge.repo('acme/widget').git.ref('refs/heads/main')) ?? ''
    const refused = await ask('ghp_bob', COMMIT, {
      input: input(head, { additions: [{ path: 'x', contents }] }),
    })
    expect(refused.errors?.[0]?.type).toBe('FORBIDDEN')
    expect(refused.data).toEqual({ createCommitOnBranch: null })
  })
})

describe('drafts', () => {
  it('become ready and drafts again by mutation only', async () => {
    await fixture.forge.as('alice').push('acme/widget', { branch: 'b', message: 'b', files: { b: 'b' } })
    const octokit = fixture.installation()
    const { data } = await octokit.rest.pulls.create({
      ...REPO,
      title: 'x',
      head: 'b',
      base: 'main',
      draft: true,
    })
    const at = { ...REPO, pull_number: data.number }
    await octokit.request('PATCH /repos/{owner}/{repo}/pulls/{pull_number}', { ...at, draft: false } as never)
    expect((await octokit.rest.pulls.get(at)).data.draft).toBe(true)
    const run = (name: string) =>
      octokit.graphql(
        `mutation ($id: ID!) { ${name}(input: { pullRequestId: $id }) { pullRequest { isDraft } } }`,
        {
          id: data.node_id,
        },
      )
    expect(await run('markPullRequestReadyForReview')).toMatchObject({
      markPullRequestReadyForReview: { pullRequest: { isDraft: false } },
    })
    expect(await run('convertPullRequestToDraft')).toMatchObject({
      convertPullRequestToDraft: { pullRequest: { isDraft: true } },
    })
  })
})
