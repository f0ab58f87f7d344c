/** Commits by an App and by a person's token, against GitHub's documented answers. */
import { describe, expect, it } from '@jest/globals'
import type { GithubForge } from '../../../src/adapters/github/github-forge.ts'
import type { CommitRequest, FileEntry } from '../../../src/ports/forge.ts'
import {
  createClient,
  createForge,
  github,
  guardNetwork,
  NOT_FAST_FORWARD,
  NOT_FOUND,
  PATH,
  PERSON,
  REPO,
} from './github-bench.ts'

guardNetwork()

const id = (digit: string): string => digit.repeat(40)
const [PARENT, PARENT_TREE, TREE, COMMIT, OTHER] = ['1', '2', '3', '4', '5'].map(id) as [
  string,
  string,
  string,
  string,
  string,
]
const REF = `${PATH}/git/ref/heads%2Fmill%2F1347`
const MESSAGE = 'Fix it\n\nMillwright-Effect: run1.7.0\n'

const request = (files: readonly FileEntry[] = []): CommitRequest => ({
  branch: 'mill/1347',
  parent: PARENT,
  tree: TREE,
  message: MESSAGE,
  files,
})

const branchAt = (sha: string): void => {
  github()
    .get(REF)
    .reply(200, { ref: 'refs/heads/mill/1347', node_id: 'REF_1', object: { type: 'commit', sha } })
}
const noBranch = (): void => void github().get(REF).reply(404, NOT_FOUND)
const SIGNED = { verification: { verified: true, reason: 'valid' } }
const commitIs = (sha: string, tree: string, message = 'm'): void => {
  github()
    .get(`${PATH}/git/commits/${sha}`)
    .reply(200, { sha, tree: { sha: tree }, message, ...SIGNED })
}
/** Answers parent, tree and commit, and keeps what was sent. */
const writes = (tree = TREE, base = PARENT): { tree: unknown; commit: unknown } => {
  const sent: { tree: unknown; commit: unknown } = { tree: undefined, commit: undefined }
  commitIs(base, PARENT_TREE)
  github()
    .post(`${PATH}/git/trees`, (body) => ((sent.tree = body), true))
    .reply(201, { sha: tree })
  if (tree === TREE)
    github()
      .post(`${PATH}/git/commits`, (body) => ((sent.commit = body), true))
      .reply(201, { sha: COMMIT, ...SIGNED })
  return sent
}

