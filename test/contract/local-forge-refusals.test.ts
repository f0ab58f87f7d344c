import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { forgeFixture, type ForgeFixture, lines, refusal, REPO } from '../support/forge-fixture.ts'

let fixture: ForgeFixture
let head: string
let pull: number

beforeAll(async () => {
  fixture = await forgeFixture({
    repositories: [
      { owner: 'acme', name: 'free', private: true, drafts: false, collaborators: { alice: 'admin' } },
      { owner: 'acme', name: 'empty', collaborators: { alice: 'admin' } },
      { owner: 'acme', name: 'old', archived: true, collaborators: { alice: 'admin' } },
    ],
  })
  const files = { 'src/sum.js': lines(20).replace('line 10\n', 'line ten\n') }
  head = await fixture.forge.as('alice').push('acme/widget', { branch: 'fix', message: 'Fix', files })
  const { data } = await app().rest.pulls.create({
    ...REPO,
    title: 'Fix',
    head: 'fix',
    base: 'main',
    draft: true,
  })
  pull = data.number
})
afterAll(() => fixture.close())

const app = () => fixture.installation()
const long = 'x'.repeat(65_537)

describe('issues and comments', () => {
  it('refuse text that is longer than 65536 characters', async () => {
    const issue = fixture.forge.as('bob').openIssue('acme/widget', { title: 'One' })
    const at = { ...REPO, issue_number: issue }
    expect(await refusal(app().rest.issues.createComment({ ...at, body: long }))).toBe(
      '422 Validation Failed body is too long (maximum is 65536 characters)',
    )
    expect(await refusal(app().rest.issues.update({ ...at, body: long }))).toContain('body is too long')
    expect((await app().rest.issues.createComment({ ...at, body: '🛠'.repeat(65_536) })).status).toBe(201)
  })

  it('refuse an empty comment and a missing title', async () => {
    expect(
      await refusal(app().rest.issues.createComment({ ...REPO, issue_number: pull, body: '' })),
    ).toContain('422')
    expect(await refusal(app().request('POST /repos/{owner}/{repo}/issues', { ...REPO } as never))).toContain(
      '422',
    )
  })

  it('answer 410 for a deleted issue and 404 for one that never was', async () => {
    const number = fixture.forge.as('bob').openIssue('acme/widget', { title: 'Gone' })
    fixture.forge.as('alice').deleteIssue('acme/widget', number)
    const get = (issue_number: number) => app().rest.issues.get({ ...REPO, issue_number })
    expect(await refusal(get(number))).toBe('410 This issue was deleted')
    expect(await refusal(get(9999))).toBe('404 Not Found')
  })

  it('take no comments of outsiders on a locked issue', async () => {
    const number = fixture.forge.as('bob').openIssue('acme/widget', { title: 'Hot' })
    fixture.forge.as('alice').lockIssue('acme/widget', number)
    const say = (login: string) =>
      fixture.user(login).rest.issues.createComment({ ...REPO, issue_number: number, body: 'x' })
    expect(await refusal(say('bob'))).toBe('403 Unable to create comment because issue is locked.')
    expect((await say('wendy')).status).toBe(201)
  })

  it('let nobody but triage label, and nobody but writers edit the comments of others', async () => {
    const number = fixture.forge.as('bob').openIssue('acme/widget', { title: 'Mine' })
    const at = { ...REPO, issue_number: number }
    expect(await refusal(fixture.user('bob').rest.issues.addLabels({ ...at, labels: ['bug'] }))).toContain(
      '403',
    )
    const { data } = await app().rest.issues.createComment({ ...at, body: 'state' })
    const edit = (login: string) =>
      fixture.user(login).rest.issues.updateComment({ ...REPO, comment_id: data.id, body: 'changed' })
    expect(await refusal(edit('bob'))).toContain('403')
    expect((await edit('wendy')).data.body).toBe('changed')
    expect(await refusal(app().rest.issues.removeLabel({ ...at, name: 'nothing' }))).toBe(
      '404 Label does not exist',
    )
  })

  it('are read-only in an archived repository', async () => {
    const call = fixture.user('alice').rest.issues.create({ owner: 'acme', repo: 'old', title: 'x' })
    expect(await refusal(call)).toBe('403 Repository was archived so is read-only.')
  })
})

