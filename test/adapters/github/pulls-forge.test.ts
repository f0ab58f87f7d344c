/** Pull requests, reviews and our check, against GitHub's documented answers. */
import { describe, expect, it } from '@jest/globals'
import {
  createClient,
  createForge,
  github,
  guardNetwork,
  NO_ACCESS,
  NO_DRAFTS,
  NOT_FOUND,
  PATH,
  PULL_EXISTS,
  REPO,
} from './github-bench.ts'

guardNetwork()

const COMMIT = '4'.repeat(40)
const OTHER = '5'.repeat(40)

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

  it('F-20: is found when an earlier try had opened it after all', async () => {
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

describe('a pull request read anew', () => {
  const path = `${PATH}/pulls/9`
  const raw = (over = {}): Record<string, unknown> => ({
    number: 9,
    html_url: 'https://github.com/octocat/Hello-World/pull/9',
    head: { sha: COMMIT, ref: 'mill/1347' },
    base: { sha: OTHER, ref: 'main' },
    draft: true,
    state: 'open',
    merged: false,
    merged_at: null,
    merged_by: null,
    mergeable: null,
    merge_commit_sha: '6'.repeat(40),
    user: { login: 'mill[bot]', id: 4242 },
    title: 'T',
    body: 'B',
    ...over,
  })
  const detail = {
    number: 9,
    url: 'https://github.com/octocat/Hello-World/pull/9',
    head: COMMIT,
    branch: 'mill/1347',
    draft: true,
    state: 'open',
    merged: false,
    ours: true,
    base: { branch: 'main', commit: OTHER },
    mergeable: null,
    mergeCommit: null,
    closedBy: null,
  }

  it('has its base, and no merge commit for the trial merge of an open one', async () => {
    github().get(path).reply(200, raw())
    expect(await createForge().pulls.pull(REPO, 9)).toEqual(detail)
  })

  it('says who merged it, as which commit', async () => {
    const merged = {
      state: 'closed',
      draft: false,
      merged: true,
      merged_at: '2011-01-26T19:01:12Z',
      merged_by: { login: 'octocat', id: 1 },
    }
    github().get(path).reply(200, raw(merged))
    expect(await createForge().pulls.pull(REPO, 9)).toEqual({
      ...detail,
      state: 'closed',
      draft: false,
      merged: true,
      mergeCommit: '6'.repeat(40),
      closedBy: { login: 'octocat', id: 1 },
    })
  })

  it.each([
    ['a person', { login: 'octocat', id: 1 }],
    ['an account that is gone', null],
  ])('asks the issue behind it who closed it unmerged: %s', async (_who, closedBy) => {
    github()
      .get(path)
      .reply(200, raw({ state: 'closed', mergeable: false }))
    github()
      .get(`${PATH}/issues/9`)
      .reply(200, { number: 9, state: 'closed', labels: [], closed_by: closedBy })
    expect(await createForge().pulls.pull(REPO, 9)).toEqual({
      ...detail,
      state: 'closed',
      mergeable: false,
      closedBy,
    })
  })

  it('is nothing when it is gone', async () => {
    github().get(path).reply(404, NOT_FOUND)
    expect(await createForge().pulls.pull(REPO, 9)).toBeUndefined()
  })

  it('is described anew only where the text differs, whatever ends its lines', async () => {
    const forge = createForge()
    github()
      .get(path)
      .thrice()
      .reply(200, raw({ body: 'one\r\ntwo' }))
    await forge.pulls.describe(REPO, 9, { title: 'T', body: 'one\ntwo' })
    expect(forge.counts().writes).toBe(0)
    github().patch(path, { title: 'T', body: 'three' }).reply(200, raw())
    await forge.pulls.describe(REPO, 9, { title: 'T', body: 'three' })
    github().patch(path, { title: 'U', body: 'one\ntwo' }).reply(200, raw())
    await forge.pulls.describe(REPO, 9, { title: 'U', body: 'one\ntwo' })
  })

  it('with no text at all counts as empty', async () => {
    github()
      .get(path)
      .reply(200, raw({ body: null }))
    await createForge().pulls.describe(REPO, 9, { title: 'T', body: '' })
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
    output: { title: check.title, summary: check.summary },
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
    // The same title over other reasons.
    listed(known)
    github()
      .patch(`${PATH}/check-runs/5`, /"summary":"T"/)
      .reply(200, {})
    await forge.pulls.checkRun(REPO, { ...check, summary: 'T' })
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