describe('a commit', () => {
  it('puts text inline, other bytes in blobs, names no author, and makes the branch', async () => {
    const forge = createForge()
    const large = Buffer.alloc(100_001, 'a')
    noBranch()
    const sent = writes()
    github()
      .post(`${PATH}/git/blobs`, { content: Buffer.from([0, 255]).toString('base64'), encoding: 'base64' })
      .reply(201, { sha: id('a') })
    github()
      .post(`${PATH}/git/blobs`, { content: large.toString('base64'), encoding: 'base64' })
      .reply(201, { sha: id('b') })
    github().post(`${PATH}/git/refs`, { ref: 'refs/heads/mill/1347', sha: COMMIT }).reply(201, {})
    const outcome = await forge.pulls.commit(
      REPO,
      request([
        { path: 'src/größe.js', mode: '100644', content: Buffer.from('\ufeffa\r\n') },
        { path: 'run.sh', mode: '100755', content: Buffer.from('') },
        { path: 'link', mode: '120000', content: Buffer.from('run.sh') },
        { path: 'gone', mode: '100644', content: undefined },
        { path: 'bytes', mode: '100644', content: Buffer.from([0, 255]) },
        { path: 'large', mode: '100644', content: large },
      ]),
    )
    expect(outcome).toEqual({ kind: 'created', commit: COMMIT, signed: true })
    expect(sent.tree).toEqual({
      base_tree: PARENT_TREE,
      tree: [
        { path: 'src/größe.js', mode: '100644', type: 'blob', content: '\ufeffa\r\n' },
        { path: 'run.sh', mode: '100755', type: 'blob', content: '' },
        { path: 'link', mode: '120000', type: 'blob', content: 'run.sh' },
        { path: 'gone', mode: '100644', type: 'blob', sha: null },
        { path: 'bytes', mode: '100644', type: 'blob', sha: id('a') },
        { path: 'large', mode: '100644', type: 'blob', sha: id('b') },
      ],
    })
    expect(sent.commit).toEqual({ message: MESSAGE, tree: TREE, parents: [PARENT] })
    expect(forge.counts()).toEqual({ reads: 2, unchangedReads: 0, writes: 5 })
  })

  it('moves a branch that is at the parent, without force', async () => {
    branchAt(PARENT)
    writes()
    github().patch(`${PATH}/git/refs/heads%2Fmill%2F1347`, { sha: COMMIT, force: false }).reply(200, {})
    expect(await createForge().pulls.commit(REPO, request())).toEqual({
      kind: 'created',
      commit: COMMIT,
      signed: true,
    })
  })

  it('is found again by tree and trailer, and nothing is written', async () => {
    branchAt(COMMIT)
    commitIs(COMMIT, TREE, 'Fix it\n\nMillwright-Effect: run1.7.0')
    const forge = createForge()
    expect(await forge.pulls.commit(REPO, request())).toEqual({
      kind: 'already_there',
      commit: COMMIT,
      signed: true,
    })
    expect(forge.counts().writes).toBe(0)
  })

  it.each([
    ['another tree', OTHER, MESSAGE],
    ['another effect', TREE, 'Fix it\n\nMillwright-Effect: run1.8.0'],
    ['no trailer', TREE, 'Fix it'],
  ])('is not taken for done when the branch holds %s', async (_what, tree, message) => {
    branchAt(OTHER)
    commitIs(OTHER, tree, message)
    expect(await createForge().pulls.commit(REPO, request())).toEqual({ kind: 'moved', found: OTHER })
  })

  it('says moved when somebody was quicker, by where the branch is and not by words', async () => {
    branchAt(PARENT)
    writes()
    github().patch(`${PATH}/git/refs/heads%2Fmill%2F1347`).reply(422, NOT_FAST_FORWARD)
    branchAt(OTHER)
    commitIs(OTHER, OTHER)
    expect(await createForge().pulls.commit(REPO, request())).toEqual({ kind: 'moved', found: OTHER })
  })

  it('F-42: is a refusal when the branch stayed where it was: a rule forbids it', async () => {
    noBranch()
    writes()
    github().post(`${PATH}/git/refs`).reply(422, { message: 'Repository rule violations found' })
    noBranch()
    await expect(createForge().pulls.commit(REPO, request())).rejects.toMatchObject({
      name: 'UserError',
      message: expect.stringContaining('to move branch `mill/1347` of octocat/Hello-World (422)'),
    })
  })

  it('is our bug when GitHub comes to another tree, and no commit is made', async () => {
    noBranch()
    writes(OTHER)
    await expect(createForge().pulls.commit(REPO, request())).rejects.toThrow(
      `GitHub put together tree ${OTHER} where ${TREE} was proved; nothing was published`,
    )
  })

  it('finds no branch in an empty repository', async () => {
    github().get(REF).reply(409, { message: 'Git Repository is empty.' })
    expect(await createForge().pulls.branchHead(REPO, 'mill/1347')).toBeUndefined()
  })

  it('of two parents takes a moved base in, and sends only what differs from it', async () => {
    branchAt(PARENT)
    const sent = writes(TREE, OTHER)
    github().patch(`${PATH}/git/refs/heads%2Fmill%2F1347`, { sha: COMMIT, force: false }).reply(200, {})
    const outcome = await createForge().pulls.commit(REPO, { ...request(), alsoParent: OTHER })
    expect(outcome).toEqual({ kind: 'created', commit: COMMIT, signed: true })
    expect(sent.commit).toEqual({ message: MESSAGE, tree: TREE, parents: [PARENT, OTHER] })
    expect(sent.tree).toMatchObject({ base_tree: PARENT_TREE })
  })

  it('says when a server signs nothing', async () => {
    branchAt(COMMIT)
    github()
      .get(`${PATH}/git/commits/${COMMIT}`)
      .reply(200, { sha: COMMIT, tree: { sha: TREE }, message: MESSAGE, verification: { verified: false } })
    expect(await createForge().pulls.commit(REPO, request())).toMatchObject({ signed: false })
  })
})