describe('git data', () => {
  it('refuses refs that exist, have no object or are no names', async () => {
    const create = (ref: string, sha = head) => refusal(app().rest.git.createRef({ ...REPO, ref, sha }))
    expect(await create('refs/heads/fix')).toBe('422 Reference already exists')
    expect(await create('refs/heads/new', '1'.repeat(40))).toBe('422 Object does not exist')
    expect(await create('heads')).toBe('422 heads is not a valid ref name.')
    expect(await create('refs/heads/a..b')).toBe('422 refs/heads/a..b is not a valid ref name.')
    expect(await create('refs/pull/1/head')).toBe('422 refs/pull/1/head is not a valid ref name.')
  })

  it('refuses to move a branch except forwards, unless forced', async () => {
    const main = (await app().rest.git.getRef({ ...REPO, ref: 'heads/main' })).data.object.sha
    await app().rest.git.createRef({ ...REPO, ref: 'refs/heads/move', sha: head })
    const move = (force: boolean) =>
      app().rest.git.updateRef({ ...REPO, ref: 'heads/move', sha: main, force })
    expect(await refusal(move(false))).toBe('422 Update is not a fast forward')
    expect((await move(true)).data.object.sha).toBe(main)
    expect(await refusal(app().rest.git.updateRef({ ...REPO, ref: 'heads/none', sha: main }))).toBe(
      '422 Reference does not exist',
    )
  })

  it('refuses trees with bad paths, modes and objects', async () => {
    const tree = (entry: object) => refusal(app().rest.git.createTree({ ...REPO, tree: [entry] as never }))
    expect(await tree({ path: '../x', mode: '100644', content: '' })).toContain(
      '422 tree.path contains a malformed',
    )
    expect(await tree({ path: '.git/config', mode: '100644', content: '' })).toContain('422 tree.path')
    expect(await tree({ path: 'x', mode: '100600', content: '' })).toBe('422 Must supply a valid tree.mode')
    expect(await tree({ path: 'x', mode: '100644', sha: head })).toContain('is not a valid blob')
    expect(await tree({ path: 'nothing', mode: '100644', sha: null })).toBe('422 GitRPC::BadObjectState')
  })

  it('refuses commits of unknown trees and parents', async () => {
    const commit = (tree: string, parents: string[]) =>
      refusal(app().rest.git.createCommit({ ...REPO, message: 'x', tree, parents }))
    expect(await commit('1'.repeat(40), [])).toBe('422 Tree SHA does not exist')
    const { data } = await app().rest.git.getCommit({ ...REPO, commit_sha: head })
    expect(await commit(data.tree.sha, ['1'.repeat(40)])).toContain('422 Parent SHA does not exist')
  })

  it('does not work before there is a first commit', async () => {
    const blob = app().rest.git.createBlob({ owner: 'acme', repo: 'empty', content: 'x' })
    expect(await refusal(blob)).toBe('409 Git Repository is empty.')
    const file = app().rest.repos.getContent({ owner: 'acme', repo: 'empty', path: 'x' })
    expect(await refusal(file)).toBe('404 This repository is empty.')
  })

  it('signs only what an App commits without author and committer', async () => {
    const { data } = await app().rest.git.getCommit({ ...REPO, commit_sha: head })
    const commit = { ...REPO, message: 'x', tree: data.tree.sha, parents: [head] }
    const author = { name: 'Somebody', email: 'some@body.example' }
    expect((await app().rest.git.createCommit(commit)).data.verification.verified).toBe(true)
    expect((await app().rest.git.createCommit({ ...commit, author })).data.verification.verified).toBe(false)
    const byHand = await fixture.user('wendy').rest.git.createCommit(commit)
    expect(byHand.data.verification).toMatchObject({ verified: false, reason: 'unsigned' })
  })

  it('keeps an App without the permission away from workflow files', async () => {
    const content = {
      path: '.github/workflows/ci.yml',
      mode: '100644',
      type: 'blob',
      content: 'on: push',
    } as const
    const base = (await app().rest.git.getCommit({ ...REPO, commit_sha: head })).data.tree.sha
    const tree = (await app().rest.git.createTree({ ...REPO, base_tree: base, tree: [content] })).data.sha
    const { sha } = (await app().rest.git.createCommit({ ...REPO, message: 'x', tree, parents: [head] })).data
    const call = app().rest.git.createRef({ ...REPO, ref: 'refs/heads/flow', sha })
    expect(await refusal(call)).toBe('403 Resource not accessible by integration')
    expect(
      (await fixture.user('wendy').rest.git.createRef({ ...REPO, ref: 'refs/heads/flow', sha })).status,
    ).toBe(201)
  })
})

