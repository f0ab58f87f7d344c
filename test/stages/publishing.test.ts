import { describe, expect, it } from '@jest/globals'
import type { FileDiff } from '../../src/ports/workspace.ts'
import { changedFiles } from '../../src/stages/publishing/changed-files.ts'
import { createPublishing } from '../../src/stages/publishing/publishing.ts'
import { MemoryWorkspace, treeOf } from '../support/stages/memory-workspace.ts'
import { FIXED, positions, TEST_FILE } from '../support/stages/positions.ts'
import { depsOf, forge, HEAD, PULL } from '../support/stages/publishing-forge.ts'
import { stageWorld } from '../support/stages/stage-world.ts'

const finding = {
  severity: 'minor',
  category: 'tests',
  file: 'lib/add.js',
  line: 1,
  claim: 'Zero is not tested.',
  why: '',
  standing: 'note',
  demonstration: '',
} as const

async function publish(pulls: ReturnType<typeof forge>, trust = 2) {
  const world = stageWorld()
  const { publishing } = await positions(world, trust)
  const verdict = { ...publishing.verdict, findings: [finding] }
  const run = createPublishing(depsOf(world, pulls))
  const context = world.context({ ...publishing, verdict })
  return { world, publishing, run: () => run(context) }
}

describe('publishing', () => {
  it('pushes the proved tree as one commit that names who asked', async () => {
    const pulls = forge()
    const { world, publishing, run } = await publish(pulls)
    expect(await run()).toEqual({
      kind: 'change_published',
      pull: {
        number: 13,
        url: PULL.url,
        branch: 'millwright/12-make-add-return-the-sum-1234',
        head: HEAD,
        base: world.base,
      },
      decision: {
        head: HEAD,
        risk: expect.stringMatching(/^(?:low|medium|high)$/),
        risk_because: [expect.any(String)],
        reasons: [
          { code: 'trust_level', detail: 'it is 2' },
          { code: 'not_known_yet', detail: '' },
          { code: 'checks_pending', detail: '' },
        ],
      },
    })
    const [commit] = pulls.seen.commits
    expect(commit).toMatchObject({ parent: world.base, tree: publishing.change.tree })
    expect(
      commit?.files.map(({ path, mode, content }) => [path, mode, new TextDecoder().decode(content)]),
    ).toEqual([
      ['lib/add.js', '100644', FIXED],
      ['test/sum.js', '100644', TEST_FILE],
    ])
    expect(commit?.message).toBe(
      [
        'Make add return the sum',
        '',
        'add(1, 2) gives -1, although it is called add.',
        '',
        'Refs: #12',
        'Co-authored-by: ada <42+ada@users.noreply.github.com>',
        'Millwright-Run: abcdef1234',
        'Millwright-Effect: abcdef1234.publish',
      ].join('\n'),
    )
  })

  it('opens the draft, comments with a note on a line of the diff, and sets the check', async () => {
    const pulls = forge()
    await (await publish(pulls)).run()
    expect(pulls.seen.pulls).toEqual([
      {
        title: 'Make add return the sum',
        body: expect.stringContaining('Fixes #12'),
        branch: 'millwright/12-make-add-return-the-sum-1234',
        base: 'main',
      },
    ])
    const [review] = pulls.seen.reviews
    expect(review?.notes).toEqual([
      { path: 'lib/add.js', line: 1, body: expect.stringContaining('Zero is not tested.') },
    ])
    expect(review?.body).toContain(review?.marker)
    expect(review?.commit).toBe(HEAD)
    expect(pulls.seen.checks).toEqual([
      expect.objectContaining({
        name: 'millwright',
        head: HEAD,
        conclusion: 'success',
        externalId: `abcdef1234.${HEAD}`,
        detailsUrl: PULL.url,
        title: expect.stringMatching(/every hunk needed, \w/),
        summary: expect.stringContaining('**A person merges this.**'),
      }),
    ])
  })

  it('names the same review and check when it is asked again', async () => {
    const pulls = forge({
      commit: { kind: 'already_there', commit: HEAD, signed: true },
      pull: { kind: 'already_there', pull: PULL },
    })
    const { run } = await publish(pulls)
    await run()
    await run()
    const [first, second] = pulls.seen.reviews
    expect(second?.marker).toBe(first?.marker)
    expect(pulls.seen.checks[1]?.externalId).toBe(pulls.seen.checks[0]?.externalId)
  })

  it('is held when the branch is somebody else’s, and writes nothing more', async () => {
    const pulls = forge({ commit: { kind: 'moved', found: 'e'.repeat(40) } })
    const { run } = await publish(pulls)
    await expect(run()).rejects.toMatchObject({
      code: 'branch_moved',
      resumable: true,
      message: expect.stringContaining('e'.repeat(40)),
    })
    expect(pulls.seen.pulls).toEqual([])
  })

  it('F-42: is held where drafts are refused, and never opens a ready one', async () => {
    const pulls = forge({ pull: { kind: 'draft_refused' } })
    const { run } = await publish(pulls)
    await expect(run()).rejects.toMatchObject({ code: 'draft_refused', resumable: true })
    expect(pulls.seen.pulls).toHaveLength(1)
    expect(pulls.seen.reviews).toEqual([])
  })

  it('publishes no tree but the proved one', async () => {
    const pulls = forge()
    const world = stageWorld()
    const { publishing } = await positions(world)
    const evidence = { ...publishing.evidence, tree: 'f'.repeat(40) }
    const run = createPublishing(depsOf(world, pulls))
    await expect(run(world.context({ ...publishing, evidence }))).rejects.toMatchObject({ code: 'internal' })
    expect(pulls.seen.commits).toEqual([])
  })
})