describe("a commit by a person's token", () => {
  const forge = (): GithubForge => createForge(createClient(), PERSON)
  const files: readonly FileEntry[] = [
    { path: 'src/größe.js', mode: '100644', content: Buffer.from('a\n') },
    { path: 'bytes', mode: '100644', content: Buffer.from([0, 255]) },
    { path: 'gone', mode: '100644', content: undefined },
  ]
  /** Answers the parent, the blob of the bytes, and the tree. */
  const tree = (): void => {
    commitIs(PARENT, PARENT_TREE)
    github()
      .post(`${PATH}/git/blobs`)
      .reply(201, { sha: id('a') })
    github().post(`${PATH}/git/trees`).reply(201, { sha: TREE })
  }
  const listing = (entries: readonly object[], truncated = false): void => {
    github()
      .get(`${PATH}/git/trees/${PARENT_TREE}`)
      .query({ recursive: 'true' })
      .reply(200, { sha: PARENT_TREE, truncated, tree: entries })
  }
  const newBranch = (): void => {
    github()
      .post(`${PATH}/git/refs`, { ref: 'refs/heads/mill/1347', sha: PARENT })
      .reply(201, { ref: 'refs/heads/mill/1347', node_id: 'REF_1', object: { sha: PARENT } })
  }
  const mutation = (answer: object): { input: unknown } => {
    const sent: { input: unknown } = { input: undefined }
    github()
      .post('/graphql', (body: { query: string; variables: { input: unknown } }) => {
        sent.input = body.variables.input
        return body.query.includes('createCommitOnBranch(input: $input)')
      })
      .reply(200, answer)
    return sent
  }
  const made = { data: { createCommitOnBranch: { commit: { oid: COMMIT } } } }

  it('goes through GraphQL on a new branch, which signs it, and is checked against the proved tree', async () => {
    const github = forge()
    noBranch()
    tree()
    listing([
      { path: 'gone', mode: '100755' },
      { path: 'bytes', mode: '100644' },
    ])
    newBranch()
    const sent = mutation(made)
    commitIs(COMMIT, TREE)
    expect(await github.pulls.commit(REPO, request(files))).toEqual({
      kind: 'created',
      commit: COMMIT,
      signed: true,
    })
    expect(sent.input).toEqual({
      branch: { id: 'REF_1' },
      expectedHeadOid: PARENT,
      message: { headline: 'Fix it', body: 'Millwright-Effect: run1.7.0' },
      fileChanges: {
        additions: [
          { path: 'src/größe.js', contents: Buffer.from('a\n').toString('base64') },
          { path: 'bytes', contents: Buffer.from([0, 255]).toString('base64') },
        ],
        deletions: [{ path: 'gone' }],
      },
    })
    expect(github.counts().writes).toBe(4)
  })

  it('says moved when somebody was quicker', async () => {
    branchAt(PARENT)
    tree()
    listing([])
    mutation({ data: null, errors: [{ type: 'STALE_DATA', message: 'Expected branch to point to' }] })
    branchAt(OTHER)
    commitIs(OTHER, OTHER)
    expect(await forge().pulls.commit(REPO, request(files))).toEqual({ kind: 'moved', found: OTHER })
  })

  it('that GraphQL refuses says why, and what the token lacks', async () => {
    branchAt(PARENT)
    tree()
    listing([])
    mutation({ data: null, errors: [{ type: 'FORBIDDEN', message: 'Resource not accessible' }] })
    await expect(forge().pulls.commit(REPO, request(files))).rejects.toMatchObject({
      name: 'UserError',
      code: 'forge_refused',
      message:
        'GitHub refused to write a commit to octocat/Hello-World (FORBIDDEN). It takes a classic token with the scope "repo", or a fine-grained one with "Contents: write" on this repository. GitHub says: Resource not accessible',
    })
  })

  it('that comes out with another tree is our bug', async () => {
    branchAt(PARENT)
    tree()
    listing([])
    mutation(made)
    commitIs(COMMIT, OTHER)
    await expect(forge().pulls.commit(REPO, request(files))).rejects.toThrow(
      `GitHub made commit ${COMMIT} with tree ${OTHER} where ${TREE} was proved`,
    )
  })

  const unsigned = { verification: { verified: false, reason: 'unsigned' } }
  const byRest = (): void => {
    github()
      .post(`${PATH}/git/commits`)
      .reply(201, { sha: COMMIT, ...unsigned })
    github().patch(`${PATH}/git/refs/heads%2Fmill%2F1347`, { sha: COMMIT, force: false }).reply(200, {})
  }

  it.each<[string, FileEntry]>([
    ['executable', { path: 'run', mode: '100755', content: Buffer.from('x') }],
    ['a link', { path: 'link', mode: '120000', content: Buffer.from('x') }],
  ])('of a file that is %s goes unsigned through REST, since GraphQL knows no modes', async (_what, file) => {
    branchAt(PARENT)
    commitIs(PARENT, PARENT_TREE)
    github().post(`${PATH}/git/trees`).reply(201, { sha: TREE })
    byRest()
    expect(await forge().pulls.commit(REPO, request([file]))).toEqual({
      kind: 'created',
      commit: COMMIT,
      signed: false,
    })
  })

  it.each<[string, readonly object[], boolean]>([
    ['a file was executable before', [{ path: 'bytes', mode: '100755' }], false],
    ['GitHub does not list all files', [], true],
  ])('goes unsigned through REST where %s', async (_what, entries, truncated) => {
    branchAt(PARENT)
    tree()
    listing(entries, truncated)
    byRest()
    expect(await forge().pulls.commit(REPO, request(files))).toMatchObject({ signed: false })
  })

  it('of two parents goes unsigned through REST', async () => {
    branchAt(PARENT)
    commitIs(OTHER, PARENT_TREE)
    github().post(`${PATH}/git/trees`).reply(201, { sha: TREE })
    byRest()
    const outcome = await forge().pulls.commit(REPO, { ...request(), alsoParent: OTHER })
    expect(outcome).toEqual({ kind: 'created', commit: COMMIT, signed: false })
  })
})