describe('pull requests', () => {
  const create = (more: object) =>
    refusal(app().rest.pulls.create({ ...REPO, title: 'x', head: 'fix', base: 'main', ...more }))

  it('refuse a missing head or base, a second one for the same branches, and nothing to merge', async () => {
    expect(await create({ head: 'nowhere' })).toBe('422 Validation Failed invalid')
    expect(await create({ base: 'nowhere' })).toBe('422 Validation Failed invalid')
    expect(await create({})).toBe('422 Validation Failed A pull request already exists for acme:fix.')
    expect(await create({ head: 'main' })).toBe('422 Validation Failed No commits between main and main')
  })

  it('refuse drafts where the plan has none, and open nothing instead', async () => {
    const repo = { owner: 'acme', repo: 'free' }
    const alice = fixture.forge.as('alice')
    await alice.push('acme/free', { branch: 'main', message: 'one', files: { a: '1' } })
    await alice.push('acme/free', { branch: 'b', message: 'two', files: { a: '2' } })
    const call = app().rest.pulls.create({ ...repo, title: 'x', head: 'b', base: 'main', draft: true })
    expect(await refusal(call)).toBe('422 Draft pull requests are not supported in this repository.')
    expect((await app().rest.pulls.list(repo)).data).toEqual([])
  })

  it('cannot be merged as a draft, with another head, or when closed', async () => {
    const at = { ...REPO, pull_number: pull }
    expect(await refusal(app().rest.pulls.merge(at))).toBe('405 Pull Request is still a draft')
    expect(await refusal(app().rest.pulls.merge({ ...at, sha: '1'.repeat(40) }))).toBe(
      '409 Head branch was modified. Review and try the merge again.',
    )
    await app().rest.pulls.update({ ...at, state: 'closed' })
    expect(await refusal(app().rest.pulls.merge(at))).toBe('405 Pull Request is not mergeable')
    await fixture.forge
      .as('alice')
      .push('acme/widget', { branch: 'fix', message: 'Meanwhile', files: { m: 'm' } })
    const opened = await app().rest.pulls.update({ ...at, state: 'open' })
    expect(opened.data.commits).toBe(2)
    await app().rest.git.updateRef({ ...REPO, ref: 'heads/fix', sha: head, force: true })
    expect((await app().rest.pulls.get(at)).data).toMatchObject({ commits: 1, head: { sha: head } })
  })

  it('cannot be merged with conflicts or against branch protection', async () => {
    const alice = fixture.forge.as('alice')
    const add = (branch: string, path: string) =>
      alice.push('acme/widget', { branch, message: branch, files: { [path]: branch } })
    await add('one', 'clash')
    await add('base', 'other')
    const number = await alice.openPull('acme/widget', { title: 'x', head: 'one', base: 'base' })
    const merge = () => refusal(app().rest.pulls.merge({ ...REPO, pull_number: number }))
    fixture.forge.protect('acme/widget', 'base', { strict: true, contexts: ['ci'], approvals: 0 })
    expect(await merge()).toBe('405 Required status check "ci" is expected.')
    const sha = (await app().rest.pulls.get({ ...REPO, pull_number: number })).data.head.sha
    await app().rest.repos.createCommitStatus({ ...REPO, sha, state: 'success', context: 'ci' })
    expect(await merge()).toBe('405 Head branch is out of date with the base branch.')
    fixture.forge.protect('acme/widget', 'base', { strict: false, contexts: [], approvals: 0 })
    await add('base', 'clash')
    expect((await app().rest.pulls.get({ ...REPO, pull_number: number })).data.mergeable).toBe(false)
    expect(await merge()).toBe('405 Pull Request has merge conflicts')
  })

  it('take no approval and no request for changes from their own author', async () => {
    const review = (event: 'APPROVE' | 'REQUEST_CHANGES') =>
      refusal(app().rest.pulls.createReview({ ...REPO, pull_number: pull, event, body: 'x' }))
    expect(await review('APPROVE')).toBe('422 Review Can not approve your own pull request')
    expect(await review('REQUEST_CHANGES')).toBe(
      '422 Review Can not request changes on your own pull request',
    )
  })

  it('take review comments on lines of the diff only, on either side', async () => {
    const review = (comment: object) =>
      app().rest.pulls.createReview({
        ...REPO,
        pull_number: pull,
        event: 'COMMENT',
        body: 'x',
        comments: [{ path: 'src/sum.js', body: 'y', ...comment }] as never,
      })
    const outside = '422 Pull request review thread line must be part of the diff'
    expect(await refusal(review({ line: 1, side: 'RIGHT' }))).toBe(outside)
    expect(await refusal(review({ line: 20 }))).toBe(outside)
    expect(await refusal(review({ line: 7, path: 'README.md' }))).toBe('422 Path could not be resolved')
    const { data } = await review({ line: 10, side: 'LEFT' })
    await review({ line: 13, side: 'RIGHT' })
    const comments = await app().rest.pulls.listReviewComments({ ...REPO, pull_number: pull })
    expect(comments.data.map(({ line, side, position }) => [line, side, position])).toEqual([
      [10, 'LEFT', 4],
      [13, 'RIGHT', 8],
    ])
    const own = { ...REPO, pull_number: pull, review_id: data.id }
    expect((await app().rest.pulls.listCommentsForReview(own)).data).toHaveLength(1)
  })

  it('need the permission of the installation', async () => {
    const small = await forgeFixture({ permissions: { issues: 'write' } })
    await small.forge.as('alice').push('acme/widget', { branch: 'b', message: 'b', files: { a: '2' } })
    const { rest } = small.installation()
    const forbidden = '403 Resource not accessible by integration'
    expect(await refusal(rest.pulls.create({ ...REPO, title: 'x', head: 'b', base: 'main' }))).toBe(forbidden)
    expect(await refusal(rest.git.createBlob({ ...REPO, content: 'x' }))).toBe(forbidden)
    const sha = '1'.repeat(40)
    expect(await refusal(rest.checks.create({ ...REPO, name: 'x', head_sha: sha }))).toBe(forbidden)
    expect((await rest.issues.create({ ...REPO, title: 'x' })).status).toBe(201)
    await small.close()
  })
})

