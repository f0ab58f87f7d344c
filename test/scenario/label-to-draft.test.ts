import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { branchName } from '../../src/core/branch-name.ts'
import { openScenarioRoom } from '../support/floor.ts'
import type { Scenario, ScenarioRoom } from '../support/floor.ts'
import { startRoleModel } from '../support/role-model.ts'
import type { RoleModel } from '../support/role-model.ts'
import {
  CRITERION_TEST,
  HONEST_WORK,
  MENDED,
  SMALL_ISSUE,
  SMALL_PLAN,
  SMALL_REPOSITORY,
} from '../support/small-repository.ts'

const MINUTES = 5 * 60_000
/** Spec 7.4. */
const MOST_WRITES = 15
const MOST_READS = 30

let room: ScenarioRoom
let scenario: Scenario
let model: RoleModel
beforeAll(async () => {
  room = await openScenarioRoom({ validated: true })
  model = await startRoleModel(HONEST_WORK)
  scenario = await room.openScenario({ files: SMALL_REPOSITORY, model })
  scenario.begin(SMALL_ISSUE)
  await scenario.ended()
}, MINUTES)
afterAll(async () => {
  // Everything that went over the line was held against GitHub's own description; a complaint is thrown here.
  await scenario.close()
  await room.close()
}, MINUTES)

const pull = () => {
  const found = scenario.pulls()[0]
  if (!found?.pull) throw new Error('There is no pull request')
  return { ...found, ...found.pull }
}

describe('from label to draft pull request', () => {
  it('goes the whole line, each role asked as often as it has to be', () => {
    // One line changed: too little to be worth a second look by the coder.
    expect(scenario.states.map(({ at }) => at.stage)).toEqual([
      'intake',
      'planning',
      'specifying',
      'coding',
      'verifying',
      'reviewing',
      'publishing',
      'integrating',
    ])
    expect(model.roles()).toEqual(['intake', 'architect', 'plan_reviewer', 'tester', 'coder', 'reviewer'])
  })

  it('says hello first: 👀 is the first content request', () => {
    expect(scenario.traffic().writes[0]).toBe('POST /repos/acme/widget/issues/1/reactions 201')
    expect(scenario.issue().reactions.map(({ content, user }) => `${user.login} ${content}`)).toEqual([
      'millwright[bot] eyes',
    ])
  })

  it('keeps to one comment, edited in place and never rewritten to another', () => {
    expect(scenario.issue().comments).toHaveLength(1)
    const [comment] = scenario.ours()
    expect(comment?.edits.length).toBe(scenario.states.length)
    expect(new Set(comment?.edits.map(({ editor }) => editor.login))).toEqual(new Set(['millwright[bot]']))
    expect(scenario.status()).toContain('### ✅ The draft pull request is ready for you')
    expect(scenario.status()).toContain('Draft pull request: #2. Asked for by alice.')
  })

  it('counts each model call once', () => {
    expect(scenario.states.at(-1)?.spent).toMatchObject({ turns: 6, input_tokens: 600, output_tokens: 60 })
    expect(scenario.status()).toContain('(6 model turns, ')
  })

  it('ends in a draft with the evidence', () => {
    const { title, body, draft, merged, baseBranch, author } = pull()
    expect({ title, draft, merged, baseBranch, by: author.account.login }).toEqual({
      title: SMALL_PLAN.title,
      draft: true,
      merged: undefined,
      baseBranch: 'main',
      by: 'millwright[bot]',
    })
    expect(body).toContain('Fixes #1')
    expect(body).toContain(
      `| C1 sum([1, 2]) gives 3 | \`${CRITERION_TEST}\`<br>\`test/first.test.js\` | 🔴 failed by its assertion`,
    )
    expect(body).toContain('🟢 passed 5 of 5 runs')
    expect(body).toContain('Each source hunk was taken back alone and a test went red every time (1 of 1).')
  })

  it('publishes one verified commit with its trailers, on the branch that its name predicts', async () => {
    const repo = scenario.floor.forge.repo(scenario.name)
    const run = scenario.states[0]?.run ?? ''
    const branch = branchName({ issue: 1, title: SMALL_PLAN.title, run })
    expect([await scenario.branches(), pull().headBranch]).toEqual([['main', branch], branch])
    const head = pull().head
    expect(repo.signed.has(head)).toBe(true)
    const { message, parents } = await repo.git.readCommit(head)
    expect(parents).toEqual([await repo.git.ref('refs/heads/main')])
    const alice = scenario.states[0]?.requester
    expect(message.trimEnd().split('\n').slice(-4)).toEqual([
      'Refs: #1',
      `Co-authored-by: alice <${alice?.id}+alice@users.noreply.github.com>`,
      `Millwright-Run: ${run}`,
      `Millwright-Effect: ${run}.publish`,
    ])
  })

  it('publishes the tree that was proved, with the coder’s words in it', async () => {
    const repo = scenario.floor.forge.repo(scenario.name)
    const last = scenario.states.at(-1)?.at
    if (last?.stage !== 'integrating') throw new Error('It did not end there')
    const { tree } = await repo.git.readCommit(pull().head)
    expect(tree).toBe(last.evidence.tree)
    const files = await repo.git.readTree(tree, true)
    const mended = files.find(({ path }) => path === 'lib/sum.js')
    expect(Buffer.from(await repo.git.readBlob(mended?.id ?? '')).toString()).toBe(MENDED)
  })

  it('reviews with one comment, and reports one check', () => {
    const { reviews, head } = pull()
    expect(reviews.map(({ state, author }) => `${author.account.login} ${state}`)).toEqual([
      'millwright[bot] COMMENTED',
    ])
    expect(reviews[0]?.comments.map(({ path, line }) => `${path}:${line}`)).toEqual(['lib/sum.js:3'])
    const { checks } = scenario.floor.forge.repo(scenario.name)
    expect(checks.map(({ name, head: at, conclusion, title }) => ({ name, at, conclusion, title }))).toEqual([
      {
        name: 'millwright',
        at: head,
        conclusion: 'success',
        title: '1 test red on base and green on head, every hunk needed, a person merges',
      },
    ])
  })

  it('stays within its requests', () => {
    const { writes, reads } = scenario.traffic()
    expect(writes.length).toBeLessThanOrEqual(MOST_WRITES)
    expect(reads.length).toBeLessThanOrEqual(MOST_READS)
    // Nothing of ours went round the count: the token requests are the only ones made as the App itself.
    const { requests } = scenario.floor.forge
    const asApp = requests.filter(({ by }) => by === 'app/millwright')
    const odd = asApp.filter(({ method, path }) => method !== 'GET' && !path.endsWith('/access_tokens'))
    expect(odd).toEqual([])
  })

  it('puts everything away', async () => {
    expect(await scenario.leftovers()).toEqual({ checkouts: [], processes: [] })
  })

  it('was held against GitHub’s own description', () => {
    expect([...room.schema.seen]).toEqual(
      expect.arrayContaining([
        'POST /repos/{owner}/{repo}/pulls 201',
        'POST /repos/{owner}/{repo}/check-runs 201',
        'PATCH /repos/{owner}/{repo}/issues/comments/{comment_id} 200',
      ]),
    )
  })
})