describe('the commit message', () => {
  it('takes mentions, issue numbers and made-up trailers of a model apart', async () => {
    const pulls = forge()
    const world = stageWorld()
    const { publishing } = await positions(world)
    const plan = {
      ...publishing.plan,
      title: 'Fixes #3 for @ada',
      problem: 'Old.\n\nCo-authored-by: root <root@example.com>',
    }
    const run = createPublishing(depsOf(world, pulls))
    const requester = { id: 9, login: 'x>\nSigned-off-by: y' }
    await run(world.context({ ...publishing, plan }, { requester }))
    const message = pulls.seen.commits[0]?.message ?? ''
    expect(message.split('\n')[0]).toBe('Fixes # 3 for @ ada')
    expect(message).not.toMatch(/^Co-authored-by|^Signed-off-by/m)
  })
})

describe('the changed files', () => {
  const base = treeOf({ 'a.txt': 'a\n', 'b.txt': 'b\n' })

  async function entries(change: (tree: Map<string, { text: string; mode: string }>) => void) {
    const workspace = new MemoryWorkspace()
    const tree = new Map(base)
    change(tree)
    return changedFiles(workspace, workspace.commit(base), workspace.commit(tree))
  }

  it('are written with their modes, and deleted where they are gone', async () => {
    const files = await entries((tree) => {
      tree.delete('a.txt')
      tree.set('run.sh', { text: '#!/bin/sh\n', mode: '100755' })
    })
    expect(files.map(({ path, mode, content }) => [path, mode, content?.length])).toEqual([
      ['a.txt', '100644', undefined],
      ['run.sh', '100755', 10],
    ])
  })

  it('of a rename are a deletion and an addition', async () => {
    const workspace = new MemoryWorkspace()
    const commit = workspace.commit(treeOf({ 'new.txt': 'a\n', 'b.txt': 'b\n' }))
    const renamed: FileDiff = {
      path: 'new.txt',
      previousPath: 'a.txt',
      status: 'renamed',
      mode: '100644',
      binary: false,
      hunks: [],
    }
    workspace.diff = async () => [renamed]
    const files = await changedFiles(workspace, workspace.commit(base), commit)
    expect(files.map(({ path, content }) => [path, content?.length])).toEqual([
      ['a.txt', undefined],
      ['new.txt', 2],
    ])
  })

  it.each([
    ['a submodule', '160000', ''],
    ['a link out of the repository', '120000', '../../etc/passwd'],
    ['an absolute link', '120000', '/etc/passwd'],
  ])('are refused when one is %s', async (_what, mode, text) => {
    const files = entries((tree) => {
      tree.set('docs/odd', { text, mode })
    })
    await expect(files).rejects.toMatchObject({
      code: 'unsupported_file',
      message: expect.stringContaining('docs/odd'),
    })
  })

  it('keep a link that stays inside', async () => {
    const files = await entries((tree) => {
      tree.set('docs/a.txt', { text: '../a.txt', mode: '120000' })
    })
    expect(files).toHaveLength(1)
  })

  it('are never none', async () => {
    await expect(entries(() => {})).rejects.toMatchObject({ code: 'nothing_changed' })
  })
})
