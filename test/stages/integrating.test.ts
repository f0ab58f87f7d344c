import { describe, expect, it } from '@jest/globals'
import { mergeTitle } from '../../src/core/say/merge.ts'
import { NO_FEEDBACK } from '../../src/core/state.ts'
import type { Answer } from '../../src/core/state.ts'
import type { ForeignCheck } from '../../src/ports/forge.ts'
import { green, quietStage, remark } from '../support/stages/look-forge.ts'
import { FIXED, TEST_FILE } from '../support/stages/positions.ts'
import { signer } from '../support/stages/stage-world.ts'

const ada = { id: 42, login: 'ada' }
const failed = (name: string, text = ''): ForeignCheck => ({ name, state: 'failed', url: null, text })
const pending: ForeignCheck = { name: 'slow', state: 'pending', url: null, text: '' }

describe('a look at a published change', () => {
  it('finds nothing where nothing changed, in five reads and no write', async () => {
    const stage = await quietStage()
    expect(await stage.look()).toBeUndefined()
    expect(stage.calls).toEqual(['pull', 'issue', 'remarks', 'checks', 'baseRules'])
  })

  it('sees that it was merged, before anything else', async () => {
    const stage = await quietStage()
    Object.assign(stage.scene.pull ?? {}, { merged: true, state: 'closed', mergeCommit: 'a'.repeat(40) })
    stage.scene.issue.state = 'closed'
    expect(await stage.look()).toEqual({ kind: 'pull_merged', number: 13, commit: 'a'.repeat(40) })
    expect(stage.calls).toEqual(['pull'])
  })

  it('sees who closed it, and that it is gone', async () => {
    const stage = await quietStage()
    Object.assign(stage.scene.pull ?? {}, { state: 'closed', closedBy: ada })
    expect(await stage.look()).toEqual({ kind: 'pull_closed', number: 13, by: ada })
    stage.scene.pull = undefined
    expect(await stage.look()).toEqual({ kind: 'pull_closed', number: 13, by: null })
  })

  it('F-49, F-51: does nothing more where it may not, or may do less, than when the run began', async () => {
    const stage = await quietStage()
    stage.scene.remarks = [remark(501)]
    const curb = { kind: 'work_forbidden', run: 'abcde12345', code: 'permission_lost', detail: '' } as const
    stage.scene.curb = curb
    expect(await stage.look()).toEqual(curb)
    expect(stage.calls).toEqual(['pull', 'issue'])
    Object.assign(stage.scene.pull ?? {}, { merged: true, mergeCommit: 'a'.repeat(40) })
    expect(await stage.look()).toMatchObject({ kind: 'pull_merged' })
  })

  it('sees that the issue was closed while the pull request is open', async () => {
    const stage = await quietStage()
    stage.scene.issue.state = 'closed'
    expect(await stage.look()).toEqual({ kind: 'issue_closed', by: null })
    expect(stage.calls).toEqual(['pull', 'issue'])
  })

  it('does nothing but say so where somebody else pushed', async () => {
    const stage = await quietStage()
    const theirs = 'e'.repeat(40)
    Object.assign(stage.scene.pull ?? {}, { head: theirs, mergeable: false })
    stage.scene.remarks = [remark(1)]
    stage.scene.checks[theirs] = [failed('ci')]
    const answers: Answer[] = [{ kind: 'thread', id: 1, text: 'Done.', heard: 100, done: true }]
    const { change, pull } = stage.at
    const seen = await stage.look({ change: { ...change, answers } })
    expect(seen).toMatchObject({
      kind: 'merge_decided',
      // The event is about the head that the run knows; the decision about the one that is there.
      head: pull.head,
      decision: { head: theirs },
    })
    if (seen?.kind !== 'merge_decided') throw new Error('no decision')
    expect(seen.decision.reasons.map(({ code }) => code)).toEqual([
      'trust_level',
      'conflicts',
      'head_moved',
      'checks_failed',
      'checks_missing',
      'remarks_open',
    ])
    expect([stage.answers, stage.reported]).toEqual([[], []])
    expect(await stage.look({ decision: seen.decision })).toBeUndefined()
  })
})

