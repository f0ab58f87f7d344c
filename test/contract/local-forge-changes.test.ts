import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { forgeFixture, type ForgeFixture, refusal, REPO } from '../support/forge-fixture.ts'

let fixture: ForgeFixture
beforeAll(async () => {
  fixture = await forgeFixture()
  // Nobody listens there: what is sent is looked at in the forge's own list.
  fixture.forge.listen('mill', { url: 'http://127.0.0.1:9/', secret: 'x' })
})
afterAll(() => fixture.close())

const rest = () => fixture.installation().rest
const newIssue = () => {
  const issue_number = fixture.forge.as('bob').openIssue('acme/widget', { title: 'One', body: 'first' })
  return { ...REPO, issue_number }
}
const announced = async (event: string) => {
  await fixture.forge.settled()
  const found = fixture.forge.deliveries.filter((delivery) => delivery.event === event)
  for (const delivery of found) fixture.schema.webhook(event, delivery.payload)
  return found
}

describe('issues', () => {
  it('are edited, closed and opened again, with what changed in the webhook', async () => {
    const at = newIssue()
    await rest().issues.update({ ...at, title: 'Two', body: null, labels: ['bug', 'new'] })
    const closed = await rest().issues.update({ ...at, state: 'closed', state_reason: 'not_planned' })
    expect(closed.data).toMatchObject({
      state: 'closed',
      state_reason: 'not_planned',
      title: 'Two',
      body: null,
    })
    expect(closed.data.closed_by?.login).toBe('mill[bot]')
    const opened = await rest().issues.update({ ...at, state: 'open', labels: ['bug'] })
    expect(opened.data).toMatchObject({ state: 'open', closed_at: null, state_reason: 'reopened' })
    const told = (await announced('issues')).filter(
      ({ payload }) => (payload['issue'] as { number: number }).number === at.issue_number,
    )
    expect(told.map((delivery) => delivery.action)).toEqual([
      'opened',
      'edited',
      'labeled',
      'labeled',
      'closed',
      'reopened',
      'unlabeled',
    ])
    expect(told[1]?.payload['changes']).toEqual({ title: { from: 'One' }, body: { from: 'first' } })
  })

  it('are edited by their authors, not by others who may only read', async () => {
    const at = newIssue()
    expect((await fixture.user('bob').rest.issues.update({ ...at, title: 'Mine' })).data.title).toBe('Mine')
    const other = fixture.forge.as('alice').openIssue('acme/widget', { title: 'Not his' })
    const call = fixture.user('bob').rest.issues.update({ ...REPO, issue_number: other, title: 'x' })
    expect(await refusal(call)).toContain('403')
  })

  it('take labels, which are made when they are new, and lose them', async () => {
    const at = newIssue()
    const added = await rest().issues.addLabels({ ...at, labels: ['bug', 'fresh'] })
    expect(added.data.map((label) => label.name)).toEqual(['bug', 'fresh'])
    const left = await rest().issues.removeLabel({ ...at, name: 'BUG' })
    expect(left.data.map((label) => label.name)).toEqual(['fresh'])
    await rest().issues.createLabel({ ...REPO, name: 'mill: planning', color: 'c5def5' })
    expect(await refusal(rest().issues.createLabel({ ...REPO, name: 'Bug' }))).toBe(
      '422 Validation Failed already_exists',
    )
    const all = (await rest().issues.listLabelsForRepo(REPO)).data.map((label) => label.name)
    expect(all).toEqual(expect.arrayContaining(['bug', 'fresh', 'mill: planning']))
  })
})

