import { describe, expect, it } from '@jest/globals'
import { renderProposal } from '../../src/core/say/proposal.ts'
import { createPublishing } from '../../src/stages/publishing/publishing.ts'
import { treeOf } from '../support/stages/memory-workspace.ts'
import { FIXED, positions, publishedAt } from '../support/stages/positions.ts'
import { comment, depsOf, forge, HEAD } from '../support/stages/publishing-forge.ts'
import { stageWorld } from '../support/stages/stage-world.ts'

describe('publishing a rework', () => {
  const BETTER = '/** The sum. */\nmodule.exports = (a, b) => a + b\n'

  /** The published tree is at the forge; the run comes back with another text of lib/add.js, or the same. */
  async function rework(text: string) {
    const world = stageWorld()
    const { publishing, integrating } = await positions(world)
    const published = world.workspace.commit(world.workspace.at(integrating.change.commit))
    const tree = new Map(world.workspace.at(published)).set('lib/add.js', { text, mode: '100644' })
    const commit = world.workspace.commit(tree)
    const change = { ...publishing.change, commit, tree: await world.workspace.tree(commit) }
    const evidence = { ...publishing.evidence, head: commit, tree: change.tree }
    const at = { ...publishing, change, evidence, pull: { ...publishedAt(world.base), head: published } }
    return { world, at, published }
  }

  it('adds one commit to the same branch, with what differs from the published head', async () => {
    const pulls = forge()
    const { world, at, published } = await rework(BETTER)
    const run = createPublishing(depsOf(world, pulls, () => published))
    expect(await run(world.context(at))).toMatchObject({
      kind: 'change_published',
      pull: { ...at.pull, head: HEAD, base: world.base },
    })
    const [commit] = pulls.seen.commits
    expect(commit).toEqual({
      branch: at.pull.branch,
      parent: published,
      tree: at.change.tree,
      message: [
        'Rework: Make add return the sum',
        '',
        'add now adds.',
        '',
        'Refs: #12',
        'Co-authored-by: ada <42+ada@users.noreply.github.com>',
        'Millwright-Run: abcdef1234',
        `Millwright-Effect: abcdef1234.publish.${published.slice(0, 12)}`,
      ].join('\n'),
      files: [{ path: 'lib/add.js', mode: '100644', content: new TextEncoder().encode(BETTER) }],
    })
    expect(pulls.seen.pulls).toEqual([])
    expect(pulls.seen.described).toEqual([
      [13, { title: 'Make add return the sum', body: expect.stringContaining('Fixes #12') }],
    ])
    expect(pulls.seen.reviews[0]).toMatchObject({ commit: HEAD, marker: expect.stringContaining(HEAD) })
    expect(pulls.seen.checks[0]).toMatchObject({ head: HEAD, externalId: `abcdef1234.${HEAD}` })
  })

  it('takes a moved base in as the second parent, and sends only what differs from that', async () => {
    const pulls = forge()
    const { world, at, published } = await rework(BETTER)
    const moved = new Map(world.workspace.at(world.base)).set('docs/new.md', { text: 'x\n', mode: '100644' })
    const base = world.workspace.commit(moved)
    const tree = new Map(world.workspace.at(at.change.commit)).set('docs/new.md', {
      text: 'x\n',
      mode: '100644',
    })
    const commit = world.workspace.commit(tree)
    const change = { ...at.change, commit, tree: await world.workspace.tree(commit) }
    const evidence = { ...at.evidence, base, head: commit, tree: change.tree }
    const spec = { ...at.spec, base: { ...at.spec.base, commit: base } }
    const run = createPublishing(depsOf(world, pulls, () => published))
    expect(await run(world.context({ ...at, spec, change, evidence }))).toMatchObject({ pull: { base } })
    const [request] = pulls.seen.commits
    expect(request).toMatchObject({ parent: published, alsoParent: base, tree: change.tree })
    expect(request?.files.map(({ path }) => path)).toEqual(['lib/add.js', 'test/sum.js'])
    expect(request?.message).toMatch(/^Take in main: Make add return the sum\n/)
  })

  it('commits nothing where the tree is the published one', async () => {
    const pulls = forge()
    const { world, at, published } = await rework(FIXED)
    const run = createPublishing(depsOf(world, pulls, () => published))
    expect(await run(world.context(at))).toMatchObject({ pull: { head: published, base: world.base } })
    expect(pulls.seen.commits).toEqual([])
    expect(pulls.seen.checks).toHaveLength(1)
  })

  it('is held when somebody else pushed, and writes nothing', async () => {
    const pulls = forge()
    const { world, at, published } = await rework(BETTER)
    const theirs = world.workspace.commit(treeOf({ 'lib/add.js': 'theirs\n' }))
    const run = createPublishing(depsOf(world, pulls, () => theirs))
    await expect(run(world.context(at))).rejects.toMatchObject({
      code: 'branch_moved',
      resumable: true,
      message: `The branch ${at.pull.branch} points to ${theirs}, which is not what was put there.`,
    })
    expect(published).not.toBe(theirs)
    expect(pulls.seen).toEqual({
      commits: [],
      pulls: [],
      described: [],
      reviews: [],
      checks: [],
      comments: [],
    })
  })

  it('goes on from an attempt that had moved the branch already', async () => {
    const ours = forge({ commit: { kind: 'already_there', commit: HEAD, signed: true } })
    const { world, at } = await rework(BETTER)
    const there = world.workspace.commit(world.workspace.at(at.change.commit))
    const run = createPublishing(depsOf(world, ours, () => there))
    expect(await run(world.context(at))).toMatchObject({ pull: { head: HEAD } })
    expect(ours.seen.commits).toMatchObject([{ parent: at.pull.head, files: [] }])
  })
})