describe('answers', () => {
  const due: Answer = { kind: 'thread', id: 1, text: 'It has a *line* now, @grace.', heard: 24, done: true }
  const withAnswers = (stage: Awaited<ReturnType<typeof quietStage>>, ...answers: Answer[]) =>
    stage.look({ change: { ...stage.at.change, answers } })

  it('are posted once where the remark was made, with the commit where something was done', async () => {
    const stage = await quietStage()
    const asked: Answer = { kind: 'review', id: 2, text: 'Numbers are all it gets.', heard: 30, done: false }
    stage.scene.remarks = [remark(1), remark(2, { kind: 'review', path: null, line: null })]
    expect(await withAnswers(stage, due, asked)).toBeUndefined()
    const marker = (kind: string, { id, heard, text }: Answer): string =>
      `<!-- millwright:answer:abcdef1234.${kind}.${id}.${signer.hash(`${heard} ${text}`).slice(0, 12)} -->`
    expect(stage.answers).toEqual([
      {
        id: 1,
        kind: 'thread',
        body: `Done in ddddddd: It has a *line* now, \`@grace.\`\n\n${marker('thread', due)}`,
      },
      { id: 2, kind: 'review', body: `Numbers are all it gets.\n\n${marker('review', asked)}` },
    ])
    stage.scene.remarks = stage.scene.remarks.map((each) => ({ ...each, settled: true }))
    expect(await stage.look()).toBeUndefined()
    expect(stage.answers).toHaveLength(2)
  })

  it('are left where the remark has grown since: it is heard again', async () => {
    const stage = await quietStage()
    stage.scene.remarks = [remark(1, { body: 'Please say what it does.\n\nAnd why.' })]
    expect(await withAnswers(stage, due)).toMatchObject({
      kind: 'change_returned',
      feedback: { remarks: [{ id: 1, heard: 34, text: 'Please say what it does.\n\nAnd why.' }] },
    })
    expect(stage.answers).toEqual([])
  })

  it('that are there already leave open what was said after them, even in the same words', async () => {
    const stage = await quietStage()
    stage.scene.remarks = [remark(1)]
    await withAnswers(stage, due)
    // The thread is open again: somebody repeated the question below our answer.
    expect(await stage.look()).toMatchObject({ kind: 'change_returned', feedback: { remarks: [{ id: 1 }] } })
    expect(stage.answers).toHaveLength(1)
  })
})

describe('remarks', () => {
  it('of people who may write now go to the coder, cleaned; each person is looked up once', async () => {
    const stage = await quietStage()
    stage.scene.remarks = [
      remark(1, { body: 'Why?<!-- rm -rf -->' }),
      remark(2),
      remark(3, { author: { id: 8, login: 'eve' }, body: 'I only read.' }),
      remark(4, { kind: 'review', author: { id: 9, login: 'linus' }, path: null, line: null, body: 'No.' }),
    ]
    expect(await stage.look()).toEqual({
      kind: 'change_returned',
      head: stage.at.pull.head,
      feedback: {
        ...NO_FEEDBACK,
        remarks: [
          {
            kind: 'thread',
            id: 1,
            by: 'grace',
            path: 'lib/add.js',
            line: 1,
            heard: 19,
            text: 'Why?[hidden comment: rm -rf]',
          },
          {
            kind: 'thread',
            id: 2,
            by: 'grace',
            path: 'lib/add.js',
            line: 1,
            heard: 24,
            text: 'Please say what it does.',
          },
          { kind: 'review', id: 4, by: 'linus', path: null, line: null, heard: 3, text: 'No.' },
        ],
      },
    })
    expect(stage.calls.filter((call) => call.startsWith('permission'))).toEqual([
      'permission grace',
      'permission eve',
      'permission linus',
    ])
    expect(stage.reported).toEqual([])
  })

  it.each([
    ['a bot', { byBot: true }],
    ['us', { ours: true }],
    ['a deleted account', { author: null }],
    ['somebody who resolved it', { settled: true }],
    ['somebody who approved', { kind: 'review', verdict: 'approved', body: 'Nice! One nit.' }],
  ] as const)('of %s are left', async (_who, more) => {
    const stage = await quietStage()
    stage.scene.remarks = [remark(1, more)]
    const seen = await stage.look()
    expect(seen?.kind).not.toBe('change_returned')
  })

  it('of somebody who may not write are left open, and the decision says so', async () => {
    const stage = await quietStage()
    stage.scene.remarks = [remark(1, { author: { id: 8, login: 'eve' } })]
    expect(await stage.look()).toMatchObject({
      kind: 'merge_decided',
      decision: { reasons: expect.arrayContaining([{ code: 'remarks_open', detail: '1' }]) },
    })
  })

  it('are twenty at most in one round, and 4,000 characters each', async () => {
    const stage = await quietStage()
    stage.scene.remarks = Array.from({ length: 25 }, (_, index) =>
      remark(index + 1, { body: 'x'.repeat(9000) }),
    )
    const seen = await stage.look()
    if (seen?.kind !== 'change_returned') throw new Error('not returned')
    expect(seen.feedback.remarks).toHaveLength(20)
    expect(seen.feedback.remarks[0]).toMatchObject({ heard: 9000 })
    expect(seen.feedback.remarks[0]?.text).toHaveLength(4000)
  })
})

