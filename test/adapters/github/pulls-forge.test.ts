/** Commits, pull requests, reviews and checks, against GitHub's documented answers. */
import { describe, expect, it } from '@jest/globals'
import type { CommitRequest, FileEntry } from '../../../src/ports/forge.ts'
import {
  createClient,
  createForge,
  github,
  guardNetwork,
  NO_ACCESS,
  NO_DRAFTS,
  NOT_FAST_FORWARD,
  NOT_FOUND,
  PATH,
  PULL_EXISTS,
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
    .reply(200, { ref: 'refs/heads/mill/1347', object: { type: 'commit', sha } })
}
const noBranch = (): void => void github().get(REF).reply(404, NOT_FOUND)
const commitIs = (sha: string, tree: string, message = 'm'): void => {
  github()
    .get(`${PATH}/git/commits/${sha}`)
    .reply(200, { sha, tree: { sha: tree }, message })
}
/** Answers parent, tree and commit, and keeps what was sent. */
const writes = (tree = TREE): { tree: unknown; commit: unknown } => {
  const sent: { tree: unknown; commit: unknown } = { tree: undefined, commit: undefined }
  commitIs(PARENT, PARENT_TREE)
  github()
    .post(`${PATH}/git/trees`, (body) => ((sent.tree = body), true))
    .reply(201, { sha: tree })
  if (tree === TREE)
    github()
      .post(`${PATH}/git/commits`, (body) => ((sent.commit = body), true))
      .reply(201, { sha: COMMIT })
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
    expect(outcome).toEqual({ kind: 'created', commit: COMMIT })
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
    expect(await createForge().pulls.commit(REPO, request())).toEqual({ kind: 'created', commit: COMMIT })
  })

  it('is found again by tree and trailer, and nothing is written', async () => {
    branchAt(COMMIT)
    commitIs(COMMIT, TREE, 'Fix it\n\nMillwright-Effect: run1.7.0')
    const forge = createForge()
    expect(await forge.pulls.commit(REPO, request())).toEqual({ kind: 'already_there', commit: COMMIT })
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

  it('is a refusal when the branch stayed where it was: a rule forbids it', async () => {
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
})

describe('a draft pull request', () => {
  const pull = { title: 'T', body: 'B', branch: 'mill/1347', base: 'main' }
  const raw = (over = {}): Record<string, unknown> => ({
    number: 9,
    html_url: 'https://github.com/octocat/Hello-World/pull/9',
    head: { sha: COMMIT, ref: 'mill/1347' },
    draft: true,
    state: 'open',
    merged_at: null,
    user: { login: 'mill[bot]', id: 4242 },
    ...over,
  })
  const opened = {
    number: 9,
    url: 'https://github.com/octocat/Hello-World/pull/9',
    head: COMMIT,
    branch: 'mill/1347',
    draft: true,
    state: 'open',
    merged: false,
    ours: true,
  }
  const listed = (...found: unknown[]): void => {
    github().get(`${PATH}/pulls`).query({ head: 'octocat:mill/1347', state: 'open' }).reply(200, found)
  }

  it('is opened as a draft', async () => {
    listed()
    github()
      .post(`${PATH}/pulls`, { title: 'T', body: 'B', head: 'mill/1347', base: 'main', draft: true })
      .reply(201, raw())
    expect(await createForge().pulls.openDraft(REPO, pull)).toEqual({ kind: 'opened', pull: opened })
  })

  it('is looked for first', async () => {
    listed(raw({ head: { sha: OTHER, ref: 'other' } }), raw({ user: { id: 1 }, draft: false }))
    expect(await createForge().pulls.openDraft(REPO, pull)).toEqual({
      kind: 'already_there',
      pull: { ...opened, ours: false, draft: false },
    })
  })

  it('is found when an earlier try had opened it after all', async () => {
    listed()
    github().post(`${PATH}/pulls`).reply(422, PULL_EXISTS)
    listed(raw())
    expect(await createForge().pulls.openDraft(REPO, pull)).toEqual({ kind: 'already_there', pull: opened })
  })

  it('is never replaced by a ready one where drafts are not to be had', async () => {
    listed()
    github().post(`${PATH}/pulls`).reply(422, NO_DRAFTS)
    expect(await createForge().pulls.openDraft(REPO, pull)).toEqual({ kind: 'draft_refused' })
  })

  it('tells any other refusal in a sentence', async () => {
    listed()
    const body = {
      message: 'Validation Failed',
      errors: [{ message: 'No commits between main and mill/1347' }],
    }
    github().post(`${PATH}/pulls`).reply(422, body)
    listed()
    await expect(createForge().pulls.openDraft(REPO, pull)).rejects.toMatchObject({ name: 'UserError' })
  })
})

describe('a review', () => {
  const marker = '<!-- millwright-effect run1.8.0 -->'
  const review = {
    body: `Read it.\n${marker}`,
    commit: COMMIT,
    notes: [{ path: 'a.js', line: 3, body: 'n' }],
    marker,
  }
  const path = `${PATH}/pulls/9/reviews`
  const page = (number: number, ...found: unknown[]): void => {
    github().get(path).query({ per_page: 100, page: number }).reply(200, found)
  }

  it('is always a comment, with its notes on lines of the new side', async () => {
    page(1)
    github()
      .post(path, {
        commit_id: COMMIT,
        body: review.body,
        event: 'COMMENT',
        comments: [{ path: 'a.js', line: 3, side: 'RIGHT', body: 'n' }],
      })
      .reply(200, { id: 1 })
    await createForge().pulls.comment(REPO, 9, review)
  })

  it('is not written twice, however many reviews came before it', async () => {
    page(1, ...Array.from({ length: 100 }, () => ({ user: { id: 1 }, body: 'x' })))
    page(2, { user: { id: 4242 }, body: `Read it.\r\n${marker}` })
    const forge = createForge()
    await forge.pulls.comment(REPO, 9, review)
    expect(forge.counts().writes).toBe(0)
  })

  it('by somebody else with our marker does not count', async () => {
    page(1, { user: { id: 1 }, body: review.body }, { user: null, body: review.body })
    github().post(path).reply(200, { id: 1 })
    await createForge().pulls.comment(REPO, 9, review)
  })

  it('without its marker in the body is our bug', async () => {
    await expect(createForge().pulls.comment(REPO, 9, { ...review, body: 'no' })).rejects.toThrow('marker')
  })
})

describe('a check', () => {
  const check = {
    name: 'millwright',
    head: COMMIT,
    conclusion: 'neutral',
    title: 'Waits for a person',
    summary: 'S',
    externalId: 'run1.7.0',
  } as const
  const listed = (...runs: unknown[]): void => {
    github()
      .get(`${PATH}/commits/${COMMIT}/check-runs`)
      .query({ check_name: 'millwright', filter: 'all', per_page: 100 })
      .reply(200, { total_count: runs.length, check_runs: runs })
  }
  const known = {
    id: 5,
    external_id: 'run1.7.0',
    app: { id: 777 },
    conclusion: 'neutral',
    output: { title: check.title },
  }

  it('is made once, changed when it says something else, and left alone when it says the same', async () => {
    const forge = createForge()
    listed({ ...known, app: { id: 1 } }, { ...known, external_id: 'run0.1.0' })
    github()
      .post(`${PATH}/check-runs`, {
        name: 'millwright',
        head_sha: COMMIT,
        status: 'completed',
        conclusion: 'neutral',
        external_id: 'run1.7.0',
        output: { title: check.title, summary: 'S' },
      })
      .reply(201, {})
    await forge.pulls.checkRun(REPO, check)
    listed(known)
    await forge.pulls.checkRun(REPO, check)
    expect(forge.counts().writes).toBe(1)
    listed(known)
    github()
      .patch(`${PATH}/check-runs/5`, (body: { conclusion?: unknown }) => body.conclusion === 'success')
      .reply(200, {})
    await forge.pulls.checkRun(REPO, { ...check, conclusion: 'success' })
  })

  it('that is not permitted names the permission', async () => {
    listed()
    github().post(`${PATH}/check-runs`).reply(403, NO_ACCESS)
    await expect(createForge().pulls.checkRun(REPO, check)).rejects.toMatchObject({
      name: 'UserError',
      message: expect.stringContaining('It takes the permission "Checks: write"'),
    })
  })

  it('is a commit status where there is no App', async () => {
    const forge = createForge(createClient(), { appId: undefined, userId: 1, login: 'octocat' })
    github()
      .post(`${PATH}/statuses/${COMMIT}`, {
        state: 'pending',
        context: 'millwright',
        description: 'x'.repeat(140),
        target_url: 'https://github.com/octocat/Hello-World/pull/9',
      })
      .reply(201, {})
    await forge.pulls.checkRun(REPO, {
      ...check,
      conclusion: 'action_required',
      title: 'x'.repeat(200),
      detailsUrl: 'https://github.com/octocat/Hello-World/pull/9',
    })
  })
})