describe('check runs', () => {
  const create = (more: object) =>
    app().rest.checks.create({ ...REPO, name: 'mill', head_sha: head, ...more })

  it('are for Apps only', async () => {
    const { rest } = fixture.user('alice')
    expect(await refusal(rest.checks.create({ ...REPO, name: 'x', head_sha: head }))).toBe(
      '403 Resource not accessible by personal access token',
    )
    expect((await rest.repos.createCommitStatus({ ...REPO, sha: head, state: 'success' })).status).toBe(201)
  })

  it('keep to the limits of text and annotations', async () => {
    const output = { title: 't', summary: 's' }
    expect(await refusal(create({ output: { ...output, summary: 'x'.repeat(65_536) } }))).toContain('422')
    expect(await refusal(create({ output: { ...output, text: 'x'.repeat(65_536) } }))).toContain('422')
    const note = { path: 'a', start_line: 1, end_line: 1, annotation_level: 'notice', message: 'm' }
    const annotations = Array.from({ length: 51 }, () => note)
    expect(await refusal(create({ output: { ...output, annotations } }))).toContain('No more than 50 items')
    const { data } = await create({ output: { ...output, annotations: annotations.slice(0, 50) } })
    expect(data.output.annotations_count).toBe(50)
    expect((await app().rest.checks.listAnnotations({ ...REPO, check_run_id: data.id })).data).toHaveLength(
      30,
    )
  })

  it('refuse unknown commits, statuses and conclusions', async () => {
    expect(await refusal(create({ head_sha: '1'.repeat(40) }))).toContain('422 No commit found for SHA')
    expect(await refusal(create({ status: 'completed' }))).toBe('422 Validation Failed missing_field')
    expect(await refusal(create({ conclusion: 'splendid' }))).toBe('422 Validation Failed invalid')
  })

  it('change from in progress to completed and are found by name, newest first', async () => {
    const { data } = await create({ name: 'slow', status: 'in_progress', external_id: 'a' })
    const done = await app().rest.checks.update({ ...REPO, check_run_id: data.id, conclusion: 'failure' })
    expect(done.data).toMatchObject({ status: 'completed', conclusion: 'failure', external_id: 'a' })
    await create({ name: 'slow', conclusion: 'success' })
    const found = await app().rest.checks.listForRef({ ...REPO, ref: 'fix', check_name: 'slow' })
    expect(found.data.check_runs.map((run) => run.conclusion)).toEqual(['success'])
    const all = await app().rest.checks.listForRef({ ...REPO, ref: head, check_name: 'slow', filter: 'all' })
    expect(all.data.total_count).toBe(2)
  })
})