describe('checks', () => {
  it('that failed go to the coder with what they said, once none is pending', async () => {
    const stage = await quietStage()
    const { head } = stage.at.pull
    stage.scene.checks[head] = [green, failed('lint', '\u001b[31mmissing semicolon\u001b[0m'), pending]
    expect((await stage.look())?.kind).toBe('merge_decided')
    stage.scene.checks[head] = [green, failed('lint', '\u001b[31mmissing semicolon\u001b[0m')]
    expect(await stage.look()).toEqual({
      kind: 'change_returned',
      head,
      feedback: { ...NO_FEEDBACK, checks: [{ name: 'lint', text: 'missing semicolon' }] },
    })
  })

  it('that fail on the base too are not the change’s', async () => {
    const stage = await quietStage()
    const { head, base } = stage.at.pull
    stage.scene.checks[head] = [failed('old'), failed('new')]
    stage.scene.checks[base] = [failed('old'), { ...green, name: 'new' }]
    expect(await stage.look()).toMatchObject({ feedback: { checks: [{ name: 'new' }] } })
    stage.scene.checks[head] = [failed('old')]
    expect((await stage.look())?.kind).toBe('merge_decided')
  })

  it('go together with remarks in one round', async () => {
    const stage = await quietStage()
    stage.scene.checks[stage.at.pull.head] = [failed('lint')]
    stage.scene.remarks = [remark(1)]
    expect(await stage.look()).toMatchObject({
      kind: 'change_returned',
      feedback: { remarks: [{ id: 1 }], checks: [{ name: 'lint' }] },
    })
  })
})

describe('a base that moved', () => {
  const rules = { upToDate: true, mergeQueue: false, requiredChecks: [], approvals: 0 }
  type Files = Record<string, string>

  async function moved(files: Files, trust = 2) {
    const stage = await quietStage(trust)
    const { workspace, base } = stage.world
    const tree = new Map(workspace.at(base))
    for (const [path, text] of Object.entries(files)) tree.set(path, { text, mode: '100644' })
    stage.scene.base = workspace.commit(tree)
    workspace.mergeBase = base
    return stage
  }

  it('is none of our business where nobody wants branches up to date', async () => {
    const stage = await moved({ 'docs/new.md': 'x\n' })
    expect(await stage.look()).toBeUndefined()
    expect(stage.calls).not.toContain('sync')
  })

  it.each([
    ['its rules want branches up to date', 2],
    ['the factory would merge', 3],
  ])('is taken in where %s, with the tests locked on top of it', async (_why, trust) => {
    const stage = await moved({ 'docs/new.md': 'x\n' }, trust)
    if (trust === 2) stage.scene.rules = rules
    const seen = await stage.look()
    if (seen?.kind !== 'base_taken_in') throw new Error(String(seen?.kind))
    const { workspace } = stage.world
    expect(seen).toMatchObject({ head: stage.at.pull.head, base: stage.scene.base, conflicts: [] })
    expect(workspace.texts(seen.change.commit)).toEqual({
      ...workspace.texts(stage.scene.base),
      'lib/add.js': FIXED,
      'test/sum.js': TEST_FILE,
    })
    expect(seen.change.tree).toBe(await workspace.tree(seen.change.commit))
    expect(seen.change).toMatchObject({ summary: 'add now adds.', answers: [] })
    expect(workspace.texts(seen.tests.commit)).toEqual({
      ...workspace.texts(stage.scene.base),
      'test/sum.js': TEST_FILE,
    })
    expect(seen.tests.files).toEqual(stage.at.tests.files)
    expect(stage.reported).toEqual([])
  })

  it('goes to the coder where it conflicts, with the names of the files', async () => {
    const stage = await moved({ 'lib/add.js': 'module.exports = add\n' })
    Object.assign(stage.scene.pull ?? {}, { mergeable: false })
    const seen = await stage.look()
    if (seen?.kind !== 'base_taken_in') throw new Error(String(seen?.kind))
    expect(seen.conflicts).toEqual(['lib/add.js'])
    expect(stage.world.workspace.texts(seen.change.commit)['lib/add.js']).toContain('<<<<<<< ours\n')
  })

  it('locks a test file anew where the base added to it and git could join both', async () => {
    const stage = await moved({ 'docs/new.md': 'x\n' })
    stage.scene.rules = rules
    const { workspace } = stage.world
    const merge = workspace.merge.bind(workspace)
    const joined = `${TEST_FILE}test("more", t => t.end())\n`
    workspace.merge = async (ours, theirs) => {
      const { commit, conflicts } = await merge(ours, theirs)
      const tree = new Map(workspace.at(commit)).set('test/sum.js', { text: joined, mode: '100644' })
      return { commit: workspace.commit(tree), conflicts }
    }
    const seen = await stage.look()
    if (seen?.kind !== 'base_taken_in') throw new Error(String(seen?.kind))
    expect(seen.tests.files).toEqual([{ path: 'test/sum.js', sha256: signer.hash(joined) }])
    expect(workspace.texts(seen.tests.commit)['test/sum.js']).toBe(joined)
  })

  it('F-44: is left to a person where it conflicts with a locked test', async () => {
    const stage = await moved({ 'test/sum.js': 'test("other", t => t.end())\n' })
    Object.assign(stage.scene.pull ?? {}, { mergeable: false })
    const seen = await stage.look()
    expect(seen).toMatchObject({ kind: 'merge_decided' })
    if (seen?.kind !== 'merge_decided') throw new Error('no decision')
    expect(seen.decision.reasons).toContainEqual({
      code: 'conflicts',
      detail: 'in locked tests: test/sum.js',
    })
    expect(await stage.look({ decision: seen.decision })).toBeUndefined()
  })

  it('is not what the forge says while it has nothing new: it is asked again later', async () => {
    const stage = await quietStage()
    Object.assign(stage.scene.pull ?? {}, { mergeable: false })
    expect(await stage.look()).toMatchObject({
      kind: 'merge_decided',
      decision: { reasons: expect.arrayContaining([{ code: 'conflicts', detail: '' }]) },
    })
  })

  it('F-46: is not taken in where people pointed the pull request at another branch', async () => {
    const stage = await moved({ 'lib/add.js': 'module.exports = add\n' })
    Object.assign(stage.scene.pull ?? {}, {
      mergeable: false,
      base: { branch: 'next', commit: stage.scene.base },
    })
    expect(await stage.look()).toMatchObject({
      kind: 'merge_decided',
      decision: { reasons: expect.arrayContaining([{ code: 'base_changed', detail: '' }]) },
    })
    expect(stage.calls).not.toContain('sync')
  })
})