describe('publishing at trust level 1', () => {
  async function propose(pulls: ReturnType<typeof forge>) {
    const world = stageWorld()
    const { publishing } = await positions(world, 1)
    const run = createPublishing(depsOf(world, pulls))
    return { world, publishing, run: () => run(world.context(publishing)) }
  }

  it('posts the patch in one comment, and pushes nothing', async () => {
    const pulls = forge()
    const { world, publishing, run } = await propose(pulls)
    expect(await run()).toEqual({
      kind: 'patch_proposed',
      url: 'https://forge.example/acme/calc/issues/12#issuecomment-900',
    })
    const patch = await world.workspace.patch(world.base, publishing.change.commit)
    const marker = `<!-- millwright:patch:abcdef1234.${publishing.change.tree} -->`
    const { title } = publishing.plan
    expect(pulls.seen).toEqual({
      commits: [],
      pulls: [],
      described: [],
      reviews: [],
      checks: [],
      comments: [renderProposal({ title, issue: 12, base: world.base, patch, marker })],
    })
    expect(pulls.seen.comments[0]).toContain(FIXED.trimEnd())
  })

  it('finds its own comment when it is asked again, and believes nobody else’s', async () => {
    const first = forge()
    await (await propose(first)).run()
    const [body = ''] = first.seen.comments
    const again = forge({ comments: [comment(body)] })
    expect(await (await propose(again)).run()).toMatchObject({ kind: 'patch_proposed' })
    expect(again.seen.comments).toEqual([])
    const copied = forge({ comments: [comment(body, { ours: false, url: 'https://evil.example' })] })
    expect(await (await propose(copied)).run()).toMatchObject({
      url: expect.stringContaining('#issuecomment-900'),
    })
    expect(copied.seen.comments).toHaveLength(1)
  })

  it('is refused, never cut, where the patch is too long for a comment', async () => {
    const pulls = forge()
    const { world, run } = await propose(pulls)
    world.workspace.patch = async () => `diff --git\n${'+x\n'.repeat(22_000)}`
    await expect(run()).rejects.toMatchObject({
      code: 'patch_too_long',
      resumable: false,
      message: 'The patch has 66011 characters.',
    })
    expect(pulls.seen.comments).toEqual([])
  })

  it('proposes no file that could not be published', async () => {
    const pulls = forge()
    const world = stageWorld()
    const { publishing } = await positions(world, 1)
    const link = { text: '/etc/passwd', mode: '120000' }
    const commit = world.workspace.commit(
      new Map(world.workspace.at(publishing.change.commit)).set('odd', link),
    )
    const change = { ...publishing.change, commit, tree: await world.workspace.tree(commit) }
    const evidence = { ...publishing.evidence, head: commit, tree: change.tree }
    const run = createPublishing(depsOf(world, pulls))
    await expect(run(world.context({ ...publishing, change, evidence }))).rejects.toMatchObject({
      code: 'unsupported_file',
    })
    expect(pulls.seen.comments).toEqual([])
  })
})