describe('comments', () => {
  it('are listed, changed and deleted, and every step is told', async () => {
    const at = newIssue()
    const { data } = await rest().issues.createComment({ ...at, body: 'one' })
    await rest().issues.createComment({ ...at, body: 'two' })
    await rest().issues.updateComment({ ...REPO, comment_id: data.id, body: 'three' })
    expect((await rest().issues.listComments(at)).data.map((one) => one.body)).toEqual(['three', 'two'])
    await rest().issues.deleteComment({ ...REPO, comment_id: data.id })
    expect(await refusal(rest().issues.getComment({ ...REPO, comment_id: data.id }))).toBe('404 Not Found')
    const told = await announced('issue_comment')
    expect(told.map((delivery) => delivery.action)).toEqual(['created', 'created', 'edited', 'deleted'])
    expect(told[2]?.payload).toMatchObject({ changes: { body: { from: 'one' } }, comment: { body: 'three' } })
  })

  it('take one reaction of a kind per person, and give it back', async () => {
    const at = newIssue()
    const comment_id = fixture.forge.as('bob').comment('acme/widget', at.issue_number, 'hm')
    const onComment = { ...REPO, comment_id }
    const eyes = await rest().reactions.createForIssueComment({ ...onComment, content: 'eyes' })
    expect((await rest().reactions.createForIssueComment({ ...onComment, content: 'eyes' })).status).toBe(200)
    const plus = await rest().reactions.createForIssue({ ...at, content: '+1' })
    expect(await refusal(rest().reactions.createForIssue({ ...at, content: 'wow' as never }))).toContain(
      '422',
    )
    expect((await rest().reactions.listForIssueComment(onComment)).data.map((one) => one.content)).toEqual([
      'eyes',
    ])
    expect((await rest().reactions.listForIssue(at)).data.map((one) => one.user?.login)).toEqual([
      'mill[bot]',
    ])
    await rest().reactions.deleteForIssueComment({ ...onComment, reaction_id: eyes.data.id })
    await rest().reactions.deleteForIssue({ ...at, reaction_id: plus.data.id })
    expect((await rest().reactions.listForIssueComment(onComment)).data).toEqual([])
  })
})

describe('git objects', () => {
  it('come back as they were sent, with modes', async () => {
    const bytes = Buffer.from(Array.from({ length: 256 }, (_, index) => index))
    const made = await rest().git.createBlob({
      ...REPO,
      content: bytes.toString('base64'),
      encoding: 'base64',
    })
    const back = await rest().git.getBlob({ ...REPO, file_sha: made.data.sha })
    expect(Buffer.from(back.data.content, 'base64').equals(bytes)).toBe(true)
    const tree = await rest().git.getTree({ ...REPO, tree_sha: 'main', recursive: 'true' })
    expect(tree.data.tree.map((entry) => `${entry.mode} ${entry.path}`)).toEqual([
      '100644 README.md',
      '040000 src',
      '100644 src/sum.js',
    ])
    const flat = await rest().git.getTree({ ...REPO, tree_sha: tree.data.sha })
    expect(flat.data.tree.map((entry) => entry.path)).toEqual(['README.md', 'src'])
  })

  it('are reached by refs that are listed by prefix and deleted', async () => {
    const { data } = await rest().git.getRef({ ...REPO, ref: 'heads/main' })
    const sha = data.object.sha
    await rest().git.createRef({ ...REPO, ref: 'refs/millwright/one', sha })
    await rest().git.createRef({ ...REPO, ref: 'refs/millwright/two', sha })
    const listed = await rest().git.listMatchingRefs({ ...REPO, ref: 'millwright/' })
    expect(listed.data.map((one) => one.ref)).toEqual(['refs/millwright/one', 'refs/millwright/two'])
    await rest().git.deleteRef({ ...REPO, ref: 'millwright/one' })
    expect(await refusal(rest().git.getRef({ ...REPO, ref: 'millwright/one' }))).toBe('404 Not Found')
    expect(await refusal(rest().git.deleteRef({ ...REPO, ref: 'heads/main' }))).toContain('422')
    expect(
      (await announced('push')).filter(({ payload }) => payload['ref'] === 'refs/millwright/two'),
    ).toEqual([])
  })

  it('let exactly one of two racing creations of a ref win', async () => {
    const { data } = await rest().git.getRef({ ...REPO, ref: 'heads/main' })
    const create = () => rest().git.createRef({ ...REPO, ref: 'refs/heads/race', sha: data.object.sha })
    const outcomes = await Promise.allSettled([create(), create(), create()])
    expect(outcomes.filter((one) => one.status === 'fulfilled')).toHaveLength(1)
  })
})