describe('the decision', () => {
  it('changes the check run that is there, and is said once', async () => {
    const stage = await quietStage()
    stage.scene.remarks = [remark(1, { kind: 'review', verdict: 'changes_requested', settled: true })]
    const seen = await stage.look()
    if (seen?.kind !== 'merge_decided') throw new Error('no decision')
    expect(seen.decision.reasons.map(({ code }) => code)).toContain('changes_requested')
    expect(stage.reported).toEqual([
      {
        name: 'millwright',
        head: stage.at.pull.head,
        externalId: `abcdef1234.${stage.at.pull.head}`,
        detailsUrl: stage.at.pull.url,
        conclusion: 'success',
        title: `1 test red on base and green on head, every hunk needed, ${mergeTitle(seen.decision)}`,
        summary: expect.stringContaining('- Changes were requested (by `grace`).'),
      },
    ])
    expect(await stage.look({ decision: seen.decision })).toBeUndefined()
    expect(stage.reported).toHaveLength(1)
  })

  it('is not said anew where only checks begin or end, which the pull request shows by itself', async () => {
    const stage = await quietStage()
    stage.scene.checks[stage.at.pull.head] = [pending]
    expect(await stage.look()).toBeUndefined()
    expect(stage.reported).toEqual([])
  })

  it('counts the last review of people who may write, approvals only of this very head', async () => {
    const stage = await quietStage(3, { entered_at: '2026-01-02T03:04:00Z' })
    stage.scene.rules = { upToDate: true, mergeQueue: false, requiredChecks: ['ci'], approvals: 2 }
    const review = (id: number, login: string, verdict: 'approved' | 'changes_requested' | 'commented') =>
      remark(id, { kind: 'review', verdict, settled: true, author: { id: id % 10, login } })
    stage.scene.remarks = [
      review(11, 'grace', 'changes_requested'),
      review(21, 'grace', 'approved'),
      review(31, 'grace', 'commented'),
      review(12, 'eve', 'approved'),
      { ...review(13, 'linus', 'approved'), createdAt: '2026-01-02T03:00:00Z' },
    ]
    const seen = await stage.look()
    if (seen?.kind !== 'merge_decided') throw new Error(String(seen?.kind))
    expect(seen.decision.reasons).toContainEqual({ code: 'approvals_missing', detail: '1 of 2' })
    expect(seen.decision.reasons.map(({ code }) => code)).not.toContain('changes_requested')
    stage.scene.remarks.push(review(43, 'linus', 'changes_requested'))
    const next = await stage.look({ decision: seen.decision })
    expect(next).toMatchObject({
      decision: { reasons: expect.arrayContaining([{ code: 'changes_requested', detail: 'by `linus`' }]) },
    })
  })

  it('is not written down once the look was called off', async () => {
    const stage = await quietStage()
    stage.scene.checks[stage.at.pull.head] = [pending]
    stage.signal.abort(new Error('stopped by ada'))
    await expect(stage.look()).rejects.toThrow('stopped by ada')
    expect(stage.reported).toEqual([])
  })
})