describe('pull requests', () => {
  it('are edited and listed with their reviews, and an approval of somebody else counts', async () => {
    const wendy = fixture.forge.as('wendy')
    await wendy.push('acme/widget', { branch: 'topic', message: 'x', files: { x: 'x\n' } })
    const { data } = await rest().pulls.create({ ...REPO, title: 'One', head: 'topic', base: 'main' })
    const at = { ...REPO, pull_number: data.number }
    const edited = await rest().pulls.update({ ...at, title: 'Two', body: 'text' })
    expect(edited.data).toMatchObject({ title: 'Two', body: 'text', mergeable_state: 'clean' })
    fixture.forge.protect('acme/widget', 'main', { strict: false, contexts: [], approvals: 1 })
    expect(await refusal(rest().pulls.merge(at))).toContain('405 At least 1 approving review is required')
    await wendy.review('acme/widget', data.number, { state: 'APPROVED', body: '' })
    const reviews = (await rest().pulls.listReviews(at)).data
    expect(reviews.map((review) => [review.user?.login, review.state])).toEqual([['wendy', 'APPROVED']])
    const one = await rest().pulls.getReview({ ...at, review_id: reviews[0]?.id ?? 0 })
    expect(one.data.commit_id).toBe(data.head.sha)
    const merged = await rest().pulls.merge({ ...at, merge_method: 'squash', sha: data.head.sha })
    const commit = await rest().git.getCommit({ ...REPO, commit_sha: merged.data.sha })
    expect(commit.data).toMatchObject({ message: `Two (#${data.number})`, verification: { verified: true } })
    expect(commit.data.parents).toHaveLength(1)
    expect((await announced('pull_request')).map((delivery) => delivery.action)).toEqual([
      'opened',
      'edited',
      'closed',
    ])
  })

  it('replay their commits when rebased onto an unmoved base', async () => {
    const alice = fixture.forge.as('alice')
    for (const path of ['r1', 'r2'])
      await alice.push('acme/widget', { branch: 'rebase', message: path, files: { [path]: path } })
    const number = await alice.openPull('acme/widget', { title: 'R', head: 'rebase' })
    fixture.forge.protect('acme/widget', 'main', { strict: false, contexts: [], approvals: 0 })
    await rest().pulls.merge({ ...REPO, pull_number: number, merge_method: 'rebase' })
    const { data } = await rest().repos.listCommits({ ...REPO, per_page: 2 })
    expect(data.map((commit) => commit.commit.message)).toEqual(['r2', 'r1'])
  })
})

describe('who asks', () => {
  it('is told who they are', async () => {
    expect((await fixture.user('bob').rest.users.getAuthenticated()).data.login).toBe('bob')
    expect(await refusal(rest().users.getAuthenticated())).toBe('403 Resource not accessible by integration')
    const bot = await rest().users.getByUsername({ username: 'mill[bot]' })
    expect(bot.data).toMatchObject({
      login: 'mill[bot]',
      type: 'Bot',
      id: fixture.forge.state.apps[0]?.bot.id,
    })
  })

  it('is shown the installation, its repositories and its deliveries', async () => {
    const installation_id = fixture.forge.state.installations[0]?.id ?? 0
    const app = fixture.asApp()
    expect((await app.rest.apps.getInstallation({ installation_id })).data.id).toBe(installation_id)
    const seen = await rest().apps.listReposAccessibleToInstallation()
    expect(seen.data.repositories.map((repo) => repo.full_name)).toEqual(['acme/widget'])
    const [last] = (await app.rest.apps.listWebhookDeliveries()).data
    const full = await app.rest.apps.getWebhookDelivery({ delivery_id: last?.id ?? 0 })
    expect(full.data.request.headers).toMatchObject({ 'x-github-delivery': last?.guid })
    expect(full.data.status_code).toBe(0)
  })

  it('finds a check run by its number', async () => {
    const { data } = await rest().git.getRef({ ...REPO, ref: 'heads/main' })
    const made = await rest().checks.create({ ...REPO, name: 'x', head_sha: data.object.sha })
    const found = await rest().checks.get({ ...REPO, check_run_id: made.data.id })
    expect(found.data).toMatchObject({ status: 'queued', conclusion: null })
  })
})
